"""The shared texts of a workbook: the first ones in memory, the rest in a temporary file."""

from __future__ import annotations

import re
import sys
import tempfile
import weakref
from array import array
from functools import lru_cache
from threading import Lock
from typing import IO

from crmcore.errors import SourceError
from crmcore.importing.sources.limits import Limits
from crmcore.importing.sources.markup import Attributes, Depth
from crmcore.importing.sources.package import Package
from crmcore.importing.sources.pieces import PLAIN_TEXT, parse_pieces
from crmcore.importing.sources.values import Cell, cell_error

# Texts put aside are written and read in blocks of this many; a few blocks are kept at hand.
_BLOCK = 16
_BLOCKS_KEPT = 32
# XML cannot contain it, so it separates the texts of a block.
_SEPARATOR = "\0"
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ITEM = re.compile(rf'\s*<si><t(?: xml:space="preserve")?>({PLAIN_TEXT})</t></si>')
_SURROGATES = range(0xD800, 0xE000)


def text_value(text: str, most: int) -> Cell:
    """A text of the file as a cell: escapes resolved, empty as `None`, too long as an error."""
    if len(text) > most:
        return cell_error(text, "cell_too_long")
    return (_ESCAPE.sub(_unescaped, text) if "_x" in text else text) or None


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if code in _SURROGATES else chr(code)


class SharedStrings:
    """Texts that cells name by number.

    Programs number texts by first appearance, so those used over and over come first: they
    stay in `held` until `Limits.shared_bytes` is reached. What follows is mostly used once and
    in order; it goes to a temporary file, of which only one position per block is kept.
    """

    def __init__(self, limits: Limits) -> None:
        self.held: list[Cell] = []
        self._most = limits.cell_characters
        self._room = limits.shared_bytes
        self._aside: IO[bytes] | None = None
        self._block: list[str] = []
        self._starts = array("Q", [0])
        self._turn = Lock()
        self._read = lru_cache(_BLOCKS_KEPT)(self._texts)

    def add(self, text: str) -> None:
        """Append a text."""
        if self._room > 0:
            value = text_value(text, self._most)
            self._room -= sys.getsizeof(value) + 8
            self.held.append(value)
        else:
            self._block.append(text)
            if len(self._block) == _BLOCK:
                self.flush()

    def flush(self) -> None:
        """Write the block that is being filled; done once more after the last `add`."""
        if self._block:
            if self._aside is None:
                self._aside = tempfile.TemporaryFile(prefix="crmcore-")  # noqa: SIM115
                weakref.finalize(self, self._aside.close)
            data = _SEPARATOR.join(self._block).encode()
            self._aside.write(data)
            self._starts.append(self._starts[-1] + len(data))
            self._block.clear()

    def value(self, index: int) -> Cell:
        """The text with number `index` as a cell. Raises `IndexError` where there is none."""
        if 0 <= index < len(self.held):
            return self.held[index]
        block, place = divmod(index - len(self.held), _BLOCK)
        if index < 0 or block + 1 >= len(self._starts):
            raise IndexError(index)
        return self._read(block)[place]

    def _texts(self, block: int) -> list[Cell]:
        aside = self._aside
        if aside is None:
            raise IndexError(block)
        with self._turn:
            aside.seek(self._starts[block])
            data = aside.read(self._starts[block + 1] - self._starts[block])
        return [text_value(text, self._most) for text in data.decode().split(_SEPARATOR)]

    def close(self) -> None:
        """Remove the temporary file."""
        if self._aside is not None:
            self._aside.close()
            self._aside = None


class _Reader:
    """Collects the texts of the part; runs of a formatted text are joined, phonetics left out."""

    __slots__ = ("_data", "_depth", "_most", "_phonetic", "_strings", "_text")

    opening = re.compile(r"<sst\b[^<>]*>")
    closing = "</si>"

    def __init__(self, strings: SharedStrings, most: int) -> None:
        self._strings = strings
        self._most = most
        self._text = ""
        self._data = ""
        self._phonetic = False
        self._depth = Depth()

    def start(self, name: str, attributes: Attributes, /) -> None:
        """Begins a text or a run of it."""
        self._data = ""
        if name == "si":
            self._text = ""
        elif name == "rPh":
            self._phonetic = True
        self._depth.enter()

    def text(self, data: str, /) -> None:
        """Takes text, up to just beyond the limit for a cell."""
        if len(self._data) <= self._most:
            self._data = (self._data + data if self._data else data)[: self._most + 1]

    def end(self, name: str, /) -> None:
        """Ends a run, or hands over the text."""
        self._depth.leave()
        if name == "t":
            if not self._phonetic:
                self._text = (self._text + self._data)[: self._most + 1]
        elif name == "si":
            self._strings.add(self._text)
        elif name == "rPh":
            self._phonetic = False
        self._data = ""

    @property
    def between(self) -> bool:
        """Whether the events so far lead to a place between two texts."""
        return self._depth.inside == 1

    def piece(self, text: str, start: int, end: int, /) -> bool:
        """Take a text without formats in its usual spelling."""
        found = _ITEM.fullmatch(text, start, end)
        if found is None:
            return False
        self._strings.add(found[1][: self._most + 1])
        return True


def read_strings(package: Package, part: str, limits: Limits) -> SharedStrings:
    """The shared texts in `part`. Raises `SourceError` where it is damaged."""
    strings = SharedStrings(limits)
    try:
        reader = _Reader(strings, limits.cell_characters)
        for _ in parse_pieces(package.stream(part), reader, package.name, part):
            pass
        strings.flush()
    except ValueError as error:
        strings.close()
        raise SourceError("xml_damaged", file=package.name, part=part) from error
    except BaseException:
        strings.close()
        raise
    return strings
