"""Whose records a grant opens: every scope, in lists, on pages, in figures and at the door."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.access.conftest import Company

from crmcore import Grant, Measure, Role, Summary, Workspace
from crmcore.access import Denial
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, NotFound, SchemaError

SEEING = ("read", "report")
COUNT = Summary("account", (), (Measure("count"),))


def names(crm: Workspace) -> set[str]:
    """The accounts that a list, a figure and a page agree on."""
    found = {str(one["name"]): one.id for one in crm.find("account", order="name")}
    assert next(crm.summarize(COUNT).rows())[0] == len(found)
    for record in found.values():
        assert crm.get("account", record).id == record
    return set(found)


def scoped(*scopes: str, where: str | None = None) -> Role:
    return Role("scoped", grants=[Grant("account", (*SEEING, "update"), where, scopes)])


def test_departments_reach_down_and_never_up(company: Company) -> None:
    with company.crm.work() as work:
        sales = work.create("crm_department", {"name": "销售部"}).id
        work.create("crm_department", {"name": "华东组", "parent": sales})
        work.create("crm_department", {"name": "财务部"})
    below, own = (
        scoped("department_and_below"),
        Role("own", grants=[Grant("account", SEEING, scopes="department")]),
    )
    head = company.user("head", below, department="销售部")
    member = company.user("member", below, department="华东组")
    peer = company.user("peer", own, department="销售部")
    nobody = company.user("nobody", below)
    finance = company.user("finance", below, department="财务部")
    for name, owner in (("a", head), ("b", member), ("c", finance), ("d", nobody)):
        company.account(name, owner)
    assert names(head) == {"a", "b"}
    assert names(member) == {"b"}
    assert names(peer) == {"a"}
    assert names(finance) == {"c"}
    # Who is in no department shares none with the others who are in none.
    assert names(nobody) == set()


def test_subordinates_direct_and_all_even_in_a_circle(company: Company) -> None:
    every = scoped("subordinates")
    direct = Role("direct", grants=[Grant("account", SEEING, scopes="direct_subordinates")])
    top = company.user("top", every)
    middle = company.user("middle", direct, superior=top.principal)
    low = company.user("low", every, superior=middle.principal)
    for name, owner in (("a", top), ("b", middle), ("c", low)):
        company.account(name, owner)
    assert names(top) == {"b", "c"}
    assert names(middle) == {"c"}
    assert names(low) == set()
    with company.crm.work() as work:
        work.update("crm_user", str(top.principal), {"superior": low.principal})
    assert names(top) == {"b", "c"}
    assert names(low) == {"a", "b"}


def test_what_is_shared_ends_when_it_expires(company: Company, clock: ManualClock) -> None:
    role = scoped("own", "shared")
    one, other = company.user("one", role), company.user("other", role, department="组")
    by_user, by_department, by_role = (company.account(name, one) for name in "abc")
    company.account("d", one)
    role_id = company.crm.find("crm_role", "name == 'scoped'")[0].id
    entry = {"module": "account", "level": "read"}
    with company.crm.work() as work:
        work.create(
            "crm_share",
            {
                **entry,
                "record": by_user,
                "user": other.principal,
                "expires_at": clock.now() + timedelta(days=1),
            },
        )
        work.create("crm_share", {**entry, "record": by_department, "department": "组"})
        work.create("crm_share", {**entry, "record": by_role, "role": role_id, "level": "update"})
        # A share of a record of another module is none of this one.
        work.create(
            "crm_share",
            {"module": "deal", "level": "full", "record": by_user, "user": one.principal},
        )
    assert names(other) == {"a", "b", "c"}
    with pytest.raises(AccessDenied), other.work() as work:
        work.update("account", by_user, {"name": "x"})
    with other.work() as work:
        work.update("account", by_role, {"name": "c2"})
    clock.advance(timedelta(days=1))
    assert names(other) == {"b", "c2"}


def test_a_team_sees_the_record_and_its_level_counts(company: Company) -> None:
    role = scoped("own", "team")
    one, other = company.user("one", role), company.user("other", role)
    seen, changed = company.account("a", one), company.account("b", one)
    with company.crm.work() as work:
        for record, level in ((seen, "read"), (changed, "update")):
            member = {"record": record, "module": "account", "user": other.principal}
            work.create("crm_team_member", {**member, "team_role": "售前", "level": level})
    assert names(other) == {"a", "b"}
    with other.work() as work:
        work.update("account", changed, {"name": "b2"})
    with pytest.raises(AccessDenied), other.work() as work:
        work.update("account", seen, {"name": "x"})


def test_a_contact_follows_its_account(company: Company) -> None:
    role = Role(
        "via",
        grants=[
            Grant("account", (*SEEING, "update"), "region == 'east'", "own"),
            Grant("deal", (*SEEING, "update"), scopes="via:account"),
        ],
        denials=[Denial("no giants", "account", "read", "amount > 1000")],
    )
    rep = company.user("rep", role)
    mine = company.account("a", rep, region="east", amount=5)
    south = company.account("b", rep, region="south", amount=5)
    giant = company.account("c", rep, region="east", amount=5000)
    with company.crm.work() as work:
        for title, account in (("x", mine), ("y", south), ("z", giant), ("none", None)):
            work.create("deal", {"title": title, "account": account})
    assert {str(one["title"]) for one in rep.find("deal")} == {"x"}
    assert names(rep) == {"a"}
    with rep.work() as work:
        work.update("deal", rep.find("deal")[0].id, {"title": "x2"})


def test_what_is_inherited_in_a_circle_is_inherited_from_nobody(local: Company) -> None:
    rep = local.user("rep", Role("circle", grants=[Grant("account", "read", scopes="via:parent")]))
    local.account("a", rep)
    assert len(rep.find("account")) == 0


def test_territories_open_what_lies_below(company: Company) -> None:
    role = scoped("territory")
    chief, member = company.user("chief", role), company.user("member", role)
    with company.crm.work() as work:
        china = work.create("crm_territory", {"name": "中国", "members": [chief.principal]}).id
        east = work.create(
            "crm_territory", {"name": "华东", "parent": china, "members": [member.principal]}
        ).id
    for name, territory in (("a", china), ("b", east), ("c", None)):
        company.account(name, territory=territory)
    assert names(chief) == {"a", "b"}
    assert names(member) == {"b"}


def test_a_denial_takes_what_any_role_gives(company: Company) -> None:
    giving = Role("giving", grants=[Grant("*", ("read", "update", "report"))])
    denying = Role(
        "denying",
        denials=[
            Denial("no south", "account", "read", "region == 'south'"),
            Denial("no reports", "deal", "report"),
            Denial("own department", "account", "update", "owner.department == me.department"),
        ],
    )
    rep = company.user("rep", giving, denying)
    east, south = company.account("a", region="east"), company.account("b", region="south")
    company.account("c")
    assert names(rep) == {"a", "c"}
    with pytest.raises(NotFound):
        rep.get("account", south)
    with pytest.raises(AccessDenied):
        rep.summarize(Summary("deal", (), (Measure("count"),)))
    # He is in no department: what cannot be told is denied.
    with pytest.raises(AccessDenied), rep.work() as work:
        work.update("account", east, {"name": "x"})


def test_a_role_counts_from_its_day_to_its_day(company: Company, clock: ManualClock) -> None:
    role = company.role(Role("for a time", grants=[Grant("account", SEEING)]))
    company.account("a")
    rep = company.user("rep")
    now = clock.now()
    with company.crm.work() as work:
        work.create(
            "crm_role_assignment",
            {
                "user": rep.principal,
                "role": role,
                "valid_from": now + timedelta(days=1),
                "valid_until": now + timedelta(days=2),
            },
        )
    assert len(rep.find("account")) == 0
    clock.advance(timedelta(days=1))
    assert names(rep) == {"a"}
    clock.advance(timedelta(days=1))
    assert len(rep.find("account")) == 0


def test_the_role_everyone_is_everybodys(company: Company) -> None:
    rep = company.user("rep")
    company.account("a")
    assert len(rep.find("account")) == 0
    company.role(Role("everyone", grants=[Grant("account", SEEING)]))
    assert names(rep) == {"a"}


def test_handing_over_is_a_right_of_its_own(company: Company) -> None:
    role = Role("rep", grants=[Grant("account", ("read", "update"))])
    lead = Role(
        "lead", grants=[Grant("account", ("read", "update", "transfer"), "region == 'east'")]
    )
    rep, chief = company.user("rep", role), company.user("chief", lead)
    east, south = company.account("a", rep, region="east"), company.account("b", rep)
    with pytest.raises(AccessDenied) as refused, rep.work() as work:
        work.update("account", east, {"owner": chief.principal})
    assert "transfer" in str(refused.value)
    with rep.work() as work:
        work.update("account", east, {"name": "a2", "owner": rep.principal})
    with company.crm.work() as work:
        user = Grant("crm_user", "read")
        work.update(
            "crm_role",
            company.crm.find("crm_role", "name == 'lead'")[0].id,
            {"grants": [*work.find("crm_role", "name == 'lead'")[0]["grants"], plain(user)]},  # type: ignore[misc]
        )
    with chief.work() as work:
        work.update("account", east, {"owner": chief.principal})
    with pytest.raises(NotFound), chief.work() as work:
        work.update("account", south, {"owner": chief.principal})


def plain(grant: Grant) -> object:
    from crmcore.access import grants_to_json

    return grants_to_json([grant])[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Grant("account", "read", scopes="everything"),
        lambda: Grant("account", "read", scopes="via:"),
        lambda: Grant("account", "fly"),
        lambda: Denial("x", "account", "fly"),
        lambda: Role("x", limits={"read": 1}),
        lambda: Role("x", limits={"export": -1}),
    ],
)
def test_words_that_mean_nothing_are_refused(make: object) -> None:
    with pytest.raises(SchemaError):
        make()  # type: ignore[operator]
