"""Kinds with values that they accept, and values that nobody should have to accept."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from crmcore.kinds import (
    AnyMoney,
    Boolean,
    Choice,
    CreditCode,
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
    MoneyKind,
    MultiChoice,
    MultiLink,
    Option,
    Percent,
    Phone,
    Postcode,
    Rating,
    Score,
    Text,
    Url,
    WallTime,
)

OPTIONS = (
    Option("new", Labels("初步接触", "First contact")),
    Option("won", Labels("赢单", "Won", ("成交",))),
    Option("lost", Labels("输单", "Lost")),
)
IDS = [f"{number:032x}" for number in (0, 1, 2**127, 2**128 - 1)]

_lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
_numbers = (
    st.decimals(-(10**9), 10**9, places=2)
    | st.integers(-(10**9), 10**9)
    | st.sampled_from(["1,234.50", "-3", ".5", " 12 ", "0.10", 0.1, -0.0, "-0"])
)
_small = st.integers(1, 5) | st.sampled_from(["3", Decimal("4.0"), 2.0])
_instants = st.datetimes(
    datetime(1, 1, 3),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), ZoneInfo("America/New_York")]),
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | _lines,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_lines, inner, max_size=3),
    max_leaves=8,
)

ACCEPTED: dict[Kind, SearchStrategy[object]] = {
    Text(): _lines | st.integers(-(10**17), 10**17),
    Text(max_length=5, sorted=False): st.text("aé中\u0301 ", max_size=4),
    LongText(): st.text(
        st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t\r")
    ),
    Integer(): st.integers(-(2**63), 2**63 - 1) | st.sampled_from(["12", 3.0, Decimal("7E2")]),
    DecimalKind(): _numbers,
    DecimalKind(digits=0, rounded=True): _numbers,
    DecimalKind(digits=18, rounded=True): st.decimals(Decimal("-0.9"), Decimal("0.9"), places=18),
    MoneyKind(): _numbers,
    AnyMoney(): st.builds(
        lambda amount, code: {"amount": amount, "currency": code},
        _numbers,
        st.sampled_from(["CNY", "USD", "JPY"]),
    )
    | st.sampled_from(["12.50 CNY", "USD 3", ""]),
    Percent(): st.integers(0, 100) | st.sampled_from(["12%", "12.5", "3％"]),
    Rating(): _small,
    Score(): _small,
    Boolean(): st.booleans(),
    Date(): st.dates() | st.dates().map(str) | st.sampled_from(["2024-1-5", "0001-01-01"]),
    DateTime(): _instants | _instants.map(datetime.isoformat),
    WallTime(): st.times().map(lambda t: t.replace(second=0, microsecond=0)) | st.just("9:05"),
    Duration(): st.timedeltas(timedelta(days=-9000), timedelta(days=9000)) | st.integers(0, 9999),
    Choice(options=OPTIONS): st.sampled_from(["new", "won", "成交", " Lost ", "输单"]),
    MultiChoice(options=OPTIONS): st.lists(st.sampled_from(["new", "won", "输单"]))
    | st.just("won"),
    Email(): st.sampled_from(["A.B@Example.com", "mailto:a@b.cn", "ａ@ｂ.ｃｎ", ""]),
    Phone(): st.sampled_from(
        ["138 0013 8000", "010-65521234转8012", 13800138000, "+1 650 253 0000"]
    ),
    Url(): st.sampled_from(["Example.COM/", "https://a.cn:443/x?y#z", "http://例子.中国/路径"]),
    Postcode(): st.sampled_from(["100 084", "１０００８４", 100084]),
    CreditCode(): st.sampled_from(["91110000802100433b", "9111 0000 8021 0043 3B"]),
    Link("account"): st.sampled_from(IDS),
    MultiLink("account"): st.lists(st.sampled_from(IDS)) | st.sampled_from(IDS),
    Json(): _json,
}
"""For each kind a strategy of values that it takes (empty ones among them)."""


class Loud:
    """Raises at every touch."""

    def _raise(self, *args: object, **named: object) -> object:
        raise RuntimeError("touched")

    __eq__ = __hash__ = __str__ = __repr__ = __bool__ = __len__ = __iter__ = _raise  # type: ignore
    __lt__ = __gt__ = __contains__ = __index__ = __int__ = __float__ = __format__ = _raise
    __getattr__ = _raise
    __class__ = property(_raise)  # type: ignore[assignment]


class LoudText(str):
    __eq__ = __hash__ = __str__ = __repr__ = __len__ = strip = isascii = encode = Loud._raise  # type: ignore


class LoudInteger(int):
    __eq__ = __hash__ = __str__ = __repr__ = __lt__ = __le__ = __index__ = __int__ = Loud._raise  # type: ignore


class LoudDecimal(Decimal):
    __eq__ = __hash__ = __str__ = __repr__ = is_finite = adjusted = quantize = Loud._raise  # type: ignore


class LoudDict(dict[object, object]):
    __iter__ = __len__ = __getitem__ = keys = items = values = __eq__ = Loud._raise  # type: ignore


class LoudList(list[object]):
    __iter__ = __len__ = __getitem__ = __eq__ = Loud._raise  # type: ignore


class LoudZone(tzinfo):
    utcoffset = dst = tzname = fromutc = __repr__ = Loud._raise  # type: ignore


class SilentZone(tzinfo):
    """Knows no offset: a moment in it is naive, whatever it looks like."""

    def utcoffset(self, moment: datetime | None) -> None:
        return None


class Pretender:
    """Claims to be a text."""

    __class__ = str  # type: ignore[assignment]


class Level(IntEnum):
    LOW = 3


def _nested(depth: int) -> list[object]:
    found: list[object] = []
    for _ in range(depth):
        found = [found]
    return found


def _laughs(width: int) -> list[object]:
    found: list[object] = ["ha"]
    for _ in range(width):
        found = [found, found]
    return found


def _cycle() -> list[object]:
    found: list[object] = []
    found.append(found)
    return found


HOSTILE: dict[str, object] = {
    "loud": Loud(),
    "loud text": LoudText("x"),
    "loud integer": LoudInteger(5),
    "loud decimal": LoudDecimal("1.5"),
    "loud dict": LoudDict(amount=1, currency="CNY"),
    "loud list": LoudList(["new"]),
    "loud members": [Loud(), {Loud}],
    "pretender": Pretender(),
    "true": True,
    "enumeration": Level.LOW,
    "not a number": float("nan"),
    "infinity": float("-inf"),
    "largest float": 1.7976931348623157e308,
    "smallest float": 5e-324,
    "complex": 1j,
    "fraction": Fraction(1, 3),
    "signaling": Decimal("sNaN123"),
    "decimal infinity": Decimal("Infinity"),
    "bomb": Decimal("1E+300000"),
    "bomb of nothing": Decimal("0E+999999999"),
    "tiny bomb": Decimal("1E-300000"),
    "many digits": Decimal("1." + "7" * 1_000_000),
    "many zeros": Decimal("1." + "0" * 1_000_000),
    "text bomb": "1e300000",
    "digits": "9" * 10_000_000,
    "huge integer": 10**100_000,
    "negative huge integer": -(1 << 10_000_000),
    "ten megabytes": "中" * 10_000_000,
    "blanks": " " * 10_000_000,
    "blanks around": " " * 5_000_000 + "x" + "\u3000" * 5_000_000,
    "controls": "\x01" * 10_000_000,
    "lone surrogate": "a\ud800",
    "nul": "a\0b",
    "escape": "\x1b[31mred",
    "unit separator": "\x1f",
    "flood": "a" + "\u0315\u0300" * 2_000_000,
    "small flood": "a" + "\u0315\u0300" * 100_000,
    "hidden flood": "\u0f40" + "\u0f73\u0f71" * 100_000,
    "combining alone": "\u0301" * 500,
    "right to left": "\u202e\u2066evil\u2069",
    "operator": {"$ne": None},
    "code": {"$where": "1"},
    "template": "{value.__class__.__init__.__globals__}",
    "wide template": "{0:>999999999}",
    "naive": datetime(2024, 1, 5, 10),  # noqa: DTZ001 - the point of it
    "folded": datetime(2024, 11, 3, 1, 30, tzinfo=ZoneInfo("America/New_York"), fold=1),
    "before the first": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    "after the last": datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    "loud zone": datetime(2024, 1, 5, tzinfo=LoudZone()),
    "silent zone": datetime(2024, 1, 5, tzinfo=SilentZone()),
    "time with zone": time(9, tzinfo=LoudZone()),
    "longest": timedelta.max,
    "shortest": timedelta.min,
    "day": date.max,
    "bytes": b"abc",
    "tuple": (1, 2),
    "type": int,
    "function": print,
    "generator": (x for x in ()),
    "deep": _nested(100_000),
    "laughs": _laughs(60),
    "cycle": _cycle(),
    "long list": ["new"] * 5_000_000,
    "keys that are no text": {1: "a", "1": "b"},
    "mixed keys": {None: 1, "x": 2},
    "unhashable members": [["new"], {"a": 1}],
    "exponent": "1.38E+10",
    "arabic digits": "\u0661\u0662",
    "mail of dots": "a@" + "a." * 200 + "!",
    "mail of dashes": "a@" + "a-" * 240,
    "extension of blanks": "x" + " " * 480 + "x",
    "address": "http://[::1",
    "address with a secret": "https://user:secret@a.cn",
    "script": "javascript:alert(1)//.cn",
    "markup": "https://a.cn/<script>",
}
"""Values that a kind may take or refuse with `Invalid`, but never choke on."""
