"""The law of merging: nothing that hung on a record is lost, and an undo leaves no trace."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.access.conftest import Company
from tests.merging.conftest import made, opened

from crmcore import System, UnitOfWork, Workspace
from crmcore.clock import ManualClock
from crmcore.errors import CrmError
from crmcore.merging import merge, survivor

EXAMPLES = 10_000 if os.environ.get("CRMCORE_TRIES") == "deep" else 25
NUMBERS = st.integers(0, 7)
LINKS = st.lists(st.tuples(NUMBERS, st.none() | NUMBERS, st.sets(NUMBERS, max_size=3)), max_size=8)
CHILDREN = st.lists(st.tuples(NUMBERS, st.sets(NUMBERS, max_size=3)), max_size=8)
MERGES = st.lists(st.tuples(NUMBERS, st.sets(NUMBERS, min_size=1, max_size=3)), max_size=4)
TAKES = st.sampled_from(["code", "name", "parent", "partners", "amount", "owner"])


class World:
    """Eight accounts with links among them, and what hangs on them."""

    def __init__(self, crm: Workspace) -> None:
        self.crm = crm
        self.ids = [
            made(
                crm, "account", name=f"a{n}", code=None if n % 3 == 0 else f"C{n}", amount=n or None
            )
            for n in range(8)
        ]

    def told(self, numbers: set[int]) -> list[str]:
        return [self.ids[number] for number in sorted(numbers)]

    def fill(
        self,
        links: list[tuple[int, int | None, set[int]]],
        children: list[tuple[int, set[int]]],
    ) -> None:
        with self.crm.work() as work:
            for number, parent, partners in links:
                values: dict[str, object] = {"partners": self.told(partners)}
                if parent is not None and parent != number:
                    values["parent"] = self.ids[parent]
                work.update("account", self.ids[number], values)
            for place, (account, about) in enumerate(children):
                values = {"title": f"d{place}", "account": self.ids[account], "amount": place}
                work.create("deal", values)
                one = {"of": self.ids[account], "about": self.told(about)}
                work.create("note", {"text": f"n{place}", **one})

    def hanging(self) -> dict[tuple[str, str], object]:
        """What every child leads to, through merges."""
        found: dict[tuple[str, str], object] = {}
        for one in self.crm.find("deal"):
            found["deal", one.id] = one["account"]
        for one in self.crm.find("note"):
            found["note", one.id] = (one["of"], one["about"])
        return found

    def check_whole(self) -> None:
        """Every link leads to a record that is there, and roll-ups count what is there."""
        there = {one.id for one in self.crm.find("account")}
        deals = [one["account"] for one in self.crm.find("deal")]
        assert set(deals) <= there
        for one in self.crm.find("note"):
            assert {one["of"], *(one["about"] or ())} <= there
        for one in self.crm.find("account"):
            assert {one["parent"] or one.id, *(one["partners"] or ())} <= there
            assert (one["deals"] or 0) == deals.count(one.id)


@contextmanager
def world() -> Iterator[World]:
    company = opened("memory://", ManualClock(datetime(2026, 3, 2, tzinfo=UTC)))
    try:
        yield World(company.crm)
    finally:
        company.crm.close()


@settings(max_examples=EXAMPLES, deadline=None)
@given(LINKS, CHILDREN, MERGES, st.dictionaries(TAKES, NUMBERS, max_size=3))
def test_nothing_is_lost_and_an_undo_leaves_no_trace(
    links: list[tuple[int, int | None, set[int]]],
    children: list[tuple[int, set[int]]],
    merges: list[tuple[int, set[int]]],
    takes: dict[str, int],
) -> None:
    with world() as found:
        found.fill(links, children)
        _merge_and_undo(found, merges, takes)


def test_the_same_on_every_backend(company: Company) -> None:
    found = World(company.crm)
    links = [(0, 1, {1, 2}), (1, 2, {0}), (3, 0, {0, 1, 4}), (4, 4, {5}), (6, 1, {7, 3})]
    children = [(1, {0, 1}), (2, {3}), (2, {2, 4}), (5, set()), (7, {7, 6})]
    found.fill(links, children)
    merges = [(0, {1, 2}), (4, {3}), (4, {0, 7}), (5, {6, 4})]
    _merge_and_undo(found, merges, {"code": 2, "parent": 1, "partners": 3})


def _merge_and_undo(
    found: World, merges: list[tuple[int, set[int]]], takes: dict[str, int]
) -> None:
    crm, undone = found.crm, []
    first = found.hanging()
    for keep, others in merges:
        wanted = [found.ids[number] for number in sorted(others - {keep})]
        take = {
            name: found.ids[number]
            for name, number in takes.items()
            if found.ids[number] in (found.ids[keep], *wanted)
        }
        before = crm.digest().value
        try:
            with crm.work() as work:
                merge(work, "account", found.ids[keep], wanted, take=take)
                undone.append((work.operation, before))
        except CrmError:
            assert crm.digest().value == before
        found.check_whole()
    for (module, record), led in first.items():
        one = crm.get(module, record)
        now = one["account"] if module == "deal" else (one["of"], one["about"])
        assert now == _through(crm, led)
    for operation, before in reversed(undone):
        done = crm.undo(operation)
        assert (done.kept, done.impossible) == ((), ())
        assert crm.digest().value == before
        found.check_whole()
    assert not crm.as_(System("look")).find("crm_merge")


def _through(crm: Workspace, led: object) -> object:
    """Where links lead by now."""
    if isinstance(led, tuple) and len(led) == 2 and not isinstance(led[0], tuple):
        of, about = led
        seen = {survivor(crm, "account", one).id for one in about or ()}
        return survivor(crm, "account", of).id, tuple(sorted(seen)) or about
    return survivor(crm, "account", str(led)).id


def test_what_is_linked_meanwhile_is_not_lost(company: Company) -> None:
    crm = company.crm
    keep, other = made(crm, "account", name="a"), made(crm, "account", name="b")
    go = threading.Event()

    def link(number: int) -> None:
        go.wait()
        for turn in range(4):
            try:
                made(crm, "deal", title=f"{number}.{turn}", account=other)
            except CrmError:
                continue

    writers = [threading.Thread(target=link, args=(number,)) for number in range(3)]
    for one in writers:
        one.start()
    go.set()

    def merged(work: UnitOfWork) -> object:
        return merge(work, "account", keep, [other]).to_json()

    crm.run(merged, op_id="merge", kind="merge")
    for one in writers:
        one.join()
    there = {one.id for one in crm.find("account")}
    deals = [one["account"] for one in crm.find("deal")]
    assert set(deals) <= there
    assert (crm.get("account", keep)["deals"] or 0) == deals.count(keep)
