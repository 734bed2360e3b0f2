"""Workbooks, read back by openpyxl and calamine: texts, numbers, dates, limits."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from python_calamine import load_workbook

from crmcore.errors import CapacityExceeded, CrmError, Invalid
from crmcore.sheets import (
    Cell,
    CellError,
    Column,
    Formula,
    Marked,
    SheetOut,
    unguard,
    write_xlsx,
)

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def written(*sheets: SheetOut) -> io.BytesIO:
    stream = io.BytesIO()
    write_xlsx(stream, sheets)
    stream.seek(0)
    return stream


def one(value: Cell, **column: object) -> openpyxl.cell.Cell:
    sheet = SheetOut("s", [Column("t", **column)], [[value]])  # type: ignore[arg-type]
    return openpyxl.load_workbook(written(sheet)).active["A2"]


def unescaped(text: str) -> str:
    return re.sub(r"_x([0-9A-F]{4})_", lambda m: chr(int(m.group(1), 16)), text)


def raw_texts(stream: io.BytesIO) -> list[str]:
    """The texts of the first sheet as the XML has them, read as a workbook reader would."""
    with zipfile.ZipFile(stream) as archive:
        root = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    assert not root.findall(f".//{MAIN}f"), "text became a formula"
    return [unescaped(t.text or "") for t in root.findall(f".//{MAIN}t")]


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - sheets know no zone


pieces = st.sampled_from(
    ["=", "'", "＝", "@SUM", "<t>", "&amp;", "]]>", '"', "\t", "\r\n", " ", "_x0041_", "\x00", "键"]
)
texts = (st.text(min_size=1) | st.lists(pieces, min_size=1, max_size=6).map("".join)).filter(bool)


@given(st.lists(texts, min_size=1, max_size=6))
@example(["'=header", "'=cell", "''=cell"])
def test_every_text_comes_back(column: list[str]) -> None:
    stream = written(SheetOut("s", [column[0]], [[text] for text in column[1:]]))
    assert [unguard(text) for text in raw_texts(stream)] == column


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_people_see_the_text_itself(text: str) -> None:
    if not text.startswith("'"):
        assert unescaped(str(one(text).value)) == text


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1+1", "-x", "@SUM(1)", "＝1", "\u200b=1", "\t=1", "'=1"]
)
def test_formula_like_text_stays_text_also_when_edited(text: str) -> None:
    cell = one(text)
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert unguard(unescaped(cell.value)) == text


@pytest.mark.parametrize("text", ["00123", "13800138000", "110101199003078515", "1.38E+10"])
def test_digits_in_text_keep_their_form_when_edited(text: str) -> None:
    cell = one(text)
    assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")


def test_headers_and_banners_are_texts_too() -> None:
    stream = written(SheetOut("=s", ["=1+1", "@x"], [["=2", "b"]], banner="=cmd"))
    sheet = openpyxl.load_workbook(stream).active
    assert sheet.title == "_=s"
    assert [cell.data_type for row in sheet for cell in row if cell.value] == ["s"] * 5
    assert [cell.value for cell in sheet[1]] == ["=cmd", None]
    assert [cell.value for cell in sheet[2]] == ["=1+1", "@x"]
    assert [str(r) for r in sheet.merged_cells.ranges] == ["A1:B1"]
    assert sheet.freeze_panes == "A3"


@pytest.mark.parametrize(
    ("value", "read", "kind"),
    [
        (0, 0, "n"),
        (-5, -5, "n"),
        (10**15 - 1, 10**15 - 1, "n"),
        (10**15, "1000000000000000", "s"),
        (-(10**17) - 1, "-100000000000000001", "s"),
        (1.5, 1.5, "n"),
        (0.1 + 0.2, 0.1 + 0.2, "n"),
        (float("nan"), "nan", "s"),
        (Decimal("1234.50"), 1234.5, "n"),
        (Decimal("-0.000000001"), -1e-9, "n"),
        (Decimal("123456789012.345"), 123456789012.345, "n"),
        (Decimal("123456789012345.6789"), "123456789012345.6789", "s"),
        (Decimal("1E+300000"), "1E+300000", "s"),
        (Decimal("NaN"), "NaN", "s"),
        (True, True, "b"),
        (False, False, "b"),
        (date(2024, 1, 5), wall(2024, 1, 5), "d"),
        (date(9999, 12, 31), wall(9999, 12, 31), "d"),
        (date(1900, 3, 1), wall(1900, 3, 1), "d"),
        (date(1900, 2, 28), "1900-02-28", "s"),
        (date(1, 1, 1), "0001-01-01", "s"),
        (wall(2024, 1, 5, 23, 59, 59, 999000), wall(2024, 1, 5, 23, 59, 59, 999000), "d"),
        (datetime(2024, 1, 5, 2, tzinfo=UTC), wall(2024, 1, 5, 2), "d"),
        (
            datetime(2024, 1, 5, 10, tzinfo=timezone(timedelta(hours=8))),
            wall(2024, 1, 5, 10),
            "d",
        ),
        (time(9, 30), time(9, 30), "d"),
        (timedelta(hours=26, minutes=5), timedelta(hours=26, minutes=5), "d"),
        (-timedelta(minutes=5), "-0:05:00", "s"),
        (CellError("#N/A"), "#N/A", "e"),
        (Formula("1+2", 3), "=1+2", "f"),
    ],
)
def test_values_keep_their_type_and_digits(value: Cell, read: object, kind: str) -> None:
    cell = one(value)
    if isinstance(value, float | Decimal | int) and kind == "n":
        assert float(cell.value) == float(str(read))
    else:
        assert cell.value == read
    assert type(cell.value) is type(read)
    assert cell.data_type == kind


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4) | st.integers())
def test_the_digits_of_a_number_are_all_there(value: Decimal | int) -> None:
    stream = written(SheetOut("s", ["t"], [[value]]))
    with zipfile.ZipFile(stream) as archive:
        root = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    cell = root.findall(f".//{MAIN}c")[1]
    assert Decimal(cell.findtext(f"{MAIN}v") or "".join(cell.itertext())) == value


@given(st.datetimes(wall(1900, 3, 1), wall(9999, 12, 30)))
def test_moments_keep_their_milliseconds(moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert abs(one(moment).value - moment) < timedelta(milliseconds=1)


def test_a_formula_shows_the_value_it_had() -> None:
    rows: list[list[Cell]] = [[Formula("A1&B1", "=x<")], [Formula("1=1", True)], [Formula("1", 2)]]
    stream = written(SheetOut("s", ["t"], rows))
    sheet = openpyxl.load_workbook(stream, data_only=True).active
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["=x<", True, 2]


def test_formats_of_columns() -> None:
    assert one(Decimal("0.1"), number_format="0.00%").number_format == "0.00%"
    assert one(1, number_format='"￥"#,##0.00').number_format == '"￥"#,##0.00'
    assert one(date(2024, 1, 5), number_format='yyyy"年"m"月"').number_format == 'yyyy"年"m"月"'
    # A format for numbers does not turn a day into 45,296.00, nor one for days a number into 1900.
    assert one(date(2024, 1, 5), number_format="#,##0.00").number_format == "yyyy-mm-dd"
    assert one(7, number_format="yyyy-mm-dd").number_format == "General"
    # What is still a text in a column of numbers does not stop the number from being one.
    assert one("1.2万", number_format="#,##0.00").number_format == "#,##0.00"


def test_long_texts_are_shown_and_too_long_ones_refused(tmp_path: Path) -> None:
    assert one("长" * 32_767).value == "长" * 32_767
    assert one("长" * 256).number_format == "General"
    for text in ("长" * 32_768, "😀" * 16_384):
        with pytest.raises(CapacityExceeded) as caught:
            write_xlsx(tmp_path / "a.xlsx", [SheetOut("s", ["t"], [["ok"], [text]])])
        assert caught.value.code == "xlsx_text_too_long"
        assert caught.value.problems[0].params["cell"] == "A3"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sheets", "code"),
    [
        ([], "no_sheets"),
        ([SheetOut("s", ["a"], hidden=True)], "no_sheets"),
        ([SheetOut("s", ["a"], [["1", "2"]])], "row_width"),
        ([SheetOut("s", ["a"], [[b"x"]])], "cell_type"),  # type: ignore[list-item]
        ([SheetOut("s", [str(i) for i in range(16_385)])], "xlsx_columns"),
    ],
)
def test_what_cannot_be_written_is_refused(
    tmp_path: Path, sheets: list[SheetOut], code: str
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(CrmError) as caught:
        write_xlsx(path, sheets)
    assert caught.value.code == code
    assert caught.value.message("zh") != code
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_more_rows_than_a_sheet_holds_are_refused() -> None:
    rows = ([None] for _ in range(1_048_576))
    with pytest.raises(CapacityExceeded, match="1048576 rows"):
        write_xlsx(io.BytesIO(), [SheetOut("s", ["a"], rows)])


def test_an_unknown_error_code_is_refused() -> None:
    with pytest.raises(Invalid, match="<f>"):
        CellError("<f>")


def test_the_same_content_gives_the_same_bytes() -> None:
    def sheet() -> SheetOut:
        return SheetOut("s", [Column("t", note="n", options=["a"])], [[Marked("x", "why")]])

    assert written(sheet()).getvalue() == written(sheet()).getvalue()


def test_calamine_agrees_with_openpyxl(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows: list[list[Cell]] = [
        [f"北京{i}", i, Decimal(i) / 7, date(2024, 1, 1) + timedelta(i), bool(i % 2), None]
        for i in range(300)
    ]
    assert write_xlsx(path, [SheetOut("客户", list("abcdef"), rows), SheetOut("空", ["x"])]) == 300
    book = load_workbook(path)
    assert book.sheet_names == ["客户", "空"]
    ours = book.get_sheet_by_name("客户").to_python()
    theirs = openpyxl.load_workbook(path)["客户"].values
    for mine, other in zip(ours, theirs, strict=True):
        assert [as_plain(v) for v in mine[:5]] == [as_plain(v) for v in other[:5]]


def as_plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.date()
    return float(value) if isinstance(value, int) else value


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def rows(count: int) -> Iterator[list[Cell]]:
        return ([f"客户{i}", i, Marked("x", "y" * 50)] for i in range(count))

    def peak(count: int) -> int:
        tracemalloc.start()
        write_xlsx(tmp_path / "a.xlsx", [SheetOut("s", ["a", "b", "c"], rows(count))])
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    small = peak(5_000)
    assert peak(20_000) < small + 1_000_000
