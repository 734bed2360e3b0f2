"""Engines whose tables take few columns, so that small modules go on in siblings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

from attrs import evolve

from crmcore_sql import SqlBackend, backend, open_sql
from crmcore_sql.dialect import Dialect

COLUMNS: Final = 14
"""Ten stamps and endings, and a few fields."""


@contextmanager
def narrow(columns: int = COLUMNS) -> Iterator[None]:
    """Stores that are opened meanwhile fill a table with so many columns at most."""
    real = backend.dialect_for

    def lowered(*about: Any) -> Dialect:
        dialect = real(*about)
        limits = (columns, *dialect.room.limits[1:])
        return evolve(dialect, room=evolve(dialect.room, limits=limits))

    with mock.patch.object(backend, "dialect_for", lowered):
        yield


def open_narrow(url: str, columns: int = COLUMNS, **words: Any) -> SqlBackend:
    """The store at `url`, to be made if there is none."""
    with narrow(columns):
        return open_sql(url, create=True, **words)
