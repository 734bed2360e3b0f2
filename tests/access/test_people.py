"""What is asked of the people behind records is asked as lists of people, and means the same."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.access.conftest import Company, founded

from crmcore import Grant, GroupBy, Measure, Role, Summary, Workspace, open_workspace
from crmcore.access import Denial
from crmcore.clock import ManualClock
from crmcore.sharing import share
from crmcore.work.configuration import Configuration

SEEING = ("read", "report")
DEPARTMENTS = ("东", "西", "总部")
_TRIED = count()
COUNT = Summary("account", (), (Measure("count"),))


def seen(crm: Workspace) -> list[str]:
    """What is read by lists of people."""
    names = [str(one["name"]) for one in crm.find("account", order="name")]
    assert [one["name"] for one in page_by_page(crm)] == names
    ((number,),) = crm.summarize(COUNT).rows()
    assert number == len(names)
    return names


def page_by_page(crm: Workspace) -> list[dict[str, object]]:
    """The same in the order of ids, which is the one of names here, two at a time."""
    found: list[dict[str, object]] = []
    after = None
    while True:
        page = crm.find("account", limit=2, after=after)
        found += [dict(one) for one in page]
        after = page.next
        if after is None:
            return sorted(found, key=lambda one: str(one["name"]))


def joined(crm: Workspace) -> list[str]:
    """What is read in a unit of work, whose own changes count: by the records of the owners."""
    with crm.work() as work:
        return [str(one["name"]) for one in work.find("account", order="name")]


LEAVES = st.sampled_from(
    [
        "owner.department == me.department",
        "owner.department in me.departments",
        "owner.department != '西'",
        "owner.department in ['西', '无']",
        "owner.department == '无'",
        "owner.superior == me",
        "owner.job_title == '经理'",
        "owner == me",
        "owner in me.subordinates",
        "parent.owner.department == me.department",
        "not (owner.department in me.departments)",
        "region == 'east'",
        "owner.department == null",
    ]
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} or {})".format, inner, inner),
        st.builds("({} and {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=4,
)


def staffed(company: Company) -> list[str]:
    """People of all sorts, and records of each of them and of nobody."""
    with company.crm.work() as work:
        top = work.create("crm_department", {"name": "总部"}).id
        for name in DEPARTMENTS[:2]:
            work.create("crm_department", {"name": name, "parent": top})
        head = work.create("crm_user", {"name": "头", "login": "h", "department": "总部"}).id
        given = [{"department": one, "superior": head} for one in (*DEPARTMENTS, None)]
        given += [{"job_title": "经理"}, {"department": "西", "active": False}]
        rows = [{"name": f"u{n}", "login": f"u{n}", **one} for n, one in enumerate(given)]
        people = [head, *work.create_all("crm_user", rows)]
        owners = [*people, None, *people]
        made = [
            work.create("account", {"name": f"a{n:02}", "owner": owner, "region": region}).id
            for n, owner in enumerate(owners)
            for region in [("east", "south", None)[n % 3]]
        ]
        for n, one in enumerate(made):
            if n % 4:
                work.update("account", one, {"parent": made[n * 7 % len(made)]})
    return people


def granted(company: Company, people: list[str], *roles: Role) -> list[Workspace]:
    """Each of `people` with `roles` and no other."""
    ids = [company.role(one) for one in roles]
    with company.crm.work() as work:
        for one in people[:4]:
            work.update("crm_user", one, {"roles": ids})
    return [company.crm.as_(one) for one in people[:4]]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, clock: ManualClock) -> list[Company]:
    path = tmp_path_factory.mktemp("people") / "crm.db"
    return [founded(url, clock) for url in ("memory://", f"sqlite:///{path}")]


@pytest.fixture(scope="module")
def clock() -> ManualClock:
    from tests.access import conftest

    return ManualClock(conftest.datetime(2026, 3, 2, 8, tzinfo=conftest.UTC))


@pytest.fixture(scope="module")
def staff(two: list[Company]) -> list[tuple[Company, list[str]]]:
    return [(one, staffed(one)) for one in two]


@given(condition=CONDITIONS, denied=st.none() | CONDITIONS)
@settings(max_examples=25, deadline=None)
def test_lists_of_people_mean_what_the_records_of_people_say(
    staff: list[tuple[Company, list[str]]], condition: str, denied: str | None
) -> None:
    grants = [Grant("account", SEEING, where=condition)]
    denials = [] if denied is None else [Denial("no", "account", SEEING, denied)]
    role = Role(f"tried_{next(_TRIED)}", grants=grants, denials=denials)
    answers = []
    for company, staffed_by in staff:
        for crm in granted(company, staffed_by, role):
            found = seen(crm)
            assert found == joined(crm)
            answers.append(found)
    assert answers[: len(answers) // 2] == answers[len(answers) // 2 :]


def test_the_law_can_fail(two: list[Company]) -> None:
    """Lists that leave somebody out are found."""
    company = two[0]
    role = Role("all_departments", grants=[Grant("account", SEEING, scopes="department")])
    whole = Configuration.people

    def short(self: Configuration, name: str, values: Iterable[object]) -> tuple[str, ...]:
        return (whole(self, name, values) or ())[1:]

    crm = company.user("last", role, department="东")
    company.account("a", crm, region="east")
    with mock.patch.object(Configuration, "people", short):
        assert seen(crm) != joined(crm)


def test_whoever_moves_is_followed_at_once(company: Company, url: str) -> None:
    role = Role("below", grants=[Grant("account", SEEING, scopes="department_and_below")])
    head = company.user("head", role, department="东")
    one = company.user("one", department="西")
    company.account("a", one)
    assert seen(head) == []
    with company.crm.work() as work:
        work.update("crm_user", str(one.principal), {"department": "东"})
    assert seen(head) == ["a"]
    if url.startswith("memory"):
        return
    other = open_workspace(url)
    with other.as_("boss").work() as work:
        work.update("crm_user", str(one.principal), {"department": None})
    other.close()
    assert seen(head) == []


def test_own_shared_and_of_the_department_together(company: Company) -> None:
    own = Grant("account", (*SEEING, "share"), scopes=("own", "shared", "team", "department"))
    deals = Grant("deal", SEEING, scopes="via:account")
    role = Role("mixed", grants=[own, deals])
    one, other = company.user("one", role, department="东"), company.user("other", role)
    mate = company.user("mate", department="东")
    for n in range(6):
        company.account(f"a{n}", (one, other, mate)[n % 3])
    theirs = other.find("account", "name == 'a1'")[0].id
    with other.work() as work:
        share(work, "account", theirs, user=str(one.principal))
    joined_by = company.account("a6", mate)
    with company.crm.work() as work:
        entry = {"module": "account", "user": other.principal, "level": "read"}
        work.create("crm_team_member", {"record": joined_by, **entry})
        for n, name in enumerate(("a0", "a1", "a4", "a5")):
            work.create("deal", {"title": f"d{n}", "account": {"name": name}, "owner": None})
    assert seen(one) == joined(one) == ["a0", "a1", "a2", "a3", "a5", "a6"]
    assert seen(other) == joined(other) == ["a1", "a4", "a6"]
    assert [one["title"] for one in one.find("deal", order="title")] == ["d0", "d1", "d3"]
    by_owner = Summary("account", (GroupBy("owner"),), (Measure("count"),))
    assert sum(row[-1] for row in one.summarize(by_owner).rows()) == 6  # type: ignore[misc]


def test_a_list_of_very_many_is_none(local: Company) -> None:
    role = Role("all_departments", grants=[Grant("account", SEEING, scopes="department")])
    crm = local.user("one", role, department="东")
    local.account("a", crm)
    with mock.patch("crmcore.work.configuration._MOST_PEOPLE", 0):
        assert seen(crm) == ["a"]


def test_no_table_is_read_whole_for_branches(tmp_path: Path, clock: ManualClock) -> None:
    from tests.sql.stores import plans

    from crmcore_sql.transaction import SqlTransaction

    path = tmp_path / "crm.db"
    company = founded(f"sqlite:///{path}", clock)
    grant = Grant("account", SEEING, scopes=("own", "shared", "team", "department_and_below"))
    crm = company.user("one", Role("mixed", grants=[grant]), department="东")
    texts: list[str] = []
    ask = SqlTransaction._ask

    def noted(self: SqlTransaction, statement: object, constants: object) -> object:
        texts.append(statement.text)  # type: ignore[attr-defined]
        return ask(self, statement, constants)  # type: ignore[arg-type]

    with mock.patch.object(SqlTransaction, "_ask", noted):
        crm.find("account", limit=5)
        crm.summarize(COUNT)
    asked = [one for one in texts if "crm_share" in one]
    page, figure = plans(path, asked)
    for plan in (page, figure):
        assert "SCAN crmd" not in plan
        assert "CORRELATED" not in plan
    assert "TEMP B-TREE" not in page
    company.crm.close()
