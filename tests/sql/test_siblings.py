"""Records that go on in sibling tables: nothing but their tables tells them from others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any, Final

import pytest
from attrs import evolve
from tests.sql.engines import ENGINES, url_of
from tests.sql.narrow import open_narrow
from tests.sql.questions import Asking
from tests.sql.stores import everything, new, read, write
from tests.sql.test_differential import asked, exact, pages
from tests.sql.worlds import Player, record_id

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
    Kind,
    Link,
    LongText,
    MultiChoice,
    MultiLink,
    Phone,
    Text,
    WallTime,
)
from crmcore.query.bound import BoundQuery, BoundSummary, full_columns
from crmcore.schema import Field, Module, Schema, numbered
from crmcore.schema.reserved import RESERVED
from crmcore.storage import Insert, Replace
from crmcore.storage.memory import MemoryBackend
from crmcore_sql import SqlBackend, open_sql

SEEDS = range(3)
QUESTIONS = 60


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> Iterator[SqlBackend]:
    backend = open_narrow(url_of(request))
    yield backend
    backend.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_random_worlds_and_questions(store: SqlBackend, seed: int) -> None:
    """The answers of the in-memory backend, over modules of two to five tables."""
    random = Random(100 + seed)
    memory = MemoryBackend()
    player = Player([memory, store], random)
    for _ in range(25):
        player.commit()
    asking = Asking(random)
    for number in range(QUESTIONS):
        past = random.randint(0, player.position + 1) if random.random() < 0.4 else None
        question: BoundQuery | BoundSummary
        question = asking.summary(past) if number % 3 == 0 else asking.listing(past)
        if number % 7 == 0:
            question = asking.versions()
        assert exact(asked(store, question)) == exact(asked(memory, question)), question
        if isinstance(question, BoundQuery) and not question.versions:
            pages(store, question, asked(memory, evolve(question, limit=None)))


KINDS: Final[Sequence[tuple[Kind, object, object]]] = (
    (Text(), "Ä", "ä 2"),
    (LongText(), "x\ny", "z"),
    (LongText(sorted=True), "long " * 100, "short"),
    (Text(sorted=False, max_length=400), "张三" * 200, "李四"),
    (Text(), "e" * 38, "f" * 40),
    (Integer(), 7, -(2**63)),
    (DecimalKind(4), "1.5000", "-2"),
    (AnyMoney(), "5 CNY", "6 USD"),
    (Choice(options=["a", "b"]), "b", "a"),
    (MultiChoice(options=["a", "b", "c"]), ["a", "c"], ["b"]),
    (Boolean(), True, False),
    (Date(), "2024-02-29", "0001-01-01"),
    (DateTime(), "2024-02-29T12:00:00Z", "1970-01-01T00:00:00Z"),
    (WallTime(), "09:30", "00:00"),
    (Duration(), timedelta(hours=5), timedelta(0)),
    (Phone(), "138 0013 8000", "+1 415 555 0100"),
    (Json(), {"a": [1, None]}, []),
    (Link("thing"), record_id(1), record_id(2)),
    (MultiLink("thing"), [record_id(1)], [record_id(2), record_id(3)]),
)
"""Every kind of value, with two of its values."""


def thing(fields: Iterable[Field], previous: Schema | None = None, **rest: Any) -> Schema:
    """A schema with a module `thing`; numbers of `previous` are kept."""
    return numbered(Schema((*RESERVED, Module("thing", fields, **rest))), previous)


def many(number: int) -> list[Field]:
    """So many fields of all kinds; links, which all are indexed, are fewer."""
    found = [Field(f"f{n}", KINDS[n % len(KINDS)][0], indexed=n % 90 == 5) for n in range(number)]
    return [
        evolve(one, kind=Integer()) if isinstance(one.kind, Link) and n > 150 else one
        for n, one in enumerate(found)
    ]


def of_all(module: Module, second: bool) -> dict[str, object]:
    """A value for each field."""
    values = {kind.name + str(kind.scale): (one, two) for kind, one, two in KINDS}
    return {one.name: values[one.kind.name + str(one.kind.scale)][second] for one in module.stored}


@pytest.fixture(params=ENGINES)
def wide(request: pytest.FixtureRequest) -> Iterator[SqlBackend]:
    backend = open_sql(url_of(request), create=True)
    yield backend
    backend.close()


def test_eight_hundred_fields_come_to_a_module_that_is_in_use(wide: SqlBackend) -> None:
    first = thing(many(20))
    wide.prepare(first)
    old = first.module("thing")
    rows = [new(old, n, **of_all(old, n % 2 == 0)) for n in range(1, 31)]
    write(wide, Insert(old, rows))
    schema = thing(many(820), first)
    module = schema.module("thing")
    wide.prepare(schema)
    before = read(wide, everything(module))
    assert [row[: len(rows[0])] for row in before] == rows
    assert {value for row in before for value in row[len(rows[0]) :]} == {None}
    full = [new(module, n, **of_all(module, n % 2 == 1)) for n in range(1, 61)]
    write(wide, Replace(module, [(row[0], 2, *row[2:]) for row in full[:30]], [1] * 30))
    write(wide, Insert(module, full[30:]))
    now = [(row[0], 2, *row[2:]) if n < 30 else row for n, row in enumerate(full)]
    assert read(wide, everything(module)) == now
    versions = BoundQuery(module, full_columns(module), versions=True)
    assert sorted(read(wide, versions), key=lambda row: str(row[:2])) == sorted(
        [*before, *now], key=lambda row: str(row[:2])
    )
