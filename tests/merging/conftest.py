"""Accounts with all that can hang on them, on each backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from tests.access.conftest import Company
from tests.access.conftest import clock as clock
from tests.access.conftest import mongodb as mongodb
from tests.access.conftest import mongodb_stores as mongodb_stores
from tests.access.conftest import url as url

from crmcore import Field, Grant, Module, Preset, Role, RollUp, Schema, Workspace
from crmcore.clock import ManualClock
from crmcore.kinds import DecimalKind, Email, Integer, Link, MultiLink, Phone, Text
from crmcore.work import open_workspace

ACCOUNT = Module(
    "account",
    [
        Field("name", Text(), "客户名称", required=True),
        Field("code", Text(), "客户编号", unique="exact"),
        Field("phone", Phone(), "电话"),
        Field("email", Email(), "邮箱"),
        Field("amount", DecimalKind(2), "金额"),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
        Field("parent", Link("account"), "上级客户"),
        Field("partners", MultiLink("account", "detach"), "伙伴"),
        Field("deals", Integer(), "商机数"),
        Field("total", DecimalKind(2), "商机额"),
    ],
    title="name",
    label="客户",
)
DEAL = Module(
    "deal",
    [
        Field("title", Text(), "商机名称", required=True),
        Field("account", Link("account"), "客户", required=True),
        Field("amount", DecimalKind(2), "金额"),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
    ],
    title="title",
    label="商机",
)
NOTE = Module(
    "note",
    [
        Field("text", Text(), "内容"),
        Field("of", Link("account", "cascade"), "客户"),
        Field("about", MultiLink("account", "detach"), "相关客户"),
    ],
    title="text",
    label="记录",
)
COMPUTED = [
    RollUp("account", "deals", "deal", "account", "count"),
    RollUp("account", "total", "deal", "account", "sum", "amount"),
]
FREELY = ("read", "report", "create", "update", "delete", "restore", "merge", "share", "transfer")
REP = Role(
    "rep",
    grants=[
        *(Grant(name, FREELY) for name in ("account", "deal", "note")),
        Grant("crm_user", "read"),
    ],
)


def opened(url: str, clock: ManualClock) -> Company:
    """A new workspace at `url`."""
    schema = Schema([ACCOUNT, DEAL, NOTE])
    crm = open_workspace(url, create=True, schema=schema, owner="boss", clock=clock)
    crm.configure(computed=COMPUTED)
    return Company(crm)


@pytest.fixture
def company(url: str, clock: ManualClock) -> Iterator[Company]:
    """A new workspace on each backend."""
    made = opened(url, clock)
    yield made
    made.crm.close()


@pytest.fixture
def local(clock: ManualClock) -> Company:
    """The same in memory."""
    return opened("memory://", clock)


Make = Callable[..., str]


def made(crm: Workspace, module: str, **values: object) -> str:
    """A new record; its id."""
    with crm.work() as work:
        return work.create(module, values).id


def linked(crm: Workspace, module: str, field: str) -> Sequence[object]:
    """What the records of a module link to by a field, in the order of their titles."""
    title = {"deal": "title", "note": "text", "account": "name"}[module]
    return [one[field] for one in crm.find(module, order=title)]
