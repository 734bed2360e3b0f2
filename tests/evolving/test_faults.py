"""Killed in the middle of an apply, and two thousand fields that came and went."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from pymongo import MongoClient
from tests.evolving.conftest import edited, fields, made
from tests.evolving.processes import STEP_RECORDS, Children, Moment
from tests.faults.checking import check_whole
from tests.faults.conftest import DEEP
from tests.faults.counts import Counted

from crmcore import Field, Workspace, evolving, open_workspace
from crmcore.evolving import applying
from crmcore.kinds import Integer, Text
from crmcore.schema import diff
from crmcore.schema.change import add_field, retire_field
from crmcore.schema.codec import schema_to_json
from crmcore.testing.servers import Databases

FEW = 3


def change(data: dict[str, Any]) -> None:
    """One of everything that a schema can go through."""
    found = fields(data)
    found["size"].update(kind="integer", on_failure="empty")
    found["since"] = {"kind": "date", "unique": "exact"}
    found["town"] = {**found.pop("city"), "renamed_from": "city"}
    found["region"]["options"][1]["merge_into"] = "east"
    found["code"]["retire"] = True
    found["fax"]["retire"] = False
    found["amount"].update(kind="decimal", digits=4)
    found["note"]["max_length"] = 500
    found["rank"]["indexed"] = True
    found["name"]["unique"] = "folded"
    data["modules"]["account"]["keys"] = [["rank", "name"]]
    data["modules"]["visit"] = {"fields": {"day": {"kind": "date", "indexed": True}}}
    data["roles"]["auditor"] = {"grants": [{"module": "*", "operations": ["read"]}]}


def begun(url: str) -> Workspace:
    """A workspace with something of everything that `change` changes."""
    crm = made(url)
    more = [Field("fax", Text()), Field("note", Text(max_length=50)), Field("rank", Integer())]
    account = crm.schema.module("account")
    crm.configure(crm.schema.with_module(evolve(account, fields=[*account.fields, *more])))
    with crm.work() as work:
        work.create_all(
            "account",
            [
                {"name": f"{n:04d}", "region": "south", "size": n, "fax": f"f{n}", "rank": n % 5}
                for n in range(12)
            ],
        )
    account = crm.schema.module("account")
    crm.configure(crm.schema.with_module(retire_field(account, "fax")))
    return crm


def state(crm: Workspace) -> list[object]:
    """What people see, definitions and values, and how it lies in the store."""
    rows = [
        sorted((one.name, str(record[one.name])) for one in crm.schema.module("account").live)
        for record in crm.find("account", order="name")
    ]
    schema = hashlib.sha256(json.dumps(schema_to_json(crm.schema)).encode()).hexdigest()
    return [schema, evolving.pull(crm).digest(), rows, structure(crm)]


def structure(crm: Workspace) -> object:
    """Tables, columns and indexes as they lie in the store."""
    backend: Any = crm._store.backend
    if crm.backend_name == "mongodb":
        database = backend._store.database
        names = sorted(database.list_collection_names())
        return {name: sorted(map(str, database[name].index_information())) for name in names}
    store = backend._store
    with store.engine.connect() as connection:
        sessions, cursor = store.dialect.sessions, connection.connection.cursor()
        found = sessions.structure(cursor, store.prefix)
        cursor.close()
        return {one: sorted(found.tables[one]) for one in found.tables}, sorted(found.indexes)


Copied = Callable[[str], str]


def sqlite_copies(source: str, folder: Path) -> Copied:
    def copied(name: str) -> str:
        target = folder / f"{name}.db"
        for ending in ("", "-wal"):
            if Path(f"{source.removeprefix('sqlite:///')}{ending}").exists():
                shutil.copy(f"{source.removeprefix('sqlite:///')}{ending}", f"{target}{ending}")
        return f"sqlite:///{target}"

    return copied


@pytest.fixture(params=["sqlite", "postgresql", "mariadb", "mongodb"])
def copies(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Copied]:
    """What makes stores that are all the same."""
    if request.param == "sqlite":
        source = f"sqlite:///{tmp_path / 'first.db'}"
        begun(source).close()
        yield sqlite_copies(source, tmp_path)
        return
    if request.param == "postgresql":
        server: Databases = request.getfixturevalue("postgresql")
        first = server.unused()
        begun(server.create(first)).close()
        yield lambda name: server.create(f"{first}_{name}", first)
        return
    stores: Callable[[str], str] = request.getfixturevalue(
        "mariadb_schemas" if request.param == "mariadb" else "mongodb_stores"
    )

    def again(name: str) -> str:
        begun(stores(name)).close()
        return stores(name)

    yield again


def planned(url: str) -> evolving.Plan:
    crm = open_workspace(url)
    plan = evolving.plan(crm, edited(crm, change))
    crm.close()
    return plan


def moments(url: str) -> list[Moment]:
    """Where the driver is known to send at once, one dies behind that as well."""
    return ["before", "sent"] if url.startswith(("postgresql", "mariadb")) else ["before"]


def statements(count: int, moment: Moment) -> range:
    """Where to die: in depth before every statement, and behind every fifth."""
    if DEEP:
        return range(1, count + 1) if moment == "before" else range(1, count + 1, 5)
    start = 3 if moment == "before" else 5
    return range(start, count, count // FEW)


def release(url: str) -> None:
    """MongoDB keeps the transaction of a client that died for a minute, unless it is told."""
    if url.startswith("mongodb"):
        with MongoClient[dict[str, object]](url) as client:
            client.admin.command("killAllSessions", [])


@pytest.fixture
def children() -> Iterator[Children]:
    made = Children()
    yield made
    made.close()


def test_killed_at_any_statement_of_an_apply_and_gone_on_with(
    copies: Copied,
    children: Children,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    counted: Counted,
) -> None:
    monkeypatch.setattr(applying, "STEP_RECORDS", STEP_RECORDS)
    stored, told = tmp_path / "plan.json", tmp_path / "told"
    whole = copies("whole")
    plan = planned(whole)
    stored.write_text(json.dumps(plan.to_json()), "utf-8")
    assert children.run(whole, str(stored), -1, "before", str(told)) == 0
    crm = open_workspace(whole)
    wanted, count = state(crm), int(told.read_text())
    crm.close()
    assert count > 50
    kills = 0
    for moment in moments(whole):
        for last in statements(count, moment):
            store = copies(f"{moment}{last}")
            assert children.run(store, str(stored), last, moment, str(told)) == 9, last
            release(store)
            crm = open_workspace(store)
            evolving.apply(crm, plan, op_id="apply")
            assert state(crm) == wanted, (moment, last)
            kills += 1
            if kills % 10 == 1:
                check_whole(crm)
            crm.close()
    counted(
        f"{count} statements, killed {kills} times: gone on with to the same schema and content"
    )


def test_fields_come_and_go_thousands_of_times(crm: Workspace) -> None:
    cycles = 2_000 if DEEP else 30
    for number in range(cycles):
        name = f"custom_{number}"
        account = crm.schema.module("account")
        kind = Text(sorted=False) if number % 2 else Integer()
        crm.configure(crm.schema.with_module(add_field(account, Field(name, kind))))
        if number % 10 == 0:
            with crm.work() as work:
                work.create("account", {"name": name, name: number})
        account = crm.schema.module("account")
        crm.configure(crm.schema.with_module(retire_field(account, name)))
    account = crm.schema.module("account")
    assert len(account.fields) == 10 + cycles
    assert len({one.number for one in account.fields}) == 10 + cycles
    back = evolve(account, fields=[evolve(one, retired=False) for one in account.fields[:40]])
    kept = evolve(account, fields=[*back.fields, *account.fields[40:]])
    crm.configure(crm.schema.with_module(kept))
    assert crm.find("account", "custom_10 == 10")[0]["name"] == "custom_10"
    assert evolving.plan(crm, evolving.pull(crm)).is_empty
    assert diff(crm.schema, crm.schema) == ()
