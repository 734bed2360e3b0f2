"""A workspace that keeps sign-ins, on each backend, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.servers.mongodb import mongodb as mongodb
from tests.servers.mongodb import mongodb_stores as mongodb_stores

from crmcore import Field, Grant, Module, Schema, accounts
from crmcore.access import grants_to_json
from crmcore.accounts import SignInPolicy
from crmcore.clock import ManualClock
from crmcore.kinds import Link, Text
from crmcore.work import Workspace, open_workspace

BACKENDS = ("memory", "sqlite", "postgresql", "mariadb", "mongodb")
CHEAP = SignInPolicy("invitation", hash_time=1, hash_memory_kib=8, hash_lanes=1)
"""Hashing that takes no time."""
PHRASE = "correct battery staple"
NOTE = Module("note", [Field("text", Text()), Field("owner", Link("crm_user"))], title="text")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 1, 8, tzinfo=UTC))


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty store is."""
    if request.param in ("memory", "sqlite"):
        return "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'crm.db'}"
    fixture = {"mongodb": "mongodb_stores"}.get(request.param, f"{request.param}_schemas")
    found: str = request.getfixturevalue(fixture)("crm")
    return found


@pytest.fixture
def crm(url: str, clock: ManualClock) -> Iterator[Workspace]:
    """The workspace as its owner, who may configure it."""
    made = founded(url, clock)
    yield made
    made.close()


@pytest.fixture
def local(clock: ManualClock) -> Workspace:
    """The same in memory."""
    return founded("memory://", clock)


def founded(url: str, clock: ManualClock) -> Workspace:
    """A new workspace at `url` that keeps sign-ins; 小王 (wang) is its representative."""
    made = open_workspace(url, create=True, schema=Schema([NOTE]), owner="boss", clock=clock)
    with made.work() as work:
        grants = [Grant("note", ("read", "create")), Grant("crm_user", "read")]
        role = work.create("crm_role", {"name": "rep", "grants": grants_to_json(grants)})
        work.create("crm_user", {"name": "小王", "login": "wang", "roles": [role.id]})
    clock.advance(timedelta(hours=1))
    accounts.enable(made, CHEAP)
    return made


def with_password(crm: Workspace, login: str = "wang", password: str = PHRASE) -> str:
    """The id of the user `login`, who has a password from now on."""
    user = crm.as_(login).principal
    assert isinstance(user, str)
    accounts.redeem(crm, accounts.invite(crm, user).token, password)
    return user
