"""From a cell to a value of a field, by the kind of the field and the profile of the column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from crmcore.errors import Invalid
from crmcore.importing.convert.choosing import (
    boolean_reader,
    choice_reader,
    folded,
    multi_choice_reader,
)
from crmcore.importing.convert.cleaning import clean_lines, plain
from crmcore.importing.convert.columns import Column, Reader
from crmcore.importing.convert.contacts import email_reader, phone_reader, typed_reader
from crmcore.importing.convert.formats import PLAIN, CellFormat
from crmcore.importing.convert.numeric import NUMERIC_READERS
from crmcore.importing.convert.profile import ColumnProfile
from crmcore.importing.convert.spans import clock_reader, duration_reader
from crmcore.importing.convert.temporal import date_reader, instant_reader
from crmcore.importing.convert.texts import (
    json_reader,
    link_reader,
    long_text_reader,
    multi_link_reader,
    text_reader,
)
from crmcore.importing.sources.values import Cell, CellError
from crmcore.kinds import (
    Boolean,
    Choice,
    Date,
    DateTime,
    Duration,
    Email,
    Json,
    Kind,
    Link,
    LongText,
    MultiChoice,
    MultiLink,
    Phone,
    Text,
    TypedKind,
    WallTime,
)
from crmcore.schema import Field

Converter = Callable[[Cell], object]
"""Turns a cell into a value, `None` for an empty one; raises `Invalid`."""

_READERS: Final[tuple[tuple[type[Kind], Callable[[Column], Reader]], ...]] = (
    (Phone, phone_reader),
    (Email, email_reader),
    (TypedKind, typed_reader),
    (LongText, long_text_reader),
    (Text, text_reader),
    (MultiChoice, multi_choice_reader),
    (Choice, choice_reader),
    (Boolean, boolean_reader),
    *NUMERIC_READERS,
    (Date, date_reader),
    (DateTime, instant_reader),
    (WallTime, clock_reader),
    (Duration, duration_reader),
    (MultiLink, multi_link_reader),
    (Link, link_reader),
    (Json, json_reader),
)
_AS_THEY_STAND: Final = (Text, LongText, Link, Json)


def converter(
    field: Field,
    profile: ColumnProfile | None = None,
    format: CellFormat = PLAIN,
    *,
    lookup: str | None = None,
) -> Converter:
    """What turns a cell of a column into the normal form of a value of `field`.

    Links become `LinkText` (tuples of them for multi-links), which a later step looks up
    by `lookup`. The converter raises `Invalid`, whose sentence says what would be accepted.
    """
    read = reader(Column(0, field, profile, format, lookup))
    kind = field.kind
    if isinstance(kind, Link):
        return read
    return lambda cell: kind.normalize(read(cell))


def reader(column: Column) -> Converter:
    """What turns a cell of `column` into a value that its kind can take as it is."""
    kind = column.field.kind
    make = next((make for known, make in _READERS if isinstance(kind, known)), None)
    if make is None:
        raise TypeError(f"no cells are read as {type(kind).__name__}")
    read, is_empty = make(column), _emptiness(column)

    def convert(cell: Cell) -> object:
        if cell is None or (isinstance(cell, str) and is_empty(cell)):
            return None
        if isinstance(cell, CellError):
            raise Invalid(cell.code, text=cell.text)
        return read(cell)

    return convert


def _emptiness(column: Column) -> Callable[[str], bool]:
    """Whether a text stands for an empty cell: blanks, and words such as `N/A`."""
    kind = column.field.kind
    if isinstance(kind, _AS_THEY_STAND):
        return lambda text: not clean_lines(text)
    words = {folded(word) for word in column.format.empty_words}
    if isinstance(kind, Choice):
        spelled = (s for option in kind.options for s in (option.code, *option.label.all()))
        words -= {folded(spelling) for spelling in spelled}
    words.add("")
    return lambda text: plain(text).replace(" ", "").casefold() in words
