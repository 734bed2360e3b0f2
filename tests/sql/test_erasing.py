"""Records that go on in sibling tables are erased there too, live and former."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from unittest import mock

import pytest
from attrs import evolve
from tests.privacy import test_erasing as in_one_table
from tests.privacy.conftest import REMARK, TOKENS, VISITED, World, lived
from tests.privacy.dumping import dump, left_of
from tests.sql.engines import ENGINES, url_of
from tests.sql.narrow import narrow, open_narrow
from tests.sql.stores import everything, read, write
from tests.sql.test_siblings import SparsePlayer
from tests.sql.worlds import MODULES

from crmcore import audit, privacy
from crmcore.archive import backup, restore
from crmcore.kinds import Text
from crmcore.query.bound import TRUE
from crmcore.schema import ENDINGS, STAMPS, Module
from crmcore.storage import Backend, Erase, Row
from crmcore.storage.memory import MemoryBackend
from crmcore.work import open_workspace
from crmcore.work.history import version_columns
from crmcore_sql import SqlBackend, writes
from crmcore_sql.siblings import SiblingWriter

SEEDS = range(3)


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> Iterator[SqlBackend]:
    backend = open_narrow(url_of(request))
    yield backend
    backend.close()


def versions(backend: Backend, module: Module) -> list[Row]:
    """Every version with its ending."""
    asked = evolve(everything(module), columns=version_columns(module), scope=TRUE, versions=True)
    return sorted(read(backend, asked), key=repr)


def erased(store: SqlBackend, seed: int) -> None:
    """A random world of which random versions are erased, as memory does it."""
    random = Random(seed)
    memory = MemoryBackend()
    player = SparsePlayer([memory, store], random)
    for _ in range(30):
        player.commit()
    for module in MODULES:
        rows = [row for row in versions(memory, module) if random.random() < 0.5]
        made = [(_without(random, module, row), row[-len(ENDINGS)]) for row in rows]
        live = [row for row, ended in made if ended is None]
        former = [row for row, ended in made if ended is not None]
        assert former
        for backend in (memory, store):
            write(backend, Erase(module, live, former))
        assert versions(store, module) == versions(memory, module)
        assert sorted(read(store, everything(module))) == sorted(read(memory, everything(module)))


def _without(random: Random, module: Module, row: Row) -> Row:
    """The version without some of its values, or with a mark in their place."""
    made = list(row[: -len(ENDINGS)])
    keyed = {name for key in module.unique_keys for name in key.fields}
    for place, one in enumerate(module.stored, len(STAMPS)):
        if one.name not in keyed and random.random() < 0.5:
            is_text = isinstance(one.kind, Text) and made[place] is not None
            made[place] = one.kind.normalize("▇▇") if is_text else None
    return tuple(made)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_versions_are_erased_in_every_table(store: SqlBackend, seed: int) -> None:
    erased(store, seed)


def test_whoever_forgets_the_siblings_is_found_out() -> None:
    real = writes.former_updates
    main = mock.patch.object(
        writes, "former_updates", lambda given: [one for one in real(given) if one[0]]
    )
    live = mock.patch.object(SiblingWriter, "replace", autospec=True, return_value=None)
    for spoiled in (main, live):
        with spoiled, pytest.raises(AssertionError):
            for seed in SEEDS:
                with closing(open_narrow("sqlite://")) as store:
                    erased(store, seed)


@pytest.fixture(params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A person in modules that all go on in siblings."""
    at = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'crm.db'}" if at else url_of(request)
    with narrow():
        made = lived(open_narrow(url))
        yield made
        made.crm.close()


def test_nothing_is_left_in_siblings(world: World, tmp_path: Path) -> None:
    anchor = audit.head(world.crm)
    assert left_of(world, dump(world, tmp_path)) == set(TOKENS)
    privacy.anonymise(world.crm, "contact", world.person)
    # What is not classified stays where it was written.
    assert left_of(world, dump(world, tmp_path)) == {REMARK, VISITED}
    assert world.crm.get("contact", world.person)["mobile"] is None
    assert audit.verify(world.crm, anchor).problems == ()
    privacy.erase(world.crm, "contact", world.person)
    after = dump(world, tmp_path)
    assert left_of(world, after) == set()
    assert "keep this" in after
    assert audit.verify(world.crm, anchor).problems == ()
    backup(world.crm, tmp_path / "after.crm")
    target = MemoryBackend()
    restore(tmp_path / "after.crm", target)
    again = open_workspace(target, clock=world.clock)
    assert again.digest("full") == world.crm.digest("full")
    assert audit.verify(again).problems == ()


def test_columns_out_of_use_are_emptied_in_siblings_too(world: World, tmp_path: Path) -> None:
    in_one_table.test_columns_out_of_use_are_emptied_too(world, tmp_path)
