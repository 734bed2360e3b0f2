"""Read-only views with the declared names."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from tests.embedding.test_tables import CUSTOMER, DEAL, FULL

from crmcore import Field, Module, Schema, Workspace, open_workspace
from crmcore.errors import WorkspaceError
from crmcore.work import migration, views
from crmcore_sql import SqlBackend


def made(engine: Engine, prefix: str = "") -> Workspace:
    backend = SqlBackend(engine, prefix=prefix)
    crm = open_workspace(backend, create=True, schema=Schema([CUSTOMER, DEAL]))
    with crm.work() as work:
        work.create("deal", FULL)
    return crm


def asked(engine: Engine, query: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(query)).scalar()


def test_values_are_readable(engine: Engine) -> None:
    crm = made(engine)
    views(engine)
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM crmv_deal")).mappings().one()
    assert Decimal(str(row["amount"])) == Decimal("-12.5")
    assert float(row["exact"]) == pytest.approx(1e-6)
    assert (Decimal(str(row["fee"])), row["fee_currency_"]) == (Decimal("3.5"), "USD")
    assert row["number"] == 2**53 + 1
    assert (str(row["day"]), bool(row["won"])) == ("0001-01-02", False)
    assert row["tags"] == "a,b"
    assert Decimal(str(row["took"])) == Decimal(400 * 86_400) + Decimal("0.001")
    assert str(row["hour"]) in ("23:59", str(time(23, 59)), str(timedelta(hours=23, minutes=59)))
    at = row["at"]
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    assert at == FULL["at"]
    assert row["id"] == crm.find("deal")[0].id
    assert "gone" not in row
    assert Decimal(str(asked(engine, "SELECT sum(amount) FROM crmv_deal"))) == Decimal("-12.5")
    assert asked(engine, "SELECT count(*) FROM crmv_crm_user") == len(crm.find("crm_user"))


def test_nothing_is_written_through_a_view(engine: Engine) -> None:
    made(engine)
    views(engine)
    # MariaDB lets a column that lies bare be changed through any view: see the guide.
    bare = [] if engine.dialect.name == "mariadb" else ["UPDATE crmv_deal SET title = 'x'"]
    for statement in [
        *bare,
        "UPDATE crmv_deal SET amount = 1",
        "DELETE FROM crmv_deal",
        "INSERT INTO crmv_deal (id) VALUES ('x')",
    ]:
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(statement))
    assert asked(engine, "SELECT count(*) FROM crmv_deal") == 1


def test_views_follow_the_definitions(engine: Engine) -> None:
    crm = made(engine, "x_")
    views(crm._store.backend)
    assert "x_crmv_deal" in inspect(engine).get_view_names()
    fields = [*crm.schema.module("deal").fields]
    renamed = [Field(**{**_parts(one), "name": "worth"}) if one.name == "amount" else one
               for one in fields]  # fmt: skip
    crm.configure(Schema([CUSTOMER, Module("deal", renamed, title="title")]))
    assert Decimal(str(asked(engine, "SELECT worth FROM x_crmv_deal"))) == Decimal("-12.5")
    assert migration(crm._store.backend).steps == ()
    views(crm._store.backend, shown=False)
    assert inspect(engine).get_view_names() == []


def _parts(one: Field) -> dict[str, object]:
    return {"kind": one.kind, "label": one.label, "number": one.number}


def test_a_store_without_tables_has_no_views() -> None:
    with pytest.raises(WorkspaceError) as refusal:
        views(open_workspace("memory://")._store.backend)
    assert refusal.value.code == "no_tables"


def test_where_tables_may_not_change_no_views_are_made(engine: Engine) -> None:
    made(engine)
    backend = SqlBackend(engine)
    open_workspace(backend, evolve="check")
    with pytest.raises(WorkspaceError) as refusal:
        views(backend)
    assert refusal.value.code == "step_pending"
    assert inspect(engine).get_view_names() == []
