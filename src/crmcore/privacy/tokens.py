"""What a person is known by in texts: found in values, and taken out of them."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from attrs import field, frozen

from crmcore.kinds import Json, Kind, LongText, Text
from crmcore.kinds.contact import typed_form

MARK: Final = "▇▇"
"""What stands in a text for what was taken out."""

_WIDE: Final = "\u2e80"
_NAME: Final = (4, 2)
_PLAIN: Final = (8, 6)
"""How long a text must be to be known again, in letters and in characters as Chinese has."""

_PACKED: Final = "problems"
_LONGEST_UNPACKED: Final = 8_000_000
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ()\-]{5,30}", re.ASCII)
_CHINA: Final = "+86"
_GAP: Final = r"[ \-]?"


def texts_of(value: object) -> Iterator[str]:
    """Every text in a value, as it was typed too; texts that an import packed as well."""
    if isinstance(value, str):
        yield str(value)
        yield typed_form(value)
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield str(name)
            yield from texts_of(part)
            if name == _PACKED and isinstance(part, str):
                yield from _unpacked(part)
    elif isinstance(value, Sequence):
        for part in value:
            yield from texts_of(part)


def _unpacked(text: str) -> Iterator[str]:
    try:
        inflate = zlib.decompressobj()
        yield inflate.decompress(base64.b64decode(text), _LONGEST_UNPACKED).decode()
    except (binascii.Error, zlib.error, ValueError):
        return


def spellings(value: object, *, is_name: bool) -> Iterator[str]:
    """The texts by which a personal value is known again; short ones stand everywhere.

    `is_name`: a name, number or address that is his alone, so that less of it tells.
    """
    for text in texts_of(value):
        yield from _long(text, is_name)
        if _NUMBER.fullmatch(text):
            digits = "".join(letter for letter in text if letter.isdigit())
            yield from _long(digits, is_name)
            if text.startswith(_CHINA):
                yield from _long(digits[2:], is_name)


def _long(text: str, is_name: bool) -> Iterator[str]:
    narrow, wide = _NAME if is_name else _PLAIN
    shortest = wide if any(letter > _WIDE for letter in text) else narrow
    if len(text.strip()) >= shortest:
        yield text


def _ordered(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts), key=lambda one: (-len(one), one)))


def _pattern(text: str) -> str:
    """Numbers are known again however they are parted."""
    return _GAP.join(text) if text.isascii() and text.isdigit() else re.escape(text)


@frozen(slots=False)
class Tokens:
    """The texts that a person's values hold, the longest first."""

    texts: tuple[str, ...] = field(default=(), converter=_ordered)

    @cached_property
    def _any(self) -> re.Pattern[str]:
        patterns = "|".join(map(_pattern, self.texts)) or r"(?!)"
        return re.compile(patterns, re.IGNORECASE)

    def are_in(self, value: object, ids: Iterable[str] = ()) -> bool:
        """Whether a value holds one of them, or one of `ids`."""
        wanted = tuple(ids)
        return any(
            self._any.search(text) is not None or any(one in text for one in wanted)
            for text in texts_of(value)
        )

    def scrubbed(self, kind: Kind, value: object) -> object:
        """`value` of `kind` without them: marks in free texts, nothing in what is none."""
        if value is None or not self.are_in(value):
            return value
        if isinstance(kind, Text | LongText):
            return self._marked(str(value))
        if isinstance(kind, Json):
            return kind.normalize(self._plain(value))
        return None if isinstance(value, str) and not isinstance(value, bytes) else value

    def _marked(self, text: str) -> str:
        return self._any.sub(MARK, text)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._marked(value)
        if isinstance(value, Mapping):
            return {
                self._marked(str(name)): self._repacked(part)
                if name == _PACKED and isinstance(part, str)
                else self._plain(part)
                for name, part in value.items()
            }
        return [self._plain(one) for one in value] if isinstance(value, Sequence) else value

    def _repacked(self, text: str) -> str:
        for found in _unpacked(text):
            if self.are_in(found):
                made = json.dumps(self._plain(json.loads(found)), ensure_ascii=False)
                return base64.b64encode(zlib.compress(made.encode())).decode()
        return self._marked(text)
