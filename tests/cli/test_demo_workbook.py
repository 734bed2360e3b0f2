"""The demo book: what stands in it is what its truth says, and the same every time."""

from __future__ import annotations

import io
import re
import runpy
import sys
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import openpyxl
import pytest
from attrs import frozen

from crmcore.cli.demo import MESSES, PROBLEMS, Planted, Truth, words, write_demo_workbook
from crmcore.cli.demo.flaws import Known, wrong_credit_code
from crmcore.cli.demo.invented import credit_code
from crmcore.errors import Invalid
from crmcore.kinds import CreditCode, Email, Kind, Phone

EXAMPLE = Path(__file__).parents[2] / "examples" / "demo_workbook.py"
KEYS = {"客户": "客户编号", "联系人": "姓名", "商机": "商机编号"}
KINDS: dict[str, Kind] = {
    "电话": Phone(),
    "手机": Phone(),
    "邮箱": Email(),
    "统一社会信用代码": CreditCode(),
}
OPTIONS = {
    "行业": set(words.INDUSTRIES),
    "地区": set(words.REGIONS),
    "客户级别": set(words.LEVELS),
    "客户来源": set(words.SOURCES),
    "来源": set(words.SOURCES),
    "阶段": set(words.STAGES),
}


@frozen
class Book:
    """A demo book as openpyxl reads it: sheet → row number → title → value."""

    truth: Truth
    sheets: dict[str, dict[int, dict[str, object]]]
    workbook: openpyxl.Workbook

    def at(self, cell: Planted) -> object:
        return self.sheets[cell.sheet][cell.row][cell.column]


def read(stream: io.BytesIO, truth: Truth) -> Book:
    workbook = openpyxl.load_workbook(stream, data_only=True)
    sheets = {}
    for name, header in truth.header_row.items():
        titles = [cell.value for cell in workbook[name][header]]
        rows = workbook[name].iter_rows(min_row=header + 1, values_only=True)
        sheets[name] = {
            number: dict(zip(titles, row, strict=True))
            for number, row in enumerate(rows, start=header + 1)
        }
    return Book(truth, sheets, workbook)


@pytest.fixture(scope="module")
def book() -> Book:
    stream = io.BytesIO()
    return read(stream, write_demo_workbook(stream))


def clean_cells(book: Book, sheet: str, title: str) -> list[object]:
    """The cells of a column in rows that nothing was planted in."""
    odd = {cell.row for cell in book.truth.planted if cell.sheet == sheet}
    rows = book.sheets[sheet].items()
    return [row[title] for number, row in rows if number not in odd and any(row.values())]


def test_sizes_are_as_told(book: Book) -> None:
    assert book.truth.rows == {"客户": 2000, "联系人": 2400, "商机": 1500}
    for sheet, rows in book.sheets.items():
        filled = [row for row in rows.values() if any(v is not None for v in row.values())]
        assert len(filled) == book.truth.rows[sheet]
        assert len(rows) - len(filled) == book.truth.empty_rows[sheet] > 0


def test_a_title_stands_above_the_header_and_one_sheet_is_hidden(book: Book) -> None:
    assert [str(r) for r in book.workbook["客户"].merged_cells.ranges] == ["A1:O1"]
    assert book.truth.header_row == {"客户": 2, "联系人": 1, "商机": 1}
    assert [sheet.title for sheet in book.workbook if sheet.sheet_state == "hidden"] == ["字典"]


def test_most_rows_are_clean_and_none_has_two_faults(book: Book) -> None:
    rows = Counter((cell.sheet, cell.row) for cell in book.truth.planted)
    assert set(rows.values()) == {1}
    for sheet, count in book.truth.rows.items():
        share = sum(of == sheet for of, _ in rows) / count
        assert 0.06 <= share <= 0.10
        assert book.truth.good_rows(sheet) == count - sum(
            cell.sheet == sheet and cell.kind in PROBLEMS for cell in book.truth.planted
        )


def test_every_kind_of_fault_occurs_and_is_explained(book: Book) -> None:
    assert set(book.truth.counts()) == set(PROBLEMS) | set(MESSES)
    assert not set(PROBLEMS) & set(MESSES)
    assert len(book.truth.problems) + len(book.truth.messes) == len(book.truth.planted)


@pytest.mark.parametrize("title", KINDS)
def test_values_are_good_messy_or_bad_just_as_told(book: Book, title: str) -> None:
    kind = KINDS[title]
    for sheet, rows in book.sheets.items():
        if title not in next(iter(rows.values())):
            continue
        for value in clean_cells(book, sheet, title):
            kind.normalize(value)
    for cell in (cell for cell in book.truth.planted if cell.column == title):
        shown = re.sub("[\u200b\ufeff]", "", str(book.at(cell)))
        if cell.is_problem:
            with pytest.raises(Invalid):
                kind.normalize(shown)
        else:
            assert (
                kind.normalize(shown) == cell.clean.lower() or kind.normalize(shown) == cell.clean
            )


@pytest.mark.parametrize("title", OPTIONS)
def test_options_are_from_the_list_or_told_not_to_be(book: Book, title: str) -> None:
    for sheet, rows in book.sheets.items():
        if title in next(iter(rows.values())):
            assert set(clean_cells(book, sheet, title)) == OPTIONS[title]
    for cell in (cell for cell in book.truth.planted if cell.column == title):
        known = str(book.at(cell)).strip() in OPTIONS[title]
        assert known == (not cell.is_problem)


def test_dates_mean_what_is_told(book: Book) -> None:
    titles = {"成立日期", "生日", "预计成交日期"}
    for cell in (cell for cell in book.truth.planted if cell.column in titles):
        shown = book.at(cell)
        if cell.kind == "date_serial":
            assert isinstance(shown, int)
            assert (date.fromisoformat(cell.clean) - date(1899, 12, 30)).days == shown
        elif cell.kind in MESSES:
            digits = [int(part) for part in re.findall(r"\d+", str(shown))]
            assert date(*digits).isoformat() == cell.clean
        else:
            assert not isinstance(shown, datetime)
    for sheet, title in (("客户", "成立日期"), ("联系人", "生日"), ("商机", "预计成交日期")):
        assert all(isinstance(value, datetime) for value in clean_cells(book, sheet, title))


def test_amounts_mean_what_is_told(book: Book) -> None:
    half_width = str.maketrans("０１２３４５６７８９．，＋－％", "0123456789.,+-%")
    for cell in (cell for cell in book.truth.planted if cell.column == "金额"):
        shown = str(book.at(cell)).translate(half_width)
        if cell.is_problem:
            assert not re.fullmatch(r"[\d.]+", shown) or shown.count(".") > 1
            continue
        found = re.fullmatch(r"￥?([\d,]+(?:\.\d+)?)(万?)元?", shown)
        assert found, shown
        value = Decimal(found[1].replace(",", "")) * (10_000 if found[2] else 1)
        assert value == Decimal(cell.clean)


def test_formulas_and_errors_are_typed_cells() -> None:
    stream = io.BytesIO()
    truth = write_demo_workbook(stream)
    workbook = openpyxl.load_workbook(stream)
    titles = {
        name: [c.value for c in workbook[name][row]] for name, row in truth.header_row.items()
    }
    for cell in truth.planted:
        found = workbook[cell.sheet].cell(cell.row, titles[cell.sheet].index(cell.column) + 1)
        assert (found.data_type == "f") == (cell.kind == "amount_formula"), cell
        assert (found.data_type == "e") == (cell.kind == "error_cell"), cell
        if cell.kind == "phone_number":
            assert found.data_type == "n"


def test_links_lead_to_one_good_customer_or_are_told_not_to(book: Book) -> None:
    odd = {(cell.sheet, cell.row): cell for cell in book.truth.problems}
    invisible = re.compile("[\u200b\ufeff\u00a0\u3000]")
    good = {
        title: Counter(
            invisible.sub("", str(row[title])).strip()
            for number, row in book.sheets["客户"].items()
            if any(row.values()) and ("客户", number) not in odd
        )
        for title in ("客户编号", "客户名称")
    }
    every_name = Counter(row["客户名称"] for row in book.sheets["客户"].values())
    for sheet, column, target in (("联系人", "客户编号", "客户编号"), ("商机", "客户", "客户名称")):
        for number, row in book.sheets[sheet].items():
            if not any(row.values()):
                continue
            link = invisible.sub("", str(row[column])).strip()
            flaw = odd.get((sheet, number))
            if flaw and flaw.kind == "unknown_customer":
                assert good[target][link] == every_name[link] == 0
            elif flaw and flaw.kind == "ambiguous_customer":
                assert every_name[link] == 2
            else:
                assert good[target][link] == 1
                assert target == "客户编号" or every_name[link] <= 1


def test_keys_are_unique_but_where_told(book: Book) -> None:
    codes = Counter(row["客户编号"] for row in book.sheets["客户"].values() if any(row.values()))
    names = Counter(row["客户名称"] for row in book.sheets["客户"].values() if row["客户名称"])
    counts = book.truth.counts("客户")
    assert sum(count - 1 for count in codes.values()) == counts["code_twice"]
    for cell in book.truth.planted:
        if cell.kind == "name_twice":
            assert names[book.at(cell)] == 2
        if cell.kind == "code_twice":
            assert codes[book.at(cell)] >= 2


def test_sums_of_stages_are_those_of_the_good_deals(book: Book) -> None:
    flaws = {cell.row: cell for cell in book.truth.planted if cell.sheet == "商机"}
    found: dict[str, tuple[int, Decimal]] = {}
    for number, row in book.sheets["商机"].items():
        flaw = flaws.get(number)
        if not any(row.values()) or (flaw and flaw.is_problem):
            continue
        clean = flaw.clean if flaw and flaw.column == "金额" else str(row["金额"])
        stage = str(row["阶段"]).strip()
        count, total = found.get(stage, (0, Decimal(0)))
        found[stage] = (count + 1, total + Decimal(clean))
    assert found == book.truth.stages
    assert list(book.truth.stages) == list(words.STAGES)


def test_a_spoiled_credit_code_is_never_right_by_chance() -> None:
    for seed in range(300):
        random = Random(seed)
        code = credit_code(random, words.CITIES[seed % len(words.CITIES)])
        assert CreditCode().normalize(code) == code
        with pytest.raises(Invalid):
            CreditCode().normalize(str(wrong_credit_code(random, code, Known())))


def test_the_same_arguments_give_the_same_bytes_and_others_do_not() -> None:
    def made(**arguments: object) -> bytes:
        stream = io.BytesIO()
        write_demo_workbook(stream, **{"customers": 200, **arguments})  # type: ignore[arg-type]
        return stream.getvalue()

    assert made() == made()
    assert len({made(), made(seed=1), made(today=date(2024, 2, 29)), made(customers=201)}) == 4


def test_every_kind_of_fault_occurs_in_the_smallest_book_too() -> None:
    truth = write_demo_workbook(io.BytesIO(), customers=200)
    assert set(PROBLEMS) <= set(truth.counts())
    with pytest.raises(Invalid) as caught:
        write_demo_workbook(io.BytesIO(), customers=199)
    assert caught.value.code == "demo_too_small"


def test_a_large_book_has_fifty_nine_thousand_rows() -> None:
    assert sum(write_demo_workbook(io.BytesIO(), customers=20_000).rows.values()) == 59_000


def test_the_example_writes_the_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "book.xlsx"
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), str(path), "--rows", "200", "--seed", "7"])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    stream = io.BytesIO()
    write_demo_workbook(stream, customers=200, seed=7)
    assert path.read_bytes() == stream.getvalue()
    assert "客户: 200 rows" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), "--rows", "5"])
    with pytest.raises(SystemExit):
        runpy.run_path(str(EXAMPLE), run_name="__main__")
