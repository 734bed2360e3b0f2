"""A person is erased where there are no transactions: whole, or as if nothing had been asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.privacy.conftest import REMARK, TOKENS, VISITED, World, lived
from tests.privacy.dumping import dump, key_digests, left_of, salts, stands_in
from tests.servers.mongodb import MongodbServer

from crmcore import audit, privacy
from crmcore.errors import Invalid
from crmcore.work import door
from crmcore_mongo.backend import open_mongo


@pytest.fixture(scope="module")
def standalone() -> Iterator[MongodbServer]:
    """A server that has no transactions."""
    with MongodbServer(standalone=True) as server:
        yield server


@pytest.fixture
def world(standalone: MongodbServer) -> Iterator[World]:
    url = f"{standalone.database()}?crm_single_document=true"
    made = lived(open_mongo(url, create=True))
    yield made
    made.crm.close()


def test_nothing_is_left_without_transactions(world: World, tmp_path: Path) -> None:
    crm, anchor = world.crm, audit.head(world.crm)
    hashes = [*key_digests(world), *salts(world)]
    privacy.anonymise(crm, "contact", world.person)
    assert left_of(world, dump(world, tmp_path)) == {REMARK, VISITED}
    assert audit.verify(crm, anchor).problems == ()
    privacy.erase(crm, "contact", world.person)
    after = dump(world, tmp_path)
    assert left_of(world, after) == set()
    assert not any(stands_in(after, one) for one in hashes)
    assert "keep this" in after
    assert audit.verify(crm, anchor).problems == ()


def test_a_refused_erasure_is_taken_back(world: World, tmp_path: Path) -> None:
    crm = world.crm
    with crm.work() as work:
        work.create("invoice", {"number": "1", "contact": world.person})
    full = crm.digest("full").value
    with pytest.raises(Invalid):
        privacy.erase(crm, "contact", world.person)
    assert crm.digest("full").value == full
    assert left_of(world, dump(world, tmp_path)) == set(TOKENS)


def test_an_erasure_that_fails_at_its_end_is_taken_back(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Versions that were overwritten in place are there again."""
    crm, full = world.crm, world.crm.digest("full").value
    create, made = door.Door.create, list[str]()

    def failing(self: door.Door, module: object, *rest: object, **words: object) -> object:
        made.append(module.name)  # type: ignore[attr-defined]
        if made.count("crm_tombstone") > 3:
            raise ZeroDivisionError
        return create(self, module, *rest, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(door.Door, "create", failing)
    with pytest.raises(ZeroDivisionError):
        privacy.erase(crm, "contact", world.person)
    assert made.count("crm_tombstone") == 4
    monkeypatch.undo()
    assert crm.digest("full").value == full
    assert left_of(world, dump(world, tmp_path)) == set(TOKENS)
    assert audit.verify(crm).problems == ()
