"""Extracts hold what one may see, typed and labeled, with the past as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from tests.archive.conftest import BACKENDS
from tests.archive.stories import Told, told

from crmcore import Field, Grant, Module, Role, Schema, Workspace, open_workspace
from crmcore.access import FieldRule, role_values
from crmcore.archive import backup, restore
from crmcore.errors import MissingExtra, NotFound, SchemaError, SourceError
from crmcore.kinds import Text
from crmcore.schema import check
from crmcore.storage import Backend
from crmcore.storage.memory import MemoryBackend

Rows = list[dict[str, Any]]


def rows_in(file: Path) -> Rows:
    """The rows of a file."""
    found: Rows = pq.read_table(file).to_pylist()
    return found


def test_a_file_holds_what_is_to_be_seen(source: Told, tmp_path: Path) -> None:
    written = source.crm.extract(tmp_path / "out")
    names = sorted(one.path.relative_to(tmp_path / "out").as_posix() for one in written)
    modules = ("account", "deal", "note")
    assert names == sorted(f"{of}{one}.parquet" for one in modules for of in ("", "history/"))
    assert all(one.rows == len(rows_in(one.path)) for one in written)
    columns = ["id", "code", "name", "region", "phone", "amount", "since", "key_account", "deals"]
    expected = source.crm.find("account", columns=columns, order="id").to_arrow().to_pylist()
    found = rows_in(tmp_path / "out" / "account.parquet")
    assert [{name: row[name] for name in columns} for row in found] == expected
    deals = rows_in(tmp_path / "out" / "deal.parquet")
    accounts = {row["id"]: row["name"] for row in found}
    assert deals
    assert all(row["account.name"] == accounts.get(row["account"]) for row in deals)


def test_no_module_takes_the_place_of_the_past_of_another(tmp_path: Path) -> None:
    names = ("x", "x_history", "history")
    schema = Schema([Module(name, [Field("name", Text())]) for name in names])
    crm = open_workspace(MemoryBackend(), create=True, schema=schema)
    with crm.work() as work:
        for count, name in enumerate(names, 1):
            work.create_all(name, [{"name": f"{name} {one}"} for one in range(count)])
    written = crm.extract(tmp_path / "out")
    assert len({one.path for one in written}) == 6
    for one in written:
        found = rows_in(one.path)
        assert len(found) == one.rows
        assert all(row["name"].rpartition(" ")[0] == one.module for row in found)


def test_no_field_takes_the_place_of_what_is_said_of_a_version(tmp_path: Path) -> None:
    names = ("valid_from", "valid_to", "changed_by", "is_current", "is_removed", "number")
    crm = open_workspace(
        MemoryBackend(),
        create=True,
        schema=Schema([Module("x", [Field(name, Text()) for name in names])]),
    )
    with crm.work() as work:
        made = work.create("x", {name: f"first {name}" for name in names})
    with crm.work() as work:
        work.update("x", made.id, {name: f"second {name}" for name in names})
    written = crm.extract(tmp_path / "out")
    for one in written:
        columns = pq.read_schema(one.path).names
        assert len(set(columns)) == len(columns)
    past = rows_in(written[1].path)
    assert [[row[name] for name in names] for row in past] == [
        [f"{time} {name}" for name in names] for time in ("first", "second")
    ]
    assert [row["_version"] for row in past] == [1, 2]
    said = set(past[0]) - set(names) - {"id"}
    assert said
    for name in said:
        with pytest.raises(SchemaError):
            check(Schema([Module("x", [Field(name, Text())])]))


def test_labels_are_in_the_metadata(source: Told, tmp_path: Path) -> None:
    source.crm.extract(tmp_path / "out")
    for name in ("account", "history/account"):
        schema = pq.read_schema(tmp_path / "out" / f"{name}.parquet")
        facts = {key.decode(): value.decode() for key, value in schema.metadata.items()}
        assert facts["crmcore.module"] == "account"
        assert facts["crmcore.label.zh"] == "客户"
        assert int(facts["crmcore.position"]) == source.crm.digest().position
        region = schema.field("region").metadata
        assert region[b"label.zh"].decode() == "区域"
        assert json.loads(region[b"options"])["east"] == {"zh": "华东"}


def test_the_past_is_to_be_read_at_any_moment(source: Told, tmp_path: Path) -> None:
    source.crm.extract(tmp_path / "out")
    history = rows_in(tmp_path / "out" / "history" / "account.parquet")
    moments = {one.position: one.moment for one in source.crm.changes()}
    for position in source.past:
        at = moments[position]
        valid = [
            row
            for row in history
            if row["_valid_from"] <= at and (row["_valid_to"] is None or row["_valid_to"] > at)
        ]
        names = ["id", "code", "name", "region", "phone", "amount", "since", "owner"]
        seen = source.past[position]["account"]
        assert sorted([tuple(row[name] for name in names) for row in valid], key=str) == sorted(
            [tuple(str(v) if type(v).__name__ == "Canonical" else v for v in row) for row in seen],
            key=str,
        )
    current = [row for row in history if row["_is_current"]]
    assert {row["id"] for row in current} == {one.id for one in source.crm.find("account")}
    assert all(row["_valid_to"] is None for row in current)
    removed = [row for row in history if row["_is_removed"]]
    assert all(row["_valid_to"] is not None for row in removed)


def test_each_sees_his_own(source: Told, tmp_path: Path) -> None:
    rep = source.crm.as_("rep")
    with source.crm.work() as work:
        role = work.create("crm_role", role_values(Role("taker", grants=[Grant("*", "export")])))
        known = work.get("crm_user", str(rep.principal))["roles"]
        assert isinstance(known, tuple)
        work.update("crm_user", str(rep.principal), {"roles": [*known, role.id]})
    with rep.work() as work:
        mine = work.create("account", {"name": "mine"})
    with source.crm.work() as work:
        work.create("deal", {"title": "not his", "account": mine.id, "amount": 3})
    rep.extract(tmp_path / "his")
    found = rows_in(tmp_path / "his" / "account.parquet")
    assert {row["id"] for row in found} == {one.id for one in rep.find("account")}
    past = rows_in(tmp_path / "his" / "history" / "account.parquet")
    assert {row["id"] for row in past} == {row["id"] for row in found}
    everything = rows_in(source.crm.extract(tmp_path / "all")[0].path)
    assert len(everything) > len(found) > 0
    # The deal counts for who sees it.
    count = {row["id"]: row["deals"] for row in everything}
    assert count[mine.id] == 1
    assert next(row["deals"] for row in found if row["id"] == mine.id) == 0


def with_rules(crm: Workspace, *rules: FieldRule) -> Workspace:
    """`crm` as somebody who may read everything but what `rules` say of fields."""
    role = Role("fields", grants=[Grant("*", ("read", "export"))], fields=rules)
    with crm.work() as work:
        made = work.create("crm_role", role_values(role))
        user = work.create("crm_user", {"name": "s", "login": "s", "roles": [made.id]})
    return crm.as_(user)


@pytest.mark.parametrize("of", BACKENDS)
def test_fields_that_one_may_not_know_are_not_there(
    of: str, stores: Callable[[str], Backend], tmp_path: Path
) -> None:
    source = told(stores(of), seed=1, rounds=1)
    somebody = with_rules(
        source.crm,
        FieldRule("account", ("amount", "code"), "hidden"),
        FieldRule("account", ("phone",), "masked", "last4"),
    )
    steps: list[dict[str, object]] = [
        {"amount": 6},
        {"phone": "13912340001"},
        {"phone": "13999990001"},
        {"name": "b"},
        {"amount": 7},
    ]
    with source.crm.work() as work:
        made = work.create("account", {"name": "a", "amount": 5, "phone": "13812340000"})
    for changes in steps:
        source.clock.advance(timedelta(hours=1))
        with source.crm.work() as work:
            work.update("account", made.id, changes)
    somebody.extract(tmp_path / "out")
    found = {
        name: [row for row in rows_in(tmp_path / "out" / f"{name}.parquet") if row["id"] == made.id]
        for name in ("account", "history/account")
    }
    past = found["history/account"]
    assert not {"amount", "code"} & {name for rows in found.values() for name in rows[0]}
    assert [row["phone"] for row in found["account"]] == ["****0001"]
    # Of the past nothing is masked; what changed other fields alone is no version to him.
    assert "phone" not in past[0]
    assert [(row["_version"], row["name"]) for row in past] == [(1, "a"), (2, "b")]
    assert [row["_valid_from"] for row in past[1:]] == [row["_valid_to"] for row in past[:-1]]
    assert [row["_is_current"] for row in past] == [False, True]
    assert found["account"][0]["updated_at"] == somebody.get("account", made.id).updated_at


def test_titles_that_one_may_not_know_are_not_there(source: Told, tmp_path: Path) -> None:
    somebody = with_rules(source.crm, FieldRule("account", ("name",), "hidden"))
    somebody.extract(tmp_path / "out", modules=["deal", "account"])
    for file in (tmp_path / "out").rglob("*.parquet"):
        assert not {"name", "account.name"} & set(pq.read_schema(file).names), file


def test_who_extracted_what_is_remembered(source: Told, tmp_path: Path) -> None:
    files = source.crm.extract(tmp_path / "out", modules=["account"])
    found = source.crm.find("crm_audit_entry", "kind == 'export'", order="count")
    noted = [(one["module"], one["count"], one["reason"]) for one in found]
    assert sorted(noted) == sorted(("account", one.rows, "extract") for one in files)


@pytest.mark.parametrize("of", BACKENDS)
def test_every_backend_gives_the_same_files(
    of: str, stores: Callable[[str], Backend], source: Told, tmp_path: Path
) -> None:
    backup(source.crm, tmp_path / "a.crmz")
    backend = stores(of)
    restore(tmp_path / "a.crmz", backend)
    crm = open_workspace(backend, clock=source.clock)
    for name, one in (("here", source.crm), ("there", crm)):
        one.extract(tmp_path / name)
    files = sorted((tmp_path / "here").rglob("*.parquet"))
    assert len(files) == 6
    for file in files:
        there = tmp_path / "there" / file.relative_to(tmp_path / "here")
        assert pq.read_table(file).equals(pq.read_table(there), check_metadata=True)


def test_others_read_the_files(source: Told, tmp_path: Path) -> None:
    source.crm.extract(tmp_path / "out")
    file = tmp_path / "out" / "account.parquet"
    amounts = [one["amount"] for one in source.crm.find("account", order="id")]
    total = sum((one for one in amounts if isinstance(one, Decimal)), Decimal(0))
    frame = pd.read_parquet(file)
    assert sum(one for one in frame["amount"] if one is not None) == total
    assert list(frame["region"].cat.categories)[:2] == ["east", "south"]
    assert pl.read_parquet(file)["amount"].sum() == total
    lazy = pl.scan_parquet(tmp_path / "out" / "history" / "account.parquet")
    assert lazy.filter(pl.col("_is_current")).collect().height == len(amounts)


def test_many_rows_make_few_groups(tmp_path: Path) -> None:
    crm = told(MemoryBackend(), seed=1, rounds=1).crm
    for _ in range(3):
        with crm.work() as work:
            work.create_all("note", [{"text": f"n{number}"} for number in range(9_000)])
    crm.extract(tmp_path / "out", modules=["note"], history=False)
    found = pq.ParquetFile(tmp_path / "out" / "note.parquet")
    assert found.metadata.num_rows >= 27_000
    assert found.num_row_groups == 1


def test_what_cannot_be_done_leaves_no_folder(
    source: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = source.crm.as_("rep")
    with source.crm.work() as work:
        user = work.find("crm_user", "login == 'rep'")[0]
        work.update("crm_user", user, {"roles": None})
    with pytest.raises(NotFound) as caught:
        nobody.extract(tmp_path / "out")
    assert caught.value.code == "nothing_to_extract"
    with pytest.raises(SchemaError):
        source.crm.extract(tmp_path / "out", modules=["nothing"])
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(SourceError):
        source.crm.extract(tmp_path / "full")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtra) as missing:
        source.crm.extract(tmp_path / "out")
    assert "parquet" in str(missing.value)
    assert [one.name for one in tmp_path.iterdir()] == ["full"]
