"""Fields that come and go, thousands of them: what is retired stays, and nothing else is paid."""

from __future__ import annotations

import os
from collections.abc import Iterator
from time import perf_counter
from typing import Final

import pytest
from attrs import evolve
from tests.sql.engines import ENGINES, url_of
from tests.sql.narrow import open_narrow
from tests.sql.stores import everything, new, read, write
from tests.sql.test_siblings import KINDS, thing

from crmcore.kinds import Text
from crmcore.query.bound import BoundQuery, Ref, full_columns
from crmcore.schema import Field, Schema, numbered
from crmcore.storage import Insert, Replace
from crmcore_sql import SqlBackend, open_sql

_IS_DEEP: Final = os.environ.get("CRMCORE_TRIES") == "deep"
CYCLES: Final = int(os.environ.get("CRMCORE_CYCLES", "2000" if _IS_DEEP else "30"))


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> Iterator[SqlBackend]:
    """Tables as wide as the engine has them for many cycles, narrow ones for few."""
    url = url_of(request)
    backend = open_sql(url, create=True) if _IS_DEEP else open_narrow(url)
    yield backend
    backend.close()


def test_fields_come_and_go(store: SqlBackend) -> None:
    schema = thing([Field("name", Text(), indexed=True)])
    store.prepare(schema)
    module = schema.module("thing")
    write(store, Insert(module, [new(module, n, name=f"n{n}") for n in range(1, 4)]))
    start, versions = perf_counter(), 1
    for cycle in range(CYCLES):
        kind, value, _ = KINDS[cycle % len(KINDS)]
        field = Field(f"f{cycle}", kind, indexed=cycle % 500 == 3)
        live = numbered(_with(schema, (*schema.module("thing").fields, field)), schema)
        store.prepare(live)
        module = live.module("thing")
        if cycle < 20 or cycle % 100 == 99:
            row = new(module, 1, name="n1", **{field.name: value})
            write(store, Replace(module, [(row[0], versions + 1, *row[2:])], [versions]))
            versions += 1
            assert read(store, everything(module))[0] == (row[0], versions, *row[2:])
        retired = evolve(live.module("thing").by_name[field.name], retired=True)
        schema = _with(live, (*live.module("thing").fields[:-1], retired))
        store.prepare(schema)
    took = perf_counter() - start
    module = schema.module("thing")
    assert [row[8:] for row in read(store, everything(module))] == [("n1",), ("n2",), ("n3",)]
    # All are restored: each has what it had, and history what it was.
    seen = [one for one in module.fields[1:] if int(one.name[1:]) in _seen()]
    back = [evolve(one, retired=False) for one in seen]
    restored = _with(schema, (module.fields[0], *back))
    store.prepare(restored)
    module = restored.module("thing")
    last = read(store, BoundQuery(module, tuple(Ref((), one) for one in module.stored[1:])))[0]
    assert [value is not None for value in last] == [True] * len(seen)
    former = read(store, BoundQuery(module, full_columns(module), versions=True))
    assert len(former) == versions + 2
    print(f"{CYCLES} cycles: {took:.0f} s", end=" ")


def _seen() -> list[int]:
    return [cycle for cycle in range(CYCLES) if cycle < 20 or cycle % 100 == 99]


def _with(schema: Schema, fields: tuple[Field, ...]) -> Schema:
    return schema.with_module(evolve(schema.module("thing"), fields=fields))
