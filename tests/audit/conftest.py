"""A small workspace on a backend, with somebody who may little, and a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crmcore import Field, Module, Preset, Schema
from crmcore.clock import ManualClock
from crmcore.kinds import DecimalKind, Email, Link, Text
from crmcore.testing.stores import empty_stores
from crmcore.work import Workspace, open_workspace

BACKENDS = ["memory", "sqlite", "postgresql", "mariadb", "mongodb"]

ACCOUNT = Module(
    "account",
    [
        Field("name", Text(), "客户名称", required=True),
        Field("email", Email(), "邮箱", classification="personal"),
        Field("amount", DecimalKind(2), "金额"),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
    ],
    title="name",
    label="客户",
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))


@pytest.fixture(params=BACKENDS)
def crm(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Workspace]:
    with empty_stores(request.param) as stores:
        made = open_workspace(
            stores(), create=True, schema=Schema([ACCOUNT]), owner="王经理", clock=clock
        )
        yield made
        made.close()


@pytest.fixture
def small(tmp_path: Path, clock: ManualClock) -> Iterator[Workspace]:
    """A workspace in a file."""
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    made = open_workspace(url, create=True, schema=Schema([ACCOUNT]), owner="王经理", clock=clock)
    yield made
    made.close()


def person(crm: Workspace, name: str, role: str = "sales_rep") -> Workspace:
    """The workspace as a new user with one role."""
    with crm.work() as work:
        found = work.find("crm_role", f"name == '{role}'")[0]
        made = work.create("crm_user", {"name": name, "login": name, "roles": [found.id]})
    return crm.as_(made.id)


def accounts(crm: Workspace, count: int) -> list[str]:
    """So many accounts."""
    with crm.work() as work:
        return work.create_all(
            "account", [{"name": f"客户{number}", "amount": number} for number in range(count)]
        )


def settle(crm: Workspace, value: object) -> None:
    """Set what is noted."""
    with crm.work() as work:
        work.upsert("crm_setting", {"name": "audit"}, {"value": value})


def later(clock: ManualClock, **span: float) -> None:
    """Let time pass."""
    clock.advance(timedelta(**span))
