"""Text and long text."""

from __future__ import annotations

from typing import ClassVar, Final

from attrs import frozen

from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.plain import plain_int, plain_str
from crmcore.kinds.unicode import (
    COMPOSITION,
    WHITE_SPACE,
    forbidden_character,
    has_flood,
    nfc,
    order_key,
)

DEFAULT_LENGTH: Final = 255
LONG_LENGTH: Final = 1_000_000
# Up to here sorting the combining marks of a text costs nothing, however they stand.
_HARMLESS: Final = 2_000


def _text(kind: Kind, value: object) -> str:
    text = plain_str(value)
    if text is not None:
        return text
    # Codes and phone numbers arrive as integers from spreadsheets.
    whole = plain_int(value)
    if whole is not None:
        return str(whole) if -(10**18) < whole < 10**18 else kind.refuse("number_too_large", "…")
    return kind.refuse("not_text", value)


def _composed(kind: Kind, text: str, limit: int, *, multiline: bool) -> str:
    """`text`, already trimmed, in NFC; raises `Invalid` through `kind`."""
    if len(text) > COMPOSITION * limit:
        kind.refuse("text_too_long", text, length=len(text), limit=limit)
    if not text.isprintable():
        found = forbidden_character(text, multiline=multiline)
        if found is not None:
            kind.refuse("forbidden_character", text, character=f"U+{ord(found):04X}")
    if not text.isascii():
        if len(text) > _HARMLESS and has_flood(text):
            kind.refuse("too_many_marks", text)
        text = nfc(text)
    if len(text) > limit:
        kind.refuse("text_too_long", text, length=len(text), limit=limit)
    return text


def _check_length(kind: Kind, limit: object) -> None:
    holds = type(limit) is int and 1 <= limit <= LONG_LENGTH
    kind.demand(holds, "max_length", f"1 to {LONG_LENGTH}")


@frozen
class Text(Kind):
    """One line of text: NFC, trimmed; `max_length` in code points.

    `sorted` texts carry a search key: they can be ordered, searched in
    (`contains`, `starts_with`, `like`) and be unique in the folded form.
    """

    name: ClassVar[str] = "text"
    shape: ClassVar[Shape] = "text"
    max_length: int = DEFAULT_LENGTH
    sorted: bool = True

    def __attrs_post_init__(self) -> None:
        _check_length(self, self.max_length)

    def normalize(self, value: object) -> str | None:
        if type(value) is str:
            text = value
        elif value is None:
            return None
        else:
            text = _text(self, value)
        if not (text.isascii() and text.isprintable()):
            text = text.strip(WHITE_SPACE)
            text = _composed(self, text, self.max_length, multiline=False) if text else text
        else:
            text = text.strip()
        if len(text) > self.max_length:
            self.refuse("text_too_long", text, length=len(text), limit=self.max_length)
        return text or None

    def sort_key(self, value: object) -> object:
        assert isinstance(value, str)
        return (order_key(value), value)

    @property
    def family(self) -> str:
        return "text"


@frozen
class LongText(Kind):
    """Text of many lines: NFC, trimmed at the end; line feeds and tabs are kept."""

    name: ClassVar[str] = "long_text"
    shape: ClassVar[Shape] = "text"
    max_length: int = LONG_LENGTH
    sorted: bool = False

    def __attrs_post_init__(self) -> None:
        _check_length(self, self.max_length)

    def normalize(self, value: object) -> str | None:
        if value is None:
            return None
        text = value if type(value) is str else _text(self, value)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = text.rstrip(WHITE_SPACE)
        return _composed(self, text, self.max_length, multiline=True) if text else None

    def sort_key(self, value: object) -> object:
        assert isinstance(value, str)
        return (order_key(value), value)

    @property
    def family(self) -> str:
        return "text"
