"""Tables of every kind of column, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from crmcore.errors import Invalid
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
    Json,
    Kind,
    Labels,
    Link,
    LongText,
    Money,
    MoneyKind,
    MultiChoice,
    MultiLink,
    Option,
    Percent,
    Phone,
    Rating,
    Text,
    WallTime,
)
from crmcore.tables import Table, TableColumn

Rows = list[tuple[object, ...]]

HOSTILE = (
    "<script>alert(1)</script>", "</td></tr></table><img src=x onerror=alert(1)>", "' onload='x",
    '" onmouseover="x', "&amp;&lt;", "=1+1", "'=1+1", "+cmd|' /C calc'!A0", "@sum(a1)", "-2+3",
    "a\u202eb", "\u2066x", "\U0001f468\u200d\U0001f469", "键", "00123", "1.38E+10", "#N/A",
    "TRUE", "2024-01-05", ";", "a;b", "_x0041_", "%s {0} {name}", "None", "a" * 200,
)  # fmt: skip

STAGE = Choice(
    options=[
        Option("new", Labels("新建", "New")),
        Option("won", Labels("赢单", "Won")),
        Option("lost", Labels("输单", "Lost"), retired=True),
        Option("same", Labels("新建", "Same")),
        Option("odd", Labels("<b>奇怪; 的</b>", "=odd")),
    ]
)
TAGS = MultiChoice(options=STAGE.options)

IDS = tuple(f"{number:032x}" for number in range(6))
TITLES = {IDS[0]: "华东精密", IDS[1]: "<i>北方</i>", IDS[2]: "=1+1", IDS[3]: "华东精密"}


def _normal(kind: Kind, drawn: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """The normal forms of what is drawn, as far as they are in the domain."""

    def normalize(value: object) -> object:
        try:
            return kind.normalize(value)
        except Invalid:
            return None

    return drawn.map(normalize)


_LINES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("a<键\"'", max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=2), inner),
    max_leaves=4,
)


def _decimals(kind: Kind, digits: int) -> st.SearchStrategy[object]:
    numbers = st.integers(-(10**digits) + 1, 10**digits - 1)
    return _normal(kind, numbers.map(lambda n: Decimal(n).scaleb(-kind.scale)))


VALUES: dict[Kind, st.SearchStrategy[object]] = {
    Text(): _normal(Text(), _LINES),
    LongText(): _normal(LongText(), st.lists(_LINES, max_size=3).map("\n".join)),
    Email(): st.sampled_from(["a@b.cn", "x+y@example.com"]),
    Phone(): _normal(Phone(), st.sampled_from(["138-0013-8000", "+8613800138000", "010 62345678"])),
    Integer(): st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1)),
    DecimalKind(digits=3): _decimals(DecimalKind(digits=3), 18),
    DecimalKind(digits=0): _decimals(DecimalKind(digits=0), 18),
    MoneyKind(): _decimals(MoneyKind(), 12),
    Percent(digits=1): _decimals(Percent(digits=1), 3),
    Rating(): st.integers(1, 5).map(Decimal),
    Boolean(): st.booleans(),
    Date(): st.dates(),
    DateTime(): _normal(
        DateTime(),
        st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    ),
    WallTime(): st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    Duration(): st.integers(-(10**10), 10**12).map(lambda n: timedelta(milliseconds=n)),
    STAGE: st.sampled_from([option.code for option in STAGE.options]),
    TAGS: st.sets(st.sampled_from([option.code for option in TAGS.options]), min_size=1).map(
        lambda codes: tuple(sorted(codes))
    ),
    Link("account"): st.sampled_from(IDS),
    MultiLink("account"): st.sets(st.sampled_from(IDS), min_size=1).map(
        lambda ids: tuple(sorted(ids))
    ),
    AnyMoney(): st.builds(
        Money,
        st.integers(-(10**15), 10**15).map(lambda n: Decimal(n).scaleb(-4)),
        st.sampled_from(["CNY", "USD"]),
    ),
    Json(): _JSON,
}
"""Normal forms of every kind; every value may also be empty."""

ALL_COLUMNS = tuple(
    TableColumn(f"c{place}", Labels(f"列{place}", f"Column {place}"), kind)
    for place, kind in enumerate(VALUES)
)


@st.composite
def contents(
    draw: st.DrawFn, columns: Sequence[TableColumn] | None = None, max_rows: int = 6
) -> tuple[list[TableColumn], list[Rows]]:
    """Some of all columns, and batches of rows for them."""
    if columns is None:
        columns = draw(st.lists(st.sampled_from(ALL_COLUMNS), unique=True, max_size=7))
    row = st.tuples(*(st.none() | VALUES[column.kind] for column in columns))
    batches = draw(st.lists(st.lists(row, max_size=max_rows), max_size=3))
    return list(columns), batches


def table_of(columns: Sequence[TableColumn], batches: Sequence[Rows], **more: object) -> Table:
    """A table that holds `batches`; links have titles."""
    return Table.from_batches(columns, batches, titles=TITLES, **more)  # type: ignore[arg-type]


def flat(batches: Sequence[Rows]) -> Rows:
    """All rows in one list."""
    return [row for batch in batches for row in batch]
