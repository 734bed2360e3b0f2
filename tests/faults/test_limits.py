"""A full disk, eight hundred fields, names and values full of everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from sqlalchemy import create_engine, event
from tests.faults.conftest import SCHEMA

from crmcore import Field, Module, Option, Schema, open_workspace
from crmcore.errors import StorageFull
from crmcore.kinds import Choice, DecimalKind, Text

HOSTILE = (
    "O'Brien \"Q\"", "'; DROP TABLE account; --", "$where", "{$ne: null}", "键", "😀👨‍👩‍👧",
    "\u202eabc",
    "a%b_c\\d", "?:name", "[0]", "ﷺ", "Å", "null", "{{x}}", "=1+1", "\ufeffbom",
)  # fmt: skip


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    open_workspace(url, create=True, schema=SCHEMA).close()
    engine = create_engine(url)
    pages = {"limit": 10_000}

    @event.listens_for(engine, "connect")
    def limit(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages['limit']}")  # type: ignore[attr-defined]

    crm = open_workspace(engine)
    with crm.work() as work:
        work.create("account", {"name": "before"})
    before = crm.digest("full")
    engine.dispose()
    pages["limit"] = 1
    with pytest.raises(StorageFull), crm.work() as work:
        work.create_all("account", [{"name": f"{n:0250d}"} for n in range(5_000)])
    engine.dispose()
    pages["limit"] = 100_000
    assert crm.digest("full") == before
    with crm.work() as work:
        work.create("account", {"name": "after"})
    assert len(crm.find("account")) == 2


@pytest.mark.parametrize("backend", ["memory", "sqlite"])
def test_eight_hundred_fields_on_one_module(backend: str, tmp_path: Path) -> None:
    url = "memory://" if backend == "memory" else f"sqlite:///{tmp_path / 'crm.db'}"
    crm = open_workspace(url, create=True, schema=SCHEMA)
    account = crm.schema.module("account")
    kinds = (Text(), DecimalKind(2), Text(sorted=False), Choice(options=["a", "b"]))
    more = [Field(f"custom_{n}", kinds[n % 4], f"自定义{n}") for n in range(800)]
    crm.configure(crm.schema.with_module(evolve(account, fields=[*account.fields, *more])))
    values = {one.name: ("x", "1.25", "y", "a")[n % 4] for n, one in enumerate(more)}
    with crm.work() as work:
        made = work.create("account", {"name": "wide", **values})
        work.update("account", made.id, {"自定义0": "changed"})
    assert (
        len(crm.find("account", "自定义796 == 'x' and custom_797 > 1 and 自定义0 == 'changed'"))
        == 1
    )
    assert crm.get("account", made.id)["custom_798"] == "y"


@pytest.mark.parametrize("backend", ["memory", "sqlite"])
def test_hostile_labels_options_and_values_come_back(backend: str, tmp_path: Path) -> None:
    url = "memory://" if backend == "memory" else f"sqlite:///{tmp_path / 'crm.db'}"
    options = [Option(f"o{n}", text) for n, text in enumerate(HOSTILE)]
    module = Module(
        "thing",
        [
            Field("name", Text(), "名称"),
            Field("sort", Choice(options=options), "种类"),
            *(Field(f"f{n}", Text(), text) for n, text in enumerate(HOSTILE)),
        ],
        title="name",
        label="东西 \"'`",
    )
    crm = open_workspace(url, create=True, schema=Schema([module]))
    with crm.work() as work:
        for n, text in enumerate(HOSTILE):
            work.create("thing", {"name": text, "sort": options[n].code, f"f{n}": text})
    for n, text in enumerate(HOSTILE):
        from crmcore import f

        found = crm.find("thing", (f.name == text) & (f.sort == f"o{n}") & (f[f"f{n}"] == text))
        assert [one["name"] for one in found] == [text]
        assert len(crm.find("thing", f.name.contains(text))) >= 1
