"""What is demanded of a backend whose transactions are not atomic: all else, and what is left.

See `Capability.atomic`. The promises that need one snapshot, or that nothing is seen before the
commit, are taken out by name, and what is promised instead is demanded.
"""

from __future__ import annotations

import pytest

from crmcore.errors import Conflict, StorageError
from crmcore.storage import Backend, Insert, Intent
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.golden_links import COMPANY, DEALS, PEOPLE
from crmcore.testing.conformance.suite import BackendConformance
from crmcore.testing.rows import new_row
from crmcore.testing.script import Change, Create, Remove

ACME, BETA, NEW = (record_named(name) for name in ("acme", "beta", "new"))


class WithoutTransactions:
    """What is written is there at once, and is undone one by one."""

    # Each of these needs a snapshot, or writes that nobody sees before the commit.
    test_nothing_is_seen_before_the_commit = None
    test_nothing_is_loaded_before_the_commit = None
    test_a_reader_keeps_its_snapshot = None
    test_readers_work_while_a_writer_is_open = None
    test_readers_see_commits_whole = None

    def test_a_store_tells_what_it_is(self, store: Backend) -> None:
        told = store.capabilities
        assert told.name
        assert not told.atomic
        # A host's transaction would promise what this cannot.
        assert told.joins == ()

    def test_what_is_written_is_seen_at_once(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        with desk.writing() as transaction:
            for writes in desk.writes(Create("company", NEW, {"name": "new"})):
                transaction.apply(writes)
            assert "new" in desk.find("company")
        assert "new" in desk.find("company")

    def test_what_others_have_seen_is_taken_back(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        before = desk.versions("company"), desk.versions("deal")
        transaction = desk.backend.begin(Intent.WRITE)
        for writes in desk.writes(
            Create("company", NEW, {"name": "new"}),
            Change("company", ACME, {"name": "changed"}),
            Remove("deal", record_named("d4")),
        ):
            transaction.apply(writes)
        assert {"new", "changed"} <= set(desk.find("company"))
        transaction.rollback()
        assert (desk.versions("company"), desk.versions("deal")) == before

    def test_a_reader_sees_each_record_whole(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        with desk.reading() as reader:
            assert "acme" in desk.find("company", within=reader)
            desk.commit(Change("company", ACME, {"name": "later"}))
            found = desk.find("company", within=reader)
            assert "later" in found
            assert "acme" not in found

    def test_who_lost_a_race_undoes_nothing_of_who_won(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        loser = desk.backend.begin(Intent.WRITE)
        loser.apply([Insert(COMPANY, [new_row(COMPANY, NEW, 1, {"name": "new"})])])
        desk.commit(Change("company", BETA, {"name": "won"}))
        after = [row for row in desk.versions("company") if row[0] != NEW]
        late = desk.writes(Change("company", BETA, {"name": "lost"}, stale=True))
        with pytest.raises(Conflict):
            loser.apply([write for some in late for write in some])
        assert desk.versions("company") == after
        assert "won" in desk.find("company")

    def test_what_is_cut_off_leaves_a_part(self, desk: Desk) -> None:
        """Nothing is claimed here: whoever needs more takes a server with transactions."""
        desk.commit(*PEOPLE)
        cut_off = desk.backend.begin(Intent.WRITE)
        cut_off.apply([Insert(COMPANY, [new_row(COMPANY, NEW, 1, {"name": "new"})])])
        del cut_off
        assert "new" in desk.find("company")

    def test_no_host_is_joined(self, store: Backend) -> None:
        for intent in Intent:
            with pytest.raises(StorageError) as caught:
                store.begin(intent, object())
            assert caught.value.code == "cannot_join"


class SingleDocumentConformance(WithoutTransactions, BackendConformance):  # type: ignore[misc]
    """All that is demanded of a backend that is not `atomic`. Subclass it as the other.

    It is the other suite without the promises that `WithoutTransactions` takes out by name.
    """
