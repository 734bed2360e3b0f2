"""Which kind a column without a field becomes, and that the kind then holds its cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.importing.convert.reading import outcome

from crmcore.importing.convert import CellFormat, converter, profile_column
from crmcore.importing.infer import infer_kind
from crmcore.importing.mapping import read_header
from crmcore.importing.mapping.proposing import header_format
from crmcore.importing.sources import Cell, CellError, Percent
from crmcore.kinds import (
    AnyMoney,
    Boolean,
    Choice,
    Date,
    DateTime,
    DecimalKind,
    Duration,
    Email,
    Integer,
    Kind,
    LongText,
    MoneyKind,
    MultiChoice,
    Phone,
    Text,
    Url,
    WallTime,
)
from crmcore.kinds import Percent as PercentKind
from crmcore.schema import Field


@pytest.mark.parametrize(
    ("header", "cells", "kind"),
    [
        ("数量", [1, "2", "1,234", None, "-"], Integer()),
        ("重量", ["1.5", 2, Decimal("3.25")], DecimalKind(digits=2)),
        ("金额", [1, 2, 3], MoneyKind()),
        ("费用", ["1.255", "2"], MoneyKind(digits=3)),
        ("x", ["￥5", "6"], MoneyKind()),
        ("x", ["$5", "6"], MoneyKind(currency="USD")),
        ("x", ["$5", "￥6"], AnyMoney()),
        ("预算（万元）", ["1.2", "3"], MoneyKind()),
        ("Budget (USD)", ["1.2", "3"], MoneyKind(currency="USD")),
        ("x", ["12%", "5.5%"], PercentKind(minimum=None, maximum=None)),
        ("x", [Percent(Decimal("0.125"))], PercentKind(digits=2, minimum=None, maximum=None)),
        ("毛利率(%)", [12, 35], PercentKind(minimum=None, maximum=None)),
        ("毛利率", [Decimal("0.12"), Decimal("0.35")], DecimalKind(digits=2)),
        ("x", ["2024-01-05", "2024年1月6日", date(2024, 1, 7)], Date()),
        ("x", ["2024-01-05 00:00:00"], Date()),
        ("x", ["2024-01-05 10:30", "2024-01-05"], DateTime(zone="Asia/Shanghai")),
        ("签约日期", [45296, 45297], Date()),
        ("编码", [45296, 45297], Text()),
        ("x", ["9:30", time(10, 30)], WallTime()),
        ("x", ["1小时30分", timedelta(hours=2)], Duration()),
        ("x", ["是", "否", "是"], Boolean()),
        ("x", [True, False], Boolean()),
        ("是否签约", [1, 0, 1], Boolean()),
        ("签约", [1, 0, 1], Integer()),
        ("x", ["a@example.com", "b@example.com"], Email()),
        ("x", ["13800138000", 13900139000, "010-65521234"], Phone()),
        ("手机", ["13800138000", "见备注"], Text()),
        ("工号", ["13800138000"], Text()),
        ("x", ["www.example.com", "https://example.com/a"], Url()),
        ("x", ["001", "002"], Text()),
        ("身份证", ["440524188001010014"], Text()),
        ("订单编号", [20240001, 20240002], Text()),
        ("x", ["甲", "乙", "丙"], Text()),
        ("x", ["a\nb", "c"], LongText()),
        ("x", ["x" * 300], LongText()),
        ("备注", ["好", "好", "好", "坏"], LongText()),
        ("x", ["5", "五十左右"], Text()),
        ("x", ["12,5", "1.234"], Text()),
        ("x", ["1.38E+10"], Text()),
        ("x", ["1.123456789", "2"], Text()),
        ("x", [], Text()),
        ("是否有效", [None], Boolean()),
        ("成立日期", [None], Date()),
        ("创建时间", [], DateTime(zone="Asia/Shanghai")),
        ("押金（元）", [], MoneyKind()),
        ("传真", [], Phone()),
        ("订单号", [], Text()),
        ("备注", [], LongText()),
    ],
)
def test_a_column_has_a_kind(header: str, cells: Sequence[Cell], kind: Kind) -> None:
    found = infer_kind(read_header(header), profile_column(cells), "Asia/Shanghai")
    assert found.kind == kind
    assert (found.basis == "header") == (not any(cell not in (None, "-") for cell in cells))


def kind_of(cells: Sequence[Cell], header: str = "x") -> Kind:
    """The inferred kind of a column."""
    return infer_kind(read_header(header), profile_column(cells)).kind


def test_texts_that_repeat_are_options() -> None:
    found = infer_kind(read_header("性别"), profile_column(["男", "女", "男", " 女 ", "-", None]))
    assert found.basis == "options"
    assert isinstance(found.kind, Choice)
    assert [option.label.zh for option in found.kind.options] == ["男", "女"]
    assert len({option.code for option in found.kind.options}) == 2


def test_spellings_of_one_option_are_one() -> None:
    kind = kind_of(["VIP", "vip", "ＶＩＰ", "VIP", "Gold", "gold", "Gold"])
    assert isinstance(kind, Choice)
    assert [(option.code, option.label.en) for option in kind.options] == [
        ("vip", "VIP"),
        ("gold", "Gold"),
    ]


def test_several_options_in_a_cell_make_a_multi_choice() -> None:
    kind = kind_of(["足球、阅读", "阅读", "足球，旅游", "旅游", "阅读、旅游"])
    assert type(kind) is MultiChoice
    assert [option.label.zh for option in kind.options] == ["足球", "阅读", "旅游"]


@pytest.mark.parametrize(
    "cells",
    [
        ["甲", "乙", "丙", "丁"],
        ["甲"] * 9,
        [f"选项{number}" for number in range(21)] * 3,
        [f"选项{number}" for number in range(300)] * 3,
        ["很长的一段文字" * 10, "另一段很长的文字" * 10] * 5,
    ],
)
def test_texts_that_do_not_repeat_enough_are_texts(cells: list[Cell]) -> None:
    assert kind_of(cells) == Text()


def test_twenty_options_are_still_options() -> None:
    kind = kind_of([f"选项{number}" for number in range(20)] * 2)
    assert isinstance(kind, Choice)
    assert len(kind.options) == 20


CELLS = st.sampled_from(
    (
        None, "-", 1, 2, 0, "5", "1,234", "007", "1.5", Decimal("2.25"), "0.5", "12%", "￥5", "$6",
        Percent(Decimal("0.1")), "2024-01-05", "2024年1月5日", date(2024, 1, 6), "2024-01-05 10:30",
        datetime.fromisoformat("2024-01-05 10:30"), 45296, 20240105, "9:30", time(9, 30), "9:30:15",
        time(9, 30, 15), "1小时", timedelta(hours=1), "是", "否", True, "13800138000", 13800138000,
        "13800138000.0", "010-65521234", "0000000", "+44 20 7946 0958", "a@example.com", "a@b",
        "www.example.com", "甲", "乙", "甲、乙", "a\nb", "x" * 300, "3亿", "壹仟元整", "1.2万",
        "100人", "(3)", "1e-7", "1.1234567", "9" * 15, "9" * 25, "2024-02-30", "2024年1月",
        "1.2.3", "5.", "30分钟1小时", "1.0001秒", "N/A", "1.234,5", "99999999999.123456",
    )
)  # fmt: skip
HEADERS = st.sampled_from(
    [
        "x",
        "金额",
        "金额（万元）",
        "日期",
        "赢率",
        "赢率(%)",
        "电话",
        "编号",
        "是否",
        "备注",
        "时长（小时）",
    ]
)
ASKED = {
    "date_order_open",
    "date_order_mixed",
    "date_short_year",
    "percent_open",
    "unit_twice",
    "currency_missing",
    "digits_lost",
}
"""Refusals that ask for a declaration, or that no kind could spare."""


@given(
    st.lists(CELLS, max_size=6) | st.lists(CELLS, max_size=2).map(lambda some: some * 3), HEADERS
)
def test_the_inferred_kind_holds_every_cell(cells: list[Cell], text: str) -> None:
    header, zone = read_header(text), "Asia/Shanghai"
    kind = infer_kind(header, profile_column(cells), zone).kind
    field = Field("x", kind)
    declared = header_format(header)
    convert = converter(field, profile_column(cells, field), declared)
    for cell in cells:
        error, value = outcome(convert, cell)
        assert error is None or error.code in ASKED, (kind, cell)
        if error is None and cell not in (None, "-", "N/A"):
            assert value is not None, (kind, cell)


def test_an_error_cell_is_no_evidence() -> None:
    assert kind_of([CellError("#N/A"), 5, 6]) == Integer()
    assert CellFormat().unit is None
