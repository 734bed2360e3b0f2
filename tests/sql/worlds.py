"""A small world of every shape of value, played alike to the in-memory and the SQL backend."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from attrs import define, field

from crmcore.errors import CrmError
from crmcore.kinds import (
    AnyMoney,
    Boolean,
    Choice,
    Date,
    DateTime,
    DecimalKind,
    Duration,
    Integer,
    Json,
    Link,
    LongText,
    MultiChoice,
    MultiLink,
    Phone,
    Text,
    WallTime,
)
from crmcore.query.bound import BoundQuery, Comparison, Const, Ref, full_columns
from crmcore.schema import Field, Key, Module, Schema, numbered
from crmcore.schema.reserved import CHANGE_SET, RESERVED
from crmcore.storage import (
    Backend,
    Delete,
    Derive,
    Expect,
    Insert,
    Intent,
    Replace,
    Rewrite,
    Row,
    Write,
)

SEALED = 21
"""How many commits are sealed; later ones are not yet."""
MOMENT = datetime(2024, 2, 29, 23, 30, 15, 678_000, tzinfo=UTC)
USER = "0" * 31 + "f"

ACCOUNT = Module(
    "account",
    [
        Field("name", Text(), indexed=True),
        Field("alias", Text()),
        Field("code", Text(sorted=False), unique="exact"),
        Field("nick", Text(), unique="folded"),
        Field("notes", LongText()),
        Field("essay", LongText(sorted=True)),
        Field("phone", Phone()),
        Field("size", Integer(), indexed=True),
        Field("amount", DecimalKind(), indexed=True),
        Field("fine", DecimalKind(digits=6)),
        Field("price", AnyMoney(), indexed=True),
        Field("stage", Choice(options=["won", "new", "lost"]), indexed=True),
        Field("tags", MultiChoice(options=["a", "b", "c"])),
        Field("active", Boolean()),
        Field("day", Date(), indexed=True),
        Field("at", DateTime(), indexed=True),
        Field("opens", WallTime()),
        Field("spent", Duration()),
        Field("extra", Json()),
        Field("parent", Link("account")),
        Field("friends", MultiLink("account")),
    ],
    title="name",
    keys=[Key(("stage", "size"))],
)
DEAL = Module(
    "deal",
    [
        Field("title", Text(), indexed=True),
        Field("amount", DecimalKind()),
        Field("stage", Choice(options=["open", "won"])),
        Field("account", Link("account")),
        Field("partner", Link("account")),
    ],
    title="title",
)
SCHEMA = numbered(Schema((*RESERVED, ACCOUNT, DEAL)))
MODULES = (SCHEMA.module("account"), SCHEMA.module("deal"))

TEXTS = [
    "a", "A", "á", "Ab", "ab", "aB c", "b", "ß", "SS", "z" * 230, "z" * 199 + "y", "z" * 201,
    "%", "_", "a%b", "'; DROP TABLE x; --", '"', "\\", "张三", "李四", "ＡＢ", "é", "e\u0301x",
    "😀", "\ud7ff", "\ue000", "\U0010ffff", "a\U0010ffff", "?", ":p", "0", "10", "9", "null",
]  # fmt: skip
AMOUNTS = [Decimal(text) for text in ("0", "0.01", "-0.01", "1.5", "-3", "99.99", "1000000")]
HUGE = [Decimal("9999999999999999.99"), Decimal("-9999999999999999.99")]
DAYS = [
    date(1, 1, 1), date(1, 3, 31), date(1969, 12, 31), date(2000, 2, 29), date(2024, 2, 29),
    date(2024, 12, 30), date(2027, 1, 1), date(9999, 12, 31),
]  # fmt: skip
INSTANTS = [
    datetime(1, 1, 2, tzinfo=UTC), datetime(1, 3, 1, 5, 59, 59, 999_000, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1991, 6, 1, 16, tzinfo=UTC), datetime(2024, 2, 29, 16, tzinfo=UTC),
    datetime(2024, 2, 29, 15, 59, 59, 999_000, tzinfo=UTC),
    datetime(2024, 11, 3, 5, 59, 59, tzinfo=UTC), datetime(9999, 12, 30, 23, 59, tzinfo=UTC),
]  # fmt: skip
NUMBERS = [0, 1, -1, 2, 7, 2**62, 2**63 - 1, -(2**63)]
PRICES = ["5 CNY", "5.0001 CNY", "-7 CNY", "5 USD", "6 EUR", "99999999999999.9999 CNY"]
PHONES = ["138 0013 8000", "13800138000", "+1 415 555 0100", "021-68881234"]
SPANS = [timedelta(0), timedelta(milliseconds=1), timedelta(days=-3), timedelta(hours=5)]


def record_id(number: int) -> str:
    """The id of record `number`."""
    return f"{number:032x}"


def constant(random: Random, one: Field) -> object:
    """A value of `one` in normal form, never empty."""
    kind = one.kind
    found: object
    match kind.name:
        case "text" | "long_text":
            found = random.choice(TEXTS)
        case "integer":
            found = random.choice(NUMBERS)
        case "decimal":
            found = random.choice([*AMOUNTS, *HUGE] if kind.scale == 2 else AMOUNTS)
        case "any_money":
            found = random.choice(PRICES)
        case "choice":
            found = random.choice(kind.options).code  # type: ignore[attr-defined]
        case "multi_choice":
            found = random.sample(["a", "b", "c"], random.randint(1, 3))
        case "boolean":
            found = random.random() < 0.5
        case "date":
            found = random.choice(DAYS)
        case "datetime":
            found = random.choice(INSTANTS)
        case "wall_time":
            found = random.choice(["00:00", "09:30", "23:59"])
        case "duration":
            found = random.choice(SPANS)
        case "phone":
            found = random.choice(PHONES)
        case "json":
            found = random.choice([{"b": [1, None, 1.5], "a": "é"}, [], 0, False, "x"])
        case "link":
            found = record_id(random.randint(1, 12))
        case "multi_link":
            found = [record_id(random.randint(1, 12)) for _ in range(random.randint(1, 3))]
        case _:
            raise AssertionError(kind.name)
    return kind.normalize(found)


def values(random: Random, module: Module) -> list[object]:
    """Values of all stored fields of `module`; keys are seldom empty."""
    return [None if random.random() < 0.25 else constant(random, one) for one in module.stored]


def stamps(record: str, version: int, change_set: str) -> list[object]:
    """The stamps of a row."""
    return [record, version, MOMENT, USER, MOMENT, USER, change_set, "5" * 32]


@define
class Player:
    """Plays the same random commits to several backends, and remembers what is there."""

    backends: list[Backend]
    random: Random
    live: dict[str, dict[str, int]] = field(factory=lambda: {"account": {}, "deal": {}})
    ended: dict[tuple[str, str], int] = field(factory=dict)
    commits: int = 0
    position: int = 0
    refusals: list[str] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        for backend in self.backends:
            backend.prepare(SCHEMA)

    def commit(self) -> None:
        """One random commit, which may be refused, by all alike."""
        random = self.random
        self.commits += 1
        change_set = f"{self.commits:032x}"
        sealed = None
        # Versions of a record are sealed in order: what is not yet, is the last.
        if self.commits <= SEALED:
            sealed = self.position = self.commits
        others = [None] * (len(CHANGE_SET.stored) - 1)
        row = (*stamps(change_set, 1, change_set), sealed, *others)
        module = random.choice(MODULES)
        writes: list[Write] = [Insert(CHANGE_SET, [row]), self._write(module, change_set)]
        outcomes = {self._apply(backend, writes) for backend in self.backends}
        assert len(outcomes) == 1, outcomes
        outcome = outcomes.pop()
        if outcome is None:
            self._remember(module, writes[1])
        else:
            self.refusals.append(outcome)

    def _write(self, module: Module, change_set: str) -> Write:
        random, live = self.random, self.live[module.name]
        action = random.choice(
            ["insert", "insert", "replace", "replace", "delete", "rewrite", "derive", "expect"]
        )
        count = random.randint(1, 4)
        if action == "insert" or not live:
            ids = [record_id(random.randint(1, 12)) for _ in range(count)]
            first = {one: self.ended.get((module.name, one), 0) + 1 for one in ids}
            return Insert(module, [self._row(module, one, first[one], change_set) for one in ids])
        known = random.sample(sorted(live), min(count, len(live)))
        versions = [live[one] + (random.random() < 0.05) for one in known]
        if action == "delete":
            return Delete(module, known, versions, change_set)
        if action == "expect":
            return Expect(module, known, random.choice([None, versions]))
        if action == "derive":
            one = module.by_name["amount"]
            return Derive(module, "amount", known, [constant(random, one) for _ in known])
        if action == "rewrite":
            return self._rewrite(module, change_set)
        rows = [
            self._row(module, one, version + 1, change_set)
            for one, version in zip(known, versions, strict=True)
        ]
        return Replace(module, rows, versions)

    def _rewrite(self, module: Module, change_set: str) -> Rewrite:
        random = self.random
        limit = random.choice(NUMBERS)
        one = module.by_name["size" if module.name == "account" else "amount"]
        value = one.kind.normalize(limit % 10**6)
        where = Comparison(random.choice(["<", ">="]), Ref((), one), Const(value, one.kind))
        names = random.sample([one.name for one in module.stored], 2)
        constants = {
            name: random.choice([None, constant(random, module.by_name[name])]) for name in names
        }
        query = BoundQuery(module, full_columns(module), where)
        return Rewrite(query, constants, change_set, MOMENT, USER, "6" * 32)

    def _row(self, module: Module, record: str, version: int, change_set: str) -> Row:
        return (*stamps(record, version, change_set), *values(self.random, module))

    def _apply(self, backend: Backend, writes: list[Write]) -> str | None:
        transaction = backend.begin(Intent.WRITE)
        try:
            transaction.apply(writes)
            transaction.commit()
        except Exception as error:
            transaction.rollback()
            if not isinstance(error, CrmError):
                raise
            problem = error.problems[0]
            return f"{type(error).__name__} {problem.to_dict()} {dict(problem.params)}"
        return None

    def _remember(self, module: Module, write: Write) -> None:
        live = self.live[module.name]
        if isinstance(write, Rewrite):
            found = ask(self.backends[0], BoundQuery(module, full_columns(module)[:2]))
            live.update({str(row[0]): int(str(row[1])) for row in found})
        elif isinstance(write, Delete):
            for one in write.ids:
                # A record that comes back goes on counting its versions.
                self.ended[module.name, one] = live.pop(one)
        elif isinstance(write, (Insert, Replace)):
            live.update({str(row[0]): int(str(row[1])) for row in write.rows})


def ask(backend: Backend, query: BoundQuery) -> list[Row]:
    """The answer to a list, in a transaction of its own."""
    transaction = backend.begin(Intent.READ)
    try:
        return [row for batch in transaction.select(query) for row in batch]
    finally:
        transaction.rollback()
