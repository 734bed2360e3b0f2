"""Rows as CSV and XLSX files that an import reads back as the same values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from crmcore.errors import Language
from crmcore.kinds import (
    Choice,
    Json,
    Kind,
    Link,
    Money,
    MultiChoice,
    MultiLink,
    Percent,
    typed_form,
)
from crmcore.kinds.reference import canonical_json
from crmcore.sheets import (
    Cell,
    Column,
    CsvEncoding,
    SheetOut,
    Target,
    csv_lines,
    write_csv,
    write_xlsx,
)
from crmcore.tables.columns import TableColumn
from crmcore.tables.rows import Values
from crmcore.tables.shown import Presentation, named, option_texts

Maker = Callable[[object], Cell]

SEPARATOR: Final = "; "
"""Between the parts of a set in one cell; a label that holds one gives way to its code."""

_SEPARATORS: Final = frozenset(";；,，、|｜/／\n")
_DIGITS_OF_A_CELL: Final = 15
_SHEET_NAMES: Final[dict[Language, str]] = {"zh": "数据", "en": "Data"}


def headers(columns: Sequence[TableColumn], language: Language) -> list[str]:
    """The labels; the name where two columns share a label or a label means another column."""
    shown = [column.shown(language) for column in columns]
    names = {column.name for column in columns}
    folded = [label.casefold() for label in shown]
    return [
        column.name
        if folded.count(label.casefold()) > 1 or (label in names and label != column.name)
        else label
        for column, label in zip(columns, shown, strict=True)
    ]


def csv_text(
    columns: Sequence[TableColumn], batches: Iterable[Sequence[Values]], present: Presentation
) -> str:
    """All rows as one CSV text, guarded like a file."""
    rows = _cells(columns, batches, present, in_words=True)
    return "".join(csv_lines(headers(columns, present.language), rows))


def csv_file(
    target: Target,
    columns: Sequence[TableColumn],
    batches: Iterable[Sequence[Values]],
    present: Presentation,
    encoding: CsvEncoding,
) -> None:
    """Writes a CSV file, streaming."""
    rows = _cells(columns, batches, present, in_words=True)
    write_csv(target, headers(columns, present.language), rows, encoding=encoding)


def xlsx_file(
    target: Target,
    columns: Sequence[TableColumn],
    batches: Iterable[Sequence[Values]],
    present: Presentation,
    sheet: str | None,
) -> None:
    """Writes a workbook of one sheet, streaming; numbers, dates and booleans are typed."""
    titles = headers(columns, present.language)
    shown = [
        Column(title, number_format=_number_format(column))
        for title, column in zip(titles, columns, strict=True)
    ]
    rows = _cells(columns, batches, present, in_words=False)
    write_xlsx(target, [SheetOut(sheet or _SHEET_NAMES[present.language], shown, rows)])


def _number_format(column: TableColumn) -> str | None:
    kind = column.kind
    if isinstance(kind, Percent):
        return "0." + "0" * kind.scale + "%" if kind.scale else "0%"
    if kind.shape == "scaled":
        return "#,##0." + "0" * kind.scale if kind.scale else "#,##0"
    return "0" if kind.shape == "integer" else None


def _cells(
    columns: Sequence[TableColumn],
    batches: Iterable[Sequence[Values]],
    present: Presentation,
    *,
    in_words: bool,
) -> Iterator[Sequence[Cell]]:
    makers = [
        (_in_words(column.kind, present) if in_words else None) or _maker(column, present)
        for column in columns
    ]
    for rows in batches:
        for row in rows:
            yield [
                None if value is None else make(value)
                for make, value in zip(makers, row, strict=True)
            ]


def _in_words(kind: Kind, present: Presentation) -> Maker | None:
    """How a file without types says what a bare value would leave open."""
    if kind.shape == "boolean":
        return present.truth
    return _percent_text if isinstance(kind, Percent) else None


def _percent_text(value: object) -> str:
    return f"{value:f}%" if isinstance(value, Decimal) else str(value)


def _share(value: object) -> Cell:
    # A spreadsheet shows the share 0.12 as 12 %; of more digits it would lose some.
    if isinstance(value, Decimal) and len(value.as_tuple().digits) <= _DIGITS_OF_A_CELL:
        return value.scaleb(-2)
    return _percent_text(value)


def _maker(column: TableColumn, present: Presentation) -> Maker:
    kind = column.kind
    if isinstance(kind, MultiLink):
        return lambda value: SEPARATOR.join(map(present.title, _parts(value)))
    if isinstance(kind, MultiChoice):
        return _set_maker(kind, present)
    if isinstance(kind, Choice | Link):
        name = named(column, present)
        return _as_it_is if name is None else lambda value: str(name(value))
    if isinstance(kind, Json):
        return lambda value: canonical_json(kind, value)
    if isinstance(kind, Percent):
        return _share
    simple: dict[str, Maker] = {
        "typed": _typed,
        "instant": lambda value: present.local(value),  # type: ignore[arg-type]
        "money": lambda value: SEPARATOR.join(map(_money, _parts(value))),
    }
    return simple.get(kind.shape, _as_it_is)


def _as_it_is(value: object) -> Cell:
    return value  # type: ignore[return-value]


def _typed(value: object) -> Cell:
    return typed_form(value) if isinstance(value, str) else _as_it_is(value)


def _parts(value: object) -> Sequence[object]:
    return value if isinstance(value, tuple) else (value,)


def _money(value: object) -> str:
    # The currency first: a text that begins with a minus would need the guard.
    return f"{value.currency} {value.amount:f}" if isinstance(value, Money) else str(value)


def _set_maker(kind: MultiChoice, present: Presentation) -> Maker:
    texts = {
        code: code if _SEPARATORS & set(text) else text
        for code, text in option_texts(kind, present.language).items()
    }

    def make(value: object) -> Cell:
        codes = kind.in_option_order(tuple(map(str, _parts(value))))
        return SEPARATOR.join([texts.get(code, code) for code in codes])

    return make
