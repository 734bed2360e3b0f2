"""A small CRM with a unique code, links, computed fields and two users, on any backend."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import frozen

from crmcore.clock import ManualClock
from crmcore.kinds import Boolean, Choice, Date, DecimalKind, Integer, Link, Option, Phone, Text
from crmcore.rules import Formula, LinkedField, RollUp
from crmcore.schema import Field, Key, Module, Preset, Schema
from crmcore.storage import Backend
from crmcore.work import Workspace, open_workspace

_REGIONS: Final = [Option("east", "华东"), Option("south", "华南"), Option("north", "华北")]
_STAGES: Final = [Option("new", "初步接触"), Option("offer", "方案制定"), Option("won", "赢单")]

ACCOUNT: Final = Module(
    "account",
    [
        Field("code", Text(), "客户编号", unique="exact"),
        Field("name", Text(), "客户名称", required=True),
        Field("region", Choice(options=_REGIONS), "区域"),
        Field("phone", Phone(), "电话"),
        Field("amount", DecimalKind(2), "金额"),
        Field("since", Date(), "合作日期"),
        Field("key_account", Boolean(), "重点"),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
        Field("deals", Integer(), "商机数"),
        Field("won", DecimalKind(2), "赢单额"),
    ],
    title="name",
    label="客户",
)
DEAL: Final = Module(
    "deal",
    [
        Field("title", Text(), "商机名称", required=True),
        Field("account", Link("account"), "客户"),
        Field("stage", Choice(options=_STAGES), "阶段", default="new"),
        Field("amount", DecimalKind(2), "金额"),
        Field("double", DecimalKind(2)),
        Field("region", Choice(options=_REGIONS)),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
    ],
    title="title",
    label="商机",
    keys=[Key(["title", "account"])],
)
NOTE: Final = Module(
    "note",
    [
        Field("text", Text(), "内容"),
        Field("account", Link("account", "cascade"), "客户"),
        Field("deal", Link("deal", "detach"), "商机"),
    ],
    title="text",
    label="备注",
)
COMPUTED: Final = (
    RollUp("account", "deals", "deal", "account", "count"),
    RollUp("account", "won", "deal", "account", "sum", "amount", "stage == 'won'"),
    LinkedField("deal", "region", "account.region"),
    Formula("deal", "double", "amount * 2"),
)
MODULES: Final = ("account", "deal", "note")
_BEGINNING: Final = datetime(2026, 3, 1, 8, tzinfo=UTC)


@frozen
class World:
    """A workspace as its owner (`crm`) and as a representative (`rep`), and its clock."""

    crm: Workspace
    rep: Workspace
    clock: ManualClock

    def later(self, **step: int) -> None:
        """Move the clock forward."""
        self.clock.advance(timedelta(**step))


def world(backend: Backend, rng: random.Random) -> World:
    """A new workspace on an empty store; the same `rng` makes the same one."""
    clock = ManualClock(_BEGINNING)
    schema = Schema([ACCOUNT, DEAL, NOTE])
    crm = open_workspace(
        backend, create=True, schema=schema, owner="owner", clock=clock, entropy=rng.randbytes
    )
    crm.configure(computed=COMPUTED)
    with crm.work() as work:
        role = work.find("crm_role", "name == 'sales_rep'")[0]
        work.create("crm_user", {"name": "rep", "login": "rep", "roles": [role.id]})
    clock.advance(timedelta(hours=1))
    return World(crm, crm.as_("rep"), clock)
