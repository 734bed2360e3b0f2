"""A workspace to which much happened: everything that writes is in it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from tests.audit.conftest import ACCOUNT, person, settle

from crmcore import Field, Formula, Module, RollUp, Schema
from crmcore.access import System
from crmcore.clock import ManualClock
from crmcore.editing import update, updating
from crmcore.errors import AccessDenied
from crmcore.kinds import DecimalKind, Integer, Link, LongText, Text
from crmcore.storage import Backend
from crmcore.work import Workspace, note, open_workspace

DEAL = Module(
    "deal",
    [
        Field("title", Text(), "商机名称", required=True),
        Field("account", Link("account", "cascade"), "客户"),
        Field("amount", Integer(), "金额"),
        Field("double", Integer()),
        Field("stage", Text(), "阶段"),
    ],
    title="title",
)


def lived(backend: Backend, seed: int = 1, rounds: int = 2) -> Workspace:
    """A workspace on the empty store `backend`, to which much happened."""
    rng = random.Random(seed)
    clock = ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    whole = Schema([evolve(ACCOUNT, fields=[*ACCOUNT.fields, Field("deals", Integer())]), DEAL])
    crm = open_workspace(backend, create=True, schema=whole, owner="王经理", clock=clock)
    crm.configure(
        computed=[
            Formula("deal", "double", "amount * 2"),
            RollUp("account", "deals", "deal", "account", "count"),
        ]
    )
    rep = person(crm, "小王")
    settle(crm, {"bulk": 3, "opened": 2})
    for number in range(rounds):
        clock.advance(timedelta(hours=1))
        _work(crm, rng)
        _refused(rep)
        if number == 0:
            _reconfigured(crm)
        clock.advance(timedelta(minutes=5))
        _batch(crm, number)
    crm._store.keep_notes(at_once=True)
    return crm


def _work(crm: Workspace, rng: random.Random) -> None:
    with crm.work(reason="import of leads", origin="web") as work:
        made = [
            work.create("account", {"name": f"客户{rng.randrange(99)}", "email": "a@example.com"})
            for _ in range(3)
        ]
        for one in made:
            work.create("deal", {"title": "商机", "account": one.id, "amount": rng.randrange(9)})
        work.update("account", made[0], {"amount": 5})
        work.emit("made", {"count": len(made)})
    with crm.work() as work:
        for one in made[:2]:
            work.update("account", one.id, {"name": "改名", "amount": rng.randrange(1_000)})
    with crm.work() as work:
        work.delete("account", made[2].id)
        removed = work.operation
    crm.undo(removed)
    crm.run(lambda work: work.create("deal", {"title": "一次"}).id, op_id=f"once-{rng.random()}")
    with crm.as_(System("repair")).work() as work:
        work.update("account", made[0].id, {"amount": None})
    crm.find("account")
    crm.get("account", made[0].id)
    crm.get("account", made[1].id)
    note(crm, "export", module="account", count=3)


def _refused(rep: Workspace) -> None:
    with pytest.raises(AccessDenied), rep.work() as work:
        work.create("crm_role", {"name": "king"})


def _reconfigured(crm: Workspace) -> None:
    """A kind changes, a field is added and one retires: older versions speak the older way."""
    present = crm.schema.module("deal")
    changed = {"amount": DecimalKind(2), "stage": LongText()}
    fields = [
        evolve(one, kind=changed.get(one.name, one.kind), retired=one.name == "stage")
        for one in present.fields
    ]
    made = evolve(present, fields=[*fields, Field("remark", Text())])
    others = [one for one in crm.schema.modules if one.name != "deal"]
    crm.configure(Schema([*others, made]), computed=crm.configuration.computed)


def _batch(crm: Workspace, number: int) -> None:
    """The store itself sets constants, and a long operation has several steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(updating, "ONE_STEP", 1)
        done = update(crm, "account", "name == '改名'", {"amount": 100 + number})
        assert done.how == "rewrite"
        patch.setattr(updating, "STEP_RECORDS", 2)
        update(crm, "deal", None, {"remark": f"r{number}"})
