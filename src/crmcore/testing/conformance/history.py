"""What history promises: former versions stand whole, with what ended them."""

from __future__ import annotations

from typing import Final

import pytest

from crmcore.errors import Conflict
from crmcore.kinds import DecimalKind
from crmcore.query.ast import Node
from crmcore.query.text import parse
from crmcore.schema.reserved import CHANGE_SET
from crmcore.storage import Derive, Erase, Insert, Rewrite
from crmcore.testing.asking import Asker
from crmcore.testing.conformance.desk import Desk, conditions_of, record_named
from crmcore.testing.conformance.golden_links import COMPANY, DEAL, DEALS, PEOPLE
from crmcore.testing.opening import Opening
from crmcore.testing.rows import USER_ID, change_set_id, moment, new_row, next_row, salt
from crmcore.testing.script import Assign, Change, Create, Remove

ACME, BETA, DELTA = (record_named(name) for name in ("acme", "beta", "delta"))
_ENDED, _REMOVED = -2, -1
_DEAL_VALUES: Final = 8


def _emptied(row: tuple[object, ...], place: int) -> tuple[object, ...]:
    """`row` with another salt, and nothing at `place`."""
    made = list(row)
    made[7], made[place] = salt(99), None
    return tuple(made)


class Histories:
    """Versions: moved whole, ended, kept apart; rewritten and derived as the port says."""

    def test_a_changed_record_leaves_its_former_version(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        before = [row for row in desk.versions("company") if row[0] == BETA]
        desk.commit(Change("company", BETA, {"name": "changed", "region": None}))
        after = [row for row in desk.versions("company") if row[0] == BETA]
        assert after[0] == (*before[0][:_ENDED], change_set_id(2), 0)
        module = desk.schema.module("company")
        changed = next_row(module, before[0][:_ENDED], 2, {"name": "changed", "region": None})
        assert after[1] == (*changed, None, None)

    def test_a_removed_record_leaves_its_last_version(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        before = desk.versions("company")
        desk.commit(Remove("company", DELTA))
        ended = change_set_id(2), 1
        expected = [(*row[:_ENDED], *ended) if row[0] == DELTA else row for row in before]
        assert desk.versions("company") == expected

    def test_versions_come_by_id_and_version(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        for number in range(11):
            desk.commit(Change("company", ACME, {"region": str(number)}))
            desk.commit(Change("company", DELTA, {"region": str(number)}))
        found = [row[:2] for row in desk.versions("company")]
        assert found == sorted(found)
        assert len(found) == len(PEOPLE) + 22

    def test_versions_are_erased_in_place_live_ones_and_former_ones(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        desk.commit(Change("company", ACME, {"region": "华南", "name": "secret"}))
        desk.commit(Change("company", ACME, {"region": "华东"}), Remove("company", DELTA))
        module = desk.schema.module("company")
        before = desk.versions("company")
        place = len(before[0]) - 2 - len(module.stored)
        places = {one.name: place + n for n, one in enumerate(module.stored)}
        after = [
            _emptied(row, places["region"]) if row[0] in (ACME, DELTA) else row for row in before
        ]
        changed = [row for row in after if row[0] in (ACME, DELTA)]
        live = [row[:_ENDED] for row in changed if row[_ENDED] is None]
        former = [row[:_ENDED] for row in changed if row[_ENDED] is not None]
        assert (len(live), len(former)) == (1, 3)
        with desk.writing() as transaction:
            transaction.apply([Erase(module, live, former)])
        assert desk.versions("company") == after
        assert desk.find("company", f"id == '{ACME}'", "region") == [None]
        missing = (former[0][0], 99, *former[0][2:])
        with pytest.raises(Conflict), desk.writing() as transaction:
            transaction.apply([Erase(module, (), [missing])])
        with pytest.raises(Conflict), desk.writing() as transaction:
            transaction.apply([Erase(module, [former[0]])])
        assert desk.versions("company") == after

    def test_versions_fulfil_the_condition_each_by_itself(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        desk.commit(Change("company", ACME, {"region": "华南"}))
        desk.commit(Change("company", ACME, {"region": "华东"}))
        found = [row[1] for row in desk.versions("company", f"id == '{ACME}' and region == '华东'")]
        assert found == [1, 3]

    def test_versions_are_seen_by_who_sees_the_last_image(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        desk.commit(Change("company", ACME, {"region": "华南"}))
        desk.commit(Change("company", BETA, {"region": "华东"}))
        desk.commit(Change("company", DELTA, {"name": "last"}))
        desk.commit(Remove("company", DELTA))
        asker = Asker(conditions_of({"company": "region == '华东'"}))
        found = desk.versions("company", asker=asker)
        expected = [row for row in desk.versions("company") if row[0] in (BETA, DELTA)]
        assert found == expected
        assert len(found) == 4

    def test_versions_that_a_change_set_touched_are_found(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        desk.commit(Change("company", ACME, {"region": "x"}))
        desk.commit(Change("company", ACME, {"region": "y"}), Remove("company", DELTA))
        touched = desk.versions("company", touched_by=(change_set_id(3),))
        expected = sorted([(ACME, 2), (ACME, 3), (DELTA, 1)])
        assert [row[:2] for row in touched] == expected
        assert desk.versions("company", touched_by=()) == []

    def test_journals_keep_no_former_versions(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, sealed=False)
        desk.seal(1)
        rows = desk.versions("crm_change_set")
        assert [(row[1], row[_ENDED]) for row in rows] == [(2, None)]
        assert CHANGE_SET.keeping == "journal"

    def test_a_rewrite_is_what_its_changes_one_by_one_are(self, backend: Opening) -> None:
        """A reference expands it; a store may do it in one statement."""
        constants = {"won": True, "amount": DecimalKind(2).normalize("7.10"), "partner": None}
        one, two = (Desk.at(backend(name), COMPANY, DEAL) for name in ("one", "two"))
        for desk in (one, two):
            desk.commit(*PEOPLE, *DEALS)
        for where in ("company.region == '华东' and not won", "exists(deal.company)", None):
            module = "company" if where == "exists(deal.company)" else "deal"
            values = {"region": "华中"} if module == "company" else constants
            ids = two.find(module, where, "id")
            one.commit(Assign(module, _parsed(where), values))
            two.commit(*(Change(module, record, values) for record in ids))
            for name in ("company", "deal"):
                assert one.versions(name) == two.versions(name)
        for desk in (one, two):
            desk.backend.close()

    def test_a_rewrite_keeps_to_its_scope(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        asker = Asker(conditions_of({"deal": "company.region == '华东'", "company": "true"}))
        query = desk.query("deal", "won", asker=asker)
        stamps = change_set_id(1), moment(1), USER_ID, salt(1)
        with desk.writing() as transaction:
            transaction.apply([Rewrite(query, {"won": None}, *stamps)])
        assert desk.find("deal", "won == null", order="title") == ["d1", "d3", "d5"]
        assert desk.find("deal", "won") == ["d4"]

    def test_a_rewrite_counts_what_the_transaction_wrote_before(self, desk: Desk) -> None:
        desk.commit(*DEALS[3:4])
        module = desk.schema.module("deal")
        row = new_row(module, record_named("d9"), 2, {"title": "d9", "won": False})
        query = desk.query("deal", "won != null")
        stamps = change_set_id(2), moment(2), USER_ID, salt(2)
        with desk.writing() as transaction:
            transaction.apply([Insert(module, [row]), Rewrite(query, {"won": True}, *stamps)])
        assert desk.find("deal", "won", order="title") == ["d4", "d9"]
        assert [row[1] for row in desk.versions("deal")] == [1, 2, 1, 2]

    def test_a_rewrite_of_nothing_changes_nothing(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        before = desk.versions("company")
        desk.commit(Assign("company", parse("name == 'nobody'"), {"region": "x"}))
        assert desk.versions("company") == before

    def test_derived_values_make_no_versions(self, desk: Desk) -> None:
        desk.commit(*DEALS)
        desk.commit(Change("deal", record_named("d1"), {"won": False}))
        before = desk.versions("deal")
        amount = DecimalKind(2).normalize("12.30")
        ids = [record_named(name) for name in ("d1", "nobody", "d2")]
        module = desk.schema.module("deal")
        with desk.writing() as transaction:
            transaction.apply([Derive(module, "amount", ids, [amount, amount, None])])
        after = desk.versions("deal")
        assert [row[:_DEAL_VALUES] for row in after] == [row[:_DEAL_VALUES] for row in before]
        current = {row[0]: row for row in after if row[_ENDED] is None}
        place = _DEAL_VALUES + 3
        assert current[record_named("d1")][place] == amount
        assert current[record_named("d2")][place] is None
        former = [row for row in after if row[_ENDED] is not None]
        assert former == [row for row in before if row[_ENDED] is not None]

    def test_a_derived_value_of_what_was_removed_is_passed_over(self, desk: Desk) -> None:
        desk.commit(Create("deal", ACME, {"title": "gone"}))
        desk.commit(Remove("deal", ACME))
        before = desk.versions("deal")
        with desk.writing() as transaction:
            transaction.apply([Derive(desk.schema.module("deal"), "amount", [ACME], [None])])
        assert desk.versions("deal") == before


def _parsed(where: str | None) -> Node | None:
    return None if where is None else parse(where)
