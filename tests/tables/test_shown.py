"""Tables as people see them: aligned text and escaped HTML."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given
from tests.tables.samples import (
    ALL_COLUMNS,
    HOSTILE,
    IDS,
    STAGE,
    TAGS,
    Rows,
    contents,
    flat,
    table_of,
)

from crmcore.kinds import (
    AnyMoney,
    Boolean,
    Date,
    DateTime,
    Duration,
    Integer,
    Json,
    Kind,
    Labels,
    Link,
    Money,
    MoneyKind,
    Percent,
    Text,
    WallTime,
)
from crmcore.tables import Table, TableColumn

Contents = tuple[list[TableColumn], list[Rows]]

ALLOWED = {
    "table": {"class"}, "thead": set(), "tbody": set(), "tr": set(), "p": set(),
    "th": {"scope", "style"}, "td": {"style"},
}  # fmt: skip


class _Reader(HTMLParser):
    """Reads cells; anything but a plain table fails."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[list[str]] = []
        self.styles: list[str] = []
        self.note = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        assert {name for name, _ in attrs} <= ALLOWED[tag]
        self._open.append(tag)
        if tag == "tr":
            self.lines.append([])
        if tag in ("td", "th"):
            self.lines[-1].append("")
            self.styles.append(dict(attrs)["style"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1] == "p":
            self.note += data
        else:
            self.lines[-1][-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def _html(table: Table) -> _Reader:
    reader = _Reader()
    reader.feed(table._repr_html_())
    reader.close()
    assert not reader._open
    return reader


def _shown(kind: Kind, value: object, **more: object) -> str:
    """The one cell of a table, as HTML shows it."""
    role = more.pop("role", "value")
    bucket = more.pop("bucket", None)
    column = TableColumn("x", None, kind, role, bucket)  # type: ignore[arg-type]
    return _html(table_of([column], [[(value,)]], **more)).lines[1][0]


@given(contents())
def test_html_is_a_plain_table_whatever_the_texts_say(given_: Contents) -> None:
    columns, batches = given_
    found = _html(table_of(columns, batches))
    count = len(flat(batches))
    assert len(found.lines) == 1 + count
    assert all(len(line) == len(columns) for line in found.lines)
    assert found.note == f"共 {count} 行 × {len(columns)} 列"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_shown_as_it_is(text: str) -> None:
    value = Text().normalize(text)
    column = TableColumn("x", Labels(text, text), Text())
    table = Table.from_batches([column], [[(value,), ("second",)]])
    head, first, second = _html(table).lines
    visible = text.replace("\u202e", "\ufffd").replace("\u2066", "\ufffd")
    assert first == [visible]
    assert head == [visible]
    assert second == ["second"]
    lines = repr(table).split("\n")
    assert len(lines) == 5
    assert not any(unicodedata.bidirectional(c) in ("RLO", "LRI") for c in "".join(lines))


@pytest.mark.parametrize("text", ["a\nb\tc", "\x1b[31mred", "\ud800", "a\r\nb", "\x00"])
def test_what_would_disturb_a_terminal_is_made_harmless(text: str) -> None:
    table = Table.from_batches([TableColumn("x", Labels(text), Text())], [[(text,)]])
    assert len(repr(table).split("\n")) == 4
    assert all(c.isprintable() or c == "\n" for c in repr(table))
    assert repr(table).encode()
    assert table._repr_html_().encode()


def test_html_shows_at_most_50_rows_and_says_how_many_there_are() -> None:
    column = TableColumn("n", "数", Integer())
    rows: Rows = [(n,) for n in range(12_345)]
    for table in (
        Table.from_batches([column], [rows]),
        Table.stream([column], lambda: [rows[:30], rows[30:]]),
    ):
        found = _html(table)
        assert [line[0] for line in found.lines[1:]] == [str(n) for n in range(50)]
        assert found.note == "前 50 行，共 12,345 行 × 1 列"
    english = Table.from_batches([column], [rows], language="en")
    assert _html(english).note == "first 50 of 12,345 rows × 1 column"
    assert _html(english[:1]).note == "1 row × 1 column"


def test_a_long_text_is_cut_in_html() -> None:
    assert len(_shown(Text(), "键" * 5_000)) == 301


def test_numbers_stand_right() -> None:
    columns = [TableColumn("t", None, Text()), TableColumn("n", None, MoneyKind())]
    found = _html(Table.from_batches(columns, [[("a", Decimal("1.00"))]]))
    assert found.styles == ["text-align:left", "text-align:right"] * 2


MOMENT = datetime(2024, 1, 31, 18, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (STAGE, "won", "赢单"),
        (STAGE, "same", "same"),
        (STAGE, "gone", "gone"),
        (TAGS, ("odd", "won"), "赢单、<b>奇怪; 的</b>"),
        (Link("a"), IDS[0], "华东精密"),
        (Link("a"), IDS[5], IDS[5]),
        (Link("a"), IDS[1], "<i>北方</i>"),
        (MoneyKind(), Decimal("-1234567.50"), "-1,234,567.50"),
        (Percent(digits=1), Decimal("12.5"), "12.5%"),
        (Integer(), 2024, "2024"),
        (Boolean(), True, "是"),
        (Boolean(), False, "否"),
        (Date(), date(987, 1, 2), "0987-01-02"),
        (DateTime(), MOMENT, "2024-02-01 02:30:05"),
        (WallTime(), time(9, 5), "09:05"),
        (Duration(), timedelta(hours=26, minutes=5), "26:05:00"),
        (AnyMoney(), Money(Decimal("1234.5000"), "USD"), "1,234.50 USD"),
        (AnyMoney(), Money(Decimal("0.0001"), "CNY"), "0.0001 CNY"),
        (Json(), {"b": 1, "a": "<"}, '{"a":"<","b":1}'),
        (Text(), None, ""),
    ],
)
def test_values_are_shown_as_people_read_them(kind: Kind, value: object, shown: str) -> None:
    assert _shown(kind, value, zone="Asia/Shanghai") == shown


@pytest.mark.parametrize(
    ("kind", "value", "bucket", "shown"),
    [
        (Date(), date(2024, 5, 1), "month", "2024-05"),
        (Date(), date(2024, 4, 1), "quarter", "2024-Q2"),
        (Date(), date(2024, 1, 1), "year", "2024"),
        (Date(), date(2024, 12, 30), "week", "2025-W01"),
        (Date(), date(2024, 4, 1), "fiscal_year", "2024-04-01"),
        (Date(), date(2024, 4, 1), "day", "2024-04-01"),
        (Integer(), 7, "weekday", "周日"),
        (Integer(), 13, "hour", "13"),
    ],
)
def test_buckets_are_shown_as_such(kind: Kind, value: object, bucket: str, shown: str) -> None:
    assert _shown(kind, value, bucket=bucket, role="dimension") == shown


def test_measures_are_grouped_in_thousands_and_exact() -> None:
    huge = Decimal("9" * 36 + ".99")
    sums = (Money(Decimal("9" * 34 + ".9876"), "CNY"), Money(Decimal("-5.0000"), "USD"))
    assert _shown(Integer(), 12_345, role="measure") == "12,345"
    assert _shown(MoneyKind(), huge, role="measure") == f"{int(huge):,}.99"
    amount = int("9" * 34)
    assert _shown(AnyMoney(), sums, role="measure") == f"{amount:,}.9876 CNY、-5.00 USD"
    assert _shown(AnyMoney(), sums, role="measure", language="en").endswith(", -5.00 USD")


def test_languages() -> None:
    column = TableColumn("s", Labels("阶段", "Stage"), STAGE)
    table = table_of([column], [[("won",)]], language="en")
    assert repr(table) == "Stage\n─────\nWon\n[1 rows × 1 columns]"
    assert _shown(Boolean(), True, language="en") == "yes"
    assert _shown(Integer(), 1, bucket="weekday", language="en") == "Mon"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_text_is_aligned_by_the_width_of_its_characters() -> None:
    columns = [TableColumn("n", "客户姓名", Text()), TableColumn("a", "金额", MoneyKind())]
    rows: Rows = [("张三", Decimal("5.00")), ("Smith", Decimal("12345.60")), (None, None)]
    lines = repr(Table.from_batches(columns, [rows])).split("\n")
    assert lines == [
        "客户姓名       金额",
        "───────────────────",
        "张三           5.00",
        "Smith     12,345.60",
        "",
        "[3 行 × 2 列]",
    ]
    assert {_width(line) for line in lines[:1] + lines[2:4]} == {19}


@given(contents())
def test_text_has_one_line_per_row(given_: Contents) -> None:
    columns, batches = given_
    table = table_of(columns, batches)
    lines = repr(table).split("\n")
    shown = min(10, len(table))
    assert len(lines) == (shown + 3 if columns else 1)
    assert f"{len(table)} 行 × {len(columns)} 列" in lines[-1]
    assert repr(table).encode()


def test_long_tables_are_shortened() -> None:
    column = TableColumn("n", "很长的标题" * 20, Integer())
    table = Table.from_batches([column], [[(n,) for n in range(1_000)]])
    lines = repr(table).split("\n")
    assert len(lines) == 13
    assert lines[-1] == "…[1,000 行 × 1 列]"
    assert _width(lines[0]) <= 41
    many = Table.from_batches([TableColumn(f"c{n}", None, Integer()) for n in range(50)], [])
    assert "c19" in repr(many)
    assert "c20" not in repr(many)


def test_every_kind_is_shown() -> None:
    assert len(ALL_COLUMNS) == len({type(column.kind) for column in ALL_COLUMNS}) + 1
