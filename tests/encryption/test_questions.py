"""What may be asked of an encrypted field, and what not: on every backend alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.encryption.conftest import ANNA, Opened, told

from crmcore import Bucket, Grant, GroupBy, Measure, Role, Summary
from crmcore.access import role_values
from crmcore.clock import ManualClock
from crmcore.errors import CrmError
from crmcore.query.text import parse
from crmcore.work import Workspace


def filled(crm: Workspace) -> str:
    """Anna, somebody of whom nothing is known, and a visit to each; the id of Anna."""
    with crm.work() as work:
        anna = work.create("person", ANNA).id
        blank = work.create("person", {"name": "Blank"}).id
        work.create("visit", {"title": "to Anna", "person": anna})
        work.create("visit", {"title": "to nobody", "person": blank})
    return anna


def names(crm: Workspace, where: str, module: str = "person") -> list[str]:
    return sorted(str(one.title()) for one in crm.find(module, where))


def test_values_come_back_as_they_went_in(crm: Workspace) -> None:
    anna = crm.get("person", filled(crm))
    assert {name: anna[name] for name in ("ident", "ward", "level", "insured")} == {
        "ident": "110101-XQ",
        "ward": 17,
        "level": "high",
        "insured": True,
    }
    assert (str(anna["pay"]), anna["notes"]) == ("12345.60", "first line\nsecond line")
    assert (anna["mail"], anna["mail"].typed) == ("anna@example.com", "Anna@Example.com")  # type: ignore[union-attr]
    assert anna["extra"] == {"a": [1, None, "x"]}
    assert anna["born"].isoformat() == "1990-02-03"  # type: ignore[union-attr]
    assert anna["seen"].isoformat() == "2026-01-02T03:04:05+00:00"  # type: ignore[union-attr]


EQUAL = (
    "ident == '110101-XQ'",
    "mail == 'ANNA@example.com' or mail == 'Anna@EXAMPLE.com'",
    "phone == '+8613800138000'",
    "pay == 12345.6",
    "pay in [1, 12345.60, 3.333]",
    "born == '1990-02-03'",
    "seen in ['2026-01-02T03:04:05Z']",
    "ward == 17.0",
    "level in ['高', 'low']",
    "insured",
    "insured == true",
    "notes != null",
    "not is_empty(extra)",
    "not (ident != '110101-XQ')",
)
"""What holds for Anna alone."""


def test_equality_in_and_emptiness_are_answered(crm: Workspace) -> None:
    filled(crm)
    for where in EQUAL:
        assert names(crm, where) == ["Anna"], where
    for where in ("ident != '110101-XQ'", "pay == null", "is_empty(notes)", "not insured"):
        assert names(crm, where) == ["Blank"], where
    assert names(crm, "pay == 12345.601 or pay in [] or ident == '110101-xq'") == []


def test_they_are_answered_behind_links_too(crm: Workspace) -> None:
    filled(crm)
    assert names(crm, "person.ident == '110101-XQ'", "visit") == ["to Anna"]
    assert names(crm, "person.pay == null", "visit") == ["to nobody"]
    assert names(crm, "exists(visits, person.ward in [17])") == ["Anna"]
    found = crm.find("visit", columns=["title", "person.ident", "person.pay"], order="title")
    assert [tuple(map(str, row)) for row in found.rows()] == [
        ("to Anna", "110101-XQ", "12345.60"),
        ("to nobody", "None", "None"),
    ]


REFUSED = (
    "pay > 3",
    "born <= '2000-01-01'",
    "contains(ident, '1101')",
    "starts_with(ident, '1')",
    "like(ident, '110101-xq')",
    "contains(notes, 'line')",
    "ident == name",
    "name == ident",
    "ident == mail",
    "3 < pay",
    "person.pay > 3",
    "exists(visits, person.ident > 'a')",
)


@pytest.mark.parametrize("where", REFUSED)
def test_whatever_else_is_refused_alike(local: Workspace, where: str) -> None:
    module = "visit" if where.startswith("person.") else "person"
    assert told(lambda: local.find(module, where)) == "encrypted_field"


@pytest.fixture
def local(opened: Opened) -> Workspace:
    return opened("memory://")


def test_order_groups_and_figures_are_refused(crm: Workspace) -> None:
    filled(crm)
    for one in ("ident", "pay", "born", "level"):
        assert told(lambda one=one: crm.find("person", order=one)) == "encrypted_field"  # type: ignore[misc]
        asked = Summary("person", by=[GroupBy(one)], measures=[Measure("count")])
        assert told(lambda asked=asked: crm.summarize(asked)) == "encrypted_field"  # type: ignore[misc]
    for function in ("sum", "min", "max", "avg", "count_distinct"):
        asked = Summary("person", measures=[Measure(function, "pay")])
        assert told(lambda asked=asked: crm.summarize(asked)) == "encrypted_field"  # type: ignore[misc]
    month = Summary("person", by=[GroupBy("born", Bucket("month"))], measures=[Measure("count")])
    assert told(lambda: crm.summarize(month)) == "encrypted_field"
    assert told(lambda: crm.find("visit", order="person.pay")) == "encrypted_field"


def test_it_may_be_counted(crm: Workspace) -> None:
    filled(crm)
    some = Measure("count", where=parse("ward == 17"), name="some")
    counts = [Measure("count", name="all"), Measure("count", "pay", name="paid"), some]
    assert list(crm.summarize(Summary("person", measures=counts)).rows()) == [(2, 1, 1)]
    behind = Summary("visit", measures=[Measure("count", "person.extra")])
    assert list(crm.summarize(behind).rows()) == [(1,)]


def test_keys_hold_and_are_named_as_people_named_them(crm: Workspace) -> None:
    anna = filled(crm)
    with pytest.raises(CrmError) as refused, crm.work() as work:
        work.create("person", {"name": "Other", "ident": "110101-XQ"})
    assert "the value of ident is taken" in str(refused.value)
    assert "110101" not in str(refused.value.to_dict())
    with pytest.raises(CrmError) as refused, crm.work() as work:
        work.create("person", {"name": "Anna", "mail": "Anna@example.com"})
    assert "the value of name+mail is taken" in str(refused.value)
    with crm.work() as work:
        work.upsert("person", {"ident": "110101-XQ"}, {"ward": 18})
        work.create("visit", {"title": "by key", "person": {"ident": "110101-XQ"}})
    assert crm.get("person", anna)["ward"] == 18
    assert names(crm, "person.ward == 18", "visit") == ["by key", "to Anna"]


def test_history_the_past_and_undo_know_the_values(crm: Workspace, clock: ManualClock) -> None:
    anna = filled(crm)
    clock.advance(timedelta(hours=1))
    before, moment = crm.digest("content").value, clock.now()
    clock.advance(timedelta(hours=1))
    done = crm.run(
        lambda work: work.update("person", anna, {"pay": 1, "ident": None}).id, op_id="x"
    )
    assert done == anna
    change = crm.history("person", anna)[-1]
    assert [str(one) for one in change.fields["pay"]] == ["12345.60", "1.00"]
    assert names(crm, "ident == null") == ["Anna", "Blank"]
    assert len(crm.find("person", "pay == 12345.60", as_of=moment)) == 1
    assert str(crm.get("person", anna, as_of=moment)["pay"]) == "12345.60"
    crm.undo("x")
    assert crm.digest("content").value == before
    assert names(crm, "ident == '110101-XQ'") == ["Anna"]


def test_a_grant_may_ask_for_equality_alone(crm: Workspace) -> None:
    filled(crm)
    role = Role("nurse", grants=[Grant("person", ["read"], where="ward == 17")])
    with crm.work() as work:
        values = {name: one for name, one in role_values(role).items() if one is not None}
        made = work.create("crm_role", values).id
        work.create("crm_user", {"name": "nora", "login": "nora", "roles": [made]})
    nora = crm.as_("nora")
    assert [one["name"] for one in nora.find("person")] == ["Anna"]
    assert [one["ident"] for one in nora.find("person", "pay == 12345.6")] == ["110101-XQ"]
