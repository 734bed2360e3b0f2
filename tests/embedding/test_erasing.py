"""A person is erased in the transaction of a host: with what the host does, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern
from sqlalchemy import Engine
from tests.embedding.test_joining import Raw
from tests.privacy.conftest import TOKENS, World, lived
from tests.privacy.dumping import _tables, dump, left_of
from tests.servers.mongodb import Databases
from tests.servers.mongodb import mongodb as mongodb
from tests.servers.mongodb import mongodb_stores as mongodb_stores

from crmcore import audit, privacy
from crmcore.errors import CrmError, Invalid, NotFound, UnitOfWorkClosed
from crmcore_mongo.backend import open_mongo


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    made = lived(engine)  # type: ignore[arg-type]
    yield made
    made.crm.close()


@pytest.fixture
def raw(world: World, engine: Engine) -> Iterator[Raw]:
    made = Raw(engine)
    yield made
    made.connection.close()


def lying(world: World) -> set[str]:
    """The tokens that lie in the database of the host."""
    return left_of(world, "\n".join(_tables(world.crm._store.backend)))


def test_an_erasure_is_the_hosts_to_commit(world: World, raw: Raw) -> None:
    crm, full = world.crm, world.crm.digest("full").value
    anchor = audit.head(crm)
    privacy.erase(crm, "contact", world.person, join=raw.join)
    raw.connection.rollback()
    assert crm.digest("full").value == full
    assert lying(world) == set(TOKENS)
    done = privacy.erase(crm, "contact", world.person, join=raw.join, op_id="once")
    assert crm.get("contact", world.person)["email"] is not None
    raw.connection.commit()
    assert lying(world) == set()
    with pytest.raises(NotFound):
        crm.get("contact", world.person)
    found = audit.verify(crm, anchor)
    assert found.problems == ()
    assert sum(one.versions for one in found.erased) == done.versions
    assert privacy.erase(crm, "contact", world.person, op_id="once") == done


def test_a_refused_erasure_leaves_the_hosts_work(world: World, raw: Raw) -> None:
    crm = world.crm
    with crm.work() as work:
        work.create("invoice", {"number": "1", "contact": world.person})
    full = crm.digest("full").value
    raw.say("CREATE TABLE their_invoice (number INTEGER)")
    raw.connection.commit()
    raw.say("INSERT INTO their_invoice VALUES (1)")
    with pytest.raises(Invalid):
        privacy.erase(crm, "contact", world.person, join=raw.join)
    raw.connection.commit()
    assert raw.say("SELECT count(*) FROM their_invoice")[0][0] == 1
    raw.connection.rollback()
    assert crm.digest("full").value == full
    privacy.anonymise(crm, "contact", world.person, join=raw.join)
    raw.connection.commit()
    assert crm.get("contact", world.person)["name"] == "▇▇"
    assert audit.verify(crm).problems == ()


def test_an_erasure_is_a_unit_of_its_own(world: World, raw: Raw) -> None:
    with pytest.raises(UnitOfWorkClosed) as error, world.crm.work(join=raw.join) as work:
        work.create("contact", {"name": "x"})
        privacy.erase(world.crm, "contact", world.person, join=raw.join)
    assert error.value.code == "second_unit"
    raw.connection.rollback()
    assert audit.verify(world.crm).problems == ()


@contextmanager
def begun(client: MongoClient[dict[str, Any]]) -> Iterator[ClientSession]:
    """A transaction of the host, which he ends."""
    with client.start_session() as session:
        session.start_transaction(ReadConcern("snapshot"), WriteConcern(w="majority", j=True))
        yield session


def test_an_erasure_is_the_hosts_to_commit_in_documents(
    mongodb_stores: Databases, tmp_path: Any
) -> None:
    client = MongoClient[dict[str, Any]](mongodb_stores("host"))
    world = lived(open_mongo(client.get_default_database(), create=True))
    full = world.crm.digest("full").value
    with begun(client) as session:
        privacy.erase(world.crm, "contact", world.person, join=session)
        session.abort_transaction()
    assert world.crm.digest("full").value == full
    with begun(client) as session:
        privacy.erase(world.crm, "contact", world.person, join=session)
        session.commit_transaction()
    assert left_of(world, dump(world, tmp_path)) == set()
    assert audit.verify(world.crm).problems == ()
    world.crm.close()
    client.close()


def test_who_cannot_be_joined_says_so() -> None:
    world = lived("memory://")
    full = world.crm.digest("full").value
    with pytest.raises(CrmError) as error:
        privacy.erase(world.crm, "contact", world.person, join=object())
    assert error.value.code == "cannot_join"
    assert world.crm.digest("full").value == full
