"""Several records become one: values, links, unique keys, and all of it taken back at once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.access.conftest import Company
from tests.merging.conftest import REP, linked, made

from crmcore import Record, System, Workspace
from crmcore.approving import guard, waiting
from crmcore.errors import AccessDenied, Conflict, Invalid, NotFound, SchemaError
from crmcore.merging import Merged, Moved, merge, preview, survivor
from crmcore.privacy import consent, restrict
from crmcore.sharing import share


def merged(
    crm: Workspace, keep: str, *others: str, take: Mapping[str, str] | None = None
) -> tuple[str, Merged]:
    """Merge accounts; the operation and what was done."""
    with crm.work() as work:
        found = merge(work, "account", keep, others, take=take)
        return work.operation, found


def test_what_it_lacks_comes_from_the_first_that_has_it(company: Company) -> None:
    crm = company.crm
    a = made(crm, "account", name="上海宏图", email="a@example.com")
    b = made(crm, "account", name="宏图", phone="021-62345678", amount="5")
    c = made(crm, "account", name="宏图公司", phone="021-62345679", code="C", email="c@example.com")
    before = crm.digest().value
    foreseen = preview(crm, "account", a, [b, c])
    assert crm.digest().value == before
    operation, found = merged(crm, a, b, c)
    assert found == foreseen
    assert found.taken == {"phone": b, "amount": b, "code": c}
    kept = crm.get("account", a)
    assert (kept["name"], kept["email"], kept["code"]) == ("上海宏图", "a@example.com", "C")
    assert (str(kept["phone"]), str(kept["amount"])) == ("+862162345678", "5.00")
    for gone in (b, c):
        with pytest.raises(NotFound):
            crm.get("account", gone)
        assert survivor(crm, "account", gone).id == a
    done = crm.undo(operation)
    assert (done.kept, done.impossible) == ((), ())
    assert crm.digest().value == before
    assert survivor(crm, "account", b).id == b


def test_a_value_is_wanted_from_another(company: Company) -> None:
    crm = company.crm
    a = made(crm, "account", name="a", code="A", email="a@example.com")
    b = made(crm, "account", name="b", code="B")
    _, found = merged(crm, a, b, take={"客户编号": b, "name": b, "email": b, "phone": a})
    assert found.taken == {"code": b, "name": b, "email": b}
    kept = crm.get("account", a)
    assert (kept["name"], kept["code"], kept["email"]) == ("b", "B", None)


def test_all_that_hangs_on_them_goes_over(company: Company) -> None:
    crm = company.crm
    a, b, c = (made(crm, "account", name=one) for one in "abc")
    d = made(crm, "account", name="d", parent=b, partners=[a, b, c])
    for number, one in enumerate((a, b, c)):
        made(crm, "deal", title=str(number), account=one, amount="10")
    made(crm, "note", text="n", of=b, about=[a, b])
    before = crm.digest().value
    operation, found = merged(crm, a, b, c)
    assert set(found.moved) == {
        Moved("account", "parent", 1),
        Moved("account", "partners", 1),
        Moved("deal", "account", 2),
        Moved("note", "of", 1),
        Moved("note", "about", 1),
    }
    assert linked(crm, "deal", "account") == [a, a, a]
    assert (linked(crm, "note", "of"), linked(crm, "note", "about")) == ([a], [(a,)])
    child = crm.get("account", d)
    assert (child["parent"], child["partners"]) == (a, (a,))
    kept = crm.get("account", a)
    assert (kept["deals"], str(kept["total"])) == (3, "30.00")
    assert not crm.undo(operation).impossible
    assert crm.digest().value == before
    assert crm.get("account", a)["deals"] == 1


def test_links_among_them_do_not_lead_to_itself(company: Company) -> None:
    crm = company.crm
    top = made(crm, "account", name="top")
    a = made(crm, "account", name="a")
    b = made(crm, "account", name="b", parent=top)
    with crm.work() as work:
        work.update("account", a, {"parent": b, "partners": [b, top]})
    c = made(crm, "account", name="c", parent=a, partners=[a, b])
    before = crm.digest().value
    operation, found = merged(crm, a, b, c)
    kept = crm.get("account", a)
    assert (kept["parent"], kept["partners"]) == (top, (top,))
    assert found.taken == {"parent": b}
    assert not crm.undo(operation).impossible
    assert crm.digest().value == before


def test_unique_values_change_hands_and_come_back(company: Company) -> None:
    crm = company.crm
    a = made(crm, "account", name="a", code="A")
    b = made(crm, "account", name="b", code="B")
    c = made(crm, "account", name="c", parent=b)
    d = made(crm, "account", name="d", parent=b)
    before = crm.digest().value
    operation, _ = merged(crm, a, b, c, take={"code": b})
    assert crm.get("account", d)["parent"] == a
    done = crm.undo(operation)
    assert not done.impossible
    assert crm.digest().value == before


def test_later_edits_survive_the_undo(company: Company) -> None:
    crm = company.crm
    a, b = made(crm, "account", name="a"), made(crm, "account", name="b", email="b@example.com")
    deal = made(crm, "deal", title="1", account=b)
    operation, _ = merged(crm, a, b)
    with crm.work() as work:
        work.update("account", a, {"email": "new@example.com"})
        work.update("deal", deal, {"title": "2"})
    done = crm.undo(operation)
    assert [(one.field, one.reason) for one in done.kept] == [("email", "edited_since")]
    assert crm.get("account", a)["email"] == "new@example.com"
    assert crm.get("account", b)["email"] == "b@example.com"
    found = crm.get("deal", deal)
    assert (found["title"], found["account"]) == ("2", b)


def test_the_way_leads_through_several_merges(company: Company) -> None:
    crm = company.crm
    a, b, c = (made(crm, "account", name=one) for one in "abc")
    merged(crm, b, c)
    second, _ = merged(crm, a, b)
    assert survivor(crm, "account", c).id == a
    crm.undo(second)
    assert survivor(crm, "account", c).id == b
    with pytest.raises(NotFound):
        survivor(crm, "account", "0" * 32)
    # What is merged and then removed is nowhere.
    with crm.work() as work:
        work.delete("account", b)
    with pytest.raises(NotFound) as error:
        survivor(crm, "account", c)
    assert error.value.problems[0].record == c


def test_what_cannot_be_merged(local: Company) -> None:
    crm = local.crm
    a, b = made(crm, "account", name="a"), made(crm, "account", name="b")
    role = crm.find("crm_role")[0].id
    digest = crm.digest("full").value
    for others in ([], [a], [b, b], [made_up(n) for n in range(101)]):
        with pytest.raises(Invalid, match="once"), crm.work() as work:
            merge(work, "account", a, others)
    with pytest.raises(NotFound), crm.work() as work:
        merge(work, "account", a, [made_up(1)])
    with pytest.raises(Invalid, match="your own"), crm.work() as work:
        merge(work, "crm_role", role, [role])
    with pytest.raises(Invalid, match="none of the records"), crm.work() as work:
        merge(work, "account", a, [b], take={"name": made_up(1)})
    with pytest.raises(SchemaError), crm.work() as work:
        merge(work, "account", a, [b], take={"nothing": b})
    with pytest.raises(Invalid, match="written"), crm.work() as work:
        merge(work, "account", a, [b], take={"deals": b})
    assert crm.digest("full").value == digest


def made_up(number: int) -> str:
    """An id that no record has."""
    return f"{number:032x}"


def test_a_record_that_changed_meanwhile_is_looked_at_again(local: Company) -> None:
    crm = local.crm
    a = made(crm, "account", name="a")
    looked_at: Record = crm.get("account", made(crm, "account", name="b"))
    with crm.work() as work:
        work.update("account", looked_at.id, {"name": "c"})
    with pytest.raises(Conflict), crm.work() as work:
        merge(work, "account", a, [looked_at])
    with crm.work() as work:
        merge(work, "account", a, [crm.get("account", looked_at.id)])


def test_a_merge_that_fails_leaves_nothing(company: Company) -> None:
    crm = company.crm
    a, b = made(crm, "account", name="a"), made(crm, "account", name="b")
    made(crm, "deal", title="1", account=b)
    digest = crm.digest("full").value
    with pytest.raises(Invalid), crm.work() as work:
        merge(work, "account", a, [b])
        work.create("account", {})
    assert crm.digest("full").value == digest


def test_shares_and_consents_follow_and_come_back(company: Company) -> None:
    crm, rep, other = company.crm, company.user("rep", REP), company.user("other", REP)
    a, b = made(crm, "account", name="a"), made(crm, "account", name="b")
    with crm.work() as work:
        share(work, "account", b, user=str(other.principal))
    consent(crm, "account", b, "sales")
    operation, _ = merged(rep, a, b)
    look = crm.as_(System("look"))
    assert [one["record"] for one in look.find("crm_share")] == [a]
    assert [one["subject"] for one in look.find("crm_consent")] == [a]
    done = rep.undo(operation)
    assert not done.impossible
    # Not a word of what he knows nothing about.
    assert {one.module for one in done.restored} == {"account"}
    assert [one["record"] for one in look.find("crm_share")] == [b]
    assert [one["subject"] for one in look.find("crm_consent")] == [b]
    assert not look.find("crm_merge")


def test_nobody_merges_a_person_who_is_restricted(company: Company) -> None:
    crm = company.crm
    a, b = made(crm, "account", name="a"), made(crm, "account", name="b")
    restrict(crm, "account", b, reason="asked")
    digest = crm.digest().value
    with pytest.raises((AccessDenied, NotFound)), crm.work() as work:
        merge(work, "account", a, [b])
    assert crm.digest().value == digest


def test_what_needs_approval_waits_or_stands_in_the_way(company: Company) -> None:
    crm = company.crm
    a, b = made(crm, "account", name="a"), made(crm, "account", name="b", amount="5")
    guard(crm, "account", ["amount"])
    _, found = merged(crm, a, b)
    assert len(found.parked) == len(waiting(crm)) == 1
    assert crm.get("account", a)["amount"] is None
    c = made(crm, "account", name="c")
    made(crm, "deal", title="1", account=c)
    guard(crm, "deal", ["account"])
    with pytest.raises(AccessDenied, match="approval") as error, crm.work() as work:
        merge(work, "account", a, [c])
    assert (error.value.problems[0].module, error.value.problems[0].field) == ("deal", "account")
