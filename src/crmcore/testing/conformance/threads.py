"""What a store promises to many at once: no update is lost, nothing dangles, one wins a race."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Final, TypeVar

from crmcore.errors import Conflict, CrmError, Duplicate
from crmcore.query.bound import BoundQuery, by_id, full_columns
from crmcore.records import layout_of
from crmcore.storage import Backend, Delete, Expect, Insert, Intent, Replace, Write
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.keys import TICKET
from crmcore.testing.rows import change_set_id, new_row, next_row
from crmcore.testing.script import Create

ACME: Final = record_named("acme")
_T = TypeVar("_T")
_THREADS: Final = 4
_ROUNDS: Final = 12


class Threads:
    """Writers race for versions and keys; whoever loses is told so, and readers see no half."""

    def test_no_update_is_lost(self, store: Backend) -> None:
        desk = Desk.at(store, TICKET)
        desk.commit(Create("ticket", ACME, {"title": "count", "year": 0}))
        _together(lambda number: _increment(desk, number, _ROUNDS))
        assert desk.find("ticket", None, "year") == [_THREADS * _ROUNDS]
        assert len(desk.versions("ticket")) == _THREADS * _ROUNDS + 1

    def test_a_key_is_given_once(self, store: Backend) -> None:
        desk = Desk.at(store, TICKET)
        for turn in range(_ROUNDS):
            ids = [record_named(f"{turn} {number}") for number in range(_THREADS)]
            rows = [new_row(TICKET, one, 1, {"code": f"code {turn}"}) for one in ids]
            outcomes = _together(lambda n, rows=rows: _outcome(desk, [Insert(TICKET, [rows[n]])]))  # type: ignore[misc]
            assert outcomes.count(None) == 1
            assert all(one is None or one is Duplicate for one in outcomes)
        assert len(desk.find("ticket")) == _ROUNDS

    def test_one_of_two_changes_wins(self, store: Backend) -> None:
        desk = Desk.at(store, TICKET)
        row = new_row(TICKET, ACME, 1, {"title": "0"})
        assert _outcome(desk, [Insert(TICKET, [row])]) is None
        for turn in range(1, _ROUNDS):
            former = desk.rows(BoundQuery(TICKET, full_columns(TICKET), by_id(ACME)))[0]
            made = [
                Replace(TICKET, [next_row(TICKET, former, 1, {"title": f"{turn} {n}"})], [turn])
                for n in range(_THREADS)
            ]
            outcomes = _together(lambda n, made=made: _outcome(desk, [made[n]]))  # type: ignore[misc]
            assert outcomes.count(None) == 1
            assert all(one is None or one is Conflict for one in outcomes)

    def test_nothing_is_left_pointing_at_what_is_gone(self, desk: Desk) -> None:
        """A parent removed while a child is created: one of both happens, never both."""
        company, deal = desk.schema.module("company"), desk.schema.module("deal")
        for turn in range(_ROUNDS):
            parent, child = record_named(f"parent {turn}"), record_named(f"child {turn}")
            desk.commit(Create("company", parent, {"name": f"p{turn}"}))
            linked = new_row(deal, child, 1, {"title": f"c{turn}", "company": parent})
            tries: list[list[Write]] = [
                [Expect(company, [parent]), Insert(deal, [linked])],
                [Delete(company, [parent], [1], change_set_id(1))],
            ]
            outcomes = _together(lambda n, tries=tries: _outcome(desk, tries[n]), 2)  # type: ignore[misc]
            left = desk.find("company", f"name == 'p{turn}'")
            children = desk.find("deal", f"title == 'c{turn}'")
            if outcomes == [None, None]:
                # The child came first: who removed the parent must have looked for children.
                assert (left, children) == ([], [f"c{turn}"])
                desk.commit()
            else:
                assert outcomes[0] is Conflict or outcomes[1] is Conflict
                assert len(left) == len(children)

    def test_readers_see_commits_whole(self, desk: Desk) -> None:
        """Each commit changes two modules; whoever reads finds both changes or none."""
        desk.commit(
            Create("company", ACME, {"name": "0"}),
            Create("deal", ACME, {"title": "0", "company": ACME}),
        )

        def work(number: int) -> list[bool]:
            if number == 0:
                for turn in range(1, 3 * _ROUNDS):
                    _rename_both(desk, str(turn))
                return []
            return [_same_in_both(desk) for _ in range(2 * _ROUNDS)]

        found = _together(work)
        assert all(all(one) for one in found)


def _rename_both(desk: Desk, name: str) -> None:
    with desk.writing() as transaction:
        writes: list[Write] = []
        for module, field in (("company", "name"), ("deal", "title")):
            found = desk.schema.module(module)
            former = desk.rows(BoundQuery(found, full_columns(found), by_id(ACME)), transaction)[0]
            row = next_row(found, former, 1, {field: name})
            writes.append(Replace(found, [row], [former[1]]))  # type: ignore[list-item]
        transaction.apply(writes)


def _same_in_both(desk: Desk) -> bool:
    with desk.reading() as reader:
        names = desk.find("company", None, "name", within=reader)
        return bool(names == desk.find("deal", None, "title", within=reader))


def _increment(desk: Desk, number: int, times: int) -> int:
    """Add 1 so many times, each time anew until it was not in vain; how often it was."""
    place, done, tries = layout_of(TICKET).index["year"], 0, 0
    while done < times:
        tries += 1
        former = desk.rows(BoundQuery(TICKET, full_columns(TICKET), by_id(ACME)))[0]
        values = {"year": former[place] + 1}  # type: ignore[operator]
        row = next_row(TICKET, former, number, values)
        if _outcome(desk, [Replace(TICKET, [row], [former[1]])]) is None:  # type: ignore[list-item]
            done += 1
    return tries


def _outcome(desk: Desk, writes: list[Write]) -> type[CrmError] | None:
    """The class of the refusal, or `None` where the writes were committed."""
    transaction = desk.backend.begin(Intent.WRITE)
    try:
        transaction.apply(writes)
        transaction.commit()
    except Conflict as error:
        transaction.rollback()
        return type(error)
    except BaseException:
        transaction.rollback()
        raise
    return None


def _together(work: Callable[[int], _T], count: int = _THREADS) -> list[_T]:
    """What `work` gives for each of `count` threads that begin at once."""
    start = Barrier(count)

    def begin(number: int) -> _T:
        start.wait(timeout=60)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))
