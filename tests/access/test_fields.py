"""Field rights: what is hidden or masked tells nothing, in any position, on any backend."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.access.conftest import Company

from crmcore import Grant, GroupBy, Measure, Role, Summary, Workspace
from crmcore.access import Denial, FieldRule, masked
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, CrmError, Invalid, NotFound, QueryError, SchemaError

ALL = Grant("*", ("read", "create", "update", "delete", "report", "restore"))
PEOPLE = Grant("crm_user", "read")


def rep_with(company: Company, *rules: FieldRule, denials: tuple[Denial, ...] = ()) -> Workspace:
    return company.user("rep", Role("fields", grants=[ALL, PEOPLE], fields=rules, denials=denials))


HIDING = FieldRule("account", ("amount", "phone"), "hidden")
MASKING = FieldRule("account", ("amount", "phone"), "masked", "last4")


def positions(name: str) -> list[Callable[[Workspace], object]]:
    """Every place of a question in which a field could tell its value."""
    return [
        lambda crm: crm.find("account", f"{name} > 1"),
        lambda crm: crm.find("account", f"1 < {name}"),
        lambda crm: crm.find("account", f"not ({name} == 1)"),
        lambda crm: crm.find("account", f"{name} in [1, 2]"),
        lambda crm: crm.find("account", f"{name} == null"),
        lambda crm: crm.find("account", f"is_empty({name})"),
        lambda crm: crm.find("account", f"name == 'a' or {name} == 1"),
        lambda crm: crm.find("account", order=name),
        lambda crm: crm.find("account", order=f"name, {name} desc", limit=1),
        lambda crm: crm.find("deal", f"account.{name} > 1"),
        lambda crm: crm.find("deal", order=f"account.{name}"),
        lambda crm: crm.find("account", f"exists(deals, account.{name} > 1)"),
        lambda crm: crm.summarize(Summary("account", (GroupBy(name),), (Measure("count"),))),
        lambda crm: crm.summarize(Summary("account", (), (Measure("sum", name),))),
        lambda crm: crm.summarize(Summary("account", (), (Measure("max", name),))),
        lambda crm: crm.summarize(Summary("account", (), (Measure("count_distinct", name),))),
        lambda crm: crm.summarize(
            Summary("account", (), (Measure("count", where=parsed(f"{name} > 1")),))
        ),
        lambda crm: crm.summarize(Summary("deal", (GroupBy(("account", name)),), ())),
    ]


def parsed(text: str) -> object:
    from crmcore.query.text import parse

    return parse(text)


@pytest.mark.parametrize("rule", [HIDING, MASKING], ids=["hidden", "masked"])
def test_no_position_of_a_question_takes_it(local: Company, rule: FieldRule) -> None:
    """Beside the refusal stands the proof that who may know it is answered."""
    rep = rep_with(local, rule)
    local.account("a", amount=5)
    for ask in positions("amount"):
        ask(local.crm)
        with pytest.raises((QueryError, SchemaError)) as refused:
            ask(rep)
        assert refused.value.code in ("unknown_field", "field_withheld")
    # What is computed of it is no way around.
    for ask in positions("double"):
        with pytest.raises((QueryError, SchemaError)):
            ask(rep)


def test_a_hidden_field_is_not_there_whether_set_or_empty(company: Company) -> None:
    rep = rep_with(company, HIDING)
    full = company.account("a", amount=5, phone="13812345678")
    company.account("b")
    page = rep.find("account", order="name")
    for record in (*page, rep.get("account", full)):
        assert not {"amount", "phone", "double"} & set(record)
        assert "amount" not in repr(record)
        with pytest.raises(SchemaError):
            record["amount"]
    assert [column.name for column in page.table().columns].count("amount") == 0
    with pytest.raises(QueryError):
        rep.find("account", columns=["name", "amount"])
    with company.crm.work() as work:
        deal = work.create("deal", {"title": "d", "account": full}).id
    # A field read through a link is hidden with what it shows.
    assert "phone" not in rep.get("deal", deal)
    assert company.crm.get("deal", deal)["phone"] is not None
    with pytest.raises(QueryError):
        rep.find("deal", columns=["title", "account.phone"])


def test_a_masked_field_shows_its_mask_alone(company: Company) -> None:
    rep = rep_with(company, FieldRule("account", ("phone", "name"), "masked", "last4"))
    one = company.account("上海宏图贸易", phone="13812345678")
    company.account("b")
    assert rep.get("account", one)["phone"] == "****5678"
    shown = rep.find("account", columns=["phone", "region"])
    assert sorted(str(row[0]) for row in shown.rows()) == ["****", "****5678"]
    with company.crm.work() as work:
        work.create("deal", {"title": "d", "account": one})
    table = rep.find("deal", columns=["title", "account", "account.phone"])
    assert next(table.rows())[2] == "****5678"
    assert "宏图" not in table.to_csv()
    assert "宏图" in company.crm.find("deal", columns=["account"]).to_csv()


def test_a_field_is_open_where_its_condition_holds(company: Company) -> None:
    rule = FieldRule("account", ("amount",), "hidden", where="owner != me")
    rep = rep_with(company, rule)
    mine = company.account("a", rep, amount=5)
    theirs = company.account("b", amount=7)
    empty = company.account("c")
    assert rep.get("account", mine)["amount"] == Decimal("5.00")
    assert rep.get("account", theirs)["amount"] == rep.get("account", empty)["amount"] == "****"
    rows = rep.find("account", columns=["amount"], order="name").rows()
    assert [row[0] for row in rows] == [Decimal("5.00"), "****", "****"]
    with pytest.raises(QueryError):
        rep.find("account", "amount > 1")
    with rep.work() as work:
        work.update("account", mine, {"amount": 6})
    with pytest.raises(AccessDenied), rep.work() as work:
        work.update("account", theirs, {"amount": 6})


def test_the_most_open_role_decides_and_a_denial_over_all(company: Company) -> None:
    hiding = Role("hiding", grants=[ALL], fields=[HIDING])
    reading = Role("reading", grants=[ALL], fields=[FieldRule("account", ("amount",), "read")])
    silent = Role("silent", fields=[FieldRule("account", ("amount",), "write")])
    denying = Role("denying", denials=[Denial("no amounts", "account", "read", fields="amount")])
    one = company.account("a", amount=5)
    both = company.user("both", hiding, reading)
    assert both.get("account", one)["amount"] == 5
    with pytest.raises(AccessDenied), both.work() as work:
        work.update("account", one, {"amount": 1})
    assert "amount" not in company.user("hidden", hiding, silent).get("account", one)
    assert "amount" not in company.user("denied", reading, denying).get("account", one)


@pytest.mark.parametrize("level", ["hidden", "masked", "read"])
def test_what_one_may_not_write_is_refused_and_nothing_changes(
    company: Company, level: str
) -> None:
    rep = rep_with(company, FieldRule("account", ("amount",), level))  # type: ignore[arg-type]
    one = company.account("a", amount=5)
    before = company.crm.digest("full")
    attempts: list[Callable[[Workspace], object]] = [
        lambda crm: wrote(crm, lambda work: work.update("account", one, {"amount": 1})),
        lambda crm: wrote(crm, lambda work: work.update("account", one, {"金额": 1})),
        lambda crm: wrote(crm, lambda work: work.create("account", {"name": "b", "amount": 1})),
        lambda crm: wrote(crm, lambda work: work.upsert("account", {"code": "1"}, {"amount": 1})),
        lambda crm: wrote(crm, lambda work: work.update_all("account", [(one, {"amount": 1})])),
        lambda crm: wrote(crm, lambda work: work.create_all("account", [{"amount": 1}])),
    ]
    for attempt in attempts:
        with pytest.raises((AccessDenied, SchemaError)) as refused:
            attempt(rep)
        assert "5" not in str(refused.value)
    assert company.crm.digest("full") == before
    # The other fields of the record are his, and what he does not see stays.
    with rep.work() as work:
        work.update("account", one, {"name": "b"})
    assert company.crm.get("account", one)["amount"] == 5


def wrote(crm: Workspace, act: Callable[..., object]) -> None:
    with crm.work() as work:
        act(work)


def test_history_keeps_to_what_one_may_see_today(company: Company, clock: ManualClock) -> None:
    rep = rep_with(company, HIDING, FieldRule("account", ("email",), "masked", "domain"))
    one = company.account("a", amount=5, email="li@example.com")
    told = rep.get("account", one)
    clock.moment = clock.now().replace(hour=12)
    with company.crm.work() as work:
        work.update("account", one, {"amount": 6})
    with company.crm.work() as work:
        work.update("account", one, {"email": "wang@example.org", "amount": 7})
    changes = rep.history("account", one)
    assert [change.kind for change in changes] == ["created", "updated"]
    assert changes[1].fields == {"email": ("****@example.com", "****@example.org")}
    assert len(company.crm.history("account", one)) == 3
    # A change of hidden fields alone is no update to him.
    seen = rep.get("account", one)
    assert seen.updated_at == told.updated_at
    with company.crm.work() as work:
        work.update("account", one, {"name": "b"})
    now = company.crm.get("account", one)
    assert rep.get("account", one).updated_at == now.updated_at != told.updated_at
    for ask in ("updated_at > '2026-03-01T00:00:00Z'", "updated_by == me"):
        with pytest.raises(QueryError):
            rep.find("account", ask)


def test_a_key_that_is_hidden_finds_nothing(company: Company) -> None:
    rep = rep_with(company, FieldRule("account", ("code",), "hidden"))
    company.account("a", code="S1")
    found = []
    for code in ("S1", "S2"):
        with pytest.raises(CrmError) as refused, rep.work() as work:
            work.upsert("account", {"code": code}, {"name": "x"})
        found.append(str(refused.value).replace(code, ""))
        with pytest.raises(Invalid) as unlinked, rep.work() as work:
            work.create("deal", {"title": "x", "account": {"code": code}})
        found.append(unlinked.value.code)
    assert found[:2] == found[2:]


def test_as_of_moves_the_data_and_not_the_rights(company: Company) -> None:
    one = company.account("a", amount=5, phone="13812345678")
    rep = rep_with(company, HIDING)
    made = rep.history("account", one)[0]
    past = rep.get("account", one, as_of=made)
    assert "amount" not in past
    with pytest.raises(QueryError):
        rep.find("account", "amount > 1", as_of=made)


def test_an_undo_writes_no_field_that_one_may_not(company: Company) -> None:
    rep = rep_with(company, FieldRule("account", ("amount",), "read"))
    one = company.account("a", amount=5)
    with company.crm.work() as work:
        work.update("account", one, {"amount": 6})
        operation = work.operation
    with pytest.raises((AccessDenied, NotFound)):
        rep.undo(operation)
    assert company.crm.get("account", one)["amount"] == 6


@given(st.text(min_size=1, max_size=30), st.sampled_from(["full", "last4", "phone", "keep:2,3"]))
def test_a_mask_never_shows_a_short_text(text: str, mask: str) -> None:
    shown = masked(mask, text)
    hidden = len(text) - sum(1 for one in shown.replace("****", "", 1))
    assert hidden >= min(3, len(text))
    assert masked(mask, None) == masked("full", text)


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        ("last4", "13812345678", "****5678"),
        ("phone", "13812345678", "138****5678"),
        ("domain", "li@example.com", "****@example.com"),
        ("domain", "none", "****"),
        ("initials", "王小明", "王**"),
        ("initials", "Ada Lovelace", "A. L."),
        ("bucket", Decimal("12345.67"), "10,000–99,999"),
        ("bucket", 7, "0–9"),
        ("bucket", "x", "****"),
        ("keep:3,0", "abcdefgh", "abc****"),
    ],
)
def test_masks(mask: str, value: object, shown: str) -> None:
    assert masked(mask, value) == shown


def test_an_unknown_mask_is_refused() -> None:
    for mask in ("first", "keep:1", "keep:a,b"):
        with pytest.raises(SchemaError):
            FieldRule("account", "phone", "masked", mask)
    with pytest.raises(SchemaError):
        FieldRule("account", "phone", "open")  # type: ignore[arg-type]
