"""Leaks that the proof of non-interference found, one test each."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pyarrow import parquet
from tests.access.conftest import Company

from crmcore import Grant, Role
from crmcore.access import Denial, FieldRule
from crmcore.approving import guard
from crmcore.clock import ManualClock
from crmcore.editing import preview
from crmcore.errors import AccessDenied, Invalid
from crmcore.explaining import why

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


def test_the_mask_of_some_records_is_not_that_of_others(company: Company) -> None:
    some = FieldRule("account", "phone", "masked", "last4", "region == 'east'")
    rules = [some, FieldRule("account", "phone", "masked")]
    rep = company.user("rep", Role("fields", grants=OWN.grants, fields=rules))
    far = company.account("a", phone="13812345678", region="south")
    near = company.account("b", phone="13812345678", region="east")
    assert rep.get("account", far)["phone"] == "****"
    assert rep.get("account", near)["phone"] == "****5678"
    with company.crm.work() as work:
        work.create("deal", {"title": "x", "account": far, "owner": rep.principal})
    found = rep.find("deal", columns=["account.phone"])
    assert [row[0] for row in found.rows()] == ["****"]


def test_denials_of_one_name_all_hold(company: Company) -> None:
    grants = [Grant("account", "read")]
    one = Role("one", grants=grants, denials=[Denial("no", "account", where="region == 'east'")])
    other = Role("other", denials=[Denial("no", "account", where="region == 'south'")])
    rep = company.user("rep", one, other)
    for region in ("east", "south"):
        company.account(region, region=region)
    free = company.account("free")
    assert [found.id for found in rep.find("account")] == [free]


def test_policy_does_not_look_behind_a_link_to_the_invisible(company: Company) -> None:
    deals = [Grant("deal", "create", "account.region == 'east'"), Grant("deal", "read")]
    rep = company.user("rep", Role("own", grants=[Grant("account", "read", None, "own"), *deals]))
    told = set()
    for region in ("east", "south"):
        hidden = company.account(region, region=region)
        with pytest.raises(Invalid) as refused, rep.work() as work:
            work.create("deal", {"title": "x", "account": hidden})
        told.add(refused.value.code)
    assert told == {"link_not_found"}


def test_a_second_guarded_module_keeps_the_first(company: Company) -> None:
    guard(company.crm, "account", ["amount"])
    guard(company.crm, "deal", ["amount"])
    one = company.account("a", amount=5)
    with company.crm.work() as work:
        work.update("account", one, {"amount": 6})
        assert work.parked
    assert company.crm.get("account", one)["amount"] == 5


def test_an_extract_tells_no_position(company: Company, tmp_path: Path) -> None:
    rep = company.user("rep", Role("out", grants=[*OWN.grants, Grant("account", "export")]))
    company.account("a")
    rep.extract(tmp_path / "rep", modules=["account"])
    facts = parquet.read_schema(tmp_path / "rep" / "account.parquet").metadata
    assert b"crmcore.position" not in facts
    company.crm.extract(tmp_path / "all", modules=["account"])
    facts = parquet.read_schema(tmp_path / "all" / "account.parquet").metadata
    assert b"crmcore.position" in facts


def test_the_preview_of_a_batch_covers_what_is_masked(company: Company) -> None:
    rule = FieldRule("account", "amount", "masked", "full", "owner != me")
    grants = [Grant("account", ("read", "update", "bulk_update"))]
    rep = company.user("rep", Role("batch", grants=grants, fields=[rule]))
    company.account("a", amount=5)
    company.account("b", amount=7)
    for amount in (5, 6):
        seen = preview(rep, "account", None, {"amount": amount})
        assert seen.changing == 2
        assert {row[1] for row in seen.sample.rows()} == {"****"}


def test_explanations_tell_no_hidden_field(company: Company) -> None:
    rule = FieldRule("account", "amount", "hidden")
    over = Grant("account", ("read", "update"), "amount > 100")
    own = Role("own", grants=[Grant("account", "read"), over], fields=[rule])
    rep = company.user("rep", own)
    company.role(Role("more", grants=[Grant("account", ("read", "delete"), "amount > 100")]))
    records = [company.account("a", amount=amount) for amount in (5, 500)]
    told = [
        why(rep, "rep", operation, "account", record)
        for record in records
        for operation in ("read", "delete")
    ]
    for small, large in zip(told[:2], told[2:], strict=True):
        assert (small.reasons, small.obstacles) == (large.reasons, large.obstacles)
        assert small.remedies == large.remedies
    # Nor how many records a remedy opens that he does not see.
    few = company.user("few", Role("few", grants=[Grant("account", "read", None, "own")]))
    mine = company.account("mine", few)
    (least, *_) = why(few, "few", "delete", "account", mine).remedies
    assert least.exposes is None


def test_a_share_is_no_remedy_where_its_grant_wants_more(company: Company) -> None:
    some = Grant("account", ("read", "delete"), "amount > 100", "shared")
    company.user("rep", Role("some", grants=[Grant("account", "read"), some]))
    small, large = company.account("a", amount=5), company.account("b", amount=500)
    for record, helps in ((small, False), (large, True)):
        found = why(company.crm, "rep", "delete", "account", record).remedies
        assert ("share" in {one.code for one in found}) is helps
