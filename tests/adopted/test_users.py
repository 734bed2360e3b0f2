"""People of a host as users: read through; what they may do is ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
    update,
)
from tests.adopted.conftest import Databased
from tests.adopted.test_reading import refused

from crmcore import Field, Module, Schema, System, Workspace, evolving, open_workspace
from crmcore.errors import AccessDenied, Invalid, SchemaError
from crmcore.explaining import can, who_can, why
from crmcore.kinds import Link, Text
from crmcore.work import assign_roles

METADATA = MetaData()
DEPARTMENT = Table(
    "department",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("label", String(20)),
)
STAFF = Table(
    "staff",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("full_name", String(40)),
    Column("login", String(20)),
    Column("manager", Integer, ForeignKey("staff.id")),
    Column("dept", Integer, ForeignKey("department.id")),
    Column("enabled", Boolean),
)
# What the host calls a department is a row of another table.
PEOPLE = (
    select(STAFF, DEPARTMENT.c.label.label("department"))
    .join_from(STAFF, DEPARTMENT, isouter=True)
    .subquery("people")
)
FIELDS = {
    "name": "full_name",
    "login": "login",
    "superior": "manager",
    "department": "department",
    "active": "enabled",
}
SCHEMA = Schema(
    [
        Module(
            "deal",
            [
                Field("name", Text()),
                Field("department", Text()),
                Field("owner", Link("crm_user")),
            ],
            title="name",
        )
    ]
)


class Office:
    """A host with staff, and a workspace beside."""

    def __init__(self, database: Databased) -> None:
        self.engine = database()
        METADATA.create_all(self.engine)
        with self.engine.begin() as connection:
            connection.execute(insert(DEPARTMENT), [{"id": 1, "label": "华东"}])
            people: list[dict[str, Any]] = [
                {"id": 1, "full_name": "王经理", "login": "wang", "dept": 1, "enabled": True},
                {"id": 2, "full_name": "小李", "login": "li", "manager": 1, "enabled": True},
                {"id": 3, "full_name": "老赵", "login": "zhao", "enabled": False},
            ]
            for one in people:
                connection.execute(insert(STAFF), [one])
        self.crm = open_workspace(self.engine, create=True, schema=SCHEMA)
        self.adopt(self.crm)

    def adopt(self, crm: Workspace) -> None:
        crm.adopt_users(PEOPLE, key="id", fields=FIELDS, lock=False)

    def user(self, name: str) -> str:
        return self.crm.find("crm_user", f"name == '{name}'")[0].id

    def run(self, **values: object) -> Callable[[int], None]:
        def change(key: int) -> None:
            with self.engine.begin() as connection:
                connection.execute(update(STAFF).where(STAFF.c.id == key).values(**values))

        return change


@pytest.fixture
def office(database: Databased) -> Office:
    return Office(database)


def test_people_of_the_host_are_seen_beside_ours(office: Office) -> None:
    crm = office.crm
    people = crm.find("crm_user", "login != 'system'", order="name")
    names = [one["name"] for one in people if one["login"] in ("li", "wang", "zhao")]
    assert names == ["小李", "王经理", "老赵"]
    li = crm.get("crm_user", office.user("小李"))
    assert li["superior"] == office.user("王经理")
    assert crm.get("crm_user", office.user("王经理"))["department"] == "华东"
    assert len(people) == 4  # ours too: the local owner
    with crm.work() as work:
        work.create("deal", {"name": "x", "owner": li})
        work.create("deal", {"name": "y", "owner": crm.find("crm_user", "id == me")[0]})
    assert [one["name"] for one in crm.find("deal", "owner.name == '小李'")] == ["x"]
    assert [one["name"] for one in crm.find("deal", "owner.superior.name == '王经理'")] == ["x"]
    assert "小李" in str(crm.find("deal", columns=["name", "owner"]))


def test_what_they_may_is_explained(office: Office) -> None:
    crm, li = office.crm, office.user("小李")
    create(crm, "x")
    made = crm.find("deal")[0]
    record = made.id
    assert [one.code for one in why(crm, "li", "read", "deal", record).obstacles] == ["no_grant"]
    assert not can(crm, li, "read", "deal", record)
    with crm.work() as work:
        assign_roles(work, li, ["sales_manager"])
    assert why(crm, "li", "read", "deal", record).allowed
    assert can(crm, "li", "read", "deal", record)
    assert li in {one.user for one in who_can(crm, "deal", record, "read")}
    then = made.created_at
    refused("adopted_no_past", lambda: why(crm, "li", "read", "deal", record, as_of=then))


def test_roles_are_ours_and_change_at_once(office: Office) -> None:
    crm = office.crm
    li = crm.as_("li")
    assert len(li.find("deal")) == 0
    refused("not_allowed", lambda: create(li, "mine"))
    with crm.work() as work:
        assign_roles(work, office.user("小李"), ["sales_rep"])
    create(li, "mine")
    create(crm, "other")
    assert [one["name"] for one in li.find("deal")] == ["mine"]
    assert [one["name"] for one in crm.find("deal", "created_by.name == '小李'")] == ["mine"]
    assert len(crm.get("crm_user", office.user("小李"))["roles"]) == 1  # type: ignore[arg-type]
    with crm.work() as work:
        assign_roles(work, office.user("小李"), ["sales_manager"])
        operation = work.operation
    assert len(li.find("deal")) == 2
    assert len(crm.history("crm_user", office.user("小李"))) == 2
    crm.undo(operation)
    assert [one["name"] for one in li.find("deal")] == ["mine"]


def test_undoing_the_first_roles_of_somebody(office: Office) -> None:
    crm = office.crm
    with crm.work() as work:
        assign_roles(work, office.user("小李"), ["sales_manager"])
        operation = work.operation
    create(crm, "x")
    assert len(crm.as_("li").find("deal")) == 1
    undone = crm.undo(operation)
    assert (len(undone.restored), undone.impossible) == (1, ())
    assert len(crm.as_("li").find("deal")) == 0
    assert crm.get("crm_user", office.user("小李"))["login"] == "li"
    operations = crm.as_(System("look")).find("crm_operation", order="moment desc", limit=1)
    crm.undo(str(operations[0]["op_id"]))
    assert len(crm.as_("li").find("deal")) == 1


def create(crm: Workspace, name: str) -> None:
    with crm.work() as work:
        work.create("deal", {"name": name, "department": "华东"})


def test_what_the_host_says_of_a_person_holds_at_once(office: Office) -> None:
    crm = office.crm
    with crm.work() as work:
        grants = [
            {"module": "deal", "operations": ["read"], "where": "department == me.department"}
        ]
        work.create("crm_role", {"name": "regional", "grants": grants})
        assign_roles(work, office.user("小李"), ["regional"])
    create(crm, "east")
    li = crm.as_("li")
    assert len(li.find("deal")) == 0
    office.run(dept=1)(2)
    assert len(li.find("deal")) == 1
    office.run(dept=None)(2)
    assert len(li.find("deal")) == 0
    office.run(enabled=False)(2)
    refused("unknown_user", lambda: li.find("deal"))


def test_who_is_not_active_may_nothing(office: Office) -> None:
    with office.crm.work() as work:
        assign_roles(work, office.user("老赵"), ["administrator"])
    refused("unknown_user", lambda: office.crm.as_("zhao").find("deal"))
    refused("unknown_user", lambda: office.crm.as_("nobody"))


def test_people_are_the_host_s_to_change(office: Office) -> None:
    li = office.user("小李")

    def change(**values: object) -> Callable[[], object]:
        def run() -> None:
            with office.crm.work() as work:
                work.update("crm_user", li, values)

        return run

    refused("adopted_read_only", change(name="x"))

    def remove() -> None:
        with office.crm.work() as work:
            work.delete("crm_user", li)

    refused("adopted_read_only", remove)
    with office.crm.work() as work:
        assign_roles(work, li, ["sales_rep"])
    refused("adopted_read_only", change(roles=[]))

    def assign(user: str, role: str, crm: Workspace = office.crm) -> Callable[[], object]:
        def run() -> None:
            with crm.work() as work:
                assign_roles(work, user, [role])

        return run

    refused("not_found", assign("0" * 32, "sales_rep"))
    refused("not_found", assign(li, "nothing"))
    refused("not_found", assign(li, "administrator", office.crm.as_("li")))


def test_a_program_that_did_not_adopt_them_lets_nobody_in(office: Office) -> None:
    li = office.user("小李")
    with office.crm.work() as work:
        assign_roles(work, li, ["sales_rep"])
    other = open_workspace(office.engine)
    refused("users_not_adopted", lambda: other.as_(li).find("deal"))
    office.adopt(other)
    assert len(other.as_("li").find("deal")) == 0


def test_that_users_are_of_a_host_is_not_written_by_hand(office: Office) -> None:
    """It would keep everybody out, him who wrote it as well."""
    with pytest.raises(Invalid) as error, office.crm.work() as work:
        work.create("crm_setting", {"name": "users", "value": "host"})
    assert [one.code for one in error.value.problems] == ["users_of_host"]
    own = open_workspace(schema=SCHEMA)
    for run in (
        lambda work: work.create("crm_setting", {"name": "users", "value": "host"}),
        lambda work: work.update(
            "crm_setting",
            work.create("crm_setting", {"name": "users", "value": "ours"}).id,
            {"value": "host"},
        ),
    ):
        with pytest.raises(Invalid, match="adopt_users"), own.work() as work:
            run(work)
    document = {"partial": True, "settings": {"users": "host"}}
    with pytest.raises(SchemaError) as refusal:
        evolving.plan(own, evolving.document_of(document))
    assert refusal.value.code == "name_reserved"
    assert "users" not in (evolving.pull(office.crm).section("settings") or {})
    assert evolving.plan(office.crm, evolving.pull(office.crm)).is_empty
    assert len(own.find("deal")) == 0


def test_who_may_not_configure_adopts_no_users(database: Databased) -> None:
    engine = database()
    METADATA.create_all(engine)
    crm = open_workspace(engine, create=True, schema=SCHEMA)
    with crm.work() as work:
        role = work.create("crm_role", {"name": "clerk", "grants": []})
        work.create("crm_user", {"name": "clerk", "login": "clerk", "roles": [role.id]})
    with pytest.raises(AccessDenied):
        crm.as_("clerk").adopt_users(PEOPLE, key="id", fields=FIELDS, lock=False)
    assert "users" not in crm.configuration.settings
