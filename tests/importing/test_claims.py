"""Keys that are complete only in what is stored: taken ones refuse their row, not the step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.importing import import_file, load, plan, running
from crmcore.kinds import Text
from crmcore.schema import Field, Key, Module, Schema
from crmcore.work import Workspace, open_workspace

from .conftest import csv, values

SHELF = Module(
    "shelf",
    [
        Field("code", Text(), "货号", unique="exact"),
        Field("hall", Text(), "库房"),
        Field("place", Text(), "货位", required=True),
        Field("seal", Text(), "封条", unique="folded", default="NONE"),
    ],
    title="place",
    label="货架",
    keys=[Key(("hall", "place"))],
)


@pytest.fixture(params=["memory", "sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with two shelves."""
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'shop.db'}"
    made = open_workspace(url, schema=Schema([SHELF]), create=True)
    import_file(made, csv("货号,库房,货位,封条\nA,东,1,x\nB,东,2,y"), modules="shelf")
    yield made
    made.close()


def outcome(crm: Workspace, source: str, **options: Any) -> list[tuple[str, str]]:
    """Places and codes of the problems, the same as planned and as loaded."""
    made = plan(crm, csv(source), modules="shelf", errors="reject", **options)
    before = int(crm.digest().value, 16)
    done = load(crm, made)
    assert (done.counts, done.differences) == (made.counts, 0)
    wanted = before + sum(int(one.content or "0", 16) for one in made.steps)
    assert int(crm.digest().value, 16) == wanted % (1 << 256)
    return [(one.place(), one.code) for one in made.problems]


def test_a_part_of_a_compound_key_completes_it_with_what_is_stored(shop: Workspace) -> None:
    source = "货号,货位,封条\nA,2,\nB,3,\nC,2,z"
    assert outcome(shop, source, duplicates="update") == [("bytes!B2", "value_taken")]
    # C has no hall: its key is not complete and collides with nothing.
    assert values(shop, "shelf", "code", "hall", "place") == [
        ("A", "东", "1"), ("B", "东", "3"), ("C", None, "2"),
    ]  # fmt: skip


def test_a_key_let_go_by_an_earlier_row_is_free(shop: Workspace) -> None:
    assert outcome(shop, "货号,货位\nB,3\nA,2", duplicates="update") == []
    assert values(shop, "shelf", "code", "place") == [("A", "2"), ("B", "3")]


def test_a_constant_default_of_a_unique_field_serves_one_row(shop: Workspace) -> None:
    source = "货号,库房,货位\nC,西,1\nD,西,2\nE,西,3"
    taken = [("bytes!3", "value_taken"), ("bytes!4", "value_taken")]
    assert outcome(shop, source, duplicates="create") == taken
    assert outcome(shop, source, duplicates="update") == taken
    assert [code for code, _ in values(shop, "shelf", "code", "seal")] == ["A", "B", "C"]


def test_two_rows_mean_one_record_by_different_keys(shop: Workspace) -> None:
    source = "货号,库房,货位,封条\nA,,8,\n,,9,x\n,东,9,w"
    assert outcome(shop, source, duplicates="update") == []
    assert values(shop, "shelf", "code", "place", "seal") == [("A", "9", "w"), ("B", "2", "y")]


def test_two_rows_in_one_step_want_what_neither_says_whole(shop: Workspace) -> None:
    assert outcome(shop, "货号,货位\nA,5\nB,5", duplicates="update") == [
        ("bytes!B3", "value_taken")
    ]


@given(data=st.data())
def test_no_rows_make_a_step_fail(data: st.DataObject) -> None:
    codes, halls = st.sampled_from(["A", "B", "C", ""]), st.sampled_from(["东", "西", ""])
    places, seals = st.sampled_from(["1", "2", ""]), st.sampled_from(["x", "y", "none", ""])
    crm = open_workspace("memory://", schema=Schema([SHELF]), create=True)
    first = data.draw(st.lists(st.tuples(codes, halls, places, seals), max_size=4))
    then = data.draw(st.lists(st.tuples(codes, halls, places, seals), max_size=10))
    mode = data.draw(st.sampled_from(["ask", "create", "update", "skip"]))
    running_rows = data.draw(st.sampled_from([3, 50]))
    before, running.STEP_ROWS = running.STEP_ROWS, running_rows  # type: ignore[misc]
    try:
        for rows in (first, then):
            lines = "\n".join(",".join(row) for row in rows if any(row))
            outcome(crm, f"货号,库房,货位,封条\n{lines}", duplicates=mode)
    finally:
        running.STEP_ROWS = before  # type: ignore[misc]
