"""What real workbooks hold: every entry of the list of things an importer must survive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from tests.importing.sources.books import Book, Page, book
from tests.importing.sources.reads import cells_of, moment, only_cell, refusal, rows_of

from crmcore.errors import Problem
from crmcore.importing.sources import (
    Cell,
    CellError,
    Limits,
    MergedRange,
    Percent,
    Row,
    Sheet,
    column_name,
    open_source,
)


def saved(workbook: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def shown(serial: str, code: str, **more: object) -> Cell:
    """A number cell with a number format."""
    row = f'<row r="1"><c r="A1" s="1"><v>{serial}</v></c></row>'
    return only_cell(book(row, formats=[code], **more))


def value(xml: str, **more: object) -> Cell:
    """A cell given as XML."""
    return only_cell(book(f'<row r="1">{xml}</row>', **more))


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize("place", [512, 65_536 - 16, 70_000])
def test_password_protected(place: int) -> None:
    data = OLE + bytes(place - len(OLE)) + "EncryptedPackage".encode("utf-16-le") + bytes(100)
    assert refusal(data).code == "workbook_encrypted"


def test_password_protected_entries() -> None:
    made = bytearray(book('<row r="1"><c r="A1"><v>1</v></c></row>'))
    at = made.index(b"PK\x01\x02")
    while at >= 0:
        made[at + 8] |= 1
        at = made.find(b"PK\x01\x02", at + 1)
    assert refusal(bytes(made)).code == "workbook_encrypted"


def test_old_xls() -> None:
    assert refusal(OLE + b"Workbook".ljust(600)).code == "source_xls"


def test_csv_named_xlsx(tmp_path: Path) -> None:
    path = tmp_path / "客户.xlsx"
    path.write_bytes("姓名,电话\n张三,138\n".encode())
    assert cells_of(path) == [("姓名", "电话"), ("张三", "138")]


def test_xlsx_named_csv(tmp_path: Path) -> None:
    path = tmp_path / "客户.csv"
    path.write_bytes(book('<row r="1"><c r="A1"><v>5</v></c></row>'))
    assert cells_of(path) == [(5,)]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize(
    "page",
    [
        "<html><table><tr><td>客户</td></tr></table></html>",
        "\n <!DOCTYPE HTML>\n<html>客户",
        "<!-- made by --> <meta charset=gbk><table>客户",
    ],
)
def test_html_named_xls(codec: str, page: str, tmp_path: Path) -> None:
    path = tmp_path / "导出.xls"
    path.write_bytes(page.encode(codec))
    error = refusal(path)
    assert error.code == "source_html"
    assert "导出.xls" in error.message("zh")


def test_xml_workbook_of_2003() -> None:
    data = b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    assert refusal(data).code == "source_xml"


def test_empty() -> None:
    assert refusal(b"").code == "source_empty"


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.99])
def test_truncated(share: float) -> None:
    made = book("".join(f'<row r="{r}"><c r="A{r}"><v>{r}</v></c></row>' for r in range(1, 999)))
    assert refusal(made[: int(len(made) * share)]).code == "zip_truncated"


def test_not_a_workbook_zip() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("readme.txt", "hello")
    assert refusal(file.getvalue()).code == "zip_no_workbook"
    with zipfile.ZipFile(file, "a") as package:
        package.writestr("content.xml", "<x/>")
    assert refusal(file.getvalue()).code == "source_foreign"
    assert refusal(b"PK\x05\x06" + bytes(18)).code == "zip_no_workbook"


def test_binary_workbook() -> None:
    made = Book([Page("")]).bytes()
    relations = b"".join(Book([Page("")])._parts()["_rels/.rels"].split(b"workbook.xml"))
    relations = relations.replace(b"xl/", b"xl/workbook.bin")
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, relations if name == "_rels/.rels" else old.read(name))
    assert refusal(file.getvalue()).code == "source_xlsb"


def test_missing_part() -> None:
    made = book("")
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            if "sheet0" not in name:
                new.writestr(name, old.read(name))
    assert refusal(file.getvalue()).code == "zip_part_missing"


@pytest.mark.parametrize(
    ("head", "kind"), [(b"%PDF-1.7", "PDF"), (b"\x89PNG\r\n", "PNG"), (b"\x1f\x8b\x08", "gzip")]
)
def test_other_files(head: bytes, kind: str) -> None:
    error = refusal(head + bytes(range(256)) * 4)
    assert (error.code, error.problems[0].params["kind"]) == ("source_foreign", kind)


def test_bytes_that_are_no_text() -> None:
    assert refusal(bytes(range(1, 256)) * 40).code == "source_no_table"


def test_hidden_empty_and_chart_sheets() -> None:
    workbook = openpyxl.Workbook()
    workbook.active.title = "隐藏"
    workbook.active.append(["a"])
    workbook.active.sheet_state = "hidden"
    workbook.create_sheet("空")
    deep = workbook.create_sheet("深藏")
    deep.sheet_state = "veryHidden"
    workbook.create_chartsheet("图表")
    workbook.create_sheet("客户").append(["b"])
    workbook.active = 4
    with open_source(saved(workbook)) as source:
        assert source.sheets == (
            Sheet("隐藏", 0, visible=False),
            Sheet("空", 1),
            Sheet("深藏", 2, visible=False),
            Sheet("图表", 3, has_rows=False),
            Sheet("客户", 4),
        )
        assert list(source.rows()) == []
        assert [row.cells for row in source.rows("隐藏")] == [("a",)]
        assert list(source.rows("图表")) == list(source.rows("深藏")) == []
        assert source.merged("图表") == ()
        with pytest.raises(Exception, match="no sheet 没有"):
            source.rows("没有")


def test_1904_dates() -> None:
    workbook = openpyxl.Workbook()
    workbook.epoch = CALENDAR_MAC_1904
    workbook.active.append([date(2024, 1, 5), moment(2024, 1, 5, 8, 30), 43_834, time(9, 15)])
    (cells,) = cells_of(saved(workbook))
    # Only what is formatted as a date moves with the calendar; a plain number does not.
    assert cells[:3] == (date(2024, 1, 5), moment(2024, 1, 5, 8, 30), 43_834)
    assert cells[3] == time(9, 15)
    assert shown("0", "14", date1904=True) == date(1904, 1, 1)
    assert shown("60", "14", date1904=True) == date(1904, 3, 1)
    assert shown("2957003", "14", date1904=True) == date(9999, 12, 31)
    assert shown("2957004", "14", date1904=True) == CellError("2957004", "cell_date_out_of_range")


def test_serial_60_and_its_neighbors() -> None:
    assert shown("1", "14") == date(1900, 1, 1)
    assert shown("59", "14") == date(1900, 2, 28)
    assert shown("60", "14") == CellError("60", "cell_date_unreal")
    assert shown("61", "14") == date(1900, 3, 1)
    assert shown("0", "14") == CellError("0", "cell_date_out_of_range")


@pytest.mark.parametrize("serial", ["2958466", "1E+30", "-1", "1E400", "NaN", "INF", "x"])
def test_dates_beyond_the_calendar(serial: str) -> None:
    assert shown(serial, "yyyy-mm-dd") == CellError(serial, "cell_date_out_of_range")
    assert shown("2958465", "yyyy-mm-dd") == date(9999, 12, 31)
    for late in ("2958465.9999999999", "2958465.999999998"):
        expected = CellError(late, "cell_date_out_of_range")
        assert shown(late, "yyyy-mm-dd hh:mm") == expected


def test_durations() -> None:
    assert shown("1.5", "[h]:mm:ss") == timedelta(days=1.5)
    assert shown("46", "46") == timedelta(days=46)
    assert shown("-0.25", "[mm]") == timedelta(hours=-6)
    assert shown("0.0000115740740740741", "[s]") == timedelta(seconds=1)
    assert shown("1e12", "[h]") == CellError("1e12", "cell_date_out_of_range")


@pytest.mark.parametrize(
    ("code", "serial", "expected"),
    [
        ("14", "45296", date(2024, 1, 5)),
        ("22", "45296.5", moment(2024, 1, 5, 12)),
        ("22", "45296", moment(2024, 1, 5)),
        ("14", "45296.25", moment(2024, 1, 5, 6)),
        ("31", "45296", date(2024, 1, 5)),
        ("57", "45296", date(2024, 1, 5)),
        ("32", "0.25", time(6)),
        ("20", "0.604166666666667", time(14, 30)),
        ("yyyy年m月d日", "45296", date(2024, 1, 5)),
        ('yyyy"年"m"月"d"日"', "45296", date(2024, 1, 5)),
        ("[$-804]yyyy/m/d;@", "45296", date(2024, 1, 5)),
        ("[DBNum1][$-804]yyyy年m月", "45296", date(2024, 1, 5)),
        ("上午/下午h时mm分", "0.5", time(12)),
        ("h:mm AM/PM", "0.75", time(18)),
        ("mm:ss.0", "0.5", time(12)),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "45296", date(2024, 1, 5)),
        ("General", "45296", 45_296),
        ("G/通用格式", "45296", 45_296),
        ("0.00E+00", "13800138000", 13_800_138_000),
        ('#,##0.00" yuan d"', "1234.5", Decimal("1234.5")),
        ("#,##0.00\\d", "1234.5", Decimal("1234.5")),
        ("[Red]0;[Blue]-0", "5", 5),
        ('[>=10000]0!.0,"万";0', "5", 5),
        ("_-* #,##0.00\\ [$€-407]_-", "5.5", Decimal("5.5")),
        ("@", "5", 5),
        ("0%", "0.12", Percent(Decimal("0.12"))),
        ("9", "1", Percent(Decimal(1))),
        ("10", "0.125", Percent(Decimal("0.125"))),
        ("0.0\\%", "12", 12),
        ("[Red]-0.0%;0.0%", "-0.5", Percent(Decimal("-0.5"))),
    ],
)
def test_number_formats(code: str, serial: str, expected: Cell) -> None:
    found = shown(serial, code)
    assert (found, type(found)) == (expected, type(expected))


def test_formula_with_and_without_cached_value() -> None:
    assert value('<c r="A1"><f>1+1</f><v>2</v></c>') == 2
    assert value('<c r="A1" t="str"><f>A&amp;B</f><v>客户</v></c>') == "客户"
    missing = CellError("=B1*2", "cell_formula_uncached")
    assert value('<c r="A1"><f>B1*2</f></c>') == missing
    assert value('<c r="A1"><f>B1*2</f><v/></c>') == missing
    assert value('<c r="A1"><f>B1*2</f><v></v></c>') == missing
    assert value('<c r="A1" t="str"><f>B1*2</f></c>') == missing
    # The text of nothing is a value: the formula was calculated.
    row = '<row r="1"><c r="A1" t="str"><f>""</f><v></v></c><c r="B1"><v>1</v></c></row>'
    assert cells_of(book(row)) == [(None, 1)]
    workbook = openpyxl.Workbook()
    workbook.active.append(["=1+1"])
    assert only_cell(saved(workbook)) == CellError("=1+1", "cell_formula_uncached")


def test_error_cells() -> None:
    row = "".join(f'<c t="e"><v>{code}</v></c>' for code in ("#N/A", "#DIV/0!", "#NAME?"))
    assert cells_of(book(f'<row r="1">{row}</row>')) == [
        (CellError("#N/A"), CellError("#DIV/0!"), CellError("#NAME?"))
    ]


def test_broken_cells_say_so() -> None:
    assert value('<c t="s"><v>3</v></c>', strings=["x"]) == CellError("3", "cell_unreadable")
    assert value('<c t="s"><v>-1</v></c>', strings=["x"]) == CellError("-1", "cell_unreadable")
    assert value('<c t="b"><v>yes</v></c>') == CellError("yes", "cell_unreadable")
    assert value('<c t="z"><v>1</v></c>') == CellError("1", "cell_unreadable")
    for text in ("nan", "inf", "1_0", "1e999", "0x10", "１２x", "9" * 500):
        assert value(f"<c><v>{text}</v></c>") == CellError(text[:80], "cell_not_a_number")


def test_every_broken_cell_has_a_sentence() -> None:
    for code in (
        "cell_error",
        "cell_formula_uncached",
        "cell_date_out_of_range",
        "cell_date_unreal",
        "cell_not_a_number",
        "cell_too_long",
        "cell_undecodable",
        "cell_unreadable",
    ):
        problem = Problem(code, {"text": "#N/A"})
        assert "#N/A" in problem.message("en")
        assert "#N/A" in problem.message("zh")


def test_boolean() -> None:
    row = '<row r="1"><c t="b"><v>1</v></c><c t="b"><v>0</v></c></row>'
    ((yes, no),) = cells_of(book(row))
    assert yes is True
    assert no is False


def test_text_numbers_stay_text() -> None:
    texts = ["00123", "1.38E+10", "'13800138000", "１３８００１３８０００", "12%", "2024-01-05"]
    row = "".join(f'<c t="s"><v>{n}</v></c>' for n in range(len(texts)))
    assert cells_of(book(f'<row r="1">{row}</row>', strings=texts)) == [tuple(texts)]


@pytest.mark.parametrize("text", ["13800138000.0", "13800138000", "1.3800138E10", "1.3800138E+10"])
def test_float_13800138000(text: str) -> None:
    found = value(f"<c><v>{text}</v></c>")
    assert found == 13_800_138_000
    assert type(found) is int


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.1000000000000001", Decimal("1.1")),
        ("0.30000000000000004", Decimal("0.30000000000000004")),
        ("0.1", Decimal("0.1")),
        ("-2.50", Decimal("-2.5")),
        ("-7", -7),
        ("1E+22", Decimal("1E+22")),
        ("110101199003077890", 110101199003077890),
        ("1e-7", Decimal("1E-7")),
        ("-0", 0),
    ],
)
def test_numbers_are_exact(text: str, expected: Cell) -> None:
    found = value(f"<c><v>{text}</v></c>")
    assert (found, type(found)) == (expected, type(expected))


def test_full_width_zero_width_bidi_nul_and_nbsp_are_left_to_conversion() -> None:
    texts = ["ＡＢＣ　１２３", "a\u200bb", "\u202eabc", "a\u00a0b", " 前后 ", "a\tb\nc"]
    row = "".join(f'<c t="s"><v>{n}</v></c>' for n in range(len(texts) + 1))
    made = book(f'<row r="1">{row}</row>', strings=[*texts, "a_x0000_b_x005F_x0041_"])
    assert cells_of(made) == [(*texts, "a\0b_x0041_")]


def test_escapes_that_are_none_stay() -> None:
    assert value('<c t="str"><v>_xD83D_ _x00zz_ _x41_</v></c>') == "_xD83D_ _x00zz_ _x41_"
    assert value('<c t="inlineStr"><is><t>a_x000D_b</t></is></c>') == "a\rb"


def test_rich_text_is_joined_and_phonetics_are_left_out() -> None:
    rich = "<si><r><t>东</t></r><r><rPr><b/></rPr><t>京</t></r><rPh><t>トウキョウ</t></rPh></si>"
    assert value('<c t="s"><v>0</v></c>', strings=rich) == "东京"
    inline = "<is><r><t>东</t></r><r><t>京</t></r><rPh><t>トウ</t></rPh></is>"
    assert value(f'<c t="inlineStr">{inline}</c>') == "东京"


def test_merged_title_two_row_header_and_vertical_merges() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["客户名单 2024", None, None, None])
    sheet.append(["公司", "联系方式", None, "备注"])
    sheet.append([None, "电话", "邮箱", None])
    sheet.append(["甲公司", "138", "a@x.cn", "x"])
    sheet.append([None, "139", None, None])
    sheet.append([None, None, None, None])
    sheet.append([None, "137", None, None])
    sheet.append(["乙公司", "136", None, "y"])
    for block in ("A1:D1", "A2:A3", "B2:C2", "D2:D3", "A4:A7", "D4:D5"):
        sheet.merge_cells(block)
    made = saved(workbook)
    with open_source(made) as source:
        assert source.merged(last_row=2) == (
            MergedRange(1, 1, 0, 3),
            MergedRange(2, 3, 0, 0),
            MergedRange(2, 2, 1, 2),
            MergedRange(2, 3, 3, 3),
        )
        assert len(source.merged()) == 6
    assert rows_of(made)[4] == Row(5, (None, "139"))
    down = {row.number: row.cells for row in rows_of(made, fill="down")}
    assert down[1] == ("客户名单 2024",)
    assert down[3] == ("公司", "电话", "邮箱", "备注")
    assert down[5] == ("甲公司", "139", None, "x")
    # An empty row stays out, even inside a merged block.
    assert 6 not in down
    assert down[7] == ("甲公司", "137")
    assert down[8] == ("乙公司", "136", None, "y")
    whole = {row.number: row.cells for row in rows_of(made, fill="all")}
    assert whole[1] == ("客户名单 2024",) * 4
    assert whole[2] == ("公司", "联系方式", "联系方式", "备注")


@pytest.mark.parametrize("reference", ["", "A1:", "A0x:B2", "1:2", "A1:B2:C3"])
def test_merged_ranges_that_are_none(reference: str) -> None:
    page = Page("", after=f'<mergeCells><mergeCell ref="{reference}"/></mergeCells>')
    with open_source(Book([page]).bytes()) as source:
        with pytest.raises(Exception, match="damaged") as caught:
            source.merged()
        assert caught.value.code == "xml_damaged"  # type: ignore[attr-defined]


def test_duplicate_empty_and_padded_headers_are_kept() -> None:
    headers = ["姓名", " 姓名 ", "", "姓名", "电话"]
    row = "".join(f'<c t="s"><v>{n}</v></c>' for n in range(len(headers)))
    made = book(f'<row r="1">{row}</row>', strings=headers)
    assert cells_of(made) == [("姓名", " 姓名 ", None, "姓名", "电话")]


def test_header_only() -> None:
    assert rows_of(book('<row r="1"><c t="str"><v>姓名</v></c></row>')) == [Row(1, ("姓名",))]


def test_no_rows_at_all() -> None:
    assert rows_of(book("")) == []
    assert rows_of(book('<row r="1"/><row r="2"><c r="A2" s="1"/></row>')) == []


def test_empty_rows_inside_and_row_numbers_as_shown() -> None:
    rows = (
        '<row r="2"><c r="B2"><v>1</v></c></row><row r="3"/><row r="4" ht="20"></row>'
        '<row r="7"><c r="A7" s="4"/><c r="C7"><v>2</v></c><c r="D7"/></row>'
        "<row><c><v>3</v></c><c/><c><v>4</v></c></row>"
    )
    assert rows_of(book(rows)) == [
        Row(2, (None, 1)),
        Row(7, (None, None, 2)),
        Row(8, (3, None, 4)),
    ]


CONTRADICTIONS = [
    '<row r="2"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row>',
    '<row r="5"><c r="A5"><v>1</v></c></row><row r="4"><c r="A4"><v>1</v></c></row>',
    '<row r="0"><c><v>1</v></c></row>',
    '<row r="x"><c><v>1</v></c></row>',
    '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>',
    '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>1</v></c></row>',
    '<row r="1"><c r="ABCD1"><v>1</v></c></row>',
    '<row r="1"><c r="é1"><v>1</v></c></row>',
    '<row r="1"><c r="A1"><v>1</v><v>2</v></c></row>',
    '<row r="1"><c r="A1" t="s"><v>x</v></c></row>',
    '<row r="1"><c r="A1"><v>1</v></c>',
    '<row r="1"><row r="2"><c r="A2"><v>1</v></c></row></row>',
    '</sheetData><row r="1"><c r="A1"><v>1</v></c></row><sheetData>',
    "<c><v>1</v></c>",
    "<row><c></row>",
    "\x01",
]


def left_to_the_parser(rows: str, **more: object) -> bytes:
    """The same workbook in an encoding in which no rows are read by pattern."""
    text = b"".join(Page(rows).xml()).decode().replace("UTF-8", "UTF-16")
    part = {"xl/worksheets/sheet0.xml": text.encode("utf-16")}
    return Book([Page("")], parts=part, **more).bytes()  # type: ignore[arg-type]


@pytest.mark.parametrize("made", [book, left_to_the_parser])
@pytest.mark.parametrize("rows", CONTRADICTIONS)
def test_contradictions_are_refused_with_the_sheet(rows: str, made: Callable[[str], bytes]) -> None:
    error = refusal(made(rows))
    assert error.code == "sheet_damaged"
    assert error.problems[0].params["sheet"] == "Sheet1"


@pytest.mark.parametrize("made", [book, left_to_the_parser])
def test_fewer_columns_and_rows_by_limit(made: Callable[[str], bytes]) -> None:
    data = made('<row r="4"><c r="A4"><v>1</v></c><c r="B4"><v>1</v></c></row>')
    assert cells_of(data, limits=Limits(columns=2, rows=4)) == [(1, 1)]
    error = refusal(data, limits=Limits(columns=1))
    assert error.code == "sheet_columns"
    assert error.problems[0].params["column"] == "B"
    assert refusal(data, limits=Limits(rows=3)).code == "sheet_rows"


def test_last_row_and_last_column() -> None:
    rows = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    ((row),) = rows_of(book(rows))
    assert (row.number, len(row.cells)) == (1_048_576, 16_384)
    assert column_name(len(row.cells) - 1) == "XFD"
    assert refusal(book('<row r="1048577"><c><v>1</v></c></row>')).code == "sheet_rows"
    error = refusal(book('<row r="3"><c r="XFE3"><v>1</v></c></row>'))
    assert error.code == "sheet_columns"
    assert error.problems[0].params["row"] == 3
    assert error.problems[0].params["column"] == "XFE"
    many = "".join("<c><v>1</v></c>" for _ in range(16_385))
    assert refusal(book(f'<row r="1">{many}</row>')).code == "sheet_columns"


def test_column_names() -> None:
    assert [column_name(n) for n in (0, 25, 26, 701, 702, 16_383)] == [
        "A", "Z", "AA", "ZZ", "AAA", "XFD",
    ]  # fmt: skip


def test_other_spellings_of_the_same_workbook() -> None:
    rows = '<x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="B1"><x:v>5</x:v></x:c></x:row>'
    rows += "<zzrow/><y:row/><row/><x:row><zzc/><x:c/></x:row>"
    page = Page(rows, prefix="x:", after='<x:mergeCells><x:mergeCell ref="A1:B1"/></x:mergeCells>')
    made = Book([page], strings=["客户"]).bytes()
    assert cells_of(made) == [("客户", 5)]
    with open_source(made) as source:
        assert source.merged() == (MergedRange(1, 1, 0, 1),)
    utf16 = Page('<row r="1"><c r="A1" t="str"><v>客户</v></c></row>').xml()
    text = b"".join(utf16).decode().replace("UTF-8", "UTF-16")
    part = {"xl/worksheets/sheet0.xml": text.encode("utf-16")}
    assert cells_of(Book([Page("")], parts=part).bytes()) == [("客户",)]


def test_parts_with_backslashes_and_other_case() -> None:
    made = book('<row r="1"><c r="A1"><v>5</v></c></row>')
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(
                name.replace("xl/worksheets/sheet", "XL\\Worksheets\\Sheet"), old.read(name)
            )
    assert cells_of(file.getvalue()) == [(5,)]


def test_iso_dates() -> None:
    assert value('<c t="d"><v>2024-01-05</v></c>') == date(2024, 1, 5)
    assert value('<c t="d"><v>2024-01-05T08:30:00</v></c>') == moment(2024, 1, 5, 8, 30)
    assert value('<c t="d"><v>soon</v></c>') == CellError("soon", "cell_unreadable")
