"""A small workspace on each backend, with records, and documents to change it by."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.servers.mongodb import mongodb as mongodb
from tests.servers.mongodb import mongodb_stores as mongodb_stores

from crmcore import Field, Formula, Key, Module, Option, RollUp, Schema, evolving
from crmcore.kinds import Choice, DecimalKind, Integer, Link, MultiChoice, Text
from crmcore.work import Workspace, open_workspace

ACCOUNT = Module(
    "account",
    [
        Field("code", Text(), "客户编号", unique="exact"),
        Field("name", Text(), "客户名称", required=True),
        Field("city", Text(), "城市"),
        Field("size", Text(), "人数"),
        Field("region", Choice(options=[Option("east", "华东"), Option("south", "华南")]), "区域"),
        Field("tags", MultiChoice(options=["vip", "old", "new"]), "标签"),
        Field("amount", DecimalKind(2), "金额"),
        Field("double", DecimalKind(2)),
        Field("deals", Integer()),
        Field("owner", Link("crm_user"), "负责人"),
    ],
    title="name",
    label="客户",
)
DEAL = Module(
    "deal",
    [
        Field("title", Text(), "商机名称"),
        Field("account", Link("account"), "客户"),
        Field("amount", Integer(), "金额"),
    ],
    title="title",
    label="商机",
    keys=[Key(["title", "account"])],
)
COMPUTED = [
    Formula("account", "double", "amount * 2"),
    RollUp("account", "deals", "deal", "account", "count"),
]
BACKENDS = ["memory", "sqlite", "postgresql", "mariadb", "mongodb"]


def made(url: str) -> Workspace:
    """A new workspace with four accounts and two deals."""
    crm = open_workspace(url, create=True, schema=Schema([ACCOUNT, DEAL]), owner="owner")
    crm.configure(computed=COMPUTED)
    with crm.work() as work:
        accounts = work.create_all(
            "account",
            [
                {"code": "A1", "name": "甲", "city": "上海", "size": "12", "region": "east"},
                {"code": "A2", "name": "乙", "city": "上海", "size": "1,200", "tags": ["vip"]},
                {"code": "A3", "name": "丙", "size": "约 50", "tags": ["vip", "old"]},
                {"code": "A4", "name": "丁", "city": "广州", "amount": "9.50", "region": "south"},
            ],
        )
        for number, account in enumerate(accounts[:2]):
            work.create("deal", {"title": f"d{number}", "account": account, "amount": number})
    return crm


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that is not there yet."""
    if request.param == "memory":
        return "memory://"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'crm.db'}"
    name = "mongodb_stores" if request.param == "mongodb" else f"{request.param}_schemas"
    schemas: Callable[[str], str] = request.getfixturevalue(name)
    return schemas("store")


@pytest.fixture
def crm(url: str) -> Iterator[Workspace]:
    found = made(url)
    yield found
    found.close()


Edit = Callable[[dict[str, Any]], None]


def edited(crm: Workspace, edit: Edit) -> evolving.Document:
    """The present document, changed by `edit`."""
    data = copy.deepcopy(plain(evolving.pull(crm).to_json()))
    edit(data)
    return evolving.document_of(data)


def plain(data: Any) -> Any:
    """Data that can be changed."""
    if isinstance(data, dict):
        return {name: plain(value) for name, value in data.items()}
    return [plain(one) for one in data] if isinstance(data, list) else data


def applied(crm: Workspace, edit: Edit, **options: Any) -> evolving.Applied:
    """Change the configuration by a document that `edit` changed."""
    return evolving.apply(crm, evolving.plan(crm, edited(crm, edit)), **options)


def fields(data: dict[str, Any], module: str = "account") -> dict[str, Any]:
    """The fields of a module in a document."""
    found: dict[str, Any] = data["modules"][module]["fields"]
    return found
