"""Decisions of the past: what decided then, told to who may see the record today."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from tests.access.conftest import Company

from crmcore import Grant, Role, Workspace
from crmcore.access import Denial, FieldRule, role_values
from crmcore.clock import ManualClock
from crmcore.errors import BeyondHorizon, CrmError, NotFound, QueryError
from crmcore.explaining import why
from crmcore.merging import merge
from crmcore.sharing import share

OPERATIONS = ("read", "update", "delete", "transfer")
ASKED = ("read", "read", "update", "delete")
ROLES = (
    Role("own", grants=[Grant("account", OPERATIONS, scopes="own")]),
    Role("shared", grants=[Grant("account", ("read", "update"), scopes=("shared", "department"))]),
    Role("east", grants=[Grant("account", ("read", "update"), where="region == 'east'")]),
    Role(
        "small",
        grants=[Grant("account", ("read",))],
        denials=[Denial("big", "account", where="amount > 5")],
    ),
    Role("late", grants=[Grant("account", "delete", where="updated_at < now - 2d")]),
)


def test_what_was_allowed_then_is_told_by_what_was_then(
    company: Company, clock: ManualClock
) -> None:
    rep = company.user("小王", ROLES[0])
    record = company.account("a", rep)
    clock.advance(timedelta(hours=1))
    asked = clock.now()
    clock.advance(timedelta(hours=1))
    with company.crm.work() as work:
        work.update("account", record, {"owner": company.crm.principal})
        work.update("crm_user", str(rep.principal), {"roles": []})
    now = why(company.crm, "小王", "update", "account", record)
    assert [one.code for one in now.obstacles] == ["not_readable", "no_grant"]
    then = why(company.crm, "小王", "update", "account", record, as_of=asked)
    assert then.allowed
    assert [(one.role, one.scope) for one in then.reasons] == [("own", "own")]
    assert then.reasons[0].atoms[0].value == rep.principal
    assert then.reasons[0].since is not None
    assert then.reasons[0].since < asked
    # He cannot be told: today he does not see it.
    with pytest.raises(NotFound):
        why(rep, "小王", "update", "account", record, as_of=asked)
    denied = why(company.crm, "小王", "share", "account", record, as_of=asked)
    assert [one.code for one in denied.obstacles] == ["no_grant"]
    assert denied.remedies == ()


def test_before_the_record_and_before_the_user(company: Company, clock: ManualClock) -> None:
    clock.advance(timedelta(hours=1))
    first = clock.now()
    clock.advance(timedelta(hours=1))
    record = company.account("a")
    clock.advance(timedelta(hours=1))
    before = clock.now()
    clock.advance(timedelta(hours=1))
    company.user("小王", ROLES[2])
    found = why(company.crm, "小王", "read", "account", record, as_of=before)
    assert [one.code for one in found.obstacles] == ["no_user_then"]
    with pytest.raises(NotFound):
        why(company.crm, "boss", "read", "account", record, as_of=first)
    for moment in (first - timedelta(days=900), clock.now() + timedelta(days=1)):
        with pytest.raises(BeyondHorizon):
            why(company.crm, "boss", "read", "account", record, as_of=moment)


def test_fields_then(company: Company, clock: ManualClock) -> None:
    big = FieldRule("account", "phone", "masked", where="amount > 5")
    company.user("小王", Role("r", grants=[Grant("account", ("read", "update"))], fields=[big]))
    record = company.account("a", amount=9)
    clock.advance(timedelta(hours=1))
    then = clock.now()
    clock.advance(timedelta(hours=1))
    with company.crm.work() as work:
        work.update("account", record, {"amount": 1})
    now = why(company.crm, "小王", "read", "account", record, "phone")
    told = why(company.crm, "小王", "read", "account", record, "phone", as_of=then)
    assert now.allowed != told.allowed


def test_the_past_is_decided_as_it_was(company: Company, clock: ManualClock) -> None:
    _lived(company, clock, random.Random(5), 12)


@pytest.mark.parametrize("seed", range(4))
def test_any_past_is_decided_as_it_was(local: Company, clock: ManualClock, seed: int) -> None:
    _lived(local, clock, random.Random(seed), 25)


def _lived(company: Company, clock: ManualClock, rng: random.Random, steps: int) -> None:
    """Decisions are written down as they are made; asked for later they are the same."""
    crm = company.crm
    people = [company.user(name, rng.choice(ROLES), department="x") for name in "abc"]
    records = [company.account(name, rng.choice(people)) for name in "de"]
    roles = [company._known(one) for one in ROLES]
    made: list[tuple[object, Workspace, str, str, bool]] = []
    for _ in range(steps):
        clock.advance(timedelta(hours=rng.randrange(1, 40)))
        _live(crm, rng, people, records, roles, clock)
        for _ in range(4):
            who, operation, record = rng.choice(people), rng.choice(ASKED), rng.choice(records)
            allowed = why(crm, str(who.principal), operation, "account", record).allowed
            made.append((clock.now(), who, operation, record, allowed))
    assert 0.1 < sum(one[-1] for one in made) / len(made) < 0.9
    for moment, who, operation, record, allowed in made:
        found = why(crm, str(who.principal), operation, "account", record, as_of=moment)  # type: ignore[arg-type]
        assert found.allowed == allowed


def _live(
    crm: Workspace,
    rng: random.Random,
    people: list[Workspace],
    records: list[str],
    roles: list[str],
    clock: ManualClock,
) -> None:
    who, record = str(rng.choice(people).principal), rng.choice(records)
    with crm.work() as work:
        act = rng.randrange(6)
        if act == 0:
            work.update("account", record, {"owner": who})
        elif act == 1:
            work.update("account", record, {"region": rng.choice(("east", "south"))})
        elif act == 2:
            work.update("account", record, {"amount": rng.choice((1, 9))})
        elif act == 3:
            until = clock.now() + timedelta(hours=rng.randrange(1, 60))
            level = rng.choice(("read", "update"))
            share(work, "account", record, user=who, level=level, until=until)
        elif act == 4:
            given = rng.sample(roles, rng.randrange(1, 4))
            work.update("crm_user", who, {"roles": given, "department": rng.choice("xy")})
        else:
            role = rng.choice(roles)
            wanted = rng.choice(ROLES)
            values = {key: value for key, value in role_values(wanted).items() if key != "name"}
            work.update("crm_role", role, values)


def test_what_was_merged_is_told_by_the_name_of_what_is_there(company: Company) -> None:
    rep = company.user("小王", Role("r", grants=[Grant("account", ("read",))]))
    kept, gone = company.account("kept"), company.account("gone")
    with company.crm.work() as work:
        merge(work, "account", kept, [gone])
    found = why(rep, "小王", "read", "account", gone)
    assert [(one.code, one.name) for one in found.obstacles] == [("merged", "kept")]
    assert "「kept」" in "".join(found.lines("zh"))
    assert "into kept" in "".join(found.lines("en"))


def test_what_was_merged_into_the_unseen_was_deleted(local: Company) -> None:
    seeing = Role("r", grants=[Grant("account", ("read",), where="region == 'east'")])
    rep = local.user("小王", seeing)
    kept, gone = local.account("kept", region="south"), local.account("gone", region="east")
    with local.crm.work() as work:
        merge(work, "account", kept, [gone])
    found = why(rep, "小王", "read", "account", gone)
    assert [one.code for one in found.obstacles] == ["deleted"]
    with pytest.raises(CrmError):
        why(rep, "小王", "read", "account", kept)


def test_what_was_computed_then_is_not_guessed(local: Company, clock: ManualClock) -> None:
    busy = Role("busy", grants=[Grant("account", "read", where="deals > 0")])
    local.user("小王", busy)
    record = local.account("a")
    clock.advance(timedelta(hours=1))
    with pytest.raises(QueryError, match="computed"):
        why(local.crm, "小王", "read", "account", record, as_of=clock.now())


def test_a_figure_over_the_unseen_is_not_told(company: Company) -> None:
    counting = Grant("account", ("read", "report"), where="deals >= 0")
    rep = company.user("小王", Role("r", grants=[counting]))
    record = company.account("a")
    with company.crm.work() as work:
        work.create("deal", {"title": "secret", "account": record, "amount": 21})
    assert rep.get("account", record)["deals"] in (None, 0)
    found = why(rep, "小王", "read", "account", record)
    atoms = [atom for reason in found.reasons for atom in reason.atoms]
    assert [(atom.text, atom.value) for atom in atoms] == [("deals >= 0", None)]
