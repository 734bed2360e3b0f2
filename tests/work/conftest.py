"""A small workspace on each backend, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crmcore import Field, Formula, Key, LinkedField, Module, Option, Preset, RollUp, Schema
from crmcore.clock import ManualClock
from crmcore.kinds import Choice, Date, DecimalKind, Email, Integer, Link, MultiLink, Phone, Text
from crmcore.work import Workspace, open_workspace

STAGES = [Option("new", "初步接触"), Option("offer", "方案制定"), Option("won", "赢单")]

ACCOUNT = Module(
    "account",
    [
        Field("code", Text(), "客户编号", unique="exact"),
        Field("name", Text(), "客户名称", required=True),
        Field("region", Choice(options=[Option("east", "华东"), Option("south", "华南")]), "区域"),
        Field("phone", Phone(), "电话"),
        Field("email", Email(), "邮箱", classification="personal"),
        Field("amount", DecimalKind(2), "金额"),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
        Field("since", Date(), "合作日期"),
        Field("deals", Integer(), "商机数"),
        Field("won", DecimalKind(2), "赢单额"),
    ],
    title="name",
    label="客户",
)
DEAL = Module(
    "deal",
    [
        Field("title", Text(), "商机名称", required=True),
        Field("account", Link("account"), "客户"),
        Field("stage", Choice(options=STAGES), "阶段", default="new"),
        Field("amount", DecimalKind(2), "金额"),
        Field("double", DecimalKind(2)),
        Field("region", Choice(options=[Option("east", "华东"), Option("south", "华南")])),
        Field("note_of", Link("note", "detach")),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
    ],
    title="title",
    label="商机",
    keys=[Key(["title", "account"])],
)
NOTE = Module(
    "note",
    [
        Field("text", Text(), "内容"),
        Field("account", Link("account", "cascade"), "客户"),
        Field("about", MultiLink("deal", "detach")),
    ],
    title="text",
)
COMPUTED = [
    RollUp("account", "deals", "deal", "account", "count"),
    RollUp("account", "won", "deal", "account", "sum", "amount", "stage == 'won'"),
    LinkedField("deal", "region", "account.region"),
    Formula("deal", "double", "amount * 2"),
]

Open = Callable[[], Workspace]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 1, 8, tzinfo=UTC))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def crm(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[Workspace]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'crm.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_schemas")("crm")
    schema = Schema([ACCOUNT, DEAL, NOTE])
    made = open_workspace(url, create=True, schema=schema, owner="王经理", clock=clock)
    made.configure(computed=COMPUTED)
    clock.advance(timedelta(hours=1))
    yield made
    made.close()
