"""Golden truth tables: values of one kind, conditions on them, and for which they hold.

Written by hand from the page on values and logic; the evaluator and every backend are
held against them. Labels name the values; `-` holds for none, `*` for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

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
    LongText,
    MultiChoice,
    Option,
    Phone,
    Text,
    WallTime,
)
from crmcore.schema import Field, Module


@frozen
class Truths:
    """A table for `kind`: `values` by label, in the field `x`; `conditions` to labels.

    `others` are values of a second field `y` of the same kind, for comparisons of fields.
    """

    subject: str
    kind: Kind
    values: Mapping[str, object]
    conditions: Mapping[str, str]
    others: Mapping[str, object] = field(factory=dict)

    @property
    def module(self) -> Module:
        """A module with the fields `label`, `x` and `y`, numbered."""
        fields = [Field("label", Text(), number=1)]
        fields += [Field("x", self.kind, number=2), Field("y", self.kind, number=3)]
        return Module("probe", fields, title="label", number=100)

    def holding(self, condition: str) -> set[str]:
        """The labels for which `condition` holds."""
        said = self.conditions[condition]
        if said == "*":
            return set(self.values)
        return set() if said == "-" else set(said.split())


_STAGES: Final = (
    Option("open", "开放"),
    Option("won", "赢单"),
    Option("lost", "输单", retired=True),
)

_TEXT: Final = Truths(
    "text",
    Text(),
    {
        "empty": None,
        "lower": "alpha",
        "upper": "ALPHA",
        "accent": "Älpha",
        "wide": "\uff41\uff4c\uff50\uff48\uff41",
        "other": "beta",
        "percent": "100%",
        "under": "1_0",
        "digits": "100",
        "han": "华东区",
    },
    {
        "x == 'alpha'": "lower",
        "x != 'alpha'": "empty upper accent wide other percent under digits han",
        "x == null": "empty",
        "x != null": "lower upper accent wide other percent under digits han",
        "is_empty(x)": "empty",
        "x == ''": "-",
        "x != ''": "*",
        "x == '  alpha '": "lower",
        "x in ['alpha', 'beta', 'gamma', null]": "lower other",
        "x in []": "-",
        "x in [null]": "-",
        "not (x in ['alpha'])": "empty upper accent wide other percent under digits han",
        "like(x, 'alpha')": "lower upper accent wide",
        "like(x, 'ÄLPHA')": "lower upper accent wide",
        "contains(x, 'LpH')": "lower upper accent wide",
        "not contains(x, 'LpH')": "empty other percent under digits han",
        "contains(x, '%')": "percent",
        "contains(x, '_')": "under",
        "contains(x, '')": "-",
        "starts_with(x, '1')": "percent under digits",
        "starts_with(x, 'A')": "lower upper accent wide",
        "ends_with(x, '0')": "under digits",
        "starts_with(x, '华')": "han",
        "contains(x, '东')": "han",
        "x < 'alpha'": "upper percent under digits",
        "x <= 'alpha'": "lower upper percent under digits",
        "x > 'alpha'": "accent wide other han",
        "x >= 'alpha'": "lower accent wide other han",
        "not (x < 'alpha')": "empty lower accent wide other han",
        "x >= 'b'": "other han",
        "'beta' == x": "other",
        "'b' <= x": "other han",
        "x == y": "lower other",
        "x != y": "empty upper accent wide percent under digits han",
        "x < y": "upper",
        "x >= y": "lower other",
        "not (x == y)": "empty upper accent wide percent under digits han",
        "x == null or y == null": "empty accent wide percent under digits han",
        "true": "*",
        "false": "-",
        "not true": "-",
        "x == 'alpha' and x == 'beta'": "-",
        "x == 'alpha' or x == 'beta'": "lower other",
        "not (x == 'alpha' or x == 'beta')": "empty upper accent wide percent under digits han",
    },
    {"lower": "alpha", "upper": "alpha", "other": "beta"},
)

_UNSORTED: Final = Truths(
    "unsorted text",
    Text(sorted=False),
    {"empty": None, "lower": "a", "upper": "A", "wide": "\uff41", "zero": "0", "quote": "'"},
    {
        "x == 'a'": "lower",
        "x != 'a'": "empty upper wide zero quote",
        "x in ['a', 'A']": "lower upper",
        "x == '0'": "zero",
        'x == "\'"': "quote",
        "x == null": "empty",
    },
)

_LONG: Final = Truths(
    "long text",
    LongText(sorted=True),
    {"empty": None, "indented": "  a", "plain": "a", "lines": "a\nb", "spaced": "a b"},
    {
        "x == 'a'": "plain",
        "x == '  a'": "indented",
        "x == 'a   '": "plain",
        "contains(x, 'a b')": "lines spaced",
        "like(x, 'A')": "indented plain",
        "x != 'a'": "empty indented lines spaced",
        "starts_with(x, 'a ')": "indented plain lines spaced",
    },
)

_INTEGER: Final = Truths(
    "integer",
    Integer(),
    {
        "empty": None,
        "zero": 0,
        "one": 1,
        "ten": 10,
        "minus": -1,
        "most": 2**63 - 1,
        "least": -(2**63),
    },
    {
        "x == 0": "zero",
        "x != 0": "empty one ten minus most least",
        "x < 10": "zero one minus least",
        "x <= 10": "zero one ten minus least",
        "x > 9": "ten most",
        "not (x > 9)": "empty zero one minus least",
        "x in [0, 10, 10]": "zero ten",
        "x == 1.0": "one",
        "x == 1.5": "-",
        "x != 1.5": "*",
        "x < 1.5": "zero one minus least",
        "x >= 0.5": "one ten most",
        "x > -0.5": "zero one ten most",
        "x <= -0.5": "minus least",
        "x in [1.5, 1]": "one",
        "x < 9223372036854775808": "zero one ten minus most least",
        "x >= 9223372036854775808": "-",
        "x != 9223372036854775808": "*",
        "x == 100000000000000000000000": "-",
        "not (x < 100000000000000000000000)": "empty",
        "x > -100000000000000000000000": "zero one ten minus most least",
        "x == 9223372036854775807": "most",
        "x == -9223372036854775807 - 1": "least",
        "x == 1 + 2 * 3 + 3": "ten",
        "x == 1 / 0": "-",
        "x != 1 / 0": "*",
        "x < y": "one",
        "x == null": "empty",
    },
    {"one": 2, "ten": 10},
)

_DECIMAL: Final = Truths(
    "decimal",
    DecimalKind(2),
    {
        "empty": None,
        "zero": "0",
        "cent": "0.01",
        "minus": "-0.01",
        "tenth": "0.10",
        "large": "9007199254740993.01",
        "larger": "9007199254740993.02",
        "most": "9999999999999999.99",
    },
    {
        "x == 0": "zero",
        "x == 0.1": "tenth",
        "x == 0.100": "tenth",
        "x == 0.105": "-",
        "x != 0.105": "*",
        "x < 0.105": "zero cent minus tenth",
        "x >= 0.005": "cent tenth large larger most",
        "x > -0.005": "zero cent tenth large larger most",
        "x == 9007199254740993.01": "large",
        "x < 9007199254740993.02": "zero cent minus tenth large",
        "x > 9007199254740993.015": "larger most",
        "x < 10000000000000000": "zero cent minus tenth large larger most",
        "x >= 10000000000000000": "-",
        "x in [0.1, 0.105, 0.01]": "cent tenth",
        "x == 1 / 10": "tenth",
        "x == 0.01 + 0.09": "tenth",
    },
)

_MONEY: Final = Truths(
    "money of any currency",
    AnyMoney(),
    {
        "empty": None,
        "yuan": "100 CNY",
        "dollar": "100 USD",
        "fen": "0.0001 CNY",
        "debt": "-5 USD",
        "yen": "10000 JPY",
    },
    {
        "x == money(100, 'CNY')": "yuan",
        "x != money(100, 'CNY')": "empty dollar fen debt yen",
        "x < money(1000, 'CNY')": "yuan fen",
        "x >= money(0, 'USD')": "dollar",
        "not (x >= money(0, 'USD'))": "empty yuan fen debt yen",
        "x > money(0, 'EUR')": "-",
        "x in [money(100, 'USD'), money(10000, 'JPY')]": "dollar yen",
        "x == y": "yuan",
        "x < y": "fen",
        "x == null": "empty",
    },
    {"yuan": "100 CNY", "dollar": "100 CNY", "fen": "1 CNY", "debt": "5 JPY"},
)

_BOOLEAN: Final = Truths(
    "boolean",
    Boolean(),
    {"empty": None, "yes": True, "no": False},
    {
        "x": "yes",
        "not x": "empty no",
        "x == true": "yes",
        "x == false": "no",
        "x != true": "empty no",
        "x != false": "empty yes",
        "x in [true, false]": "yes no",
        "x == null": "empty",
        "x == y": "yes",
        "x != y": "empty no",
    },
    {"yes": True, "no": True},
)

_DATE: Final = Truths(
    "date",
    Date(),
    {
        "empty": None,
        "first": "0001-01-01",
        "leap": "2024-02-29",
        "march": "2024-03-01",
        "last": "9999-12-31",
    },
    {
        "x == 2024-02-29": "leap",
        "x != 2024-02-29": "empty first march last",
        "x < 2024-03-01": "first leap",
        "x <= 2024-03-01": "first leap march",
        "x >= 2024-02-28 + 2d": "march last",
        "x < 2024-03-02 - 2": "first",
        "x in [0001-01-01, 9999-12-31]": "first last",
        "not (x < 2024-03-01)": "empty march last",
        "x == y": "march",
        "x < y": "leap",
    },
    {"leap": "2024-03-01", "march": "2024-03-01"},
)

_INSTANT: Final = Truths(
    "instant",
    DateTime(),
    {
        "empty": None,
        "first": "0001-01-02T00:00Z",
        "before": "1969-12-31T23:59:59.999Z",
        "epoch": "1970-01-01T00:00Z",
        "noon": "2024-03-10T12:00:00Z",
        "after": "2024-03-10T12:00:00.001Z",
    },
    {
        "x == 2024-03-10T12:00:00Z": "noon",
        "x == 2024-03-10T20:00:00+08:00": "noon",
        "x != 2024-03-10T12:00:00Z": "empty first before epoch after",
        "x < 1970-01-01T00:00:00Z": "first before",
        "x > 2024-03-10T12:00:00Z": "after",
        "x >= 2024-03-10T11:59:59.999Z + 1s": "-",
        "x >= 2024-03-10T12:00:00Z - 1h": "noon after",
        "not (x > 2024-03-10T12:00:00Z)": "empty first before epoch noon",
        "x in [1970-01-01T00:00:00Z]": "epoch",
        "x < now": "first before epoch",
        "x == null": "empty",
    },
)

_TIME: Final = Truths(
    "wall time",
    WallTime(),
    {"empty": None, "midnight": "00:00", "nine": "09:00", "ten": "10:00", "last": "23:59"},
    {
        "x == '09:00'": "nine",
        "x < '10:00'": "midnight nine",
        "x >= '9:00'": "nine ten last",
        "x != '00:00'": "empty nine ten last",
        "x in ['00:00', '23:59']": "midnight last",
    },
)

_DURATION: Final = Truths(
    "duration",
    Duration(),
    {"empty": None, "none": 0, "minute": 1, "day": 1440, "back": -1},
    {
        "x == 1min": "minute",
        "x == 60s": "minute",
        "x < 1d": "none minute back",
        "x <= 24h": "none minute day back",
        "x > 0s": "minute day",
        "x != 0s": "empty minute day back",
        "not (x > 0s)": "empty none back",
        "x in [1d, 1min]": "minute day",
    },
)

_CHOICE: Final = Truths(
    "choice",
    Choice(_STAGES),
    {"empty": None, "open": "open", "won": "won"},
    {
        "x == 'won'": "won",
        "x == '赢单'": "won",
        "x != 'won'": "empty open",
        "x == 'lost'": "-",
        "x != 'lost'": "*",
        "x in ['won', '开放']": "open won",
        "not (x in ['won'])": "empty open",
        "x == null": "empty",
        "x == y": "won",
    },
    {"open": "won", "won": "won"},
)

_SET: Final = Truths(
    "multi-choice",
    MultiChoice((Option("a", "甲"), Option("b"), Option("ab"), Option("c"))),
    {
        "empty": None,
        "none": [],
        "a": ["a"],
        "ab": ["ab"],
        "both": ["b", "a"],
        "all": ["a", "b", "ab", "c"],
    },
    {
        "'a' in x": "a both all",
        "'甲' in x": "a both all",
        "not ('a' in x)": "empty none ab",
        "contains(x, 'b')": "both all",
        "contains_any(x, ['b', 'ab'])": "ab both all",
        "contains_all(x, ['b', 'a'])": "both all",
        "contains_all(x, [])": "a ab both all",
        "contains_any(x, [])": "-",
        "contains_all(x, ['a', null])": "-",
        "contains_any(x, ['a', null])": "a both all",
        "x == ['a', 'b']": "both",
        "x == ['b', 'a', 'a']": "both",
        "x != ['a', 'b']": "empty none a ab all",
        "x == null": "empty none",
        "x != null": "a ab both all",
        "not contains_all(x, ['a'])": "empty none ab",
    },
)

_EMAIL: Final = Truths(
    "canonical forms",
    Email(),
    {"empty": None, "typed": "A.B@Example.COM", "plain": "a.b@example.com", "other": "c@x.org"},
    {
        "x == 'a.b@example.com'": "typed plain",
        "x == 'mailto:A.B@EXAMPLE.com'": "typed plain",
        "x != 'a.b@example.com'": "empty other",
        "x in ['C@X.org']": "other",
        "x < 'b@example.com'": "typed plain",
        "x == y": "typed plain",
        "x == null": "empty",
    },
    {"typed": "a.b@example.com", "plain": "A.B@example.com", "other": "d@x.org"},
)

_PHONE: Final = Truths(
    "telephone",
    Phone(),
    {"empty": None, "typed": "138 1234 5678", "plain": "+8613812345678", "land": "010-65521234"},
    {
        "x == '13812345678'": "typed plain",
        "x == '+86 138-1234-5678'": "typed plain",
        "x != '13812345678'": "empty land",
        "x in ['(010) 65521234']": "land",
    },
)

_JSON: Final = Truths(
    "json",
    Json(),
    {"empty": None, "zero": 0, "no": False, "list": [], "text": "", "null": {"a": None}},
    {
        "x == null": "empty",
        "x != null": "zero no list text null",
        "is_empty(x)": "empty",
        "not is_empty(x)": "zero no list text null",
    },
)

TABLES: Final = (
    _TEXT,
    _UNSORTED,
    _LONG,
    _INTEGER,
    _DECIMAL,
    _MONEY,
    _BOOLEAN,
    _DATE,
    _INSTANT,
    _TIME,
    _DURATION,
    _CHOICE,
    _SET,
    _EMAIL,
    _PHONE,
    _JSON,
)
"""All tables, by subject."""
