"""What engines of MySQL's protocol do differently, and which of them are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine.interfaces import DBAPICursor
from tests.mysql.fixtures import Schemas
from tests.servers.mariadb import Schemas as MariadbSchemas

from crmcore import CrmError, Field, Module, Schema, Workspace, open_workspace
from crmcore.kinds import Integer, LongText, Text
from crmcore_sql import dbapi, open_sql
from crmcore_sql.mysql_sessions import MysqlSessions

NOTE = Module(
    "note",
    [
        Field("name", Text(), indexed=True),
        Field("body", LongText(sorted=True), indexed=True),
        Field("number", Integer()),
    ],
    title="name",
)
# In an order that only code points give: engines that pad see a blank behind each of them.
BODIES = ["a", "a\tb", "a\nb", "a b", "a!", "A", "aé", "a客", "a𠮷", "x" * 199, "x" * 199 + " y",
          "x" * 200 + "\nz", "x" * 200]  # fmt: skip
QUESTIONS = [
    *(f"body {sign} $it" for sign in ("==", "!=", "<", "<=", ">", ">=")),
    "starts_with(body, $it)",
    "ends_with(body, $it)",
    "contains(body, $it)",
    "like(body, $it)",
    "body in [$it, 'a']",
]


def filled(crm: Workspace) -> Workspace:
    with crm.work() as work:
        for number, body in enumerate(BODIES):
            work.create("note", {"name": f"n{number}", "body": body, "number": number})
    return crm


def refused(code: str, run: Callable[[], object]) -> None:
    with pytest.raises(CrmError) as refusal:
        run()
    assert refusal.value.code == code


def named(crm: Workspace, join: object) -> object:
    with crm.work(join=join) as work:
        return work.find("note", "name == 'x'")


def answers(crm: Workspace) -> list[object]:
    found: list[object] = []
    for one in (*BODIES, "a ", " b", "x "):
        spelled = "'" + one.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t") + "'"
        for question in QUESTIONS:
            where = question.replace("$it", spelled)
            rows = crm.find("note", where, order="body")
            found.append((where, [row["body"] for row in rows]))
    for order in ("body", "body desc", "name"):
        found.append([row["body"] for row in crm.find("note", order=order)])
    return found


def test_texts_are_told_apart_and_ordered_by_code_points(mysql_schemas: Schemas) -> None:
    ours = filled(open_workspace(mysql_schemas("a"), create=True, schema=Schema([NOTE])))
    reference = filled(open_workspace("memory://", create=True, schema=Schema([NOTE])))
    for found, expected in zip(answers(ours), answers(reference), strict=True):
        assert found == expected
    ours.close()


def test_a_store_is_a_database(mysql_schemas: Schemas) -> None:
    url = mysql_schemas("b")
    refused("no_such_store", lambda: open_workspace(url))
    open_workspace(url, create=True, schema=Schema([NOTE])).close()
    again = filled(open_workspace(url))
    assert len(again.find("note")) == len(BODIES)
    again.close()
    refused("bad_store_url", lambda: open_sql("mysql+pymysql://root@127.0.0.1/"))
    refused("unknown_engine", lambda: open_sql("mysql+mysqldb://root@127.0.0.1/x"))


def test_the_connections_of_a_host_are_left_as_they_were(mysql_schemas: Schemas) -> None:
    url = mysql_schemas("c")
    open_workspace(url, create=True, schema=Schema([NOTE])).close()
    engine = create_engine(url, pool_size=1, max_overflow=0)
    settings = text("SELECT @@ob_query_timeout, @@ob_trx_lock_timeout, @@autocommit")
    with engine.connect() as connection:
        before = connection.execute(settings).one()
    crm = filled(open_workspace(engine))
    with engine.connect() as connection:
        assert connection.execute(settings).one() == before
        raw: Any = connection.connection.dbapi_connection
        connection.rollback()
        with crm.work(join=dbapi(raw, "mysql")) as work:
            work.create("note", {"name": "x", "body": "客 户"})
            assert [one["body"] for one in work.find("note", "name == 'x'")] == ["客 户"]
        refused("cannot_join", lambda: named(crm, dbapi(raw, "mariadb")))
        raw.rollback()
    assert len(crm.find("note")) == len(BODIES)
    engine.dispose()


def test_mariadb_is_opened_by_its_own_name(mariadb_schemas: MariadbSchemas) -> None:
    url = mariadb_schemas("d")
    open_workspace(url, create=True, schema=Schema([NOTE])).close()
    other = make_url(url).set(drivername="mysql+pymysql")
    refused("use_mariadb", lambda: open_sql(other))
    engine = create_engine(other)
    refused("use_mariadb", lambda: open_sql(engine))
    engine.dispose()


@pytest.mark.parametrize("version", ["8.0.36", "9.1.0", "5.7.44-log", "8.0.11-TiDB-v8.5.0", ""])
def test_engines_that_were_never_tried_are_refused(version: str) -> None:
    class Cursor:
        def execute(self, statement: str) -> None:
            assert statement == "SELECT VERSION()"

        def fetchone(self) -> tuple[str]:
            return (version,)

    cursor: DBAPICursor = Cursor()  # type: ignore[assignment]
    refused("engine_untried", lambda: MysqlSessions().found(cursor, create=True))
