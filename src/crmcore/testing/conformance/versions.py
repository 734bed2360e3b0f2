"""What changes promise: each names the version that it replaces, and none is lost."""

from __future__ import annotations

import pytest

from crmcore.errors import Conflict, CrmError, Duplicate
from crmcore.storage import Delete, Expect, Insert, Replace, Write
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.golden_links import PEOPLE
from crmcore.testing.rows import change_set_id, new_row, next_row
from crmcore.testing.script import Change, Check, Create, Remove

ACME, BETA, GONE = (record_named(name) for name in ("acme", "beta", "gone"))


def assert_changed(error: CrmError, module: str, record: str) -> None:
    """`error` says that `record` was changed meanwhile, and nothing else."""
    assert isinstance(error, Conflict)
    assert not isinstance(error, Duplicate)
    (problem,) = error.problems
    assert (problem.code, problem.module, problem.record) == ("record_changed", module, record)


class Versions:
    """Compare and set: a change of a version that is not the present one is a conflict."""

    @pytest.mark.parametrize(
        "act",
        [
            Change("company", ACME, {"name": "x"}, stale=True),
            Change("company", GONE, {"name": "x"}),
            Remove("company", ACME, stale=True),
            Remove("company", GONE),
            Create("company", ACME, {"name": "x"}),
            Check("company", ACME, "lost"),
            Check("company", GONE),
        ],
        ids=[
            "changing a lost version",
            "changing what is gone",
            "removing a lost version",
            "removing what is gone",
            "creating what is there",
            "relying on a lost version",
            "relying on what is gone",
        ],
    )
    def test_a_lost_race_is_a_conflict_that_names_the_record(
        self, desk: Desk, act: Change | Remove | Create | Check
    ) -> None:
        desk.commit(*PEOPLE)
        before = desk.versions("company")
        with pytest.raises(Conflict) as caught:
            desk.commit(Change("company", BETA, {"region": "x"}), act)
        assert_changed(caught.value, "company", act.record)
        assert desk.versions("company") == before

    def test_one_lost_version_among_many_is_found_and_named(self, desk: Desk) -> None:
        desk.commit(*(_numbered(n) for n in range(500)))
        acts = [
            Change("company", record_named(f"c{n}"), {"region": "x"}, n == 377) for n in range(500)
        ]
        with pytest.raises(Conflict) as caught:
            desk.commit(*acts)
        assert_changed(caught.value, "company", record_named("c377"))
        assert desk.find("company", "region != null") == []

    def test_one_missing_record_among_many_removals_is_named(self, desk: Desk) -> None:
        desk.commit(*(_numbered(n) for n in range(100)))
        with pytest.raises(Conflict) as caught:
            desk.commit(*(Remove("company", record_named(f"c{n}")) for n in (3, 200, 5)))
        assert_changed(caught.value, "company", record_named("c200"))
        assert len(desk.find("company")) == 100

    def test_a_record_may_change_several_times_in_one_write(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        names = ("first", "second", "third")
        desk.commit(*(Change("company", ACME, {"name": name}) for name in names))
        assert desk.find("company", None, "name", order="id", limit=None).count("third") == 1
        kept = [row for row in desk.versions("company") if row[0] == ACME]
        assert [row[1] for row in kept] == [1, 2, 3, 4]

    def test_a_record_may_come_and_go_in_one_transaction(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        desk.commit(
            Create("company", GONE, {"name": "gone"}),
            Change("company", GONE, {"name": "going"}),
            Remove("company", GONE),
        )
        assert "going" not in desk.find("company")
        kept = [row for row in desk.versions("company") if row[0] == GONE]
        assert [row[1] for row in kept] == [1, 2]

    def test_what_was_removed_may_come_back(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        delta = record_named("delta")
        desk.commit(Remove("company", delta))
        module = desk.schema.module("company")
        former = new_row(module, delta, 2, {"name": "back"})
        back = next_row(module, former, 2, {}, version=2)
        with desk.writing() as transaction:
            transaction.apply([Insert(module, [back])])
        assert "back" in desk.find("company")
        versions = [(row[1], row[-1]) for row in desk.versions("company") if row[0] == delta]
        assert versions == [(1, 1), (2, None)]

    def test_what_a_commit_relies_on_may_be_its_own(self, desk: Desk) -> None:
        desk.commit(
            Create("company", GONE, {"name": "gone"}),
            Check("company", GONE),
            Check("company", GONE, "present"),
        )
        assert desk.find("company") == ["gone"]

    def test_what_a_commit_relies_on_may_not_be_gone_by_itself(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        with pytest.raises(Conflict):
            desk.commit(
                Remove("company", record_named("delta")), Check("company", record_named("delta"))
            )
        assert "delta" in desk.find("company")

    def test_relying_on_nothing_is_no_mistake(self, desk: Desk) -> None:
        with desk.writing() as transaction:
            transaction.apply([Expect(desk.schema.module("company"), [])])

    def test_many_records_are_written_at_once(self, desk: Desk) -> None:
        count = 2_500
        module = desk.schema.module("company")
        ids = [record_named(f"c{n}") for n in range(count)]
        rows = [new_row(module, one, 1, {"name": f"c{n}"}) for n, one in enumerate(ids)]
        _apply(desk, Insert(module, rows))
        assert desk.summarize("company") == [(count,)]
        changed = [next_row(module, row, 2, {"region": "x"}) for row in rows]
        _apply(desk, Replace(module, changed, [1] * count), Expect(module, ids, [2] * count))
        assert desk.summarize("company", where="region == 'x'") == [(count,)]
        _apply(desk, Delete(module, ids[:-1], [2] * (count - 1), change_set_id(3)))
        assert desk.find("company") == [f"c{count - 1}"]
        assert len(desk.versions("company")) == 2 * count

    def test_ids_and_versions_tell_modules_apart(self, desk: Desk) -> None:
        desk.commit(Create("company", ACME, {"name": "a"}), Create("deal", ACME, {"title": "a"}))
        desk.commit(Change("company", ACME, {"name": "b"}))
        desk.commit(Remove("deal", ACME))
        assert desk.find("company") == ["b"]
        assert desk.find("deal") == []


def _numbered(number: int) -> Create:
    return Create("company", record_named(f"c{number}"), {"name": f"c{number}"})


def _apply(desk: Desk, *writes: Write) -> None:
    with desk.writing() as transaction:
        transaction.apply(writes)
