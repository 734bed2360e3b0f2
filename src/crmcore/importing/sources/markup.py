"""XML read as a stream of events, with nothing that XML can do beyond elements and text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol
from xml.parsers import expat

from crmcore.errors import SourceError
from crmcore.importing.sources.package import Package

# The longest text that expat hands over in one piece: a full cell in four-byte characters.
_TEXT_BUFFER = 1 << 18
# A tag or comment longer than this is none of a spreadsheet; expat would hold it in memory.
_PENDING_BYTES = 1 << 20
# Distinct names of elements and attributes; expat holds each for good.
_NAMES = 10_000
_DEPTH = 200

Attributes = dict[str, str]


class Handler(Protocol):
    """Takes the events of one document; element names come without their prefix."""

    def start(self, name: str, attributes: Attributes, /) -> None:
        """An element begins."""
        ...

    def text(self, data: str, /) -> None:
        """A piece of text; a long one comes in several."""
        ...

    def end(self, name: str, /) -> None:
        """An element ends."""
        ...


class Depth:
    """Counts how deep elements are nested; the parser would hold each open one in memory."""

    __slots__ = ("inside",)

    def __init__(self) -> None:
        self.inside = 0

    def enter(self) -> None:
        """An element begins; raises `ValueError` when it lies too deep."""
        self.inside += 1
        if self.inside > _DEPTH:
            raise ValueError("nested too deep")

    def leave(self) -> None:
        """An element ends."""
        self.inside -= 1


class _Shallow:
    """Counts the depth for a handler that does not."""

    def __init__(self, handler: Handler) -> None:
        self._depth = Depth()
        self._handler = handler
        self.text = handler.text

    def start(self, name: str, attributes: Attributes, /) -> None:
        self._depth.enter()
        self._handler.start(name, attributes)

    def end(self, name: str, /) -> None:
        self._depth.leave()
        self._handler.end(name)


class Feeder:
    """An XML parser that is handed one document in pieces.

    The handler counts the depth of its elements, for it knows which it refuses to see nested.
    Raises `ValueError` for what is not well-formed, breaks a limit or is refused by the
    handler, and `SourceError` `xml_doctype` for a document type or entities.
    """

    def __init__(self, handler: Handler, file: str, part: str) -> None:
        self._parser = _parser(handler, file, part)
        self._fed = 0

    def feed(self, data: bytes) -> None:
        """The next piece."""
        parser = self._parser
        try:
            parser.Parse(data, False)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error
        self._fed += len(data)
        if self._fed - parser.CurrentByteIndex > _PENDING_BYTES or len(parser.intern) > _NAMES:
            raise ValueError("no ordinary document")

    def finish(self) -> None:
        """There are no more pieces."""
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error


def parse(chunks: Iterable[bytes], handler: Handler, file: str, part: str) -> Iterator[int]:
    """Feed a whole document to `handler`; yields the number of bytes fed after every piece.

    Raises what `Feeder` raises, `ValueError` also for elements nested too deep.
    """
    feeder = Feeder(_Shallow(handler), file, part)
    fed = 0
    for chunk in chunks:
        feeder.feed(chunk)
        fed += len(chunk)
        yield fed
    feeder.finish()
    yield fed


def parse_part(package: Package, part: str, handler: Handler) -> None:
    """Feed a whole part to `handler`. Raises `SourceError` `xml_damaged` or `xml_doctype`."""
    try:
        for _ in parse(package.stream(part), handler, package.name, part):
            pass
    except ValueError as error:
        raise SourceError("xml_damaged", file=package.name, part=part) from error


def _parser(handler: Handler, file: str, part: str) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _TEXT_BUFFER

    def refuse(*_: object) -> None:
        raise SourceError("xml_doctype", file=file, part=part)

    def root(name: str, attributes: Attributes) -> None:
        prefix, colon, _ = name.rpartition(":")
        start, end = _without(prefix + colon, handler) if colon else (handler.start, handler.end)
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = handler.text
        start(name, attributes)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = root
    return parser


def _without(
    prefix: str, handler: Handler
) -> tuple[Callable[[str, Attributes], None], Callable[[str], None]]:
    """The element handlers for a document whose own elements carry `prefix`.

    Elements without it belong to somebody else: their names are made unknown.
    """
    known, known_end = handler.start, handler.end
    length = len(prefix)

    def start(name: str, attributes: Attributes) -> None:
        known(name[length:] if name.startswith(prefix) else ":" + name, attributes)

    def end(name: str) -> None:
        known_end(name[length:] if name.startswith(prefix) else ":" + name)

    return start, end
