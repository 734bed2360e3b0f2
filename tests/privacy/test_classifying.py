"""Classified fields: sensitive ones are masked, personal ones stay, until a role says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve, frozen
from tests.privacy.conftest import BACKENDS, code_of

from crmcore import Field, Formula, Module, Schema, evolving
from crmcore.access import FieldRule, Grant, Role, System, role_values
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, CrmError, QueryError, SchemaError
from crmcore.exporting import export
from crmcore.kinds import Link, Phone, Text
from crmcore.reviewing import matrix
from crmcore.rules import LinkedField
from crmcore.schema.codec import module_from_json, module_to_json
from crmcore.tables import Table
from crmcore.testing.stores import empty_stores
from crmcore.work import Workspace, open_workspace

PERSON = Module(
    "person",
    [
        Field("name", Text(), required=True, classification="personal"),
        Field("mobile", Phone(), classification="personal"),
        Field("id_number", Text(), classification="sensitive"),
        Field("health", Text(), classification="sensitive"),
        Field("room", Text()),
        Field("card", Text(), classification="public"),
        Field("greeting", Text()),
        Field("proof", Text()),
    ],
    title="name",
)
ORDER = Module(
    "order",
    [Field("title", Text()), Field("person", Link("person")), Field("phone", Phone())],
    title="title",
)
COMPUTED = [
    Formula("person", "greeting", "concat('Dear ', name)"),
    Formula("person", "proof", "concat('No. ', id_number)"),
    LinkedField("order", "phone", "person.mobile"),
]
NAME, MOBILE, NUMBER, HEALTH = "张三丰token", "13812345678", "ID-4711-token", "allergic-token"
ALL = ("read", "create", "update", "report", "export")
SILENT = Role("silent", grants=[Grant("*", ALL)])


@frozen
class Shop:
    """A workspace with one person in it."""

    crm: Workspace
    person: str
    clock: ManualClock

    def user(self, role: Role) -> Workspace:
        """The workspace as a new user with `role`."""
        values = {name: value for name, value in role_values(role).items() if value is not None}
        with self.crm.work() as work:
            made = work.create("crm_role", values).id
            work.create("crm_user", {"name": role.name, "login": role.name, "roles": [made]})
        return self.crm.as_(role.name)


@pytest.fixture(params=BACKENDS)
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    clock = ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    with empty_stores(request.param) as stores:
        crm = open_workspace(
            stores(), create=True, schema=Schema([PERSON, ORDER]), owner="boss", clock=clock
        )
        crm.configure(computed=COMPUTED)
        with crm.as_(System("start")).work() as work:
            values = {"name": NAME, "mobile": MOBILE, "id_number": NUMBER, "health": HEALTH}
            person = work.create("person", {**values, "room": "12"}).id
            work.create("order", {"title": "first", "person": person})
        yield Shop(crm, person, clock)
        crm.close()


def applied(crm: Workspace, modules: Mapping[str, object]) -> tuple[set[str], str]:
    """The definitions changed by a partial document: the steps, and the operation."""
    plan = evolving.plan(crm, evolving.document_of({"partial": True, "modules": modules}))
    done = evolving.apply(crm, plan).operation
    assert done is not None
    return {str(one) for one in plan.steps}, done


def columns(table: Table) -> list[str]:
    """The names of the columns."""
    return [one.name for one in table.columns]


def test_a_sensitive_field_is_masked_where_a_role_says_nothing(shop: Shop) -> None:
    silent = shop.user(SILENT)
    seen = silent.get("person", shop.person)
    assert seen["id_number"] == "****"
    assert (seen["name"], seen["room"]) == (NAME, "12")
    assert "proof" not in columns(silent.find("person").table())
    assert NUMBER not in silent.find("person").table().to_csv()
    for where in ("id_number == 'x'", "id_number == null", "proof == 'x'"):
        with pytest.raises(CrmError):
            silent.find("person", where)
    with pytest.raises(QueryError):
        silent.find("person", order="id_number")
    with pytest.raises(AccessDenied) as denied, silent.work() as work:
        work.update("person", shop.person, {"id_number": "other"})
    assert code_of(denied) == "field_not_writable"
    assert NUMBER not in repr(silent.history("person", shop.person))


@pytest.mark.parametrize("fields", ["id_number", "*"])
def test_a_role_that_names_it_opens_it(shop: Shop, fields: str) -> None:
    rules = [
        FieldRule("person", fields, "masked", "keep:2,0", "room == '12'"),
        FieldRule("person", fields, "write"),
    ]
    asker = shop.user(Role("named", grants=[Grant("*", ALL)], fields=rules))
    assert asker.get("person", shop.person)["id_number"] == "ID****"
    with asker.work() as work:
        other = work.create("person", {"name": "b", "id_number": "2"}).id
    assert asker.get("person", other)["id_number"] == "2"
    # Where a condition does not hold and no other rule does, nothing was said.
    rules = [FieldRule("person", "id_number", "write", where="room == '12'")]
    asker = shop.user(Role("some", grants=[Grant("*", ALL)], fields=rules))
    assert asker.get("person", shop.person)["id_number"] == NUMBER
    assert asker.get("person", other)["id_number"] == "****"


def test_of_the_past_it_is_masked_too(shop: Shop) -> None:
    silent = shop.user(SILENT)
    shop.clock.advance(timedelta(hours=1))
    then = shop.clock.now()
    shop.clock.advance(timedelta(hours=1))
    change = {"person": {"fields": {"health": {"retire": True}}}}
    applied(shop.crm, change)
    assert "health" not in columns(silent.find("person").table())
    assert HEALTH not in repr(silent.find("person", as_of=then)[0].row)
    assert HEALTH not in silent.find("person", as_of=then).table().to_csv()


def test_other_fields_are_open_as_ever(shop: Shop) -> None:
    shop.user(SILENT)
    crm = shop.crm
    user = next(one for one in crm.configuration.users.values() if one.login == "silent")
    rights = crm.configuration.rights(user)
    assert {place for place in rights.fields if place[0] in ("person", "order")} == {
        ("person", "id_number"), ("person", "health"), ("person", "proof"),
    }  # fmt: skip
    plain = Schema([evolve(PERSON, fields=[evolve(one, classification="internal")
                                           for one in PERSON.fields])])  # fmt: skip
    small = open_workspace("memory://", create=True, schema=plain)
    found = small.configuration.rights(evolve(user, roles=[SILENT], role_ids=["1"]))
    assert not found.fields
    assert not {place for place in found.kept_in if place[0] == "person"}


def test_personal_fields_stay_unless_a_grant_names_them(shop: Shop, tmp_path: Path) -> None:
    silent = shop.user(SILENT)
    assert columns(export(silent, "person")) == ["room", "card"]
    orders = export(silent, "order")
    assert columns(orders) == ["title", "person"]
    assert NAME not in orders.to_csv()
    for module, path in (("person", "name"), ("person", "greeting"), ("person", "id_number"),
                         ("order", "person.mobile"), ("order", "phone")):  # fmt: skip
        with pytest.raises(AccessDenied) as denied:
            export(silent, module, columns=["id", path])
        assert (code_of(denied), denied.value.problems[0].field) == ("field_not_exported", path)
    try:
        silent.extract(tmp_path / "out", history=True)
    except CrmError as error:
        raise AssertionError(error.message()) from None
    written = b"".join(one.read_bytes() for one in (tmp_path / "out").rglob("*.parquet"))
    assert not any(text.encode() in written for text in (NAME, MOBILE, NUMBER, HEALTH))
    assert NAME in silent.find("person").table().to_csv()  # it may be read


def test_a_grant_that_names_them_takes_them_out(shop: Shop, tmp_path: Path) -> None:
    grants = [Grant("*", ALL), Grant("person", "export", exports=("name", "id_number"))]
    asker = shop.user(Role("named", grants=grants))
    table = export(asker, "person")
    assert columns(table) == ["name", "id_number", "room", "card", "greeting"]
    assert next(iter(table.rows()))[:2] == (NAME, "****")
    assert NAME in export(asker, "order").to_csv()
    asker.extract(tmp_path / "out", history=True)
    written = b"".join(one.read_bytes() for one in (tmp_path / "out").rglob("*.parquet"))
    assert NAME.encode() in written
    assert NUMBER.encode() not in written
    assert {"name", "mobile"} <= set(columns(export(shop.crm, "person")))


def test_a_grant_to_export_fields_is_one_to_export() -> None:
    with pytest.raises(SchemaError) as error:
        Grant("person", "read", exports="*")
    assert code_of(error) == "exports_without_export"


def test_the_matrix_tells(shop: Shop) -> None:
    shop.user(SILENT)
    found = matrix(shop.crm, subjects=["silent"], modules=["person"]).fields
    told = {one.field: (one.level, one.classification, one.exported) for one in found
            if one.sort == "role"}  # fmt: skip
    assert told == {
        "name": ("write", "personal", False),
        "mobile": ("write", "personal", False),
        "id_number": ("masked", "sensitive", False),
        "health": ("masked", "sensitive", False),
        "greeting": ("write", "internal", False),
        "proof": ("hidden", "internal", False),
    }
    table = matrix(shop.crm, subjects=["silent"]).field_levels("en").to_csv()
    assert "sensitive" in table
    assert "not exported" in table


def test_a_document_classifies_and_an_undo_takes_it_back(shop: Shop) -> None:
    silent = shop.user(SILENT)
    change = {"person": {"fields": {"room": {"classification": "sensitive"},
                                    "name": {"classification": "internal"}}}}  # fmt: skip
    steps, done = applied(shop.crm, change)
    assert {
        "change_field person.room (classification: internal → sensitive)",
        "change_field person.name (classification: personal → internal)",
    } <= steps
    assert silent.get("person", shop.person)["room"] == "****"
    assert "name" in columns(export(silent, "person"))
    shop.crm.undo(done)
    assert silent.get("person", shop.person)["room"] == "12"
    assert shop.crm.schema.module("person").field("name").classification == "personal"


def test_the_former_spelling_is_read() -> None:
    data = module_to_json(PERSON)
    assert [one.get("personal") for one in data["fields"]][:3] == [True, True, None]
    assert module_from_json(data) == PERSON
    data["fields"][2]["personal"] = True
    assert module_from_json(data) == PERSON
    data["fields"][2]["classification"] = "secret"
    with pytest.raises(SchemaError):
        module_from_json(data)
