"""A company on each backend: two regions, a line of superiors, one role per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import frozen
from tests.servers.mongodb import mongodb as mongodb
from tests.servers.mongodb import mongodb_stores as mongodb_stores

from crmcore import Field, Formula, LinkedField, Module, Option, Preset, Role, RollUp, Schema
from crmcore.access import role_values
from crmcore.clock import ManualClock
from crmcore.kinds import Choice, DecimalKind, Email, Integer, Link, Phone, Text
from crmcore.work import Workspace, open_workspace

BACKENDS = ("memory", "sqlite", "postgresql", "mariadb", "mongodb")

ACCOUNT = Module(
    "account",
    [
        Field("name", Text(), "客户名称", required=True),
        Field("code", Text(), "客户编号", unique="exact"),
        Field("region", Choice(options=[Option("east", "华东"), Option("south", "华南")]), "区域"),
        Field("phone", Phone(), "电话"),
        Field("email", Email(), "邮箱", classification="personal"),
        Field("amount", DecimalKind(2), "金额"),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
        Field("territory", Link("crm_territory"), "区域归属"),
        Field("parent", Link("account"), "上级客户"),
        Field("deals", Integer(), "商机数"),
        Field("total", DecimalKind(2), "商机额"),
        Field("double", DecimalKind(2), "双倍"),
    ],
    title="name",
    label="客户",
)
DEAL = Module(
    "deal",
    [
        Field("title", Text(), "商机名称", required=True),
        Field("account", Link("account"), "客户"),
        Field("amount", DecimalKind(2), "金额"),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
        Field("phone", Phone(), "客户电话"),
    ],
    title="title",
    label="商机",
)
COMPUTED = [
    RollUp("account", "deals", "deal", "account", "count"),
    RollUp("account", "total", "deal", "account", "sum", "amount"),
    Formula("account", "double", "amount * 2"),
    LinkedField("deal", "phone", "account.phone"),
]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty store is."""
    if request.param in ("memory", "sqlite"):
        return "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'crm.db'}"
    fixture = {"mongodb": "mongodb_stores"}.get(request.param, f"{request.param}_schemas")
    found: str = request.getfixturevalue(fixture)("crm")
    return found


@frozen
class Company:
    """The workspace as its owner, and a way to act as somebody with a role."""

    crm: Workspace

    def role(self, role: Role) -> str:
        """A record of `role`; its id."""
        with self.crm.work() as work:
            values = {name: value for name, value in role_values(role).items() if value is not None}
            return work.create("crm_role", values).id

    def user(self, name: str, *roles: Role, **values: object) -> Workspace:
        """The workspace as a new user with `roles`."""
        ids = [self._known(one) for one in roles]
        with self.crm.work() as work:
            work.create("crm_user", {"name": name, "login": name, "roles": ids, **values})
        return self.crm.as_(name)

    def account(self, name: str, owner: Workspace | None = None, **values: object) -> str:
        """A new account; its id."""
        if owner is not None:
            values["owner"] = owner.principal
        with self.crm.work() as work:
            return work.create("account", {"name": name, **values}).id

    def _known(self, role: Role) -> str:
        found = self.crm.find("crm_role", f"name == '{role.name}'")
        return found[0].id if len(found) else self.role(role)


@pytest.fixture
def company(url: str, clock: ManualClock) -> Iterator[Company]:
    """A new workspace on each backend."""
    made = founded(url, clock)
    yield made
    made.crm.close()


@pytest.fixture
def local(clock: ManualClock) -> Company:
    """The same in memory."""
    return founded("memory://", clock)


def founded(url: str, clock: ManualClock) -> Company:
    """A new workspace at `url`."""
    crm = open_workspace(
        url, create=True, schema=Schema([ACCOUNT, DEAL]), owner="boss", clock=clock
    )
    crm.configure(computed=COMPUTED)
    return Company(crm)


Act = Callable[[], object]
