"""Which chart a summary becomes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tables.samples import HOSTILE, IDS, STAGE, Rows, contents, table_of

from crmcore import charts
from crmcore.errors import CapacityExceeded, Invalid
from crmcore.kinds import (
    Choice,
    Date,
    Duration,
    Integer,
    Kind,
    Labels,
    Link,
    MoneyKind,
    Option,
    Text,
)
from crmcore.tables import Table, TableColumn, UnknownColumn
from crmcore.tables.plots import Chart

COUNT = TableColumn("count", "数量", Integer(), "measure")
SUM = TableColumn("sum", "金额", MoneyKind(), "measure")
MONTH = TableColumn("month", "月份", Date(), "dimension", "month")
STAGES = TableColumn("stage", "阶段", STAGE, "dimension")
TAGS = {"svg", "title", "desc", "style", "g", "rect", "line", "path", "circle", "text"}
ACCOUNT = TableColumn("account", "客户", Link("account"), "dimension")


def _nodes(chart: Chart) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(chart.svg).iter())  # noqa: S314


def test_dates_become_a_line_and_gaps_stay_visible() -> None:
    rows: Rows = [(date(2024, 4, 1), 7), (date(2024, 1, 1), 3), (None, 1)]
    chart = Table.from_batches([MONTH, COUNT], [rows]).plot()
    expected = charts.line(
        ["–", "2024-01", "2024-02", "2024-03", "2024-04"], [1, 3, None, None, 7],
        title="数量 · 月份", label_axis="月份", value_axis="数量",
    )  # fmt: skip
    assert chart.svg == expected


@pytest.mark.parametrize(
    ("bucket", "days"),
    [
        ("day", ["2024-02-28", "2024-02-29", "2024-03-01"]),
        ("week", ["2024-W09", "2024-W10", "2024-W11"]),
        ("quarter", ["2024-Q1", "2024-Q2", "2024-Q3"]),
        ("year", ["2024", "2025", "2026"]),
        ("fiscal_year", ["2024-04-01", "2025-04-01", "2026-04-01"]),
    ],
)
def test_every_step_between_two_dates_is_there(bucket: str, days: list[str]) -> None:
    first, last = {
        "day": (date(2024, 2, 28), date(2024, 3, 1)),
        "week": (date(2024, 2, 26), date(2024, 3, 11)),
        "quarter": (date(2024, 1, 1), date(2024, 7, 1)),
        "year": (date(2024, 1, 1), date(2026, 1, 1)),
        "fiscal_year": (date(2024, 4, 1), date(2026, 4, 1)),
    }[bucket]
    column = TableColumn("at", "期间", Date(), "dimension", bucket)
    chart = Table.from_batches([column, COUNT], [[(first, 1), (last, 2)]]).plot()
    expected = charts.line(
        days, [1, None, 2], title="数量 · 期间", label_axis="期间", value_axis="数量"
    )
    assert chart.svg == expected


def test_anything_else_becomes_bars_in_the_order_of_the_rows() -> None:
    rows: Rows = [("won", 5, Decimal("1.50")), ("new", 9, Decimal("2.00")), (None, 1, None)]
    table = Table.from_batches([STAGES, COUNT, SUM], [rows])
    common = {"label_axis": "阶段", "value_axis": "数量", "title": "数量 · 阶段"}
    assert table.plot().svg == charts.bar(["赢单", "new", None], [5, 9, 1], **common)  # type: ignore[arg-type]
    chosen = table.plot(measure="金额", title="我的图").svg
    assert chosen == charts.bar(
        ["赢单", "new", None], [Decimal("1.50"), Decimal("2.00"), None],
        label_axis="阶段", value_axis="金额", title="我的图",
    )  # fmt: skip


def test_a_funnel_follows_the_options() -> None:
    rows: Rows = [("won", 5), ("new", 9), ("gone", 1)]
    chart = Table.from_batches([STAGES, COUNT], [rows]).plot("funnel")
    assert chart.svg == charts.funnel(
        ["new", "赢单", "gone"],
        [9, 5, 1],
        label_axis="阶段",
        value_axis="数量",
        title="数量 · 阶段",
    )
    two = Table.from_batches([STAGES, MONTH, COUNT], [[("won", None, 1), ("new", date.min, 2)]])
    with pytest.raises(Invalid) as refused:
        two.plot("funnel")
    assert refused.value.code == "plot_funnel_dimensions"


def test_further_dimensions_make_series() -> None:
    rows: Rows = [
        (IDS[0], date(2024, 1, 1), 1),
        (IDS[3], date(2024, 1, 1), 2),
        (IDS[3], date(2024, 2, 1), 3),
        (None, date(2024, 2, 1), 4),
    ]
    chart = table_of([ACCOUNT, MONTH, COUNT], [rows]).plot()
    # Two records of one title stay two series.
    series = {"华东精密": [1, None], "华东精密 (2)": [2, 3], "–": [None, 4]}
    assert chart.svg == charts.line(
        ["2024-01", "2024-02"], series, title="数量 · 月份", label_axis="月份", value_axis="数量"
    )


def test_a_grand_total_is_one_bar() -> None:
    chart = Table.from_batches([COUNT], [[(12,)]], language="en").plot()
    assert chart.svg == charts.bar(["数量"], [12], title="数量", value_axis="数量", language="en")


def test_durations_are_drawn_in_hours() -> None:
    column = TableColumn("time", Labels("工时", "Time"), Duration(), "measure")
    rows: Rows = [("won", timedelta(hours=1, minutes=30)), ("new", None)]
    chart = Table.from_batches([STAGES, column], [rows]).plot()
    assert chart.svg == charts.bar(
        ["赢单", "new"], [Decimal("1.5"), None], title="工时 · 阶段", label_axis="阶段",
        value_axis="工时", unit=" 小时",
    )  # fmt: skip


def test_an_empty_summary_can_be_drawn() -> None:
    for kind in (None, "bar", "line", "funnel"):
        chart = Table.from_batches([STAGES, COUNT], []).plot(kind)  # type: ignore[arg-type]
        assert "没有数据" in [node.text for node in _nodes(chart)]


def test_what_cannot_be_drawn_is_refused() -> None:
    listed = Table.from_batches([TableColumn("n", None, Integer())], [[(1,)]])
    with pytest.raises(Invalid) as refused:
        listed.plot()
    assert refused.value.code == "plot_no_measure"
    summary = Table.from_batches([STAGES, COUNT], [[("won", 1)]])
    with pytest.raises(Invalid):
        summary.plot(measure="阶段")
    with pytest.raises(UnknownColumn):
        summary.plot(measure="missing")


@pytest.mark.parametrize("count", [1_001, 5_000])
def test_too_much_for_one_chart_is_refused(count: int) -> None:
    name = TableColumn("name", "名称", Text(), "dimension")
    many: Rows = [(str(n), 1) for n in range(count)]
    with pytest.raises(CapacityExceeded):
        Table.from_batches([name, COUNT], [many]).plot()
    series: Rows = [("a", str(n), 1) for n in range(31)]
    second = TableColumn("second", "另一个", Text(), "dimension")
    with pytest.raises(CapacityExceeded):
        Table.from_batches([name, second, COUNT], [series]).plot()
    days: Rows = [(date.min, 1), (date.max, 1)]
    day = TableColumn("day", "日", Date(), "dimension", "day")
    with pytest.raises(CapacityExceeded):
        Table.from_batches([day, COUNT], [days]).plot()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_only_texts(text: str) -> None:
    kind = Choice(options=[Option("a", Labels(text, text))])
    columns = [
        TableColumn("d", Labels(text, text), kind, "dimension"),
        TableColumn("m", Labels(text, text), Integer(), "measure"),
    ]
    for kind_of_chart in ("bar", "line", "funnel"):
        chart = Table.from_batches(columns, [[("a", 1)]]).plot(kind_of_chart, title=text)  # type: ignore[arg-type]
        assert {node.tag.rpartition("}")[2] for node in _nodes(chart)} <= TAGS


@given(contents(), st.sampled_from([None, "bar", "line"]))
def test_any_dimensions_can_be_drawn(
    given_: tuple[list[TableColumn], list[Rows]], kind: str | None
) -> None:
    columns, batches = given_
    drawn = [
        TableColumn(column.name, column.label, column.kind, "dimension")
        for column in columns
        if _can_group(column.kind)
    ]
    places = [place for place, column in enumerate(columns) if _can_group(column.kind)]
    rows = [(*(row[place] for place in places), 1) for batch in batches for row in batch]
    chart = table_of([*drawn, COUNT], [rows]).plot(kind)  # type: ignore[arg-type]
    assert _nodes(chart)[0].tag.endswith("svg")


def _can_group(kind: Kind) -> bool:
    return kind.shape != "json"


def test_a_chart_is_shown_and_saved(tmp_path: Path) -> None:
    chart = Table.from_batches([STAGES, COUNT], [[("won", 1)]]).plot(title="<销售>")
    assert chart._repr_svg_() == chart.svg
    assert chart.svg in chart._repr_html_()
    chart.save(tmp_path / "chart.svg")
    assert (tmp_path / "chart.svg").read_text("utf-8") == chart.svg
    chart.save(str(tmp_path / "chart.html"))
    page = (tmp_path / "chart.html").read_text("utf-8")
    assert chart.svg in page
    assert "<title>&lt;销售&gt;</title>" in page
