"""Long documents of many like pieces (rows, texts), read by pattern where they look as usual.

Parsing XML costs several calls per cell, matching a whole row against a pattern one. So a piece
in the spelling that spreadsheet programs use is taken by pattern, and whatever else there is
goes to the parser, in order: what surrounds the pieces, and every piece that looks different.
The parser stays between two pieces while pieces are skipped. Where it does not return there
after a piece, it gets all of the rest, and so it does from the first comment, CDATA section or
processing instruction on, as these may hide tags.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from crmcore.importing.sources.markup import Feeder, Handler

# A piece longer than this is left to the parser, which needs no memory for it.
_LONGEST_PIECE = 1 << 20
# The marks and declarations of other encodings; patterns are matched in UTF-8 only.
_UTF8 = re.compile(
    rb"""(?:\xef\xbb\xbf)?\s*<(?!\?xml[^>]*encoding\s*=\s*["'](?!utf-8["']))""", re.IGNORECASE
)

PLAIN_TEXT = r"[^<&\x00-\x1f\ufffe\uffff]+"
"""Text that means itself in XML: no markup, no references, nothing that may not occur."""


class PieceHandler(Handler, Protocol):
    """Takes events of the document, and whole pieces in their usual spelling."""

    @property
    def opening(self) -> re.Pattern[str]:
        """The tag after which pieces begin."""
        ...

    @property
    def closing(self) -> str:
        """The tag with which every piece ends."""
        ...

    @property
    def between(self) -> bool:
        """Whether the events so far lead to a place between two pieces."""
        ...

    def piece(self, text: str, start: int, end: int, /) -> bool:
        """Take `text[start:end]`; false, and nothing taken, where it looks unusual."""
        ...


def parse_pieces(
    chunks: Iterable[bytes], handler: PieceHandler, file: str, part: str
) -> Iterator[int]:
    """Like `parse`, with a short cut for pieces in their usual spelling."""
    feeder = Feeder(handler, file, part)
    scanner = _Scanner(handler, feeder)
    fed = 0
    for chunk in chunks:
        scanner.feed(chunk)
        fed += len(chunk)
        yield fed
    scanner.finish()
    feeder.finish()
    yield fed


class _Scanner:
    """Decides what goes to the parser and what is taken by pattern."""

    def __init__(self, handler: PieceHandler, feeder: Feeder) -> None:
        self._handler = handler
        self._feeder = feeder
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._started = self._opened = self._parsing = False

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the document."""
        if not self._started:
            self._started = True
            self._parsing = _UTF8.match(chunk) is None
        if self._parsing:
            self._feeder.feed(chunk)
            return
        self._text += self._decoder.decode(chunk)
        if not self._opened:
            self._open()
        if self._opened and not self._parsing:
            self._text = self._text[self._pieces() :]
        if len(self._text) > _LONGEST_PIECE:
            self._parsing = True
        if self._parsing:
            self.finish()

    def finish(self) -> None:
        """Hand whatever is left to the parser."""
        self._feeder.feed(self._text.encode() + self._decoder.getstate()[0])
        self._text = ""
        self._decoder.reset()

    def _open(self) -> None:
        found = self._handler.opening.search(self._text)
        if found is not None:
            self._feeder.feed(self._text[: found.end()].encode())
            self._text = self._text[found.end() :]
            self._opened = True
            self._parsing = not self._handler.between

    def _pieces(self) -> int:
        """Take pieces; returns where the first one begins that is not complete."""
        handler, text, closing = self._handler, self._text, self._handler.closing
        length = len(closing)
        at = 0
        while (end := text.find(closing, at) + length) >= length:
            if not handler.piece(text, at, end):
                unusual = text[at:end]
                self._feeder.feed(unusual.encode())
                if "<!" in unusual or "<?" in unusual or not handler.between:
                    self._parsing = True
                    return end
            at = end
        return at
