"""TOML: read by the standard library, written here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from crmcore.errors import SchemaError
from crmcore.evolving.formats.scalars import bad_file, checked_size, quoted

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_WIDTH: Final = 88


def read_toml(text: str) -> object:
    """The data in `text`; raises `SchemaError`."""
    try:
        return tomllib.loads(checked_size(text))
    except tomllib.TOMLDecodeError as error:
        raise bad_file(str(error)) from None
    except (ValueError, RecursionError) as error:
        raise bad_file(type(error).__name__) from None


def toml_text(data: Mapping[str, object]) -> str:
    """`data` as TOML; raises `SchemaError` (`no_null`) where it holds an empty value."""
    return "\n".join(_table((), data)).strip("\n") + "\n"


def _table(path: Sequence[str], data: Mapping[str, object]) -> Iterator[str]:
    tables = [name for name, value in data.items() if _is_table(value)]
    plain = [name for name in data if name not in tables]
    if path and (plain or not tables):
        yield f"\n[{'.'.join(map(_name, path))}]"
    for name in plain:
        yield f"{_name(name)} = {_lines(data[name])}"
    for name in tables:
        value = data[name]
        assert isinstance(value, Mapping)
        below = (*path, name)
        if value and all(isinstance(one, Mapping) for one in value.values()):
            for inner, one in value.items():
                yield from _table((*below, inner), one)
        else:
            yield from _table(below, value)


def _is_table(value: object) -> bool:
    """Whether a mapping stands on lines of its own: where it holds mappings, not just words."""
    return isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values())


def _lines(value: object) -> str:
    text = _inline(value)
    if len(text) <= _WIDTH or not isinstance(value, list | tuple):
        return text
    return "[\n" + "".join(f"    {_inline(one)},\n" for one in value) + "]"


def _inline(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        pairs = (f"{_name(name)} = {_inline(one)}" for name, one in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_inline(one) for one in value)}]"
    if value is None:
        raise SchemaError("no_null")
    return repr(value)


def _name(name: str) -> str:
    return name if _BARE.fullmatch(name) else quoted(name)
