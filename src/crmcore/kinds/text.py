"""Text and long text."""

from __future__ import annotations

from typing import ClassVar, Final

from attrs import frozen

from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.unicode import forbidden_character, nfc, order_key

DEFAULT_LENGTH: Final = 255
LONG_LENGTH: Final = 1_000_000


def _text(kind: Kind, value: object) -> str:
    if type(value) is str:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int) and not isinstance(value, bool):
        # Codes and phone numbers arrive as integers from spreadsheets.
        return str(value) if -(10**18) < value < 10**18 else kind.refuse("number_too_large", "…")
    kind.refuse("not_text", value)


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

    def normalize(self, value: object) -> str | None:
        text = value if type(value) is str else _text(self, value)
        text = nfc(text).strip()
        if not text:
            return None
        if not text.isprintable():
            found = forbidden_character(text, multiline=False)
            if found is not None:
                self.refuse("forbidden_character", text, character=f"U+{ord(found):04X}")
        if len(text) > self.max_length:
            self.refuse("text_too_long", text, length=len(text), limit=self.max_length)
        return text

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

    def normalize(self, value: object) -> str | None:
        text = nfc(value if type(value) is str else _text(self, value))
        text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
        if not text or text.isspace():
            return None
        found = forbidden_character(text, multiline=True)
        if found is not None:
            self.refuse("forbidden_character", text, character=f"U+{ord(found):04X}")
        if len(text) > self.max_length:
            self.refuse("text_too_long", text, length=len(text), limit=self.max_length)
        return text

    def sort_key(self, value: object) -> object:
        assert isinstance(value, str)
        return (order_key(value), value)

    @property
    def family(self) -> str:
        return "text"
