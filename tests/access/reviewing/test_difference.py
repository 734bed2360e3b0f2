"""Differences of rights in numbers: what is counted in groups is what everybody really sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.access.conftest import Company, founded

from crmcore import Grant, Role, Workspace
from crmcore.access import Denial, FieldRule
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, BeyondHorizon, NotFound
from crmcore.evolving import Document, apply, plan, plan_from_json, plan_text, pull
from crmcore.evolving.describing import role_data
from crmcore.evolving.document import document_of
from crmcore.exporting import export
from crmcore.reviewing import AccessDiff, difference
from crmcore.sharing import share

REP = Role(
    "rep",
    "代表",
    [Grant("account", ("read", "update"), scopes="own"), Grant("crm_user", "read")],
)


def edited(crm: Workspace, edit: Callable[[dict[str, Any]], None]) -> Document:
    """The present configuration with a change."""
    data: dict[str, Any] = json.loads(json.dumps(pull(crm).to_json()))
    edit(data)
    return document_of(data)


def told(found: AccessDiff) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    return {
        (one.module, one.operation): (one.gaining, one.losing, one.gained, one.lost)
        for one in found.shifts
    }


def test_a_document_is_told_in_users_records_and_fields(company: Company) -> None:
    one, other = company.user("one", REP), company.user("other", REP)
    for name, owner, region in (("a", one, "east"), ("b", one, "south"), ("c", other, "east")):
        company.account(name, owner, region=region)
    company.account("d", region="east")

    def edit(data: dict[str, Any]) -> None:
        role = data["roles"]["rep"]
        role["grants"] = [
            {"module": "account", "operations": ["read"], "where": "region == 'east'"},
            {"module": "crm_user", "operations": ["read"]},
        ]
        role["fields"] = [{"module": "account", "fields": ["phone"], "level": "hidden"}]

    found = difference(company.crm, None, edited(company.crm, edit))
    assert told(found) == {
        # Each sees the three of the east instead of his own: two, and one.
        ("account", "read"): (2, 1, 4, 1),
        ("account", "update"): (0, 2, 0, 3),
    }
    shift = next(it for it in found.shifts if it.operation == "update")
    assert (shift.opened, shift.closed) == (0, 2)
    fields = {it.field: (it.gained, it.lost) for it in found.fields if it.module == "account"}
    assert fields["name"] == (4, 1)
    assert fields["phone"] == (0, 3)
    persons = {(it.name, it.operation): (it.gained, it.lost) for it in found.people}
    assert persons == {
        ("one", "read"): (2, 1),
        ("other", "read"): (2, 0),
        ("one", "update"): (0, 2),
        ("other", "update"): (0, 1),
    }
    assert "客户" in repr(found.table("zh"))
    assert "Records gained" in repr(found.table("en"))
    assert found.field_table("en").column("field")
    assert found.person_table("zh").column("user")
    assert found.to_json()["users"] == 3


def test_the_past_is_compared_with_the_present(company: Company, clock: ManualClock) -> None:
    one = company.user("one", REP)
    company.account("a", one)
    company.account("b")
    with pytest.raises(BeyondHorizon):
        difference(company.crm, clock.now() - timedelta(days=1))
    clock.advance(timedelta(days=1))
    before = clock.now()
    clock.advance(timedelta(days=1))
    lead = company.role(Role("lead", grants=[Grant("account", "read")]))
    with company.crm.work() as work:
        until = clock.now() + timedelta(days=2)
        given = {"user": one.principal, "role": lead, "valid_until": until}
        work.create("crm_role_assignment", given)
    assert told(difference(company.crm, before)) == {("account", "read"): (1, 0, 1, 0)}
    assert told(difference(company.crm, None, before)) == {("account", "read"): (0, 1, 0, 1)}
    clock.advance(timedelta(hours=1))
    middle = clock.now()
    clock.advance(timedelta(days=3))
    # The role was given for two days: nothing was written, and it is over.
    assert told(difference(company.crm, middle)) == {("account", "read"): (0, 1, 0, 1)}
    assert difference(company.crm).is_empty
    assert difference(company.crm, before, before).is_empty


def test_only_who_configures_compares(company: Company) -> None:
    with pytest.raises(AccessDenied):
        difference(company.user("one", REP))


def test_a_plan_tells_what_the_difference_tells(company: Company) -> None:
    one = company.user("one", REP)
    company.account("a", one)
    company.account("b")

    def edit(data: dict[str, Any]) -> None:
        data["roles"]["rep"]["grants"][0] = {"module": "account", "operations": ["read"]}

    document = edited(company.crm, edit)
    found = plan(company.crm, document)
    counts = {(it.effect, it.operation): it.count for it in found.consequences}
    assert counts == {("gained", "read"): 1, ("lost", "update"): 1}
    wanted = difference(company.crm, None, document)
    persons = {it.operation: (it.gained, it.lost) for it in wanted.people}
    assert persons == {"read": (1, 0), "update": (0, 1)}
    apply(company.crm, found)
    assert len(one.find("account")) == 2


TAKE = Grant("account", ("read", "export"), "region == 'east'")
TAKE_EMAIL = Grant("account", ("read", "export"), "region == 'east'", exports="email")


def taken(crm: Workspace) -> int:
    """How many records' email addresses somebody can take out."""
    try:
        return len(export(crm, "account", columns=["email"]))
    except (AccessDenied, NotFound):
        return 0


def test_what_may_leave_is_counted_by_field(company: Company) -> None:
    """Nothing that may be read changes, and still somebody may carry more away."""
    one = company.user("one", Role("rep", grants=[TAKE]))
    for name, region in (("a", "east"), ("b", "east"), ("c", "south")):
        company.account(name, region=region, email=f"{name}@example.com")

    def changed(grant: Grant) -> Document:
        role = as_file(Role("rep", grants=[grant]))
        return edited(company.crm, lambda data: data["roles"].update(rep=role))

    assert taken(one) == 0
    document = changed(TAKE_EMAIL)
    found = difference(company.crm, None, document)
    assert not found.is_empty
    assert [(it.module, it.field, it.operation, it.gained, it.lost) for it in found.fields] == [
        ("account", "email", "export", 2, 0)
    ]
    assert (found.shifts, found.people) == ((), ())
    assert "导出" in repr(found.field_table("zh"))
    made = plan(company.crm, document)
    meant = [(it.effect, it.field, it.user, it.operation, it.count) for it in made.consequences]
    assert meant == [("gained", "email", "one", "export", 2)]
    assert "one may export 2 more records of account.email" in plan_text(made)
    assert "account.email" in plan_text(made, "zh")
    apply(company.crm, made)
    assert taken(one) == 2
    # Less may be exported of fewer records: both are told, of a field as of the whole.
    narrow = Grant("account", ("read", "export"), "region == 'south'", exports="email")
    found = difference(company.crm, None, changed(narrow))
    fields = {(it.field, it.operation): (it.gained, it.lost) for it in found.fields}
    assert fields["email", "export"] == (1, 2)
    assert ("name", "export") not in fields
    assert told(found)["account", "export"] == (1, 1, 1, 2)
    gone = difference(company.crm, None, changed(Grant("account", "read")))
    fields = {(it.field, it.operation): (it.gained, it.lost) for it in gone.fields}
    assert fields["email", "export"] == (0, 2)


def test_a_field_that_is_hidden_cannot_leave(company: Company) -> None:
    company.user("one", Role("rep", grants=[TAKE_EMAIL]))
    company.account("a", region="east", email="a@example.com")
    hidden = Role("rep", grants=[TAKE_EMAIL], fields=[FieldRule("account", "email", "masked")])
    document = edited(company.crm, lambda data: data["roles"].update(rep=as_file(hidden)))
    found = difference(company.crm, None, document)
    fields = {(it.field, it.operation): (it.gained, it.lost) for it in found.fields}
    assert fields == {("email", "read"): (0, 1), ("email", "export"): (0, 1)}


def test_limits_are_told_by_user(company: Company) -> None:
    bulk = Grant("account", ("read", "export", "bulk_update"))
    company.user("one", Role("rep", grants=[bulk], limits={"export": 5, "bulk_update": 9}))
    company.user("none", Role("reader", grants=[Grant("account", "read")], limits={"export": 1}))
    company.account("a")

    def edit(data: dict[str, Any]) -> None:
        data["roles"]["rep"]["limits"] = {"export": 5_000}
        data["roles"]["reader"]["limits"] = {"export": 2}

    document = edited(company.crm, edit)
    found = difference(company.crm, None, document)
    assert not found.is_empty
    assert [(it.name, it.operation, it.before, it.after) for it in found.limits] == [
        ("one", "export", 5, 5_000),
        ("one", "bulk_update", 9, None),
    ]
    assert list(found.limit_table("en").rows()) == [
        ("one", "export", "5", "5,000"),
        ("one", "update in bulk", "9", "∞"),
    ]
    assert found.to_json()["limits"]
    made = plan(company.crm, document)
    assert [(it.effect, it.operation, it.detail) for it in made.consequences] == [
        ("limited", "export", "5 → 5,000"),
        ("limited", "bulk_update", "9 → ∞"),
    ]
    assert "one may export another number of records at once: 5 → 5,000" in plan_text(made)
    assert plan_from_json(made.to_json()) == made
    # Who comes to export at all gains that, and no limit.
    grant = {"module": "account", "operations": ["read", "export"]}
    more = edited(company.crm, lambda data: data["roles"]["reader"].update(grants=[grant]))
    assert difference(company.crm, None, more).limits == ()


SCOPES = ("own", "created", "subordinates", "department", "shared", "team", "via:parent")
WHERES = (None, "region == 'east'", "amount > 5", "owner == null", "not (owner == me)")
grants = st.lists(
    st.builds(
        Grant,
        st.just("account"),
        st.sampled_from([("read",), ("read", "update")]),
        st.sampled_from(WHERES),
        st.lists(st.sampled_from(SCOPES), max_size=2).map(tuple),
    ),
    max_size=3,
)
denials = st.lists(
    st.builds(
        Denial,
        st.sampled_from(["x", "y"]),
        st.just("account"),
        st.just(("read",)),
        st.sampled_from(["region == 'south'", "owner.department == me.department"]),
    ),
    max_size=1,
)
rules = st.lists(
    st.builds(
        FieldRule,
        st.just("account"),
        st.just("code"),
        st.sampled_from(["hidden", "masked", "read"]),
        where=st.sampled_from([None, "owner != me", "region == 'east'"]),
    ),
    max_size=2,
)


@settings(max_examples=12)
@given(grants, denials, rules, st.data())
def test_groups_count_what_each_person_sees(
    after: list[Grant], denied: list[Denial], fields: list[FieldRule], data: st.DataObject
) -> None:
    company = founded("memory://", ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC)))
    crm, users = company.crm, [company.user("chief", REP)]
    users += [
        company.user(f"u{n}", REP, department="d" if n % 2 else None, superior=users[0].principal)
        for n in range(8)
    ]
    records = [
        company.account(f"a{n}", owner, region=region, amount=n)
        for n, (owner, region) in enumerate(product([None, *users], ["east", "south", None]))
    ]
    with crm.work() as work:
        for n, record in enumerate(records):
            work.update("account", record, {"parent": records[n - 1] if n else None})
            if n % 5 == 0:
                with_whom = users[n % len(users)].principal
                share(work, "account", record, user=str(with_whom), level="update")
    before = {one.principal: seen(one) for one in users}
    role = data.draw(st.just(Role("rep", "代表", [*after, REP.grants[1]], denied, fields)))
    document = edited(crm, lambda found: found["roles"].update(rep=as_file(role)))
    found = difference(crm, None, document)
    apply(crm, plan(crm, document))
    now = {one.principal: seen(one) for one in users}
    wanted = {
        one: (len(now[one] - before[one]), len(before[one] - now[one]))
        for one in before
        if now[one] != before[one]
    }
    got = {it.user: (it.gained, it.lost) for it in found.people if it.operation == "read"}
    assert got == wanted


def as_file(role: Role) -> object:
    return role_data(role)


def seen(crm: Workspace) -> set[str]:
    try:
        return {one.id for one in crm.find("account", limit=1000)}
    except NotFound:
        return set()
