"""What a field held stays under its rights: once it is retired, renamed, or computed no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from tests.privacy.conftest import BACKENDS

from crmcore import Field, Formula, Grant, Module, RollUp, Schema, System, audit
from crmcore.access import Denial, FieldRule, Role, role_values
from crmcore.errors import CrmError
from crmcore.kinds import DecimalKind, Link, Text
from crmcore.query import ast
from crmcore.schema import change
from crmcore.testing.stores import empty_stores
from crmcore.work import ChangeSet, Workspace, open_workspace

STAFF = Module(
    "staff",
    [
        Field("name", Text(), "姓名"),
        Field("pay", DecimalKind(2), "工资"),
        Field("bonus", DecimalKind(2), "奖金"),
        Field("year", DecimalKind(2), "年薪"),
        Field("level", Text(), "级别"),
    ],
    title="name",
)
TEAM = Module("team", [Field("name", Text()), Field("cost", DecimalKind(2))], title="name")
SEAT = Module(
    "seat",
    [Field("team", Link("team")), Field("rent", DecimalKind(2)), Field("name", Text())],
    title="name",
)
SCHEMA = Schema([STAFF, TEAM, SEAT])
FIRST_PAY = "4321.50"
EVERYTHING = (Grant("*", ("read", "export", "report")),)


@pytest.fixture(params=BACKENDS)
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    def made(target: object) -> Workspace:
        return open_workspace(target, create=True, schema=SCHEMA, owner="boss")

    if request.param == "sqlite":
        crm = made(f"sqlite:///{tmp_path / 'crm.db'}")
        yield crm
        crm.close()
        return
    with empty_stores(request.param) as stores:
        crm = made(stores())
        yield crm
        crm.close()


def hired(crm: Workspace, *, fields: list[FieldRule], denials: tuple[Denial, ...] = ()) -> str:
    """A user under `fields` and `denials`; and the id of somebody whose pay is a secret."""
    role = Role("rep", grants=EVERYTHING, denials=denials, fields=fields)
    values = {name: one for name, one in role_values(role).items() if one is not None}
    with crm.work() as work:
        found = work.create("crm_role", values).id
        work.create("crm_user", {"name": "rep", "login": "rep", "roles": [found]})
        record: str = work.create("staff", {"name": "a", "pay": FIRST_PAY, "level": "x"}).id
    with crm.work() as work:
        work.update("staff", record, {"pay": "5000", "name": "b"})
    return record


def changed(crm: Workspace, which: str, **how: object) -> None:
    """Another form of a field of staff."""
    staff = crm.schema.module("staff")
    fields = [evolve(one, **how) if one.name == which else one for one in staff.fields]  # type: ignore[arg-type]
    crm.configure(crm.schema.with_module(evolve(staff, fields=fields)))


def told_to(
    crm: Workspace, record: str, then: ChangeSet, names: tuple[str, ...] = ("pay", "wages")
) -> str:
    """All that the workspace tells the representative of the record, then and now."""
    his, texts = crm.as_("rep"), list[str]()
    for moment in (None, then):
        texts.append(repr(dict(his.get("staff", record, as_of=moment))))
        texts += [repr(dict(one)) for one in his.find("staff", as_of=moment)]
        for name in names:
            texts += [_answer(his, name, moment, kind) for kind in range(5)]
    texts += [repr(one.fields) for one in his.history("staff", record)]
    return "\n".join(texts)


def _answer(his: Workspace, name: str, moment: ChangeSet | None, kind: int) -> str:
    """What one question about a field tells."""
    one = ast.Name(name)
    try:
        if kind == 0:
            return f"more: {len(his.find('staff', f'{name} > 1', as_of=moment))}"
        if kind == 1:
            return f"sorted: {len(his.find('staff', order=name, as_of=moment))}"
        if kind == 2:
            by = (ast.GroupBy(one.parts),)
            asked = ast.Summary("staff", by, (ast.Measure("count"),))
            return repr(list(his.summarize(asked, as_of=moment).rows()))
        if kind == 3:
            asked = ast.Summary("staff", (), (ast.Measure("sum", (name,)),))
            return repr(list(his.summarize(asked, as_of=moment).rows()))
        return repr(list(his.find("staff", columns=["name", name], as_of=moment).rows()))
    except CrmError as refused:
        return refused.code


HIDDEN = [
    pytest.param([FieldRule("staff", ["pay"], "hidden")], (), id="rule"),
    pytest.param([FieldRule("staff", ["pay"], "masked")], (), id="mask"),
    pytest.param([FieldRule("staff", ["name", "level"], "read"),
                  FieldRule("staff", ["*"], "hidden")], (), id="every"),
    pytest.param([], (Denial("no pay", "staff", ("read",), fields=["pay"]),), id="denial"),
    pytest.param([FieldRule("staff", ["工资"], "hidden")], (), id="label"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "denials"), HIDDEN)
@pytest.mark.parametrize("how", ["retired", "renamed"])
def test_what_was_hidden_stays_hidden(
    crm: Workspace, fields: list[FieldRule], denials: tuple[Denial, ...], how: str
) -> None:
    record = hired(crm, fields=fields, denials=denials)
    first = audit.head(crm).position - 1
    values = ("4321", "5000", "more: 1", "sorted: 1")
    before = told_to(crm, record, _seen(crm, first))
    assert [one for one in values if one in before] == []
    if how == "retired":
        changed(crm, "pay", retired=True)
    else:
        staff = change.rename_field(crm.schema.module("staff"), "pay", "wages")
        crm.configure(crm.schema.with_module(staff))
    after = told_to(crm, record, _seen(crm, first))
    assert [one for one in values if one in after] == []
    told = crm.as_(System("look")).get("staff", record, as_of=first)
    assert str(told["pay"]) == FIRST_PAY


def _seen(crm: Workspace, position: int) -> ChangeSet:
    """A past moment, as who knows no positions names it."""
    return next(one for one in crm.changes() if one.position == position)


def test_what_is_open_stays_open(crm: Workspace) -> None:
    record = hired(crm, fields=[FieldRule("staff", ["level"], "hidden")])
    first = audit.head(crm).position - 1
    changed(crm, "pay", retired=True)
    assert "4321.50" in told_to(crm, record, _seen(crm, first))


YEARLY = Formula("staff", "year", "pay * 12")


@pytest.mark.parametrize("how", ["removed", "retired", "renamed", "chained"])
def test_what_a_formula_left_is_as_open_as_its_inputs(crm: Workspace, how: str) -> None:
    crm.configure(computed=[YEARLY])
    record = hired(crm, fields=[FieldRule("staff", ["pay"], "hidden")])
    first = _seen(crm, audit.head(crm).position - 1)
    values = ("51858", "60000", "more: 1", "sorted: 1")
    assert "60000" not in told_to(crm, record, first, ("pay", "year"))
    names: tuple[str, ...] = ("pay", "year")
    if how == "chained":
        crm.configure(computed=[YEARLY, Formula("staff", "bonus", "year * 1")])
        crm.configure(computed=[])
        names = ("pay", "year", "bonus")
    else:
        crm.configure(computed=[])
    if how == "retired":
        changed(crm, "pay", retired=True)
    elif how == "renamed":
        staff = change.rename_field(crm.schema.module("staff"), "year", "annual")
        staff = change.rename_field(staff, "pay", "wages")
        crm.configure(crm.schema.with_module(staff))
        names = ("pay", "wages", "year", "annual")
    after = told_to(crm, record, first, names)
    assert [one for one in values if one in after] == []
    assert str(crm.get("staff", record)["annual" if how == "renamed" else "year"]) == "60000.00"
    found = dict(crm.configuration.left)
    assert found
    # It is for a role to say otherwise.
    role = crm.find("crm_role", "name == 'rep'")[0]
    fields = [FieldRule("staff", ["pay"], "hidden"), FieldRule("staff", ["year"], "read")]
    with crm.work() as work:
        work.update("crm_role", role, {"fields": role_values(Role("x", fields=fields))["fields"]})
    assert "60000" in told_to(crm, record, first, names)


def test_another_formula_does_not_open_the_past(crm: Workspace) -> None:
    crm.configure(computed=[YEARLY])
    record = hired(crm, fields=[FieldRule("staff", ["pay"], "hidden")])
    first = _seen(crm, audit.head(crm).position - 1)
    crm.configure(computed=[Formula("staff", "year", "bonus * 2")])
    assert "51858" not in told_to(crm, record, first, ("pay", "year"))


def test_an_unseen_input_is_the_only_reason(crm: Workspace) -> None:
    crm.configure(computed=[YEARLY])
    record = hired(crm, fields=[FieldRule("staff", ["level"], "hidden")])
    first = _seen(crm, audit.head(crm).position - 1)
    crm.configure(computed=[])
    assert "60000" in told_to(crm, record, first, ("year",))


def test_what_a_roll_up_left_is_as_open_as_what_it_counted(crm: Workspace) -> None:
    crm.configure(computed=[RollUp("team", "cost", "seat", "team", "sum", over="rent")])
    hired(crm, fields=[FieldRule("seat", ["rent"], "hidden")])
    with crm.work() as work:
        team = work.create("team", {"name": "t"}).id
        work.create("seat", {"name": "s", "team": team, "rent": "777"})
    assert "777" not in repr(dict(crm.as_("rep").get("team", team)))
    crm.configure(computed=[])
    assert str(crm.get("team", team)["cost"]) == "777.00"
    assert "777" not in repr(dict(crm.as_("rep").get("team", team)))
    assert "777" not in repr([one.fields for one in crm.as_("rep").history("team", team)])


def test_a_formula_that_is_undone_leaves_as_much(crm: Workspace) -> None:
    crm.configure(computed=[YEARLY])
    added = list(crm.changes())[-1].operation
    record = hired(crm, fields=[FieldRule("staff", ["pay"], "hidden")])
    first = _seen(crm, audit.head(crm).position - 1)
    crm.undo(added)
    assert crm.configuration.computed == ()
    told = told_to(crm, record, first, ("pay", "year"))
    assert [one for one in ("51858", "60000") if one in told] == []
    assert audit.verify(crm).problems == ()
