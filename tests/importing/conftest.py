"""Workspaces to import into, on memory and on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from crmcore.kinds import (
    Boolean,
    Choice,
    Date,
    DateTime,
    DecimalKind,
    Email,
    Integer,
    Link,
    LongText,
    MultiChoice,
    Option,
    Percent,
    Phone,
    Text,
)
from crmcore.schema import Field, Key, Module, Preset, Schema
from crmcore.sheets import SheetOut, write_xlsx
from crmcore.work import Workspace, open_workspace

ACCOUNT = Module(
    "account",
    [
        Field("code", Text(), "客户编号", unique="exact"),
        Field("name", Text(), "客户名称", required=True),
        Field("tax", Text(), "税号", unique="folded"),
        Field("region", Choice(options=[Option("east", "华东"), Option("west", "华西")]), "区域"),
        Field("tags", MultiChoice(options=["vip", "new"]), "标签"),
        Field("amount", DecimalKind(2), "金额"),
        Field("phone", Phone(), "电话"),
        Field("email", Email(), "邮箱"),
        Field("founded", Date(), "成立日期"),
        Field("seen_at", DateTime(), "最近联系时间"),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
        Field("parent", Link("account"), "上级客户"),
        Field("remark", LongText(), "备注"),
        Field("status", Choice(options=[Option("new", "新客户"), "old"]), "状态", default="new"),
    ],
    title="name",
    label="客户",
)
CONTACT = Module(
    "contact",
    [
        Field("name", Text(), "姓名", required=True),
        Field("account", Link("account"), "客户"),
        Field("phone", Phone(), "手机"),
        Field("decides", Boolean(), "是否决策人"),
        Field("age", Integer(), "年龄"),
    ],
    title="name",
    label="联系人",
    keys=[Key(("name", "account"))],
)
DEAL = Module(
    "deal",
    [
        Field("code", Text(), "商机编号", unique="exact"),
        Field("name", Text(), "商机名称", required=True),
        Field("account", Link("account"), "客户", required=True),
        Field("amount", DecimalKind(2), "金额"),
        Field("chance", Percent(), "赢率"),
        Field("closes", Date(), "预计成交日期"),
    ],
    title="name",
    label="商机",
)
SCHEMA = Schema([ACCOUNT, CONTACT, DEAL])

Open = Callable[[], Workspace]


@pytest.fixture(params=["memory", "sqlite"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace of accounts, contacts and deals."""
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'crm.db'}"
    made = open_workspace(url, schema=SCHEMA, create=True, owner="老板")
    yield made
    made.close()


@pytest.fixture
def memory() -> Iterator[Workspace]:
    """The same, in memory."""
    made = open_workspace("memory://", schema=SCHEMA, create=True, owner="老板")
    yield made
    made.close()


def csv(text: str, encoding: str = "utf-8-sig") -> bytes:
    """A CSV file of `text`, whose lines may be indented."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def book(**sheets: list[list[Any]]) -> bytes:
    """A workbook whose sheets have their header in the first row."""
    target = BytesIO()
    write_xlsx(
        target,
        [SheetOut(name, [str(one) for one in rows[0]], rows[1:]) for name, rows in sheets.items()],
    )
    return target.getvalue()


def values(crm: Workspace, module: str, *fields: str) -> list[tuple[object, ...]]:
    """The values of `fields` of all records, by the first of them."""
    return sorted((tuple(record[name] for name in fields) for record in crm.find(module)), key=str)
