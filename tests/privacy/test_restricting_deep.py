"""What goes with a restricted person goes at every level, as far down as an erasure reaches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.privacy.conftest import BACKENDS

from crmcore import Field, Module, Schema, privacy
from crmcore.access import System
from crmcore.errors import NotFound
from crmcore.explaining import why
from crmcore.kinds import Link, MultiLink, Text
from crmcore.kinds.reference import MAX_CASCADE
from crmcore.query.ast import Measure, Summary
from crmcore.storage import Backend
from crmcore.testing.stores import empty_stores
from crmcore.work import open_workspace

NAMES = ("contact", "visit", "paper", "page", "line", "word", "letter", "stroke", "dot")
"""Each goes with the one before it."""


def chain(length: int) -> Schema:
    """Modules of which each goes with the one before."""
    modules = [Module(NAMES[0], [Field("name", Text())], title="name")]
    for above, name in pairwise(NAMES[:length]):
        link = Field("of", Link(above, "cascade"), label=f"of {above}")
        modules.append(Module(name, [Field("name", Text()), link], title="name"))
    return Schema(modules)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend | str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'crm.db'}"
        return
    with empty_stores(request.param) as stores:
        yield stores()


def test_every_level_is_stored_and_nothing_else(backend: Backend | str) -> None:
    names = NAMES
    crm = open_workspace(backend, create=True, schema=chain(len(names)))
    with crm.work() as work:
        ids: dict[str, list[str]] = {}
        for whose in ("his", "hers"):
            for above, name in zip((None, *names), names, strict=False):
                link = {} if above is None else {"of": ids[above][-1]}
                ids.setdefault(name, []).append(work.create(name, {"name": whose, **link}).id)
    privacy.restrict(crm, "contact", ids["contact"][0])
    for name in names:
        assert [one["name"] for one in crm.find(name)] == ["hers"], name
        assert list(crm.summarize(Summary(name, (), (Measure("count"),))).rows()) == [(1,)]
        with pytest.raises(NotFound):
            crm.get(name, ids[name][0])
        with pytest.raises(NotFound), crm.work() as work:
            work.update(name, ids[name][0], {"name": "changed"})
    told = why(crm.as_(System("look")), str(crm.principal), "read", names[-1], ids[names[-1]][0])
    assert [one.code for one in told.obstacles] == ["restricted"]
    # What is made later goes with him too, once it is linked.
    with crm.as_(System("intake")).work() as work:
        late = work.create(names[-1], {"name": "late", "of": ids[names[-2]][0]}).id
    with pytest.raises(NotFound):
        crm.get(names[-1], late)
    privacy.release(crm, "contact", ids["contact"][0])
    assert all(len(crm.find(name)) == 2 for name in names[:-1])
    crm.close()


TREE = Schema(
    [
        Module(
            "branch",
            [Field("name", Text()), Field("parent", Link("branch", "cascade"))],
            title="name",
        ),
        Module("leaf", [Field("name", Text()), Field("branch", Link("branch", "cascade"))]),
    ]
)


def test_a_tree_goes_with_its_root_as_far_as_a_removal_reaches(backend: Backend | str) -> None:
    crm = open_workspace(backend, create=True, schema=TREE)
    with crm.work() as work:
        last = root = work.create("branch", {"name": "0"}).id
        for depth in range(1, MAX_CASCADE + 1):
            last = work.create("branch", {"name": str(depth), "parent": last}).id
        other = work.create("branch", {"name": "other"}).id
        work.create("branch", {"name": "its child", "parent": other})
        work.create("leaf", {"name": "of other", "branch": other})
        work.create("leaf", {"name": "of root", "branch": root})
    privacy.restrict(crm, "branch", root)
    assert {one["name"] for one in crm.find("branch")} == {"other", "its child"}
    assert [one["name"] for one in crm.find("leaf")] == ["of other"]
    crm.close()


def test_what_cannot_be_followed_is_closed(backend: Backend | str) -> None:
    meeting = Module("meeting", [Field("people", MultiLink("person", "cascade")),
                                 Field("name", Text())])  # fmt: skip
    minute = Module("minute", [Field("meeting", Link("meeting", "cascade")), Field("name", Text())])
    agenda = Module("agenda", [Field("minutes", MultiLink("minute", "cascade")),
                               Field("name", Text())])  # fmt: skip
    schema = Schema([Module("person", [Field("name", Text())]), meeting, minute, agenda])
    crm = open_workspace(backend, create=True, schema=schema)
    with crm.work() as work:
        his, hers = (work.create("person", {"name": one}).id for one in ("his", "hers"))
        for name, people in (("both", [his, hers]), ("hers", [hers]), ("none", [])):
            made = work.create("meeting", {"name": name, "people": people}).id
            made = work.create("minute", {"name": name, "meeting": made}).id
            work.create("agenda", {"name": name, "minutes": [made]})
        work.create("agenda", {"name": "empty"})
    privacy.restrict(crm, "person", his)
    assert {one["name"] for one in crm.find("meeting")} == {"hers", "none"}
    assert {one["name"] for one in crm.find("minute")} == {"hers", "none"}
    # A set of links has no one record behind it: whoever has any is closed.
    assert {one["name"] for one in crm.find("agenda")} == {"empty"}
    crm.close()


LINKS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5)


@settings(max_examples=25, deadline=None)
@given(links=LINKS, data=st.data())
def test_whatever_an_erasure_would_take_is_restricted(
    links: list[tuple[int, int]], data: st.DataObject
) -> None:
    crm = open_workspace("memory://", create=True, schema=_tangled(links))
    made: list[tuple[int, str]] = []
    with crm.work() as work:
        for _ in range(data.draw(st.integers(2, 10))):
            module = data.draw(st.integers(0, 3))
            values: dict[str, object] = {"name": "x"}
            for number, (source, target) in enumerate(links):
                known = [one for kind, one in made if kind == target]
                if source == module and known:
                    values[f"l{number}"] = data.draw(st.sampled_from([None, *known]))
            made.append((module, work.create(f"m{module}", values).id))
    module, person = data.draw(st.sampled_from(made))
    parts = privacy.export(crm, f"m{module}", person).parts
    own = {str(one["id"]) for part in parts if part.how == "own" for one in part.versions}
    privacy.restrict(crm, f"m{module}", person)
    seen = {one.id for number in range(4) for one in crm.find(f"m{number}")}
    assert not seen & own
    role = crm.configuration.restricted
    assert role is not None
    if not any("null" in str(one.where) for one in role.denials):
        assert seen == {one for _, one in made} - own
    assert person in own


def _tangled(links: list[tuple[int, int]]) -> Schema:
    fields: dict[int, list[Field]] = {number: [Field("name", Text())] for number in range(4)}
    for number, (source, target) in enumerate(links):
        fields[source].append(Field(f"l{number}", Link(f"m{target}", "cascade")))
    return Schema([Module(f"m{number}", some) for number, some in fields.items()])
