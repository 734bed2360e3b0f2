"""Records that go on in sibling tables: nothing but their tables tells them from others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from random import Random
from typing import Any, Final
from unittest import mock

import pytest
from attrs import evolve
from sqlalchemy import MetaData, Table, column, func, inspect, select
from sqlalchemy import table as table_at
from tests.sql.engines import ENGINES, url_of
from tests.sql.narrow import open_narrow
from tests.sql.questions import Asking
from tests.sql.stores import everything, new, read, traced, write
from tests.sql.test_differential import asked, exact, pages
from tests.sql.worlds import MODULES, Player, record_id

from crmcore import open_workspace
from crmcore.errors import Duplicate
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
from crmcore.query.bound import (
    ID_REF,
    BoundOrder,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    Match,
    Ref,
    full_columns,
)
from crmcore.schema import Field, Module, Schema, numbered
from crmcore.schema.reserved import RESERVED
from crmcore.storage import Delete, Derive, Insert, Replace, Row
from crmcore.storage.memory import MemoryBackend
from crmcore.work import views
from crmcore_sql import SqlBackend, open_sql
from crmcore_sql.layout import ModuleTables
from crmcore_sql.own_tables import include_object
from crmcore_sql.siblings import SiblingWriter

SEEDS = range(2)
QUESTIONS = 40


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> Iterator[SqlBackend]:
    backend = open_narrow(url_of(request))
    yield backend
    backend.close()


class SparsePlayer(Player):
    """Many of its records have no value but in their first fields."""

    def _row(self, module: Module, record: str, version: int, change_set: str) -> Row:
        row = super()._row(module, record, version, change_set)
        if self.random.random() < 0.5:
            return row
        few = 10 + self.random.randint(0, 3)
        return (*row[:few], *[None] * (len(row) - few))


def play(store: SqlBackend, seed: int) -> None:
    """A random world, and questions to it, of which `store` gives the answers of memory."""
    random = Random(100 + seed)
    memory = MemoryBackend()
    player = SparsePlayer([memory, store], random)
    for _ in range(25):
        player.commit()
    for module in MODULES:
        for whole in (everything(module), evolve(everything(module), versions=True)):
            assert exact(asked(store, whole)) == exact(asked(memory, whole))
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


@pytest.mark.parametrize("seed", SEEDS)
def test_random_worlds_and_questions(store: SqlBackend, seed: int) -> None:
    """Over modules of two to five tables."""
    play(store, seed)


@pytest.mark.parametrize("what", ["move", "replace", "complete", "delete"])
def test_whoever_forgets_the_siblings_is_found_out(what: str) -> None:
    spoiled = mock.patch.object(SiblingWriter, what, autospec=True, return_value=None)
    with spoiled as forgotten, pytest.raises(AssertionError):
        for seed in (1, 0, 2, 3):
            with closing(open_narrow("sqlite://")) as store:
                play(store, seed)
    assert forgotten.called


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
    found = [Field(f"f{n}", KINDS[n % len(KINDS)][0], indexed=n % 90 == 7) for n in range(number)]
    return [
        evolve(one, kind=Integer()) if isinstance(one.kind, Link) and n > 150 else one
        for n, one in enumerate(found)
    ]


def of_all(module: Module, second: bool) -> dict[str, object]:
    """A value for each field."""
    values = {kind.name + str(kind.scale): (one, two) for kind, one, two in KINDS}
    return {one.name: values[one.kind.name + str(one.kind.scale)][second] for one in module.stored}


def homes(store: SqlBackend, module: Module) -> dict[str, int]:
    """In which table each column lies."""
    tables = found(store, module)
    columns = [*tables.current.c, *(c for one in tables.siblings.values() for c in one.current.c)]
    return {one.name: tables.home(one.name) for one in columns}


def found(store: SqlBackend, module: Module) -> ModuleTables:
    """The tables of `module` as they are."""
    connection = store._store.engine.raw_connection()
    try:
        return store._store.prepared(connection.cursor()).tables.of(module)
    finally:
        connection.close()


def rows_in(store: SqlBackend, table: Table) -> int:
    """How many rows there are in a table."""
    with store._store.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def steps(store: SqlBackend) -> list[str]:
    """The journal."""
    with store._store.engine.connect() as connection:
        journal = store._catalogue.journal
        return list(connection.execute(select(journal.c.step).order_by(journal.c.number)).scalars())


def test_fields_go_on_where_a_table_is_full_and_stay(store: SqlBackend) -> None:
    first = thing(many(5))
    store.prepare(first)
    before = homes(store, first.module("thing"))
    second = thing(many(19), first)
    store.prepare(second)
    module = second.module("thing")
    now = homes(store, module)
    assert {name: now[name] for name in before} == before
    assert len(set(now.values())) >= 3
    assert max(list(now.values()).count(number) for number in now.values()) <= 12
    # New columns of a table are one step; nothing is left, whoever looks.
    assert sum(step.startswith("add column") for step in steps(store)) <= 2
    assert store.pending(second) == ()
    schema = store._store.dialect.table_options.get("schema")
    beside = SqlBackend(store._store.engine, schema=schema)
    assert beside.pending(second) == ()
    third = thing([*many(19), Field("late", Text())], second)
    beside.prepare(third)
    late = homes(beside, third.module("thing"))
    assert {name: late[name] for name in now} == now
    assert late["late_20"] == 1


def test_rows_without_values_are_not_there_until_they_have_some(store: SqlBackend) -> None:
    schema = thing(many(19))
    store.prepare(schema)
    module = schema.module("thing")
    siblings = found(store, module).siblings
    write(store, Insert(module, [new(module, n) for n in range(1, 40)]))
    assert [rows_in(store, one.current) for one in siblings.values()] == [0] * len(siblings)
    full = new(module, 1, **of_all(module, False))
    write(store, Replace(module, [(full[0], 2, *full[2:])], [1]))
    assert [rows_in(store, one.current) for one in siblings.values()] == [1] * len(siblings)
    last = module.stored[5]
    assert homes(store, module)[f"{last.name}_{last.number}"] > 1
    write(store, Derive(module, last.name, [f"{n:032x}" for n in (1, 2)], [8, 9]))
    question = BoundQuery(
        module, (Ref((), last),), order=(BoundOrder(Ref((), last), True),), limit=3
    )
    assert read(store, question) == [(9,), (8,), (None,)]
    write(store, Delete(module, [str(full[0])], [2], "c" * 32))
    versions = read(store, BoundQuery(module, full_columns(module), versions=True))
    assert [row[1:2] for row in versions if row[0] == full[0]] == [(1,), (2,)]
    gone = next(row for row in versions if row[:2] == (full[0], 2))
    assert gone[8 : 8 + 5] == full[8 : 8 + 5]
    assert gone[14 : 8 + 19] == full[14:]


def test_what_is_left_by_who_did_not_know_of_siblings_is_in_nobodys_way(store: SqlBackend) -> None:
    schema = thing(many(19))
    store.prepare(schema)
    module = schema.module("thing")
    row = new(module, 1, **of_all(module, False))
    write(store, Insert(module, [row]))
    with store._store.engine.begin() as connection:
        connection.execute(found(store, module).current.delete())
    write(store, Insert(module, [row]))
    assert read(store, everything(module)) == [row]


def test_keys_and_sorts_come_to_fields_in_siblings(store: SqlBackend) -> None:
    fields = [*many(12), Field("word", Text(sorted=False)), Field("code", Text(sorted=False))]
    first = thing(fields)
    store.prepare(first)
    old = first.module("thing")
    assert min(homes(store, old)[name] for name in ("word_13", "code_14")) > 1
    rows = [new(old, n, word=f"Ä{n}", code=f"c{n % 2}") for n in range(1, 5)]
    write(store, Insert(old, rows))
    write(store, Replace(old, [(row[0], 2, *row[2:]) for row in rows], [1] * 4))
    sorted_word = [*fields[:12], Field("word", Text(), indexed=True), fields[13]]
    second = thing(sorted_word, first)
    store.prepare(second)
    module = second.module("thing")
    word = Ref((), module.by_name["word"])
    sought = BoundQuery(module, (ID_REF,), Match("starts_with", word, "a2"))
    assert len(read(store, sought)) == 1
    assert len(read(store, evolve(sought, versions=True))) == 2
    unique = [*sorted_word[:13], Field("code", Text(sorted=False), unique="exact")]
    with pytest.raises(Duplicate):
        store.prepare(thing(unique, second))
    write(store, Delete(module, [f"{n:032x}" for n in (3, 4)], [2, 2], "c" * 32))
    third = thing(unique, second)
    store.prepare(third)
    module = third.module("thing")
    with pytest.raises(Duplicate) as error:
        write(store, Insert(module, [new(module, 9, code="c1")]))
    assert error.value.problems[0].params["fields"] == "code"
    write(store, Insert(module, [new(module, 9, code="c9")]))
    code = Ref((), module.by_name["code"])
    same = BoundQuery(module, (code,), Comparison("==", code, Const("c9", code.kind)))
    assert read(store, same) == [("c9",)]


def test_only_those_who_ask_for_siblings_pay_for_them() -> None:
    schema = thing(many(19))
    module = schema.module("thing")
    with closing(open_narrow("sqlite://")) as store:
        store.prepare(schema)
        places = homes(store, module)
        near, far = (
            next(one for one in module.stored if places[f"{one.name}_{one.number}"] == number)
            for number in (1, 2)
        )
        (text,) = traced(store, BoundQuery(module, (Ref((), near),)))
        assert "JOIN" not in text
        (text,) = traced(store, BoundQuery(module, (Ref((), far), Ref((), near))))
        assert text.count("JOIN") == text.count("crmd2_thing AS") == 1
    with closing(open_sql("sqlite://", create=True)) as ordinary:
        ordinary.prepare(schema)
        for question in (everything(module), evolve(everything(module), as_of=1)):
            assert "JOIN" not in "".join(traced(ordinary, question))


def test_hosts_find_what_lies_in_siblings(store: SqlBackend) -> None:
    schema = Schema([Module("thing", many(19), title="f0")])
    crm = open_workspace(store, create=True, schema=schema)
    with crm.work() as work:
        made = work.create("thing", {"f0": "x", "f5": 7, "f11": "2024-02-29"})
        work.create("thing", {"f0": "y"})
    before = crm.digest("content").value
    with crm.work(op_id="change") as work:
        work.update("thing", made.id, {"f5": 8, "f13": "09:30"})
    assert [one["f5"] for one in crm.find("thing", "f5 > 7 and f11 > '2024-01-01'")] == [8]
    table = crm.table("thing")
    with store._store.engine.connect() as connection:
        found = connection.execute(select(table.c.f5, table.c.f0).order_by(table.c.f0)).all()
        assert [tuple(row) for row in found] == [(8, "x"), (None, "y")]
        chosen = crm.select("thing").subquery()
        assert connection.execute(select(chosen.c.f5).where(chosen.c.f0 == "x")).all() == [(8,)]
        at = store._store.dialect.table_options.get("schema")
        names = inspect(connection).get_table_names(schema=at)
    assert len([name for name in names if name.endswith("_thing")]) >= 6
    for name in names:
        ours = Table(name, MetaData(), schema=at)
        assert not include_object(schema=at)(ours, name, "table", True, None)
    views(store)
    with store._store.engine.connect() as connection:
        view = table_at("crmv_thing", column("f5"), column("f0"), schema=at)
        seen = connection.execute(select(view.c.f5).order_by(view.c.f0)).scalars().all()
        assert seen == [8, None]
    crm.undo("change")
    assert crm.digest("content").value == before
    assert crm.get("thing", made.id)["f5"] == 7


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
