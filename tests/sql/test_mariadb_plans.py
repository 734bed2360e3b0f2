"""What MariaDB's planner makes of 20,000 records, by its own estimates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from unittest import mock

import pytest
from attrs import evolve
from pymysql.cursors import Cursor
from sqlalchemy.engine.interfaces import DBAPICursor
from tests.servers.mariadb import MariadbDatabases
from tests.sql.stores import ACCOUNT, DEAL, SCHEMA, account, key_of, new, read, write
from tests.sql.worlds import DAYS, MOMENT, USER

from crmcore.query.bound import (
    ID_REF,
    TRUE,
    AllOf,
    BoundMeasure,
    BoundNode,
    BoundOrder,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    IsEmpty,
    Match,
    Negation,
    Ref,
    Related,
    Step,
    Within,
    by_id,
    by_ids,
    stamp_ref,
)
from crmcore.storage import Insert, Intent, Rewrite
from crmcore_sql import SqlBackend, open_sql
from crmcore_sql.lists import Statement
from crmcore_sql.transaction import SqlTransaction

RECORDS = 20_000
FULL_SCANS = ("ALL", "index")
"""How a table is read from its beginning to its end, or an index is."""
ORDERS = ["name", "size", "amount", "price", "day", "at"]
LINK = Step(ACCOUNT.by_name["parent"], ACCOUNT, TRUE)
OURS = ("crmd_", "crmh_")


def ref(name: str) -> Ref:
    return Ref((), ACCOUNT.by_name[name])


def const(name: str, value: object) -> Const:
    kind = ACCOUNT.by_name[name].kind
    return Const(kind.normalize(value), kind)


def an_id(number: int) -> str:
    return f"{number:032x}"


@pytest.fixture(scope="module")
def store(mariadb: MariadbDatabases) -> Iterator[SqlBackend]:
    name = mariadb.unused()
    backend = open_sql(mariadb.of(name), create=True)
    backend.prepare(SCHEMA)
    rows = [
        account(
            n, name=f"n{n % 6007}" if n % 5 else None, size=n if n % 300 else None, code=f"c{n}",
            nick=f"N{n}", day=DAYS[0].replace(year=1 + n % 9000) if n % 3 else None, amount=n,
            price=f"{n} CNY", stage=["new", "lost", None][n % 3] if n % 997 else "won",
            friends=[an_id(1 if n % 1009 == 0 else 2)], parent=an_id(n // 2) if n > 1 else None,
        )
        for n in range(1, RECORDS + 1)
    ]  # fmt: skip
    write(backend, Insert(ACCOUNT, rows))
    deals = [new(DEAL, n, account=an_id(n % 5000 + 1)) for n in range(1, RECORDS // 2)]
    write(backend, Insert(DEAL, deals))
    connection = backend._store.engine.raw_connection()
    connection.cursor().execute("ANALYZE TABLE crmd_account, crmd_deal")
    connection.close()
    yield backend
    backend.close()
    mariadb.drop(name)


Plan = list[tuple[str, str, int, str]]
"""Of each table: its name in the statement, how it is read, how many rows of it, and notes."""


def plans(store: SqlBackend, question: BoundQuery | BoundSummary) -> list[Plan]:
    """How each statement of `question` is gone about."""
    asked: list[tuple[str, Any]] = []
    ask = SqlTransaction._ask

    def noted(
        self: SqlTransaction, statement: Statement, constants: Sequence[object]
    ) -> DBAPICursor:
        asked.append((statement.text, statement.bind(constants)))
        return ask(self, statement, constants)

    with mock.patch.object(SqlTransaction, "_ask", noted):
        read(store, question)
    return [explained(store, text, values) for text, values in asked]


def explained(store: SqlBackend, text: str, values: Any) -> Plan:
    connection: Any = store._store.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"EXPLAIN {text}", values)
        return [
            (str(table), str(how), int(rows or 0), str(notes))
            for _, _, table, how, _, _, _, _, rows, notes in cursor.fetchall()
        ]
    finally:
        connection.close()


def scanned(plan: Plan) -> list[str]:
    """The tables of ours that are read as a whole."""
    return [table for table, how, _, _ in plan if table.startswith(OURS) and how in FULL_SCANS]


def is_sorted(plan: Plan) -> bool:
    return any("filesort" in notes for _, _, _, notes in plan)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ORDERS)
def test_pages_of_indexed_orders_are_read_from_the_index(
    store: SqlBackend, name: str, descending: bool
) -> None:
    order = (BoundOrder(ref(name), descending),)
    query = BoundQuery(ACCOUNT, (ref(name), ID_REF), order=order, limit=50)
    for first in ((), (None, an_id(RECORDS // 2)), read(store, query)[-1]):
        asked = evolve(query, after=first or None)
        for plan in plans(store, asked):
            assert not is_sorted(plan), plan
            # From the beginning, an index is read as far as the limit is.
            assert not [one for one in plan if one[1] == "ALL"], plan
            if first:
                assert not scanned(plan), plan


SELECTIVE: list[BoundNode] = [
    by_id(an_id(7)),
    by_ids((an_id(7), an_id(8))),
    by_ids(tuple(an_id(n) for n in range(1, 300))),
    Comparison("==", ref("name"), const("name", "n3")),
    Within(ref("name"), ("n3", "n4")),
    Match("starts_with", ref("name"), key_of("N300")),
    Match("like", ref("name"), key_of("N3")),
    Comparison("<", ref("name"), const("name", "n1")),
    Comparison(">=", ref("size"), const("size", RECORDS - 50)),
    Within(ref("size"), (7, 8)),
    Comparison("==", ref("amount"), const("amount", "12.00")),
    Comparison("==", ref("price"), const("price", "12 CNY")),
    Comparison(">", ref("price"), const("price", f"{RECORDS - 50} CNY")),
    Comparison("==", ref("code"), const("code", "c12")),
    Within(ref("code"), ("c12", "c13")),
    Match("like", ref("nick"), key_of("n12")),
    Comparison("==", ref("stage"), const("stage", "won")),
    Comparison("==", ref("parent"), const("parent", an_id(3))),
    Within(ref("parent"), (an_id(3), an_id(4))),
    Comparison("==", stamp_ref("change_set"), Const(an_id(3), stamp_ref("id").kind)),
    IsEmpty(ref("size")),
    AllOf((IsEmpty(ref("size")), Negation(IsEmpty(ref("alias"))))),
    Negation(Comparison(">=", ref("size"), const("size", 50))),
]


def counted(where: BoundNode, scope: BoundNode = TRUE) -> BoundSummary:
    return BoundSummary(ACCOUNT, (), (BoundMeasure("count"),), where, scope)


@pytest.mark.parametrize("where", SELECTIVE)
def test_selective_conditions_and_scopes_use_an_index(store: SqlBackend, where: BoundNode) -> None:
    for question in (counted(where), counted(TRUE, where)):
        for plan in plans(store, question):
            assert not scanned(plan), plan


def test_links_are_followed_by_an_index(store: SqlBackend) -> None:
    few = Comparison("==", ref("code"), const("code", "c12"))
    name = Ref((LINK,), ACCOUNT.by_name["name"])
    for plan in plans(store, BoundQuery(ACCOUNT, (name,), few)):
        assert not scanned(plan), plan
    deals = Related((), DEAL, DEAL.by_name["account"], TRUE, TRUE, ">=", 1)
    for plan in plans(store, BoundQuery(ACCOUNT, (ID_REF,), AllOf((few, deals)))):
        assert not scanned(plan), plan


def test_records_are_rewritten_by_their_ids(store: SqlBackend) -> None:
    where = Comparison("==", ref("stage"), const("stage", "won"))
    query = BoundQuery(ACCOUNT, (ID_REF,), where)
    said: list[tuple[str, Any]] = []
    execute = Cursor.execute

    def noted(self: Cursor, text: str, values: Any = None) -> int:
        said.append((text, values))
        return int(execute(self, text, values))

    transaction = store.begin(Intent.WRITE)
    with mock.patch.object(Cursor, "execute", noted):
        constants = {"amount": 5}
        transaction.apply([Rewrite(query, constants, "c" * 32, MOMENT, USER, "6" * 32)])
    transaction.rollback()
    changes = [one for one in said if one[0].startswith(("UPDATE", "INSERT"))]
    assert len(changes) == 2
    for text, values in changes:
        assert not scanned(explained(store, text, values)), text
