"""What the tests of the SQL backend share: stores, rows, and looking at what SQLite is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from sqlalchemy.engine.interfaces import DBAPICursor
from tests.sql.worlds import MODULES, SCHEMA, stamps

from crmcore.kinds import search_key
from crmcore.query.bound import BoundQuery, BoundSummary, by_id, full_columns
from crmcore.records import layout_of
from crmcore.schema import Module
from crmcore.storage import Backend, Insert, Intent, Row, Write
from crmcore_sql import SqlBackend, open_sql
from crmcore_sql.lists import Statement
from crmcore_sql.transaction import SqlTransaction

ACCOUNT, DEAL = MODULES
CHANGE_SET = f"{1:032x}"

__all__ = ["ACCOUNT", "DEAL", "SCHEMA"]


def account(number: int, **values: object) -> Row:
    """A new account."""
    return new(ACCOUNT, number, **values)


def new(module: Module, number: int, **values: object) -> Row:
    """A new record; values are normalized."""
    found = {name: module.by_name[name].kind.normalize(value) for name, value in values.items()}
    return (
        *stamps(f"{number:032x}", 1, CHANGE_SET),
        *(found.get(one.name) for one in module.stored),
    )


def changed(row: Row, module: Module = ACCOUNT, **values: object) -> Row:
    """The next version of `row`."""
    made = list(row)
    made[1] = int(str(row[1])) + 1
    for name, value in values.items():
        made[layout_of(module).index[name]] = module.by_name[name].kind.normalize(value)
    return tuple(made)


def write(backend: Backend, *writes: Write) -> None:
    """One committed transaction."""
    transaction = backend.begin(Intent.WRITE)
    try:
        transaction.apply(writes)
    except BaseException:
        transaction.rollback()
        raise
    transaction.commit()


def read(backend: Backend, question: BoundQuery | BoundSummary, join: object = None) -> list[Row]:
    """The answer to a question, in a transaction of its own."""
    transaction = backend.begin(Intent.READ, join)
    try:
        if isinstance(question, BoundSummary):
            return [row for batch in transaction.summarize(question) for row in batch]
        return [row for batch in transaction.select(question) for row in batch]
    finally:
        transaction.rollback()


def everything(module: Module = ACCOUNT) -> BoundQuery:
    """All live records of `module`."""
    return BoundQuery(module, full_columns(module))


def one(number: int, module: Module = ACCOUNT) -> BoundQuery:
    """The record `number`."""
    return BoundQuery(module, full_columns(module), by_id(f"{number:032x}"))


def filled(path: Path, rows: Sequence[Row] = ()) -> SqlBackend:
    """A prepared store in the file `path`."""
    backend = open_sql(f"sqlite:///{path}", create=True)
    backend.prepare(SCHEMA)
    if rows:
        write(backend, Insert(ACCOUNT, rows))
    return backend


def key_of(text: str) -> str:
    """The search key of `text`."""
    return search_key(text)


def traced(backend: SqlBackend, question: BoundQuery | BoundSummary) -> list[str]:
    """The statements by which `question` is answered, parameters as `?`."""
    texts: list[str] = []
    ask = SqlTransaction._ask

    def noted(
        self: SqlTransaction, statement: Statement, constants: Sequence[object]
    ) -> DBAPICursor:
        texts.append(statement.text)
        return ask(self, statement, constants)

    with mock.patch.object(SqlTransaction, "_ask", noted):
        read(backend, question)
    return texts


def plans(path: Path, texts: Sequence[str]) -> list[str]:
    """How SQLite goes about each statement."""
    connection = sqlite3.connect(path)
    try:
        found = []
        for text in texts:
            parameters = [1] * text.count("?")
            rows = connection.execute("EXPLAIN QUERY PLAN " + text, parameters).fetchall()
            found.append("; ".join(row[3] for row in rows))
        return found
    finally:
        connection.close()
