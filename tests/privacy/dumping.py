"""Everything that lies in a store, as text: what nobody may find anything of a person in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.privacy.conftest import (
    EMAIL,
    FORMER_MOBILE,
    FORMER_NAME,
    MOBILE,
    NAME,
    PARKED,
    REMARK,
    VISITED,
    World,
)

from crmcore.access import System
from crmcore.query.bound import TRUE, BoundQuery, by_ids, full_columns
from crmcore.storage.unique import key_hashes


def dump(world: World, folder: Path) -> str:
    """All of it; of a file its bytes, after it was vacuumed."""
    name = world.crm.backend_name
    backend: Any = world.crm._store.backend
    if name == "memory":
        tables = backend.tables.values()
        return repr([(one.rows, one.former, one.keys) for one in tables])
    if name == "sqlite":
        return _file(folder / "crm.db")
    if name == "mongodb":
        database = backend._store.database
        names = sorted(database.list_collection_names())
        return "\n".join(repr(list(database[one].find())) for one in names)
    return "\n".join(_tables(backend))


def _file(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        text = "\n".join(connection.iterdump())
    parts = [part.read_bytes() for part in path.parent.glob(f"{path.name}*")]
    return text + b"".join(parts).decode("utf-8", "replace")


def _tables(backend: Any) -> Iterator[str]:
    from sqlalchemy import inspect, text

    engine = backend._store.engine
    with engine.connect() as connection:
        for schema in inspect(connection).get_schema_names():
            if schema in ("information_schema", "mysql", "performance_schema", "sys", "pg_catalog"):
                continue
            for table in inspect(connection).get_table_names(schema=schema):
                quoted = ".".join(
                    engine.dialect.identifier_preparer.quote(one) for one in (schema, table)
                )
                rows = connection.execute(text(f"SELECT * FROM {quoted}"))  # noqa: S608
                yield repr([[_plain(value) for value in row] for row in rows])


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, (memoryview, bytearray)) else value


def spelled() -> dict[str, tuple[str, ...]]:
    """Each token in the spellings in which it may lie somewhere."""
    tokens = (NAME, FORMER_NAME, EMAIL, REMARK, VISITED)
    found = {one: (one, one.lower(), one.upper(), one.encode().hex()) for one in tokens}
    for number in (MOBILE, FORMER_MOBILE, PARKED):
        spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
        found[number] = (number, spaced, spaced.replace(" ", "-"))
    return found


def left_of(world: World, text: str) -> set[str]:
    """The tokens that lie in `text`."""
    return {
        token
        for token, spellings in spelled().items()
        if any(one in text or repr(one.encode())[2:-1] in text for one in spellings)
    }


def key_digests(world: World) -> list[str]:
    """The digests of the person's unique values: a phone number is found again by them."""
    module = world.crm.schema.module("contact")
    record = world.crm.get("contact", world.person)
    return [held.hex() for _, held in key_hashes(module, record.row) if held is not None]


def salts(world: World) -> list[str]:
    """The salts of the person's versions: with them short values are found again by trying."""
    with world.crm._store.reading(System("look")) as session:
        module = session.schema.by_name["contact"]
        where = by_ids((world.person,))
        query = BoundQuery(module, full_columns(module), where, TRUE, versions=True)
        return [str(row[7]) for row in session.rows(query)]


def stands_in(text: str, digest: str) -> bool:
    """Whether hexadecimal digits stand in a dump, in whatever form the engine has for them."""
    raw = bytes.fromhex(digest)
    forms = [digest, digest.upper(), repr(raw)[2:-1], raw.decode("utf-8", "replace")]
    if len(raw) == 16:
        forms.append(str(UUID(digest)))
    return any(one in text for one in forms)
