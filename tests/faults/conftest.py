"""A workspace in a file or on a server, and how much is tried: more with CRMCORE_TRIES=deep."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.servers.mongodb import mongodb as mongodb
from tests.servers.mongodb import mongodb_stores as mongodb_stores

from crmcore import Field, Module, Schema, open_workspace
from crmcore.kinds import Integer, Link, Text

DEEP = os.environ.get("CRMCORE_TRIES") == "deep"
SCHEMA = Schema(
    [
        Module(
            "account",
            [Field("name", Text(), unique="exact", required=True), Field("hits", Integer())],
            title="name",
        ),
        Module("deal", [Field("title", Text()), Field("account", Link("account"))], title="title"),
    ]
)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'crm.db'}"
    if request.param != "sqlite":
        made = request.getfixturevalue(f"{request.param}_schemas")("crm")
    open_workspace(made, create=True, schema=SCHEMA, owner="owner").close()
    return made


@pytest.fixture(params=["sqlite", "postgresql", "mariadb", "mongodb"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A workspace that several processes can share, on every engine."""
    made = f"sqlite:///{tmp_path / 'crm.db'}"
    if request.param == "mongodb":
        made = request.getfixturevalue("mongodb_stores")("crm")
    elif request.param != "sqlite":
        made = request.getfixturevalue(f"{request.param}_schemas")("crm")
    open_workspace(made, create=True, schema=SCHEMA, owner="owner").close()
    return made


@pytest.fixture(params=["postgresql", "mariadb"])
def server_url(request: pytest.FixtureRequest) -> str:
    """A workspace on a server that others can listen in front of."""
    made: str = request.getfixturevalue(f"{request.param}_schemas")("crm")
    open_workspace(made, create=True, schema=SCHEMA, owner="owner").close()
    return made
