"""Classes of hole that recur in systems of this kind, each as an attack: V1, V4, V6, V8, V19."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.access.conftest import Company
from tests.access.test_attacks import ALL, HIDDEN, PEOPLE, blind, count_by, refusal

from crmcore import Grant, Role, Summary, UnitOfWork, Workspace, importing, privacy
from crmcore.access import FieldRule
from crmcore.approving import approve, guard, reject, withdraw
from crmcore.clock import ManualClock
from crmcore.editing import update
from crmcore.errors import AccessDenied, CrmError, Invalid, SchemaError
from crmcore.explaining import can, who_can, why
from crmcore.exporting import export
from crmcore.merging import merge
from crmcore.query import ast, bound
from crmcore.query.codec import from_json, to_json
from crmcore.query.text import parse
from crmcore.sharing import claim, join_team, leave_team, release, share, unshare

NOWHERE = "f" * 32
FREELY = (*ALL, "share", "claim", "approve", "merge", "bulk_update")
EVERY = Role(
    "every own",
    grants=[*(Grant(name, FREELY, scopes="own") for name in ("account", "deal")), PEOPLE],
)

Reading = Callable[[Workspace, str], object]
Writing = Callable[[UnitOfWork, str], object]

READING: dict[str, Reading] = {
    "get": lambda crm, one: crm.get("account", one),
    "history": lambda crm, one: crm.history("account", one),
    "find": lambda crm, one: [row.id for row in crm.find("account", f"id == '{one}'")],
    "count": lambda crm, one: crm.summarize(
        Summary("account", (), (ast.Measure("count"),), parse(f"id == '{one}'"))
    ).to_csv(),
    "linked": lambda crm, one: len(crm.find("deal", f"account == '{one}'")),
    "report by link": lambda crm, one: crm.summarize(
        count_by("deal", "account", f"account == '{one}'")
    ).to_csv(),
    "export": lambda crm, one: export(crm, "account", f"id == '{one}'").to_csv(),
    "why": lambda crm, one: why(crm, "rep", "read", "account", one),
    "who_can": lambda crm, one: who_can(crm, "account", one, "read"),
    "can": lambda crm, one: can(crm, "rep", "read", "account", one),
    "consents": lambda crm, one: privacy.consents(crm, "account", one),
    "consent": lambda crm, one: privacy.consent(crm, "account", one, "news"),
    "withdraw consent": lambda crm, one: privacy.withdraw(crm, "account", one, "news"),
    "correct": lambda crm, one: privacy.correct(crm, "account", one, {"name": "x"}),
    "mass update": lambda crm, one: update(crm, "account", f"id == '{one}'", {"name": "x"}).count,
    "undo": lambda crm, one: crm.undo(one),
}


def mine(work: UnitOfWork) -> str:
    """A new record of who asks."""
    return work.create("account", {"name": "mine"}).id


WRITING: dict[str, Writing] = {
    "get": lambda work, one: work.get("account", one),
    "update": lambda work, one: work.update("account", one, {"name": "x"}),
    "update at a version": lambda work, one: work.update("account", one, {}, version=1),
    "update_all": lambda work, one: work.update_all("account", [(one, {"name": "x"})]),
    "delete": lambda work, one: work.delete("account", one),
    "link": lambda work, one: work.create("deal", {"title": "x", "account": one}),
    "parent": lambda work, one: work.create("account", {"name": "x", "parent": one}),
    "share": lambda work, one: share(work, "account", one, user=work.user),
    "join": lambda work, one: join_team(work, "account", one, work.user),
    "leave": lambda work, one: leave_team(work, "account", one, work.user),
    "merge into": lambda work, one: merge(work, "account", one, [mine(work)]),
    "merge from": lambda work, one: merge(work, "account", mine(work), [one]),
    "claim": lambda work, one: claim(work, "account", one),
    "release": lambda work, one: release(work, "account", one),
    "unshare": unshare,
    "approve": approve,
    "reject": reject,
    "withdraw": withdraw,
}
OF_ENTRIES = {"unshare": "share", "approve": "request", "reject": "request", "withdraw": "request"}
"""Calls that name a share or a request instead of the record; `undo` names an operation."""


def test_v1_what_one_may_not_see_is_as_what_never_was(company: Company) -> None:
    rep = company.user("rep", EVERY)
    boss, secret = company.crm, company.account("secret", code="S1", amount=77)
    other = company.user("other", EVERY)
    with boss.work() as work:
        entry = share(work, "account", secret, user=str(other.principal))
        join_team(work, "account", secret, str(other.principal))
        work.create("deal", {"title": "d", "account": secret})
        operation = work.operation
    guard(boss, "account", ["amount"])
    with boss.work() as work:
        work.update("account", secret, {"amount": 78})
        (request,) = work.parked
    named = {"share": entry, "request": request}
    before = boss.digest("full")
    for name in READING:
        there = operation if name == "undo" else secret
        assert read(name, rep, there) == read(name, rep, NOWHERE), name
    for name, write in WRITING.items():

        def act(one: str, write: Writing = write) -> object:
            with rep.work() as work:
                return write(work, one)

        there = named.get(OF_ENTRIES.get(name, ""), secret)
        assert told(act, there) == told(act, NOWHERE), name
    assert boss.digest("full") == before
    # Whoever may see it is told something.
    for name in (
        "get",
        "history",
        "find",
        "count",
        "linked",
        "report by link",
        "export",
        "who_can",
    ):
        assert read(name, boss, secret) != read(name, boss, NOWHERE), name


def read(name: str, crm: Workspace, one: str) -> str:
    """What comes of reading, to the letter."""
    return told(lambda asked: READING[name](crm, asked), one)


def told(act: Callable[[str], object], one: str) -> str:
    """What comes of an act, to the letter; the id that was asked of taken out."""
    try:
        found = f"answer {act(one)}"
    except CrmError as error:
        found = f"{type(error).__name__} {error} {error.to_dict()} {error.message('zh')}"
    return found.replace(one, "·")


FIELDS = ("code", "region", "phone", "email", "amount", "parent", "territory")
"""Fields of an account; the first ones stand beside each other."""


@pytest.mark.parametrize("count", range(1, 7))
def test_v4_adjacent_hidden_fields_are_all_left_out(
    company: Company, count: int, tmp_path: Path, clock: ManualClock
) -> None:
    hidden = FIELDS[:count]
    every = Grant("account", (*ALL, "export"), exports="*")
    role = Role("hiding", grants=[every, PEOPLE], fields=[FieldRule("account", hidden, "hidden")])
    rep = company.user("rep", role)
    parent = company.account("parent")
    values = {"code": "C1", "region": "east", "phone": "13812345678", "amount": 5}
    one = company.account("a", email="li@example.com", parent=parent, **values)
    with company.crm.work() as work:
        work.update("account", one, {"code": "C2", "region": "south", "amount": 6, "name": "b"})
    gone = {*hidden, *(["double"] if "amount" in hidden else [])}
    lists: Mapping[str, set[str]] = {
        "open": set(rep.get("account", one)),
        "list": set(rep.find("account")[0]),
        "table": {column.name for column in rep.find("account").table().columns},
        "export": {column.name for column in export(rep, "account").columns},
        "history": {name for change in rep.history("account", one) for name in change.fields},
        "extract": columns(rep, tmp_path / "out" / "account.parquet", tmp_path / "out"),
        "versions": columns(
            rep, tmp_path / "again" / "history" / "account.parquet", tmp_path / "again"
        ),
    }
    for place, names in lists.items():
        assert not gone & names, place
        assert "name" in names, place
    for name in gone:
        refusal(lambda name=name: rep.summarize(count_by("account", name)))  # type: ignore[misc]
        refusal(lambda name=name: export(rep, "account", columns=["name", name]))  # type: ignore[misc]


def columns(crm: Workspace, file: Path, folder: Path) -> set[str]:
    """The columns of a file of an extract."""
    crm.extract(folder)
    return set(pq.read_schema(file).names)


PAYLOADS: list[dict[str, object]] = [
    {"id": NOWHERE},
    {"version": 9},
    {"created_at": "2020-01-01T00:00:00Z"},
    {"created_by": NOWHERE},
    {"updated_at": "2020-01-01T00:00:00Z"},
    {"updated_by": NOWHERE},
    {"change_set": NOWHERE},
    {"salt": "00"},
    {"tenant": "other"},
    {"workspace": "other"},
    {"role": "administrator"},
    {"roles": ["administrator"]},
    {"is_admin": True},
    {"deleted_at": None},
    {"double": 4},
    {"deals": 4},
    {"amount": 5},
    {"Amount": 5},
    {"AMOUNT": 5},
    {"ａｍｏｕｎｔ": 5},
    {"Ａmount": 5},
    {"金额": 5},
    {" 金额 ": 5},
    {"amount\u200b": 5},
    {"owner.name": "x"},
    {"owner__name": "x"},
    {"owner.roles": ["administrator"]},
    {"account.amount": 5},
    {"name": "y", "ｎａｍｅ": "z"},
    {"name": "y", "客户名称": "z"},
    {"__class__": "x"},
    {"$set": {"amount": 5}},
    {"": 5},
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda one: "+".join(map(ascii, one)))
def test_v6_what_may_not_be_assigned_is_an_error(
    local: Company, payload: dict[str, object]
) -> None:
    """Unknown, reserved, computed and hidden fields, in every spelling: refused, never dropped."""
    rep = local.user("rep", HIDDEN)
    one = local.account("a", code="A1", amount=1)
    before, version = local.crm.digest("full"), local.crm.get("account", one).version
    acts: list[Callable[[UnitOfWork], object]] = [
        lambda work: work.create("account", {"name": "x", **payload}),
        lambda work: work.create_all("account", [{"name": "x", **payload}]),
        lambda work: work.update("account", one, payload),
        lambda work: work.update_all("account", [(one, payload)]),
        lambda work: work.upsert("account", {"code": "A1"}, payload),
        lambda work: work.upsert("account", {"code": "A2"}, {"name": "x", **payload}),
    ]
    for act in acts:
        with pytest.raises((AccessDenied, Invalid, SchemaError)), rep.work() as work:
            act(work)
    with pytest.raises((AccessDenied, Invalid, SchemaError)):
        update(rep, "account", None, payload)
    assert local.crm.digest("full") == before
    # An import has columns: those that are no field of his are refused, or left out and told.
    try:
        importing.import_file(
            rep, [{"name": "imported", **payload}], modules=["account"], propose=False
        )
    except CrmError:
        assert local.crm.digest("full") == before
    else:
        (made,) = local.crm.find("account", "name != 'a'")
        assert (made["amount"], made["owner"], made.version) == (None, rep.principal, 1)
        assert made.created_by == rep.principal
    assert local.crm.get("account", one).version == version


def test_v6_a_user_does_not_make_himself_more(company: Company) -> None:
    role = Role("people", grants=[Grant("account", ALL, scopes="own"), PEOPLE])
    rep = company.user("rep", role)
    administrator = company.crm.find("crm_role", "name == 'administrator'")[0].id
    me, before = str(rep.principal), company.crm.digest("full")
    attempts: list[Callable[[UnitOfWork], object]] = [
        lambda work: work.update("crm_user", me, {"roles": [administrator]}),
        lambda work: work.update("crm_user", me, {"ＲＯＬＥＳ": [administrator]}),
        lambda work: work.update("crm_user", me, {"角色": [administrator]}),
        lambda work: work.upsert("crm_user", {"login": "rep"}, {"roles": [administrator]}),
        lambda work: work.create("crm_user", {"name": "second", "roles": [administrator]}),
        lambda work: work.create("crm_role_assignment", {"user": me, "role": administrator}),
        lambda work: work.create("crm_setting", {"name": "owner", "value": me}),
        lambda work: work.update("crm_role", administrator, {"grants": []}),
        lambda work: work.delete("crm_user", str(company.crm.principal)),
    ]
    for attempt in attempts:
        with pytest.raises(CrmError) as refused, rep.work() as work:
            attempt(work)
        assert refused.value.code in ("not_allowed", "not_found", "unknown_field")
    assert company.crm.digest("full") == before


def test_v8_a_question_cannot_name_the_policy(company: Company) -> None:
    rep, _ = blind(company)
    smuggled: list[object] = [
        bound.TRUE,
        bound.Negation(bound.FALSE),
        {"op": "or", "terms": [True]},
        ["or", True],
        lambda _row: True,
    ]
    for where in smuggled:
        with pytest.raises((CrmError, TypeError)):
            rep.find("account", where)  # type: ignore[arg-type]
        summary = Summary("account", (), (ast.Measure("count"),), where)  # type: ignore[arg-type]
        with pytest.raises((CrmError, TypeError)):
            rep.summarize(summary)
    data = to_json(parse("amount > 5 or true"))
    assert isinstance(data, dict)
    assert len(rep.find("account", from_json(data))) == 0
    for key, value in (("scope", True), ("_connector", "OR"), ("visible", []), ("system", True)):
        with pytest.raises(CrmError):
            from_json({**data, key: value})
    for where in (
        "true or true",
        "not false",
        "owner == me or true",
        "owner == null or owner != null",
    ):
        assert len(rep.find("account", where)) == 0
        assert len(company.crm.find("account", where)) == 1


def test_v19_texts_of_errors_hold_no_other_rows(company: Company) -> None:
    rep, secret = blind(company)
    company.account("mine", rep, code="M1")
    acts: dict[str, Callable[[UnitOfWork], object]] = {
        "taken": lambda work: work.create("account", {"name": "x", "code": "S1"}),
        "cast": lambda work: work.create("account", {"name": "x", "amount": "many"}),
        "option": lambda work: work.create("account", {"name": "x", "region": "nowhere"}),
        "link": lambda work: work.create("deal", {"title": "x", "account": secret}),
        "named link": lambda work: work.create("deal", {"title": "x", "account": {"code": "S1"}}),
        "too long": lambda work: work.create("account", {"name": "x", "code": "S" * 5_000}),
        "too large": lambda work: work.create("account", {"name": "x", "amount": "9" * 60}),
        "batch": lambda work: work.create_all(
            "account", [{"name": "x"}, {"name": "y", "code": "S1"}]
        ),
    }
    for name, act in acts.items():
        with pytest.raises(CrmError) as refused, rep.work() as work:
            act(work)
        error: BaseException | None = refused.value
        told = [refused.value.message("zh"), str(refused.value.to_dict())]
        while error is not None:
            told.append(f"{error}")
            error = error.__cause__
        for text in told:
            for value in (
                "secret",
                "13812345678",
                "77.00",
                "INSERT",
                "SELECT",
                str(company.crm.principal),
            ):
                assert value not in text, name
