"""What the in-memory backend does beside the published suite: turns, snapshots, plain rows."""

from __future__ import annotations

import threading

import pytest
from attrs import evolve

from crmcore.errors import StorageError
from crmcore.query.bound import BoundQuery, full_columns
from crmcore.storage import Intent, Load
from crmcore.storage import memory as memory_module
from crmcore.storage.memory import MemoryBackend, open_memory
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.golden_links import COMPANY, DEAL, PEOPLE
from crmcore.testing.rows import change_set_id
from crmcore.testing.script import Change, Remove


@pytest.fixture
def desk() -> Desk:
    return Desk.at(MemoryBackend(), COMPANY, DEAL)


def test_writers_take_turns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_module, "_LOCK_SECONDS", 0.05)
    first = desk.backend.begin(Intent.WRITE)
    for busy in (
        lambda: desk.backend.begin(Intent.WRITE),
        lambda: desk.backend.prepare(desk.schema),
    ):
        with pytest.raises(StorageError) as caught:
            busy()
        assert caught.value.code == "store_busy"
    desk.backend.begin(Intent.READ).rollback()
    first.rollback()
    desk.backend.begin(Intent.WRITE).rollback()


def test_whoever_waits_gets_his_turn(desk: Desk) -> None:
    first = desk.backend.begin(Intent.WRITE)
    done = threading.Event()

    def second() -> None:
        desk.commit(*PEOPLE)
        done.set()

    thread = threading.Thread(target=second)
    thread.start()
    assert not done.wait(0.1)
    first.commit()
    thread.join(timeout=30)
    assert done.is_set()
    assert len(desk.find("company")) == len(PEOPLE)


def test_a_host_cannot_be_joined(desk: Desk) -> None:
    with pytest.raises(StorageError) as caught:
        desk.backend.begin(Intent.WRITE, object())
    assert caught.value.code == "cannot_join"
    desk.commit(*PEOPLE)


def test_a_rolled_back_writer_leaves_no_history_behind(desk: Desk) -> None:
    desk.commit(*PEOPLE)
    for _ in range(3):
        writer = desk.backend.begin(Intent.WRITE)
        for writes in desk.writes(Remove("company", record_named("delta"))):
            writer.apply(writes)
        writer.rollback()
    assert len(desk.versions("company")) == len(PEOPLE)
    desk.commit(Change("company", record_named("delta"), {"name": "z"}))
    former = [row for row in desk.versions("company") if row[-1] is not None]
    assert [(row[0], row[-2:]) for row in former] == [
        (record_named("delta"), (change_set_id(desk.commits), 0))
    ]


def test_a_replay_that_was_rolled_back_leaves_no_history_behind(desk: Desk) -> None:
    desk.commit(*PEOPLE)
    module = desk.schema.module("company")
    writer = desk.backend.begin(Intent.WRITE)
    for writes in desk.writes(Remove("company", record_named("delta"))):
        writer.apply(writes)
    writer.apply([Load(module, anew=True)])
    writer.rollback()
    before = desk.versions("company")
    desk.commit(Change("company", record_named("beta"), {"name": "z"}))
    assert sorted(row[0] for row in desk.versions("company") if row[-1] is not None) == [
        record_named("beta")
    ]
    assert len(desk.versions("company")) == len(before) + 1


def test_rows_are_handed_out_as_they_were_given(desk: Desk) -> None:
    desk.commit(*PEOPLE)
    module = desk.schema.module("company")
    rows = desk.rows(BoundQuery(module, full_columns(module)))
    assert all(type(row) is tuple for row in rows)
    rows.clear()
    assert len(desk.find("company")) == len(PEOPLE)


def test_one_transaction_reads_two_revisions_of_a_module(desk: Desk) -> None:
    desk.commit(*PEOPLE)
    swapped = evolve(COMPANY, fields=COMPANY.fields[::-1])
    with desk.reading() as reader:
        for module in (COMPANY, swapped, COMPANY):
            query = BoundQuery(module, full_columns(module))
            row = desk.rows(query, reader)[0]
            place = 8 + [one.name for one in module.stored].index("name")
            assert row[place] in {"acme", "beta", "gamma", "delta"}


def test_every_opening_is_a_new_store() -> None:
    first, second = open_memory(), open_memory("memory://", create=True)
    assert first is not second
    assert not first.capabilities.durable
    assert not first.capabilities.concurrent_writers
