"""What crmcore writes, crmcore reads."""

from __future__ import annotations

import io
from datetime import date, time, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.importing.sources.reads import cells_of, moment, rows_of

from crmcore.importing.sources import Cell, CellError, MergedRange, Row, open_source
from crmcore.sheets import CellError as WrittenError
from crmcore.sheets import Column, Formula, Marked, SheetOut, write_csv, write_xlsx


def written(sheet: SheetOut) -> bytes:
    file = io.BytesIO()
    write_xlsx(file, [sheet])
    return file.getvalue()


def test_a_sheet_with_everything() -> None:
    columns = (
        Column("客户", note="必填"),
        Column("阶段", options=("新建", "成交")),
        "金额",
        "日期",
    )
    rows = [
        ("甲公司", "新建", Decimal("1234.50"), date(2024, 1, 5)),
        (Marked("乙 & <丙>", "名称重复"), "成交", 5, moment(2024, 1, 5, 8, 30)),
        (None, None, None, None),
        ("00123", True, Formula("1+1", 2), time(9, 15)),
        ("1.38E+10", None, WrittenError("#N/A"), timedelta(hours=30)),
    ]
    data = written(SheetOut("商机", columns, rows, banner="商机一览"))
    with open_source(data) as source:
        visible = [sheet.name for sheet in source.sheets if sheet.visible]
        assert visible == ["商机"]
        assert source.merged() == (MergedRange(1, 1, 0, 3),)
    assert rows_of(data) == [
        Row(1, ("商机一览",)),
        Row(2, ("客户", "阶段", "金额", "日期")),
        Row(3, rows[0]),
        Row(4, ("乙 & <丙>", "成交", 5, moment(2024, 1, 5, 8, 30))),
        Row(6, ("00123", True, 2, time(9, 15))),
        Row(7, ("1.38E+10", None, CellError("#N/A"), timedelta(hours=30))),
    ]


VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.isalnum),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.booleans(),
    st.dates(min_value=date(1900, 3, 1)),
    st.decimals(-(10**9), 10**9, places=3),
)


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=8))
def test_values_come_back(rows: list[tuple[Cell, Cell]]) -> None:
    assert cells_of(written(SheetOut("s", ("a", "b"), rows)))[1:] == rows  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8"), min_size=1)), min_size=1))
def test_text_files_come_back(rows: list[tuple[str]]) -> None:
    safe = [(f"x{''.join(c for c in text if c.isalnum())}",) for (text,) in rows]
    file = io.BytesIO()
    write_csv(file, ("a",), safe)
    assert cells_of(file.getvalue())[1:] == safe
