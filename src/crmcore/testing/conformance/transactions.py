"""What transactions promise: all or nothing, own writes, one snapshot, an end."""

from __future__ import annotations

import pytest

from crmcore.errors import Conflict, StorageError, UnitOfWorkClosed
from crmcore.storage import Backend, Expect, Intent, Transaction
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.golden_links import COMPANY, DEAL, DEALS, PEOPLE
from crmcore.testing.opening import Opening
from crmcore.testing.script import Change, Create, Remove

ACME, BETA, NEW = (record_named(name) for name in ("acme", "beta", "new"))


class Transactions:
    """All or nothing; own writes are read; a snapshot stands still; what is over is over."""

    def test_rollback_leaves_nothing(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        companies, deals = desk.versions("company"), desk.versions("deal")
        transaction = desk.backend.begin(Intent.WRITE)
        for writes in desk.writes(
            Create("company", NEW, {"name": "new"}),
            Change("company", ACME, {"name": "changed"}),
            Remove("deal", record_named("d4")),
        ):
            transaction.apply(writes)
        transaction.rollback()
        assert desk.versions("company") == companies
        assert desk.versions("deal") == deals
        assert len(desk.find("crm_change_set")) == 1

    def test_a_refused_write_takes_the_whole_transaction_with_it(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        before = desk.versions("company")
        with pytest.raises(Conflict):
            desk.commit(
                Create("company", NEW, {"name": "new"}),
                Change("company", ACME, {"name": "changed"}),
                Remove("company", record_named("delta")),
                Change("company", BETA, {"name": "changed"}, stale=True),
            )
        assert desk.versions("company") == before
        assert len(desk.find("crm_change_set")) == 1

    def test_after_a_refusal_the_transaction_is_over(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        transaction = desk.backend.begin(Intent.WRITE)
        with pytest.raises(Conflict):
            transaction.apply([Expect(desk.schema.module("company"), [NEW])])
        _is_over(desk, transaction)

    def test_after_a_commit_the_transaction_is_over(self, desk: Desk) -> None:
        transaction = desk.backend.begin(Intent.WRITE)
        transaction.commit()
        _is_over(desk, transaction)

    def test_after_a_rollback_the_transaction_is_over(self, desk: Desk) -> None:
        transaction = desk.backend.begin(Intent.READ)
        desk.find("company", within=transaction)
        transaction.rollback()
        _is_over(desk, transaction)

    def test_rollback_may_be_repeated(self, desk: Desk) -> None:
        for intent in Intent:
            transaction = desk.backend.begin(intent)
            transaction.rollback()
            transaction.rollback()
        transaction = desk.backend.begin(Intent.WRITE)
        transaction.commit()
        transaction.rollback()
        desk.commit(*PEOPLE)
        assert len(desk.find("company")) == len(PEOPLE)

    def test_an_error_ends_and_frees_the_transaction(self, desk: Desk) -> None:
        for _ in range(3):
            with pytest.raises(Conflict):
                desk.commit(Change("company", ACME, {"name": "changed"}))
        desk.commit(*PEOPLE)
        assert len(desk.find("company")) == len(PEOPLE)

    def test_own_writes_are_read(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        with desk.writing() as transaction:
            for writes in desk.writes(
                Create("company", NEW, {"name": "new", "region": "华东"}),
                Change("company", BETA, {"name": "changed", "region": "华东"}),
                Remove("deal", record_named("d4")),
            ):
                transaction.apply(writes)
            found = desk.find("company", "region == '华东'", order="name", within=transaction)
            assert found == ["acme", "changed", "delta", "new"]
            assert desk.find("deal", "company.name == 'changed'", within=transaction) == ["d3"]
            assert desk.summarize("deal", within=transaction) == [(4,)]
            versions = desk.rows(desk.past("company"), transaction)
            assert len(versions) == len(PEOPLE) + 2

    def test_nothing_is_seen_before_the_commit(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        with desk.writing() as transaction:
            for writes in desk.writes(Create("company", NEW, {"name": "new"})):
                transaction.apply(writes)
            assert "new" not in desk.find("company")
            assert desk.summarize("company") == [(len(PEOPLE),)]
        assert "new" in desk.find("company")

    def test_a_reader_keeps_its_snapshot(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        with desk.reading() as reader:
            before = desk.find("deal", "company.region == '华东'", order="title", within=reader)
            desk.commit(
                Change("company", ACME, {"region": "华南"}),
                Remove("deal", record_named("d4")),
                Create("deal", NEW, {"title": "d6", "company": BETA}),
            )
            again = desk.find("deal", "company.region == '华东'", order="title", within=reader)
            assert again == before == ["d1", "d2", "d5"]
            assert desk.summarize("deal", within=reader) == [(len(DEALS),)]
            assert len(desk.rows(desk.past("company"), reader)) == len(PEOPLE)
        assert desk.find("deal", "company.region == '华东'") == ["d5"]

    def test_readers_work_while_a_writer_is_open(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        with desk.writing() as transaction:
            for writes in desk.writes(Remove("company", record_named("delta"))):
                transaction.apply(writes)
            for _ in range(3):
                assert "delta" in desk.find("company")

    def test_what_reads_does_not_write(self, desk: Desk) -> None:
        with desk.reading() as reader, pytest.raises(UnitOfWorkClosed):
            reader.apply([Expect(desk.schema.module("company"), [])])

    def test_writing_ends_answers_that_are_being_read(self, desk: Desk) -> None:
        acts = [Create("company", record_named(f"c{n}"), {"name": f"c{n}"}) for n in range(2_500)]
        desk.commit(*acts)
        with desk.writing() as transaction:
            begun = transaction.select(desk.query("company", order="name"))
            next(begun)
            not_begun = transaction.select(desk.query("company"))
            for writes in desk.writes(Create("company", NEW, {"name": "new"})):
                transaction.apply(writes)
            for answer in (begun, not_begun):
                with pytest.raises(UnitOfWorkClosed):
                    next(answer)

    def test_nothing_to_write_is_no_mistake(self, desk: Desk) -> None:
        with desk.writing() as transaction:
            transaction.apply([])
            assert desk.find("company", within=transaction) == []

    def test_a_stranger_cannot_be_joined(self, desk: Desk) -> None:
        with pytest.raises(StorageError):
            desk.backend.begin(Intent.WRITE, object())
        desk.commit(*PEOPLE)

    def test_closing_may_be_repeated(self, store: Backend) -> None:
        store.close()
        store.close()

    def test_a_store_tells_what_it_is(self, store: Backend) -> None:
        capabilities = store.capabilities
        assert capabilities.name
        assert isinstance(capabilities.durable, bool)
        assert isinstance(capabilities.concurrent_writers, bool)
        assert all(isinstance(library, str) for library in capabilities.joins)
        assert capabilities.atomic, "promises less: subclass SingleDocumentConformance"

    def test_what_was_committed_is_there_after_opening_again(self, backend: Opening) -> None:
        """All of it where the store is durable; else all of it or nothing, never a part."""
        desk = Desk.at(backend("kept"), COMPANY, DEAL)
        desk.commit(*PEOPLE)
        uncommitted = desk.backend.begin(Intent.WRITE)
        for writes in desk.writes(Create("company", NEW, {"name": "new"})):
            uncommitted.apply(writes)
        uncommitted.rollback()
        durable = desk.backend.capabilities.durable
        desk.backend.close()
        again = Desk(backend("kept"), desk.schema)
        again.backend.prepare(desk.schema)
        found = sorted(again.find("company"))
        again.backend.close()
        kept = sorted(str(one.values["name"]) for one in PEOPLE)
        assert found == kept or (found == [] and not durable)


def _is_over(desk: Desk, transaction: Transaction) -> None:
    with pytest.raises(UnitOfWorkClosed):
        desk.find("company", within=transaction)
    with pytest.raises(UnitOfWorkClosed):
        transaction.apply([Expect(desk.schema.module("company"), [])])
    with pytest.raises(UnitOfWorkClosed):
        transaction.commit()
