"""What PostgreSQL's planner makes of 20,000 records, by its own estimates and without them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from unittest import mock

import pytest
from attrs import evolve
from sqlalchemy.engine.interfaces import DBAPICursor
from tests.sql.stores import ACCOUNT, DEAL, SCHEMA, account, key_of, new, read, write
from tests.sql.worlds import DAYS

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
    HasCodes,
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
from crmcore.storage import Insert
from crmcore_sql import SqlBackend, open_sql
from crmcore_sql.lists import Statement
from crmcore_sql.transaction import SqlTransaction

RECORDS = 20_000
ORDERS = ["name", "size", "amount", "price", "day", "at"]
LINK = Step(ACCOUNT.by_name["parent"], ACCOUNT, TRUE)


def ref(name: str) -> Ref:
    return Ref((), ACCOUNT.by_name[name])


def const(name: str, value: object) -> Const:
    kind = ACCOUNT.by_name[name].kind
    return Const(kind.normalize(value), kind)


def an_id(number: int) -> str:
    return f"{number:032x}"


@pytest.fixture(scope="module")
def url(postgresql_database: str) -> str:
    return f"{postgresql_database}{'&' if '?' in postgresql_database else '?'}crm_schema=plans"


@pytest.fixture(scope="module")
def store(url: str) -> Iterator[SqlBackend]:
    backend = open_sql(url, create=True)
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
    connection.cursor().execute("ANALYZE")
    connection.close()
    yield backend
    backend.close()


def plans(store: SqlBackend, question: BoundQuery | BoundSummary, generic: bool) -> list[str]:
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
    return [explained(store, text, values, generic) for text, values in asked]


def explained(store: SqlBackend, text: str, values: Any, generic: bool) -> str:
    connection: Any = store._store.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(
            "SET plan_cache_mode = force_generic_plan" if generic else "RESET plan_cache_mode"
        )
        # A statement that is prepared is planned for parameters that are not known.
        cursor.execute(f"EXPLAIN {text}", values, prepare=generic)
        found = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET plan_cache_mode")
        return found
    finally:
        connection.close()


@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ORDERS)
def test_pages_of_indexed_orders_are_read_from_the_index(
    store: SqlBackend, name: str, descending: bool, generic: bool
) -> None:
    order = (BoundOrder(ref(name), descending),)
    query = BoundQuery(ACCOUNT, (ref(name), ID_REF), order=order, limit=50)
    for first in ((), (None, an_id(RECORDS // 2)), read(store, query)[-1]):
        asked = evolve(query, after=first or None)
        for plan in plans(store, asked, generic):
            assert "Index" in plan, plan
            assert "Sort" not in plan, plan
            assert "Seq Scan" not in plan, plan


SELECTIVE: list[BoundNode] = [
    by_id(an_id(7)),
    by_ids((an_id(7), an_id(8))),
    Comparison("==", ref("name"), const("name", "n3")),
    Within(ref("name"), ("n3", "n4")),
    Match("starts_with", ref("name"), key_of("N300")),
    Match("like", ref("name"), key_of("N3")),
    Comparison("<", ref("name"), const("name", "n1")),
    Comparison(">=", ref("size"), const("size", RECORDS - 50)),
    Comparison("==", ref("amount"), const("amount", "12.00")),
    Comparison("==", ref("price"), const("price", "12 CNY")),
    Comparison(">", ref("price"), const("price", f"{RECORDS - 50} CNY")),
    Comparison("==", ref("code"), const("code", "c12")),
    Within(ref("code"), ("c12", "c13")),
    Match("like", ref("nick"), key_of("n12")),
    Comparison("==", ref("stage"), const("stage", "won")),
    HasCodes(ref("friends"), (an_id(1),), "all"),
    HasCodes(ref("friends"), (an_id(1),), "any"),
    Comparison("==", ref("parent"), const("parent", an_id(3))),
    Comparison("==", stamp_ref("change_set"), Const(an_id(3), stamp_ref("id").kind)),
    IsEmpty(ref("size")),
    AllOf((IsEmpty(ref("size")), Negation(IsEmpty(ref("alias"))))),
]


def counted(where: BoundNode, scope: BoundNode = TRUE) -> BoundSummary:
    return BoundSummary(ACCOUNT, (), (BoundMeasure("count"),), where, scope)


@pytest.mark.parametrize("where", SELECTIVE)
def test_selective_conditions_and_scopes_use_an_index(store: SqlBackend, where: BoundNode) -> None:
    for question in (counted(where), counted(TRUE, where)):
        for plan in plans(store, question, generic=False):
            assert "Index" in plan, plan
            assert "Seq Scan" not in plan, plan


@pytest.mark.parametrize("where", SELECTIVE[:4] + SELECTIVE[11:14])
def test_prepared_statements_use_an_index(store: SqlBackend, where: BoundNode) -> None:
    for plan in plans(store, counted(where), generic=True):
        assert "Index" in plan, plan
        assert "Seq Scan" not in plan, plan


def test_links_are_followed_by_an_index(store: SqlBackend) -> None:
    few = Comparison("==", ref("code"), const("code", "c12"))
    name = Ref((LINK,), ACCOUNT.by_name["name"])
    for plan in plans(store, BoundQuery(ACCOUNT, (name,), few), generic=False):
        assert "Seq Scan" not in plan, plan
    deals = Related((), DEAL, DEAL.by_name["account"], TRUE, TRUE, ">=", 1)
    for plan in plans(store, BoundQuery(ACCOUNT, (ID_REF,), AllOf((few, deals))), generic=False):
        assert "Seq Scan" not in plan, plan
