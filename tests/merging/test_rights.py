"""Attack 16: a merge is as many authorised operations as it does, and tells no more than they."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.access.conftest import Company
from tests.merging.conftest import FREELY, linked, made

from crmcore import Grant, Role, System, Workspace
from crmcore.access import FieldRule
from crmcore.errors import AccessDenied, CrmError, Invalid, NotFound, SchemaError
from crmcore.merging import merge, preview, survivor
from crmcore.sharing import share


def role(name: str, *fields: FieldRule, **grants: Sequence[str] | Sequence[Grant]) -> Role:
    """A role that may do everything freely, but with the modules that `grants` name."""
    found: list[Grant] = []
    for module in ("account", "deal", "note"):
        given = grants.get(module, FREELY)
        for one in given:
            found.append(one if isinstance(one, Grant) else Grant(module, (one,)))
    return Role(name, grants=found, fields=list(fields))


def refused(crm: Workspace, keep: str, *others: str, **take: str) -> CrmError:
    """The error of a merge of accounts that changed nothing."""
    look = crm.as_(System("look"))
    before = look.digest("full").value
    with pytest.raises(CrmError) as error, crm.work() as work:
        merge(work, "account", keep, others, take=take)
    assert look.digest("full").value == before
    return error.value


@pytest.mark.parametrize("missing", ["merge", "delete"])
def test_each_right_is_needed(company: Company, missing: str) -> None:
    rights = [one for one in FREELY if one != missing]
    one = company.user("one", role("r", account=rights))
    a, b = company.account("a"), company.account("b")
    found = refused(one, a, b)
    assert (type(found), found.code) == (AccessDenied, "not_allowed")
    assert found.problems[0].params["operation"] == missing


def test_rights_hold_on_the_very_records(company: Company) -> None:
    whole = Grant("account", ("read", "report", "update"))
    own = Grant("account", ("merge", "delete"), scopes="own")
    one = company.user("one", role("r", account=[whole, own]))
    mine, theirs = company.account("a", one), company.account("b")
    assert refused(one, mine, theirs).code == "outside_scope"
    assert refused(one, theirs, mine).code == "outside_scope"


def test_who_may_delete_no_kept_one_merges_into_it(company: Company) -> None:
    rights = [
        Grant("account", ("read", "update", "merge")),
        Grant("account", "delete", scopes="own"),
    ]
    one = company.user("one", role("r", account=rights))
    theirs, mine = company.account("a"), company.account("b", one)
    with one.work() as work:
        merge(work, "account", theirs, [mine])
    assert survivor(company.crm, "account", mine).id == theirs


def test_what_one_does_not_see_is_not_there(company: Company) -> None:
    one = company.user("one", role("r", account=[Grant("account", FREELY, scopes="own")]))
    mine, theirs = company.account("a", one), company.account("b")
    nobody = "0" * 32
    for keep, other in ((mine, theirs), (theirs, mine)):
        found = refused(one, keep, other)
        ids = [nobody if each == theirs else each for each in (keep, other)]
        there = refused(one, *ids)
        assert type(found) is type(there) is NotFound
        assert str(found).replace(theirs, nobody) == str(there)
    with pytest.raises(SchemaError):
        preview(one, "account", mine, [company.account("c", one)], take={"nothing": mine})


def test_what_unseen_records_hang_on_is_in_use(company: Company) -> None:
    deals = [Grant("deal", FREELY, scopes="own")]
    one = company.user("one", role("r", deal=deals))
    a, b = company.account("a", one), company.account("b", one)
    made(company.crm, "deal", title="theirs", account=b)
    found = refused(one, a, b)
    assert (type(found), found.code) == (Invalid, "in_use")
    assert "deal" not in str(found)
    with company.crm.work() as work:
        merge(work, "account", a, [b])
    assert linked(company.crm, "deal", "account") == [a]


def test_what_hangs_on_it_moves_by_ones_own_right(company: Company) -> None:
    deals = [Grant("deal", ("read", "report"))]
    one = company.user("one", role("r", deal=deals))
    a, b = company.account("a", one), company.account("b", one)
    made(company.crm, "deal", title="1", account=b)
    found = refused(one, a, b)
    assert (type(found), found.problems[0].module) == (AccessDenied, "deal")
    linked_to = company.user("two", role("s", FieldRule("deal", "account", "read")))
    found = refused(linked_to, a, b)
    assert (found.code, found.problems[0].field) == ("field_not_writable", "account")
    unknown = company.user("three", role("t", FieldRule("deal", "account", "hidden")))
    assert refused(unknown, a, b).code == "in_use"


def test_nobody_gains_what_hung_on_another(company: Company) -> None:
    """Attack 17: who could not change a deal does not come to own it through its account."""
    through = [Grant("deal", FREELY, where="account.owner == me"), Grant("deal", "read")]
    one = company.user("one", role("r", deal=through))
    mine, theirs = company.account("a", one), company.account("b")
    made(company.crm, "deal", title="theirs", account=theirs)
    assert refused(one, mine, theirs).code == "outside_scope"


@pytest.mark.parametrize("level", ["hidden", "masked"])
def test_values_that_one_does_not_see_stay(company: Company, level: str) -> None:
    rule = FieldRule("account", "email", level)  # type: ignore[arg-type]
    one = company.user("one", role("r", rule))
    full, empty = (company.account("x", one, email=mail) for mail in ("a@b.cn", None))
    a, b = company.account("a", one), company.account("b", one)
    with one.work() as work:
        with_value = merge(work, "account", a, [full])
        operation = work.operation
    with one.work() as work:
        without = merge(work, "account", b, [empty])
    assert dict(with_value.taken) == dict(without.taken) == {}
    assert with_value.withheld == without.withheld == ()
    assert company.crm.get("account", a)["email"] is None
    c, d = company.account("c", one), company.account("d", one, email="d@b.cn")
    found = refused(one, c, d, email=d)
    assert type(found) is (SchemaError if level == "hidden" else AccessDenied)
    # What was not his to see comes back with the record.
    assert not one.undo(operation).impossible
    assert company.crm.get("account", full)["email"] == "a@b.cn"


def test_what_one_may_not_write_is_told(company: Company) -> None:
    one = company.user("one", role("r", FieldRule("account", "email", "read")))
    a, b = company.account("a", one), company.account("b", one, email="b@b.cn", amount="5")
    with one.work() as work:
        found = merge(work, "account", a, [b])
    assert (found.withheld, found.taken) == (("email",), {"amount": b})
    c = company.account("c", one, email="c@b.cn")
    found_error = refused(one, a, c, email=c)
    assert (found_error.code, found_error.problems[0].field) == ("field_not_writable", "email")


def test_the_owner_changes_by_the_right_to_transfer(company: Company) -> None:
    rights = [one for one in FREELY if one != "transfer"]
    one = company.user("one", role("r", account=rights))
    a, b = company.account("a", one), company.account("b")
    assert refused(one, a, b, owner=b).code == "not_allowed"
    with one.work() as work:
        merge(work, "account", a, [b])
    assert company.crm.get("account", a)["owner"] == one.principal


def test_shares_stay_where_one_may_not_share(company: Company) -> None:
    rights = [one for one in FREELY if one != "share"]
    one = company.user("one", role("r", account=rights))
    a, b = company.account("a", one), company.account("b", one)
    with company.crm.work() as work:
        share(work, "account", b, user=str(one.principal))
    with one.work() as work:
        merge(work, "account", a, [b])
        operation = work.operation
    look = company.crm.as_(System("look"))
    assert [share["record"] for share in look.find("crm_share")] == [b]
    one.undo(operation)
    assert [share["record"] for share in look.find("crm_share")] == [b]


def test_only_who_saw_it_learns_what_became_of_it(company: Company) -> None:
    one = company.user("one", role("r", account=[Grant("account", FREELY, scopes="own")]))
    mine, theirs = company.account("a", one), company.account("b")
    with company.crm.work() as work:
        merge(work, "account", mine, [theirs])
    with pytest.raises(NotFound) as unseen:
        survivor(one, "account", theirs)
    with pytest.raises(NotFound) as never:
        survivor(one, "account", "0" * 32)
    assert str(unseen.value).replace(theirs, "0" * 32) == str(never.value)
    other = company.account("c")
    with company.crm.work() as work:
        merge(work, "account", other, [mine])
    # He saw what was merged, and does not see what it was merged into.
    with pytest.raises(NotFound) as hidden:
        survivor(one, "account", mine)
    assert other not in str(hidden.value)
