"""Many at once, texts that are printed, and whoever receives: by his own rights, at that moment."""

from __future__ import annotations

import pytest
from attrs import evolve
from tests.access.conftest import Company
from tests.access.test_attacks import ALL, HIDDEN, MASKED, OWN, PEOPLE, blind, count_by, refusal

from crmcore import Grant, Role, Workspace, importing
from crmcore.access import Denial, FieldRule, grants_to_json
from crmcore.approving import guard, waiting
from crmcore.editing import preview, update
from crmcore.errors import AccessDenied, CapacityExceeded, CrmError, NotFound
from crmcore.explaining import why
from crmcore.importing import ImportHalted

BULK = (*ALL, "bulk_update")
SECRET = 8675309
"""A value that stands nowhere else."""


def imported(crm: Workspace, *rows: dict[str, object]) -> object:
    return importing.import_file(
        crm, list(rows), modules=["account"], duplicates="update", propose=False
    )


def test_14_an_import_hands_over_and_opens_as_any_other_write(company: Company) -> None:
    """Owners change by the right to transfer; fields open where the new image says so."""
    every = [one for one in BULK if one != "transfer"]
    rule = FieldRule("account", "amount", "read", where="region == 'east'")
    keeping = Role("keeping", grants=[Grant("account", every), PEOPLE], fields=[rule])
    rep = company.user("rep", keeping)
    mine = company.account("mine", rep, code="A1", region="south")
    before = company.crm.digest("full")
    for row in (
        {"code": "A1", "name": "mine", "owner": "boss"},
        {"code": "A1", "name": "mine", "amount": 5, "region": "east"},
        {"code": "A2", "name": "new", "amount": 5, "region": "east"},
    ):
        with pytest.raises(ImportHalted):
            imported(rep, row)
        assert company.crm.digest("full") == before
    imported(rep, {"code": "A1", "name": "renamed", "amount": 5})
    assert company.crm.get("account", mine)["amount"] == 5
    with company.crm.work() as work:
        full = work.find("crm_role", "name == 'keeping'")[0].id
        work.update("crm_role", full, {"grants": grants_to_json([Grant("account", BULK), PEOPLE])})
    imported(rep, {"code": "A1", "name": "mine", "owner": "boss"})
    assert company.crm.get("account", mine)["owner"] == company.crm.principal


def test_14_an_import_has_the_limit_of_rows_of_its_role(company: Company) -> None:
    limited = Role("limited", grants=[Grant("account", BULK), PEOPLE], limits={"import": 2})
    rep = company.user("rep", limited)
    rows: list[dict[str, object]] = [{"name": name} for name in "abc"]
    before = company.crm.digest("full")
    for errors in ("refuse", "reject"):
        made = importing.plan(rep, rows, modules=["account"], errors=errors)  # type: ignore[arg-type]
        with pytest.raises(CapacityExceeded, match="at most 2"):
            importing.load(rep, made)
        assert company.crm.digest("full") == before
    # A plan that says less than there is does not help.
    less = evolve(made, sheets=[evolve(one, rows=1) for one in made.sheets])
    with pytest.raises(CapacityExceeded):
        importing.load(rep, less)
    assert company.crm.digest("full") == before
    imported(rep, *rows[:2])
    assert len(company.crm.find("account")) == 2


def test_16_a_mass_update_is_as_many_updates(company: Company) -> None:
    reading = Grant("account", ("read", "report"))
    rep = company.user("rep", Role("bulk", grants=[reading, Grant("account", BULK, scopes="own")]))
    theirs, mine = company.account("theirs"), company.account("mine", rep)
    before = company.crm.digest("full")
    assert [one.code for one in preview(rep, "account", None, {"region": "east"}).problems] == [
        "outside_scope"
    ]
    with pytest.raises(AccessDenied):
        update(rep, "account", None, {"region": "east"})
    with pytest.raises(AccessDenied), rep.work() as work:
        work.update_all("account", [(mine, {"region": "south"}), (theirs, {"region": "south"})])
    assert company.crm.digest("full") == before
    assert update(rep, "account", "owner == me", {"region": "east"}).count == 1
    assert company.crm.get("account", theirs)["region"] is None


def test_16_what_was_removed_comes_back_by_right_alone(company: Company) -> None:
    keeper = company.user("keeper", Role("all", grants=[Grant("account", ALL)]))
    one = company.account("a", keeper, region="east")
    with keeper.work() as work:
        work.delete("account", one)
        operation = work.operation
    user = str(keeper.principal)
    never = Role("never", grants=[Grant("account", ("read", "create", "update", "delete"))])
    south = Role("south", grants=[Grant("account", ALL, "region == 'south'")])
    for role in (never, south):
        made = company.role(role)
        with company.crm.work() as work:
            work.update("crm_user", user, {"roles": [made]})
        before = company.crm.digest("full")
        assert not keeper.undo(operation).restored
        assert company.crm.digest("full") == before
        with pytest.raises(NotFound):
            company.crm.get("account", one)


@pytest.mark.parametrize("role", [HIDDEN, MASKED], ids=["hidden", "masked"])
def test_16_a_copy_holds_no_more_than_was_read(company: Company, role: Role) -> None:
    rep = company.user("rep", role)
    one = company.account("a", amount=SECRET, phone="13812345678")
    record = rep.get("account", one)
    given = {name: record[name] for name in ("name", "region", "email")}
    with rep.work() as work:
        made = work.create("account", given).id
    copied = company.crm.get("account", made)
    assert (copied["name"], copied["amount"], copied["phone"]) == ("a", None, None)
    with pytest.raises(CrmError), rep.work() as work:
        work.create("account", {**given, "amount": record.get("amount", 1)})


def test_18_what_is_printed_holds_no_hidden_value(company: Company) -> None:
    denied = Denial("too large", "account", ("update", "delete"), "amount > 1000")
    role = Role(
        "denied", grants=[Grant("account", BULK), PEOPLE], denials=[denied], fields=HIDDEN.fields
    )
    rep = company.user("rep", role)
    one = company.account("a", amount=SECRET, code="A1", phone="13812345678")
    company.account("b", amount=5, code="B1")

    def write(values: dict[str, object]) -> None:
        with rep.work() as work:
            work.update("account", one, values)

    told = [
        refusal(lambda: write({"region": "east"})),
        refusal(lambda: write({"region": "nowhere"})),
        refusal(lambda: write({"code": "B1"})),
        refusal(lambda: write({"amount": "x"})),
        refusal(lambda: update(rep, "account", "name == 'a' and amount > 1", {"region": "east"})),
        *why(rep, "rep", "update", "account", one).lines("zh"),
        *why(rep, "rep", "update", "account", one).lines("en"),
        str(importing.plan(rep, [{"name": "x", "code": "A1"}], modules=["account"])),
        *map(str, rep.history("account", one)),
    ]
    for text in told:
        assert str(SECRET) not in text.replace(",", "")
        assert "5678" not in text


def test_18_a_request_is_shown_as_far_as_its_fields_are(company: Company) -> None:
    """So is a question that somebody with more rights made."""
    approving = Grant("account", ("read", "update", "approve"))
    clerk = company.user("clerk", Role("clerk", grants=[Grant("account", ("read", "update"))]))
    chief = company.user("chief", Role("chief", grants=[approving], fields=HIDDEN.fields))
    one = company.account("a", amount=5)
    guard(company.crm, "account", ["amount", "region"])
    with clerk.work() as work:
        work.update("account", one, {"amount": SECRET, "region": "east"})
    (shown,) = waiting(chief)
    assert dict(shown.changes) == {"region": (None, "east")}
    assert str(SECRET) not in str(shown)
    (whole,) = waiting(company.crm)
    assert set(whole.changes) == {"amount", "region"}
    assert len(chief.find("crm_change_request")) == 0
    refusal(lambda: chief.summarize(count_by("account", "amount")))


def test_19_the_feed_is_read_with_the_rights_of_its_moment(company: Company) -> None:
    feed = Grant("crm_change_set", "read")
    rep = company.user("rep", OWN, Role("feed", grants=[feed]))
    company.account("theirs")
    mine = company.account("mine", rep)
    seen = [entry for one in rep.changes() for entry in one.entries if entry.module == "account"]
    assert [entry.record for entry in seen] == [mine]
    waiting_feed = rep.changes()
    with company.crm.work() as work:
        own = work.find("crm_role", "name == 'own'")[0].id
        work.update("crm_user", str(rep.principal), {"roles": [own]})
    with pytest.raises(AccessDenied):
        list(waiting_feed)
    with pytest.raises(AccessDenied):
        rep.changes()


def test_19_the_feed_has_the_change_sets_that_are_listed(company: Company) -> None:
    own = Grant("crm_change_set", "read", "user == me")
    rep = company.user("rep", OWN, Role("own feed", grants=[own]))
    company.account("theirs")
    with rep.work() as work:
        work.create("account", {"name": "mine"})
    listed = {one.id for one in rep.find("crm_change_set")}
    assert {one.id for one in rep.changes()} == listed
    assert {one.user for one in rep.changes()} == {str(rep.principal)}
    assert len(list(company.crm.changes())) > len(listed)


def test_19_what_waits_is_told_by_the_rights_of_the_moment(company: Company) -> None:
    role = Role("chief", grants=[Grant("account", ("read", "update", "approve"))])
    chief, clerk = company.user("chief", role), company.user("clerk", OWN)
    one = company.account("a", clerk, amount=5)
    guard(company.crm, "account", ["amount"])
    with clerk.work() as work:
        work.update("account", one, {"amount": SECRET})
    assert len(waiting(chief)) == 1
    # The right to decide is none to read.
    east = [Grant("account", "read", "region == 'east'"), Grant("account", "approve")]
    less = company.role(Role("less", grants=east))
    with company.crm.work() as work:
        work.update("crm_user", str(chief.principal), {"roles": [less]})
    assert waiting(chief) == []
    with company.crm.work() as work:
        work.update("account", one, {"owner": None})
    # Who asked sees that he asked, and nothing of a record that he lost.
    (left,) = waiting(clerk)
    assert dict(left.changes) == {}


def test_28_similar_records_are_not_shown_to_exist(company: Company) -> None:
    rep, secret = blind(company)
    company.account("上海宏图贸易有限公司", phone="13912345678", email="li@example.com")
    company.account("mine", rep)

    def told(row: dict[str, object]) -> str:
        made = importing.plan(rep, [row], modules=["account"], duplicates="ask")
        text = "\n".join([str(made), *(one.message() for one in made.problems)])
        for value in row.values():
            text = text.replace(str(value), "·")
        return text.replace(made.op_id, "·")

    like = {"name": "上海宏图贸易", "phone": "13912345678", "email": "li@example.com"}
    unlike = {"name": "北京长城贸易", "phone": "13800000000", "email": "no@example.com"}
    assert told(like) == told(unlike)
    assert secret not in told(like)
    for row in (like, unlike):
        with rep.work() as work:
            work.create("account", row)
