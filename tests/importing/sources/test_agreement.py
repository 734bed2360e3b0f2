"""Ordinary workbooks read the same here, in openpyxl and in calamine."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import openpyxl
import python_calamine
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.importing.sources.books import Book, Page, shared_strings
from tests.importing.sources.reads import moment, rows_of

from crmcore.errors import SourceError
from crmcore.importing.sources import Cell, Percent, Row, RowSource, open_source

Made = str | int | float | bool | datetime | date | time | timedelta | None

# Excel knows no time zones, no microseconds and nothing before March 1900 that others agree on.
MOMENTS = st.datetimes(moment(1900, 3, 1), moment(9999, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=12,
).filter(lambda text: not text.startswith("=") and "_x" not in text)
VALUES: st.SearchStrategy[Made] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.floats(-1e15, 1e15),
    TEXTS,
    MOMENTS,
    MOMENTS.map(datetime.date),
    st.times().map(lambda moment: moment.replace(microsecond=0)),
    st.timedeltas(timedelta(0), timedelta(days=9_000)).map(
        lambda span: timedelta(span.days, span.seconds)
    ),
)
TABLES = st.lists(st.lists(VALUES, min_size=1, max_size=6), min_size=1, max_size=6)


def saved(rows: Sequence[Sequence[Made]], percent: bool) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for y, row in enumerate(rows, 1):
        for x, value in enumerate(row, 1):
            cell = sheet.cell(y, x, value)
            if isinstance(value, str):
                # Otherwise "#N/A" written as text would become an error.
                cell.data_type = "s"
            if percent and type(value) in (int, float):
                cell.number_format = "0.00%"
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def expected(value: Made, percent: bool) -> Cell:
    """The cell that a stored value comes back as; openpyxl writes 16 digits of a float."""
    exact: Cell = value
    if isinstance(value, float):
        written = f"{value:.16g}"
        stored = Decimal(repr(float(written)))
        whole = stored == stored.to_integral_value() and abs(stored) <= 2**53
        exact = int(stored) if whole or written.isdecimal() else stored
    if percent and type(value) in (int, float):
        return Percent(Decimal(exact))  # type: ignore[arg-type]
    return exact


def ours(data: bytes) -> dict[tuple[int, int], Cell]:
    return {
        (row.number, x): cell
        for row in rows_of(data)
        for x, cell in enumerate(row.cells, 1)
        if cell is not None
    }


@given(TABLES, st.booleans())
@example([[1.1, 0.1 + 0.2, 13_800_138_000.0, 1e22, 5e-324, -0.0]], False)
@example([["00123", " x ", "a&b<c>", "]]>", "\u200b", "客户"], [None, True, False]], False)
@example([[moment(1900, 3, 1), date(9999, 12, 31), time(0), timedelta(hours=30)]], False)
def test_what_was_written_is_read(rows: list[list[Made]], percent: bool) -> None:
    wanted = {
        (y, x): expected(value, percent)
        for y, row in enumerate(rows, 1)
        for x, value in enumerate(row, 1)
        if value is not None
    }
    found = ours(saved(rows, percent))
    assert found.keys() == wanted.keys()
    for place, cell in found.items():
        assert cell == wanted[place]
        assert type(cell) is type(wanted[place])


@given(TABLES)
def test_agrees_with_openpyxl(rows: list[list[Made]]) -> None:
    data = saved(rows, False)
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True).active
    sheet.reset_dimensions()
    theirs = {
        (y, x): cell
        for y, row in enumerate(sheet.iter_rows(values_only=True), 1)
        for x, cell in enumerate(row, 1)
        if cell is not None
    }
    assert comparable(ours(data)) == comparable(theirs)


@given(TABLES)
def test_agrees_with_calamine(rows: list[list[Made]]) -> None:
    data = saved(rows, False)
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    top, left = sheet.start or (0, 0)
    theirs = {
        (y, x): cell
        for y, row in enumerate(sheet.to_python(), top + 1)
        for x, cell in enumerate(row, left + 1)
        if cell != ""
    }
    assert comparable(ours(data)) == comparable(theirs)


def comparable(cells: dict[tuple[int, int], object]) -> dict[tuple[int, int], object]:
    """Numbers as floats, midnights as dates: other libraries do not tell these apart."""
    return {place: plain(cell) for place, cell in cells.items()}


def plain(cell: object) -> object:
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | Decimal):
        return float(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date()
    return cell


HIDDEN = '<row r="9999"><c r="A9999"><v>1</v></c></row>'
ROWS = st.lists(
    st.lists(
        st.sampled_from(
            [
                '<c r="{}"/>',
                '<c r="{}" s="1"/>',
                '<c r="{}"><v>12</v></c>',
                '<c r="{}" s="1"><v>45296.5</v></c>',
                '<c r="{}" t="n" s="2"><v>0.5</v></c>',
                '<c r="{}" s="2" t="n"><v>-1.5E-3</v></c>',
                '<c r="{}" t="s"><v>0</v></c>',
                '<c r="{}" t="s"><v>1</v></c>',
                '<c r="{}" t="s"><v>2</v></c>',
                '<c r="{}" t="s"><v>7</v></c>',
                '<c r="{}" t="s"><v>-1</v></c>',
                '<c r="{}" t="b"><v>1</v></c>',
                '<c r="{}" t="e"><v>#N/A</v></c>',
                '<c r="{}" t="d"><v>2024-01-05</v></c>',
                '<c r="{}" t="str"><f>A1</f><v>客户</v></c>',
                '<c r="{}" t="str"><v>a&amp;b</v></c>',
                '<c r="{}" t="str"><v></v></c>',
                '<c r="{}"><f t="shared" ref="A1:A2" si="0">B1+1</f><v>3</v></c>',
                '<c r="{}"><f t="shared" si="0"/><v>3</v></c>',
                '<c r="{}"><f>SUM(B1)</f></c>',
                '<c r="{}"><f>SUM(B1)</f><v></v></c>',
                '<c r="{}" t="inlineStr"><is><t>文本</t></is></c>',
                '<c r="{}" t="inlineStr"><is><t xml:space="preserve"> x </t></is></c>',
                '<c r="{}" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>',
                '<c r="{}"><is><t>lost</t></is></c>',
                '<c r="{}" t="inlineStr"><v>odd</v></c>',
                '<c r="{}"><v><![CDATA[5]]></v></c>',
                '<c r="{}"><!-- </row> --><v>5</v></c>',
                f'<c r="{{}}"><!-- </row>{HIDDEN} --><v>5</v></c>',
                f'<c r="{{}}" t="str"><v><![CDATA[</row>{HIDDEN}]]></v></c>',
                f'<c r="{{}}"><x></row>{HIDDEN}<row r="9998"></x></c>',
                '<c r="{}"><v>x</v></c>',
                ' <c r="{}">\n<v>6</v></c>',
                "<c><v>8</v></c>",
            ]
        ),
        max_size=5,
    ),
    max_size=8,
)
BETWEEN = st.lists(
    st.sampled_from(
        [
            "",
            "",
            "",
            "\n",
            '<row r="{}"/>',
            f"<!-- </row>{HIDDEN} -->",
            f"<?x </row>{HIDDEN} ?>",
            "x",
        ]
    ),
    min_size=8,
    max_size=8,
)


ITEM = "<si><t>hidden</t></si>"
NESTED = f"<si><x>{ITEM}<si><t>other</t></si></x><t>y</t></si>"
STRINGS = st.lists(
    st.sampled_from(
        [
            "<si><t>甲</t></si>",
            '<si><t xml:space="preserve"> 乙 </t></si>',
            "<si><t>a&amp;b</t></si>",
            "<si><r><t>a</t></r><r><t>b</t></r></si>",
            "<si/>",
            "\n",
            f"<!-- </si>{ITEM} -->",
            NESTED,
            f"<si><t><![CDATA[</si>{ITEM}]]></t></si>",
        ]
    ),
    max_size=8,
)


@settings(max_examples=200)
@given(ROWS, BETWEEN, st.sampled_from(["", ' spans="1:2"', ' ht="2" x="a>b"']), STRINGS)
@example([['<c r="{}" t="s"><v>2</v></c>']], [""], "", [NESTED])
def test_patterns_and_parser_make_the_same_rows(
    rows: list[list[str]], between: list[str], more: str, strings: list[str]
) -> None:
    xml = ""
    for n, (cells, gap) in enumerate(zip(rows, between, strict=False)):
        number = 2 * n + 2
        inner = "".join(cell.replace("{}", f"{'ABCDE'[x]}{number}") for x, cell in enumerate(cells))
        xml += gap.replace("{}", str(number - 1)) + f'<row r="{number}"{more}>{inner}</row>'
    formats = ["22", "9"]
    usual = Book([Page(xml)], "".join(strings), formats).bytes()
    # A declared encoding other than UTF-8 leaves everything to the parser.
    parts = {
        "xl/worksheets/sheet0.xml": b"".join(Page(xml).xml()),
        "xl/sharedStrings.xml": shared_strings("".join(strings)),
    }
    parsed = {
        name: data.decode().replace("UTF-8", "UTF-16").encode("utf-16")
        for name, data in parts.items()
    }
    with (
        open_source(usual) as one,
        open_source(Book([Page("")], "", formats, parts=parsed).bytes()) as other,
    ):
        assert read(one) == read(other)


def read(source: RowSource) -> list[Row | str]:
    """The rows up to a refusal, and its code."""
    found: list[Row | str] = []
    try:
        found.extend(source.rows())
    except SourceError as error:
        found = [row for row in found if isinstance(row, str)]
        found.append(error.code)
    return found
