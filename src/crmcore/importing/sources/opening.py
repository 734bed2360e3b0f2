"""The one way in: whatever rows can come from, opened as a `RowSource`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TypeAlias, cast

from crmcore.errors import SourceError
from crmcore.importing.sources.content import Content, Readable
from crmcore.importing.sources.delimited import DelimitedSource
from crmcore.importing.sources.limits import Limits
from crmcore.importing.sources.records import Records, RecordSource
from crmcore.importing.sources.refusals import reading
from crmcore.importing.sources.sniffing import sniff
from crmcore.importing.sources.source import RowSource
from crmcore.importing.sources.workbook import WorkbookSource

Openable: TypeAlias = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | Readable
    | Records
    | Mapping[str, Records]
)
"""What `open_source` takes."""

_RECORDS = "records"


def open_source(
    source: Openable,
    *,
    name: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    limits: Limits | None = None,
) -> RowSource:
    """Open `source` for reading, as often as wanted.

    - a path (`str` or `os.PathLike`), the bytes of a file, or a file open in binary mode, of
      which a copy is made: a workbook (.xlsx, .xlsm) or delimited text, told apart by content;
    - any iterable of mappings, or a mapping of sheet names to such iterables.

    `name` is how messages call the source (default: the file name). `encoding` (a codec of
    Python) and `delimiter` (one character) overrule what is found out about delimited text.
    Raises `SourceError` for whatever cannot be read, and nothing else.
    """
    limits = limits or Limits()
    if isinstance(source, Mapping):
        tables = cast("Mapping[str, Records]", source)
        return RecordSource(name or _RECORDS, tables, limits)
    content = _content(source, name, limits)
    if content is None:
        records = cast("Records", source)
        return RecordSource(name or _RECORDS, {name or _RECORDS: records}, limits)
    try:
        with reading(content.name):
            if sniff(content) == "zip":
                return WorkbookSource(content, limits)
            return DelimitedSource(content, limits, encoding, delimiter)
    except BaseException:
        content.close()
        raise


def _content(source: object, name: str | None, limits: Limits) -> Content | None:
    """The bytes of `source`; none for an iterable."""
    if isinstance(source, str | os.PathLike):
        content = Content.of_path(source, limits)
        content.name = name or content.name
        return content
    if isinstance(source, bytes | bytearray | memoryview):
        return Content.of_bytes(source, name or "bytes", limits)
    if callable(getattr(source, "read", None)):
        called = getattr(source, "name", None)
        shown = os.path.basename(called) if isinstance(called, str) else "stream"
        return Content.of_stream(source, name or shown, limits)  # type: ignore[arg-type]
    if isinstance(source, Iterable):
        return None
    raise SourceError("source_kind", file=name or "?", type=type(source).__name__)
