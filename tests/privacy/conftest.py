"""A workspace on each backend, in which a person stands in every place that can hold one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import frozen

from crmcore import Field, Formula, Module, Preset, Schema
from crmcore.approving import guard
from crmcore.clock import ManualClock
from crmcore.editing import update
from crmcore.errors import CrmError
from crmcore.kinds import Date, Email, Json, Link, LongText, Phone, Text
from crmcore.sharing import share
from crmcore.storage import Backend
from crmcore.testing.stores import empty_stores
from crmcore.work import Workspace, open_workspace

BACKENDS = ("memory", "sqlite", "postgresql", "mariadb", "mongodb")

CONTACT = Module(
    "contact",
    [
        Field("name", Text(), "姓名", required=True, classification="personal"),
        Field("mobile", Phone(), "手机", classification="personal", unique="exact"),
        Field("email", Email(), "邮箱", classification="personal", unique="exact"),
        Field("birthday", Date(), "生日", classification="personal"),
        Field("remark", LongText(), "备注"),
        Field("greeting", Text(), "称呼"),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
    ],
    title="name",
    label="联系人",
)
DEAL = Module(
    "deal",
    [
        Field("title", Text(), "商机名称", required=True),
        Field("contact", Link("contact", "detach"), "联系人"),
        Field("memo", LongText(), "说明"),
        Field("stage", Text(), "阶段"),
        Field("extra", Json(), "附加"),
        Field("delivery", Phone(), "收货电话"),
    ],
    title="title",
    label="商机",
)
VISIT = Module(
    "visit",
    [
        Field("contact", Link("contact", "cascade"), "联系人", required=True),
        Field("report", LongText(), "记录"),
    ],
    label="拜访",
)
INVOICE = Module(
    "invoice",
    [Field("number", Text(), required=True), Field("contact", Link("contact"), "联系人")],
    title="number",
)
SCHEMA = Schema([CONTACT, DEAL, VISIT, INVOICE])

NAME, FORMER_NAME = "张三丰token", "李旧名token"
MOBILE, FORMER_MOBILE = "13812345678", "13987654321"
EMAIL = "token.person@example.com"
REMARK = "planted-remark-words"
VISITED = "planted-visit-words"
PARKED = "13700001111"
TOKENS = (NAME, FORMER_NAME, MOBILE, FORMER_MOBILE, EMAIL, REMARK, VISITED, PARKED)
"""What is planted; the mobile numbers lie there in more than one spelling."""


@frozen
class World:
    """A workspace, who is in it, and another person of whom nothing may be lost."""

    crm: Workspace
    clock: ManualClock
    person: str
    deal: str
    other: str


def lived(backend: Backend | str) -> World:
    """A workspace in which the person stands in every place."""
    clock = ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    crm = open_workspace(backend, create=True, schema=SCHEMA, owner="王经理", clock=clock)
    crm.configure(computed=[Formula("contact", "greeting", "concat('Dear ', name)")])
    with crm.work(op_id="first") as work:
        person = work.create(
            "contact",
            {
                "name": FORMER_NAME,
                "mobile": FORMER_MOBILE,
                "email": EMAIL,
                "birthday": "1990-01-02",
            },
        ).id
        other = work.create("contact", {"name": "赵六other", "mobile": "13611112222"}).id
        deal = work.create(
            "deal",
            {"title": f"{FORMER_NAME}的订单", "contact": person, "extra": {"who": [EMAIL]}},
        ).id
        work.create("deal", {"title": "赵六other的订单", "contact": other, "memo": "keep this"})
        work.create("visit", {"contact": person, "report": VISITED})
        work.emit("made", {"name": FORMER_NAME, "id": person})
    clock.advance(timedelta(hours=1))
    with crm.work(op_id="second", reason="a call") as work:
        values = {"name": NAME, "mobile": "138-1234-5678", "remark": REMARK}
        work.update("contact", person, values)
        work.update("deal", deal, {"memo": f"called {NAME} at 138 1234 5678", "delivery": MOBILE})
    crm.run(lambda _: {"name": NAME, "mobile": MOBILE, "id": person}, op_id="run")
    _lived_on(crm, person, deal)
    return World(crm, clock, person, deal, other)


def _lived_on(crm: Workspace, person: str, deal: str) -> None:
    with crm.work() as work:
        rep = work.find("crm_role", "name == 'sales_rep'")[0]
        user = work.create("crm_user", {"name": "小王", "login": "xw", "roles": [rep.id]}).id
        share(work, "contact", person, user=user, level="update", reason=f"helps {NAME}")
    update(crm, "deal", None, {"stage": "won"})
    guard(crm, "contact", ["mobile"])
    with crm.as_(user).work() as work:
        work.update("contact", person, {"mobile": PARKED})
    guard(crm, "contact", [])
    crm.as_(user).get("contact", person)
    crm._store.keep_notes(at_once=True)


@contextmanager
def worlds(backend: str, folder: Path) -> Iterator[World]:
    """A lived workspace on a new store of `backend`."""
    if backend == "sqlite":
        made = lived(f"sqlite:///{folder / 'crm.db'}")
        yield made
        made.crm.close()
        return
    with empty_stores(backend) as stores:
        made = lived(stores())
        yield made
        made.crm.close()


@pytest.fixture(params=BACKENDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with worlds(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def local() -> World:
    """The same in memory."""
    return lived("memory://")


def code_of(error: pytest.ExceptionInfo[CrmError]) -> str:
    """The code of what was raised."""
    return error.value.code
