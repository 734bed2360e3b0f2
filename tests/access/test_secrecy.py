"""Leaks that the proof of non-interference found, one test each."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pyarrow import parquet
from tests.access.conftest import Company

from crmcore import Grant, Role
from crmcore.access import FieldRule
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied

OWN = Role(
    "own",
    grants=[
        Grant("account", ("read", "update", "report")),
        Grant("deal", ("read", "report"), scopes="own"),
        Grant("crm_user", "read"),
    ],
)


def test_positions_would_count_the_changes_of_others(company: Company) -> None:
    rep = company.user("rep", OWN)
    one = company.account("a")
    made = company.crm.history("account", one)[0]
    told = rep.history("account", one)[0]
    assert made.position is not None
    assert told.position is None
    for position in (made.position, 10_000):
        with pytest.raises(AccessDenied):
            rep.find("account", as_of=position)
    # The change itself still names its moment.
    assert rep.get("account", one, as_of=told)["name"] == "a"


def test_roll_ups_tell_nothing_of_what_one_does_not_see(company: Company) -> None:
    rep = company.user("rep", OWN)
    one = company.account("a")
    with company.crm.work() as work:
        work.create("deal", {"title": "x", "account": one, "amount": 5})
        work.create("deal", {"title": "y", "account": one, "amount": 7, "owner": rep.principal})
    with rep.work() as work:
        answered = work.update("account", one, {"name": "b"})
    assert (answered["deals"], answered["total"]) == (1, 7)
    assert rep.get("account", one)["deals"] == 1
    assert not any(
        {"deals", "total"} & set(change.fields) for change in rep.history("account", one)
    )
    assert company.crm.get("account", one)["deals"] == 2


def test_a_change_under_a_mask_is_not_told(company: Company) -> None:
    rule = FieldRule("account", "phone", "masked", "last4")
    rep = company.user("rep", Role("fields", grants=OWN.grants, fields=[rule]))
    one = company.account("a", phone="13812345678")
    for phone in ("13912345678", "13912340000"):
        with company.crm.work() as work:
            work.update("account", one, {"phone": phone})
    told = [change.fields.get("phone") for change in rep.history("account", one)]
    assert told == [("****", "****5678"), ("****5678", "****0000")]
    assert len(company.crm.history("account", one)) == 3


def test_a_hidden_change_after_a_roll_up_moves_no_stamp(
    company: Company, clock: ManualClock
) -> None:
    rule = FieldRule("account", "code", "hidden")
    rep = company.user("rep", Role("fields", grants=OWN.grants, fields=[rule]))
    one = company.account("a")
    clock.advance(timedelta(hours=1))
    with company.crm.work() as work:
        deal = work.create("deal", {"title": "x", "account": one, "amount": 5}).id
    before = rep.get("account", one).updated_at
    for code in ("1", "2"):
        with company.crm.work() as work:
            work.update("account", one, {"code": code})
        with company.crm.work() as work:
            work.update("deal", deal, {"account": None})
    assert rep.get("account", one).updated_at == before
    assert len(rep.history("account", one)) == 1
    assert company.crm.get("account", one).updated_at > before


def test_a_field_of_a_removed_record_is_as_hidden_as_it_was_last(company: Company) -> None:
    rule = FieldRule("account", "amount", "hidden", where="region == 'south'")
    rep = company.user("rep", Role("fields", grants=OWN.grants, fields=[rule]))
    hidden = company.account("a", amount=5, region="south")
    shown = company.account("b", amount=5, region="east")
    with company.crm.work() as work:
        work.delete("account", hidden)
        work.delete("account", shown)
    assert "amount" not in rep.history("account", hidden)[0].fields
    assert "amount" in rep.history("account", shown)[0].fields


def test_an_extract_tells_no_hidden_change(company: Company, tmp_path: Path) -> None:
    rule = FieldRule("account", "amount", "hidden")
    grants = [*OWN.grants, Grant("account", "export")]
    rep = company.user("rep", Role("fields", grants=grants, fields=[rule]))
    one = company.account("a", amount=5)
    for values in ({"amount": 6}, {"name": "b"}, {"amount": 7}):
        with company.crm.work() as work:
            work.update("account", one, values)
    rep.extract(tmp_path / "rep", modules=["account"])
    table = parquet.read_table(tmp_path / "rep" / "history" / "account.parquet")
    assert table.column("name").to_pylist() == ["a", "b"]
    began, ended = (table.column(name).to_pylist() for name in ("_valid_from", "_valid_to"))
    assert ended == [began[1], None]
    company.crm.extract(tmp_path / "all", modules=["account"])
    whole = parquet.read_table(tmp_path / "all" / "history" / "account.parquet")
    assert whole.num_rows == 4
