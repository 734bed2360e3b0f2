"""Schemas: a small one to change by hand, and any that makes sense."""

from __future__ import annotations

from decimal import Decimal

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
from crmcore.schema import (
    CLASSIFICATIONS,
    EntryTemplate,
    Field,
    Key,
    Module,
    Preset,
    Schema,
    numbered,
)
from crmcore.schema.reserved import RESERVED

STAGES = Choice(
    options=[
        Option("first", Labels("初步接触", "First contact")),
        Option("won", Labels("赢单", "Won", ("成交",))),
        Option("lost", Labels("输单", "Lost")),
    ]
)

ACCOUNT = Module(
    "account",
    [
        Field("code", Text(max_length=20), "编号", unique="exact"),
        Field("name", Text(), Labels("客户名称", "Name", ("公司名称",)), required=True),
        Field("region", Text(), "区域"),
        Field("stage", STAGES, "阶段", default="first"),
        Field("amount", MoneyKind(), "金额", default="100"),
        Field("owner", Link("crm_user", "detach"), "负责人", default=Preset("me")),
    ],
    title="name",
    label=Labels("客户", "Account", ("公司",)),
    keys=[Key(("name", "region"), folded=True)],
    templates=[
        EntryTemplate(
            "brief",
            "快速录入",
            fields=["name", "stage"],
            required=["name"],
            presets={"stage": "won", "amount": 5, "owner": Preset("me")},
        )
    ],
)
CONTACT = Module(
    "contact",
    [
        Field("name", Text(), "姓名", required=True),
        Field("account", Link("account"), "客户"),
        Field("born_on", Date(), "生日"),
    ],
    title="name",
    label="联系人",
)
SMALL = numbered(Schema((*RESERVED, ACCOUNT, CONTACT)))

names = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True).filter(
    lambda name: not name.startswith("crm_")
)
spellings = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("客户名称'\"`$.\u202e😀"),
    min_size=1,
    max_size=12,
)
labels = st.builds(
    Labels, st.none() | spellings, st.none() | spellings, st.lists(spellings, max_size=2)
)
_options = st.lists(
    st.builds(Option, names, labels, st.booleans()), max_size=4, unique_by=lambda one: one.code
)
_limits = st.tuples(st.none() | st.integers(-9, 0), st.none() | st.integers(1, 9))
_ranges = st.builds(
    lambda limits, digits, rounded: {
        "minimum": limits[0],
        "maximum": limits[1],
        "digits": digits,
        "rounded": rounded,
    },
    _limits,
    st.integers(0, 4),
    st.booleans(),
)
_removals = st.sampled_from(["restrict", "detach", "cascade"])

kinds: SearchStrategy[Kind] = st.one_of(
    st.builds(Text, st.integers(5, 500), st.booleans()),
    st.builds(LongText, st.integers(1, 5_000), st.booleans()),
    st.builds(Integer, st.integers(-99, 0), st.integers(1, 99)),
    st.builds(lambda ranges: DecimalKind(**ranges), _ranges),
    st.builds(lambda ranges: MoneyKind(**ranges, currency="USD"), _ranges),
    st.builds(lambda ranges: Percent(**ranges), _ranges),
    st.builds(Rating, maximum=st.integers(2, 9).map(Decimal)),
    st.builds(DateTime, st.sampled_from([None, "Asia/Shanghai", "UTC"])),
    st.builds(Choice, _options),
    st.builds(MultiChoice, _options),
    st.builds(Phone, st.sampled_from(["CN", "US"])),
    st.builds(Postcode, st.sampled_from(["CN", "GB"])),
    st.builds(Link, st.sampled_from(["account", "contact"]), _removals),
    st.builds(MultiLink, st.sampled_from(["account", "contact"]), _removals),
    st.sampled_from(
        [
            AnyMoney(),
            Boolean(),
            CreditCode(),
            Date(),
            Duration(),
            Email(),
            Json(),
            MoneyKind(),
            Score(),
            Text(),
            Url(),
            WallTime(),
        ]
    ),
)
DEFAULTS: dict[str, list[object]] = {
    "text": ["x", "客户", "{a}"],
    "integer": [0, 1],
    "decimal": ["0", 0],
    "any_money": ["1 CNY"],
    "boolean": [True, False],
    "date": ["2024-01-05", Preset("today")],
    "datetime": ["2024-01-05T00:00:00Z", Preset("now")],
    "duration": [5],
    "email": ["A@b.cn"],
    "phone": ["+86 138 0013 8000"],
    "json": [{"a": [1, None]}, []],
}


@st.composite
def fields(draw: st.DrawFn, name: str) -> Field:
    """A field that `check` accepts, as far as it can be told alone."""
    kind = draw(kinds)
    required = draw(st.booleans())
    if isinstance(kind, Link) and kind.on_removal == "detach":
        required = False
    return Field(
        name,
        kind,
        draw(labels),
        help=draw(st.none() | spellings),
        required=required,
        default=draw(st.none() | st.sampled_from(DEFAULTS.get(kind.name, [None]))),
        indexed=draw(st.booleans()),
        classification=draw(st.sampled_from(CLASSIFICATIONS)),
        retired=draw(st.integers(0, 9)) == 0,
    )


@st.composite
def modules(draw: st.DrawFn, name: str) -> Module:
    """A module with up to six fields, perhaps a template."""
    known = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    known = [one for one in known if one not in {"id", "version", "salt", "removed"}]
    made = [Field("title", Text()), *(draw(fields(one)) for one in known if one != "title")]
    live = [one for one in made if not one.retired]
    offered = draw(st.lists(st.sampled_from([one.name for one in live]), unique=True))
    presets = {one.name: one.default for one in live if one.default is not None}
    template = EntryTemplate("brief", draw(labels), offered, offered[:1], presets)
    return Module(
        name,
        made,
        title=draw(st.sampled_from(["title", None])),
        label=draw(labels),
        keys=[Key("title", draw(st.booleans()))] if draw(st.booleans()) else [],
        templates=[template] if draw(st.booleans()) else [],
        enabled=draw(st.booleans()),
    )


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """A numbered schema of two modules beside the reserved ones."""
    both = [draw(modules(name)) for name in ("account", "contact")]
    return numbered(Schema((*RESERVED, *both)))
