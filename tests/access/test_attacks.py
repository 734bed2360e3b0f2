"""Attacks of somebody who must not learn a value: one test for each that can be tried by now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.access.conftest import Company

from crmcore import Formula, Grant, GroupBy, Measure, Role, Summary, System, Workspace, importing
from crmcore.access import Denial, FieldRule
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, CrmError, Duplicate, Invalid, NotFound
from crmcore.explaining import who_can, why
from crmcore.exporting import export
from crmcore.query import ast
from crmcore.query.text import parse
from crmcore.sharing import share

ALL = ("read", "create", "update", "delete", "report", "export", "import", "restore", "transfer")
PEOPLE = Grant("crm_user", "read")
HIDDEN = Role(
    "hidden",
    grants=[Grant("account", ALL), Grant("deal", ALL), PEOPLE],
    fields=[FieldRule("account", ("amount", "phone"), "hidden")],
)
MASKED = Role(
    "masked",
    grants=[Grant("account", ALL), Grant("deal", ALL), PEOPLE],
    fields=[FieldRule("account", ("amount", "phone"), "masked", "last4")],
)
OWN = Role("own", grants=[Grant("account", ALL, scopes="own"), Grant("deal", ALL, scopes="own")])


def refusal(act: Callable[[], object]) -> str:
    """How an act is refused, to the letter."""
    with pytest.raises(CrmError) as refused:
        act()
    return f"{refused.value.code} {refused.value}"


def blind(company: Company) -> tuple[Workspace, str]:
    """Somebody who sees his own records alone, and one that is not his."""
    rep = company.user("rep", OWN)
    return rep, company.account("secret", code="S1", region="east", amount=77, phone="13812345678")


def count_by(module: str, path: str, where: str | None = None) -> Summary:
    condition = None if where is None else parse(where)
    return Summary(module, (GroupBy(tuple(path.split("."))),), (Measure("count"),), condition)


def test_01_selecting_a_hidden_field(company: Company) -> None:
    rep = company.user("rep", HIDDEN)
    told = []
    for amount in (None, 5):
        one = company.account("a", amount=amount)
        record = rep.get("account", one)
        told.append([(name, record[name]) for name in record])
        assert "amount" not in record
    assert told[0] == told[1]


@pytest.mark.parametrize("role", [HIDDEN, MASKED], ids=["hidden", "masked"])
def test_02_filtering_by_a_hidden_field(company: Company, role: Role) -> None:
    rep = company.user("rep", role)
    company.account("a", amount=5)
    for where in ("amount == 5", "5 < amount", "not (amount > 5)", "amount in [5]", "double == 10"):
        assert len(company.crm.find("account", where)) in (0, 1)
        assert refusal(lambda where=where: rep.find("account", where)).split()[0] in (  # type: ignore[misc]
            "unknown_field",
            "field_withheld",
        )


def test_03_sorting_by_a_hidden_field(company: Company) -> None:
    rep = company.user("rep", HIDDEN)
    for order in ("amount", "name, amount desc", "double"):
        refusal(lambda order=order: rep.find("account", order=order))  # type: ignore[misc]


@pytest.mark.parametrize("role", [HIDDEN, MASKED], ids=["hidden", "masked"])
def test_04_grouping_by_a_hidden_field(company: Company, role: Role) -> None:
    rep = company.user("rep", role)
    company.account("a", amount=5)
    refusal(lambda: rep.summarize(count_by("account", "amount")))
    refusal(lambda: rep.summarize(count_by("deal", "account.amount")))


def test_05_figures_over_a_hidden_field(company: Company) -> None:
    rep = company.user("rep", HIDDEN)
    for function in ("sum", "min", "max", "avg", "count", "count_distinct"):
        measure = Measure(function, ("amount",))
        refusal(lambda one=measure: rep.summarize(Summary("account", (), (one,))))  # type: ignore[misc]
    hidden = Measure("count", where=parse("amount > 1"))
    refusal(lambda: rep.summarize(Summary("account", (), (hidden,))))


def test_06_a_question_made_by_somebody_with_more_rights(company: Company) -> None:
    rep, _ = blind(company)
    saved = ast.Summary("account", (), (Measure("count"),))
    assert next(company.crm.summarize(saved).rows()) == (1,)
    assert next(rep.summarize(saved).rows()) == (0,)


def test_07_paths_through_what_is_not_to_be_seen(company: Company) -> None:
    rep, secret = blind(company)
    company.crm.configure(computed=[Formula("account", "double", "amount * 2")])
    with company.crm.work() as work:
        values = {"title": "d", "account": secret, "owner": rep.principal}
        work.create("deal", values)
    assert len(company.crm.find("deal", "account.name == 'secret'")) == 1
    for where in ("account.name == 'secret'", "account.amount > 1", "account.region == 'east'"):
        assert len(rep.find("deal", where)) == 0
    assert [row[0] for row in rep.find("deal", columns=["account.name"]).rows()] == [None]
    assert "secret" not in rep.find("deal").table().to_csv()
    grouped = rep.summarize(count_by("deal", "account"))
    assert "secret" not in grouped.to_csv()


def test_08_counts_and_pages_of_unseen_records(company: Company) -> None:
    rep, _ = blind(company)
    company.account("mine", rep)
    page = rep.find("account", limit=1)
    assert len(page) == 1
    assert page.next is None
    assert next(rep.summarize(Summary("account", (), (Measure("count"),))).rows()) == (1,)


def test_09_figures_over_one_record_tell_what_the_record_tells(company: Company) -> None:
    """The smallest group is one's own record: fields that are not open in it have no figures."""
    mine = FieldRule("account", "amount", "masked", "bucket", "region != 'east'")
    rep = company.user("rep", Role("partly", grants=[Grant("account", ALL)], fields=[mine]))
    open_to_all = company.user("all", Role("open", grants=[Grant("account", ALL)]))
    company.account("a", region="east", amount=5)
    company.account("b", region="south", amount=7)
    asked = Summary("account", (GroupBy(("name",)),), (Measure("sum", ("amount",)),))
    figures = dict(open_to_all.summarize(asked).rows())
    assert figures == {one["name"]: one["amount"] for one in open_to_all.find("account")}
    refusal(lambda: rep.summarize(asked))
    one = Summary("account", (), (Measure("sum", ("amount",)),), parse("name == 'b'"))
    refusal(lambda: rep.summarize(one))


def test_10_computed_fields_over_hidden_inputs(company: Company) -> None:
    rep = company.user("rep", HIDDEN)
    one = company.account("a", amount=5, phone="13812345678")
    with company.crm.work() as work:
        deal = work.create("deal", {"title": "d", "account": one}).id
    assert "double" not in rep.get("account", one)
    assert "phone" not in rep.get("deal", deal)


@pytest.mark.parametrize("role", [HIDDEN, MASKED], ids=["hidden", "masked"])
def test_11_searching_in_what_is_not_to_be_seen(company: Company, role: Role) -> None:
    searcher = company.user("searcher", role)
    company.account("a", phone="13812345678")
    for function in ("contains", "starts_with", "ends_with", "like"):
        for path, module in (("phone", "account"), ("account.phone", "deal"), ("phone", "deal")):
            where = f"{function}({path}, '138')"
            refusal(lambda one=module, where=where: searcher.find(one, where))  # type: ignore[misc]
    seeing, secret = blind(company)
    with company.crm.work() as work:
        given = {"title": "d", "account": secret, "owner": seeing.principal}
        deal = work.create("deal", given).id
    # The title of a linked record that is not to be seen finds nothing.
    assert len(seeing.find("deal", "contains(account, 'secret')")) == 0
    assert [one.id for one in seeing.find("deal", "contains(title, 'd')")] == [deal]


def test_12_a_taken_value_says_nothing_else(company: Company) -> None:
    rep, secret = blind(company)
    company.account("mine", rep, code="M1")

    def taking(code: str) -> Callable[[], object]:
        def act() -> None:
            with rep.work() as work:
                work.create("account", {"name": "x", "code": code})

        return act

    with pytest.raises(Duplicate) as refused:
        taking("S1")()
    assert secret not in str(refused.value.to_dict())
    assert refused.value.code == "value_taken"
    assert refusal(taking("S1")) == refusal(taking("M1"))
    with pytest.raises(Duplicate), rep.work() as work:
        work.upsert("account", {"code": "S1"}, {"name": "x"})
    assert company.crm.get("account", secret)["name"] == "secret"


def test_13_forbidden_is_not_found(company: Company) -> None:
    rep, secret = blind(company)
    nowhere = secret[:-4] + ("0000" if not secret.endswith("0000") else "1111")
    before = company.crm.digest("full")

    def acts(record: str) -> list[Callable[[], object]]:
        def writing(verb: str) -> Callable[[], object]:
            def act() -> None:
                with rep.work() as work:
                    if verb == "update":
                        work.update("account", record, {"name": "x"})
                    elif verb == "delete":
                        work.delete("account", record)
                    elif verb == "share":
                        share(work, "account", record, user=str(rep.principal))
                    else:
                        work.create("deal", {"title": "x", "account": record})

            return act

        reads: list[Callable[[], object]] = [
            lambda: rep.get("account", record),
            lambda: rep.history("account", record),
        ]
        return [*reads, *map(writing, ("update", "delete", "share", "link"))]

    for one, other in zip(acts(secret), acts(nowhere), strict=True):
        assert refusal(one).replace(secret, "") == refusal(other).replace(nowhere, "")
    assert company.crm.digest("full") == before


def test_14_an_import_over_what_is_not_his(company: Company) -> None:
    rep, secret = blind(company)
    rows = [{"name": "x", "code": "S1"}]
    made = importing.plan(rep, rows, modules=["account"], duplicates="update")
    assert secret not in str(made)
    with pytest.raises(CrmError):
        importing.load(rep, made)
    assert company.crm.get("account", secret)["name"] == "secret"


def test_15_what_is_not_shown_is_not_emptied(company: Company) -> None:
    rep = company.user("rep", HIDDEN)
    one = company.account("a", amount=5, phone="13812345678")
    with rep.work() as work:
        record = work.get("account", one)
        kept = ("name", "code", "region", "email")
        work.update("account", record, {**{name: record[name] for name in kept}, "name": "b"})
    after = company.crm.get("account", one)
    assert (after["name"], after["amount"]) == ("b", 5)
    assert after["phone"] is not None


def test_17_giving_a_record_away_to_gain_or_dump_it(company: Company) -> None:
    own = Grant("account", ALL, scopes="own")
    taking = Role("taking", grants=[Grant("account", "read"), own, Grant("crm_user", "read")])
    rep = company.user("rep", taking)
    theirs, mine = company.account("a"), company.account("b", rep)
    for record, owner in ((theirs, rep.principal), (mine, company.crm.principal)):
        with pytest.raises(AccessDenied), rep.work() as work:
            work.update("account", record, {"owner": owner})
    with pytest.raises(AccessDenied), rep.work() as work:
        work.create("account", {"name": "c", "owner": company.crm.principal})


def test_20_history_tells_no_hidden_field_and_no_lost_record(company: Company) -> None:
    rep = company.user("rep", HIDDEN)
    one = company.account("a", amount=5)
    with company.crm.work() as work:
        work.update("account", one, {"amount": 6})
    assert [
        set(change.fields) & {"amount", "double"} for change in rep.history("account", one)
    ] == [set()]
    other, secret = company.user("other", OWN), company.account("s")
    with pytest.raises(NotFound):
        other.history("account", secret)


def test_21_taking_out_is_checked_when_it_happens(company: Company) -> None:
    rep = company.user("rep", HIDDEN)
    company.account("a", amount=5)
    assert "amount" not in [one.name for one in export(rep, "account").columns]
    with company.crm.work() as work:
        work.update("crm_user", str(rep.principal), {"active": False})
    with pytest.raises(CrmError):
        export(rep, "account")


def test_22_refusals_hold_no_values(company: Company) -> None:
    rep, secret = blind(company)
    acts: list[Callable[[], object]] = [
        lambda: rep.get("account", secret),
        lambda: rep.find("account", "amount > 'x'"),
        lambda: importing.load(
            rep, importing.plan(rep, [{"name": "x", "code": "S1"}], modules=["account"])
        ),
    ]
    for act in acts:
        told = refusal(act)
        assert "secret" not in told
        assert "77" not in told


@pytest.mark.parametrize("where", ["not (amount > 5)", "!(amount == null)", "amount != 5"])
def test_23_negation_opens_nothing(company: Company, where: str) -> None:
    rep, _ = blind(company)
    company.account("empty")
    assert len(rep.find("account", where)) == 0
    assert len(rep.find("account", f"true or {where}")) == 0
    denied = Role(
        "denied",
        grants=[Grant("account", "read")],
        denials=[Denial("no", "account", "read", "amount > 5")],
    )
    seen = [one["name"] for one in company.user("second", denied).find("account", order="name")]
    assert seen == ["empty"]


@pytest.mark.parametrize(
    "name",
    ["$where", "__class__", "amount.x", "owner.__class__", "a.b.c", "`amount`", "金额", "Ａmount"],
)
def test_24_names_are_those_of_fields(company: Company, name: str) -> None:
    rep = company.user("rep", HIDDEN)
    company.account("a", amount=5)
    for act in (
        lambda: rep.find("account", f"{name} == 5"),
        lambda: rep.find("account", columns=[name]),
        lambda: rep.find("account", order=name),
    ):
        refusal(act)
    with pytest.raises(CrmError), rep.work() as work:
        work.update("account", company.account("b"), {name: {"$ne": None}})


def test_25_rights_end_at_once(company: Company, clock: ManualClock) -> None:
    rep, secret = blind(company)
    role = company.role(Role("late", grants=[Grant("account", "read")]))
    user = str(rep.principal)
    with company.crm.work() as work:
        had = work.get("crm_user", user)["roles"]
        work.update("crm_user", user, {"roles": [role]})
    page = rep.find("account", limit=1)
    assert len(page) == 1
    with company.crm.work() as work:
        work.update("crm_user", user, {"roles": had})
    assert len(rep.find("account")) == 0
    with pytest.raises(NotFound):
        rep.get("account", secret)
    clock.advance(timedelta(hours=1))
    assert len(rep.find("account", limit=1, after=page.next)) == 0


def test_26_conditions_have_bounds(company: Company) -> None:
    deep = "(" * 200 + "true" + ")" * 200
    wide = " or ".join(["name == 'a'"] * 2_000)
    for where in (deep, wide, f"amount > 1{'0' * 5_000}"):
        refusal(lambda where=where: company.crm.find("account", where))  # type: ignore[misc]
        role = Role("wide", grants=[Grant("account", "read", where)])
        refusal(lambda role=role: company.role(role))  # type: ignore[misc]


def test_27_explanations_tell_no_more_than_is_seen(company: Company) -> None:
    low, secret = blind(company)
    company.user("stranger", OWN)
    mine = company.account("mine", low)
    refusals = {
        refusal(lambda one=one: why(low, "rep", "read", "account", one))  # type: ignore[misc]
        for one in (secret, "0" * 32)
    }
    assert len(refusals) == 1
    told = {
        refusal(lambda one=one: why(low, one, "read", "account", mine))  # type: ignore[misc]
        for one in ("stranger", "boss", "nobody at all")
    }
    assert len(told) == 1
    assert [one.name for one in who_can(low, "account", mine, "read")] == ["rep"]


def test_29_nothing_is_made_outside_ones_scope(company: Company, tmp_path: Path) -> None:
    east = Role("east", grants=[Grant("account", ALL, "region == 'east'")])
    rep = company.user("rep", east)
    with pytest.raises(AccessDenied), rep.work() as work:
        work.create("account", {"name": "a", "region": "south"})
    made = importing.plan(rep, [{"name": "a", "region": "south"}], modules=["account"])
    with pytest.raises(CrmError):
        importing.load(rep, made)
    assert len(company.crm.find("account")) == 0


def test_30_acting_for_somebody_is_named(company: Company) -> None:
    rep, _ = blind(company)
    system = rep.as_(System("nightly"))
    assert system.principal == System("nightly", str(rep.principal))
    with system.work() as work:
        work.create("account", {"name": "n"})
        operation = work.operation
    with pytest.raises((Invalid, NotFound)):
        rep.undo(operation)
    found = company.crm.find("crm_operation", f"op_id == '{operation}'")[0]
    assert found["reason"] == "nightly"
