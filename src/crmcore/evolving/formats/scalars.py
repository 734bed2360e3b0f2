"""What the text formats share: quoted texts, and limits."""

from __future__ import annotations

from typing import Final

from crmcore.errors import SchemaError

MAX_DEPTH: Final = 40
MAX_CHARACTERS: Final = 16_000_000
_SHORT: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def quoted(text: str) -> str:
    """`text` in double quotes, as YAML and TOML both read it; what cannot be seen is escaped."""
    return f'"{"".join(_SHORT.get(one) or _seen(one) for one in text)}"'


def _seen(one: str) -> str:
    if one.isprintable():
        return one
    point = ord(one)
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def bad_file(reason: str, line: int | None = None) -> SchemaError:
    """The refusal of a text; `line` counts from 1."""
    return SchemaError("bad_file", reason=reason if line is None else f"{reason} ({line})")


def checked_size(text: str) -> str:
    """`text` if it is not too long; raises `SchemaError`."""
    if len(text) > MAX_CHARACTERS:
        raise bad_file(f"> {MAX_CHARACTERS}")
    return text
