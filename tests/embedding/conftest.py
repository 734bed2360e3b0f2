"""Databases of a host, empty or with a workspace in them, on each engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url
from tests.sql.engines import ENGINES

from crmcore.testing.servers import Databases
from crmcore_sql.mariadb_places import make_database

Engines = Callable[..., Engine]
_NUMBERS = count(1)


@pytest.fixture(params=[*ENGINES, "psycopg2", "mysql"])
def engines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    """Makes engines of one empty database of a host."""
    made: list[Engine] = []
    closing: list[Callable[[], object]] = []
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'host.db'}"
    elif request.param in ("postgresql", "psycopg2"):
        server: Databases = request.getfixturevalue("postgresql")
        name = server.unused()
        url = server.create(name)
        if request.param == "psycopg2":
            url = make_url(url).set(drivername="postgresql+psycopg2").render_as_string(False)
        closing.append(lambda: server.drop(name))
    else:
        url = request.getfixturevalue(f"{request.param}_schemas")(f"host{next(_NUMBERS)}")
        if request.param == "mysql":
            make_database(make_url(url), "utf8mb4_bin")
        elif url.startswith("mariadb"):
            made_url = make_url(url).set(drivername="mariadb+pymysql")
            make_database(made_url)
            url = made_url.render_as_string(hide_password=False)

    def make(**words: object) -> Engine:
        made.append(create_engine(url, **words))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()
    for close in closing:
        close()


@pytest.fixture
def engine(engines: Engines) -> Engine:
    """The engine of a host."""
    return engines()
