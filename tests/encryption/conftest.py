"""People with encrypted fields, on each backend: in the open, and under keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from tests.servers.mongodb import mongodb as mongodb
from tests.servers.mongodb import mongodb_stores as mongodb_stores

from crmcore import Field, Key, Module, Option, Schema
from crmcore.clock import ManualClock
from crmcore.encrypting import Keyring
from crmcore.kinds import (
    Boolean,
    Choice,
    Date,
    DateTime,
    DecimalKind,
    Email,
    Integer,
    Json,
    Link,
    LongText,
    Phone,
    Text,
)
from crmcore.work import Workspace, open_workspace

BACKENDS = ("memory", "sqlite", "postgresql", "mariadb", "mongodb")
SERVERS = {
    "postgresql": "postgresql_schemas",
    "mariadb": "mariadb_schemas",
    "mongodb": "mongodb_stores",
}
KEYS = Keyring({"first": b"\x01" * 32})
LEVELS = [Option("low", "低"), Option("high", "高")]

PERSON = Module(
    "person",
    [
        Field("name", Text(), "姓名", required=True),
        Field("ident", Text(), "证件号", encrypted=True, unique="exact"),
        Field("mail", Email(), "邮箱", encrypted=True, indexed=True),
        Field("phone", Phone(), "电话", encrypted=True, classification="personal"),
        Field("pay", DecimalKind(2), "工资", encrypted=True),
        Field("born", Date(), "生日", encrypted=True),
        Field("seen", DateTime(), "就诊", encrypted=True),
        Field("ward", Integer(), "病房", encrypted=True),
        Field("level", Choice(LEVELS), "等级", encrypted=True),
        Field("insured", Boolean(), "参保", encrypted=True),
        Field("notes", LongText(), "病历", encrypted=True),
        Field("extra", Json(), "附加", encrypted=True),
        Field("owner", Link("crm_user"), "负责人"),
    ],
    title="name",
    label="人员",
    keys=[Key(["name", "mail"])],
)
VISIT = Module(
    "visit",
    [
        Field("title", Text(), "标题"),
        Field("person", Link("person"), "人员"),
    ],
    title="title",
    label="到访",
)
SCHEMA = Schema([PERSON, VISIT])

Opened = Callable[..., Workspace]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest) -> str:
    """Which backend it is."""
    name: str = request.param
    return name


@pytest.fixture
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """The URL of one more empty place on a backend."""
    numbers = count(1)

    def another(name: str) -> str:
        number = next(numbers)
        if name == "memory":
            return "memory://"
        if name == "sqlite":
            return f"sqlite:///{tmp_path / f'crm{number}.db'}"
        url: str = request.getfixturevalue(SERVERS[name])(f"e{number}")
        return url

    return another


@pytest.fixture
def opened(clock: ManualClock) -> Iterator[Opened]:
    """Opens workspaces, which are closed at the end."""
    made: list[Workspace] = []

    def another(url: object, keys: Keyring | None = KEYS, schema: Schema = SCHEMA) -> Workspace:
        crm = open_workspace(url, create=True, schema=schema, owner="boss", clock=clock, keys=keys)
        made.append(crm)
        return crm

    yield another
    for crm in made:
        crm.close()


@pytest.fixture
def crm(place: str, urls: Callable[[str], str], opened: Opened) -> Workspace:
    """A workspace with encrypted fields on each backend."""
    return opened(urls(place))


ANNA = {
    "name": "Anna",
    "ident": "110101-XQ",
    "mail": "Anna@Example.com",
    "phone": "138 0013 8000",
    "pay": "12345.60",
    "born": "1990-02-03",
    "seen": "2026-01-02T03:04:05Z",
    "ward": 17,
    "level": "high",
    "insured": True,
    "notes": "first line\nsecond line",
    "extra": {"a": [1, None, "x"]},
}
"""A value of each kind."""


def told(act: Callable[[], object]) -> str:
    """The code that `act` is refused with."""
    from crmcore.errors import CrmError

    with pytest.raises(CrmError) as refused:
        act()
    return refused.value.code
