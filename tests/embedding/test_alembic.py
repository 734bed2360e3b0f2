"""Alembic compares a host's database with his models, and does not see what is ours."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Engine, Index, Integer, MetaData, String, Table

from crmcore import open_workspace
from crmcore.errors import WorkspaceError
from crmcore.schema.standard import standard_schema
from crmcore_sql import include_name, include_object, open_sql

# Of seekdb SQLAlchemy does not know every word about a table.
pytestmark = pytest.mark.filterwarnings("ignore:Unknown schema content")
# What Alembic says of our indexes where it is left to look at them.
SEES_OURS = pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")


def differences(engine: Engine, models: MetaData, **options: Any) -> list[Any]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, models)


def models() -> MetaData:
    made = MetaData()
    columns = Column("id", Integer, primary_key=True), Column("name", String(50))
    Table("crm_leads", made, *columns, Index("ix_name", "name"))
    return made


@SEES_OURS
@pytest.mark.parametrize("prefix", ["", "shop_"])
def test_only_what_the_host_changed_is_found(engine: Engine, prefix: str) -> None:
    host = models()
    host.create_all(engine)
    backend = open_sql(engine, create=True, prefix=prefix)
    open_workspace(backend, create=True, schema=standard_schema())
    assert differences(engine, host)
    without = include_object(prefix=prefix)
    assert differences(engine, host, include_object=without) == []
    names = include_name(prefix=prefix)
    assert differences(engine, host, include_object=without, include_name=names) == []
    Table("invoice", host, Column("id", Integer, primary_key=True))
    (found,) = differences(engine, host, include_object=without)
    assert (found[0], found[1].name) == ("add_table", "invoice")


def test_a_table_of_the_host_that_is_gone_from_his_models_is_still_found(engine: Engine) -> None:
    models().create_all(engine)
    open_workspace(engine, create=True, schema=standard_schema())
    found = differences(
        engine, MetaData(), include_object=include_object(), include_name=include_name()
    )
    assert {one[0] for one in found} <= {"remove_table", "remove_index"}
    assert [one[1].name for one in found if one[0] == "remove_table"] == ["crm_leads"]


@SEES_OURS
def test_the_host_s_own_choice_is_asked_about_the_rest(engine: Engine) -> None:
    models().create_all(engine)
    asked: list[str | None] = []

    def own(found: object, name: str | None, *_: object) -> bool:
        asked.append(name)
        return False

    open_workspace(engine, create=True, schema=standard_schema())
    assert differences(engine, MetaData(), include_object=include_object(also=own)) == []
    assert asked
    assert not [name for name in asked if name != "crm_leads"]


def test_tables_of_another_schema_are_the_host_s() -> None:
    ask, table = include_object(schema="sales"), Table("crmd_account", MetaData())
    assert ask(table, table.name, "table", True, None)
    ours = Table("crmd_account", MetaData(), Column("a", Integer), schema="sales")
    assert not ask(ours, ours.name, "table", True, None)
    assert not ask(Index("ix_a", ours.c.a), "ix_a", "index", True, None)
    named = include_name(schema="sales")
    assert named("crmd_account", "table", {"schema_name": None})
    assert not named("crmd_account", "table", {"schema_name": "sales"})


def test_a_prefix_that_cannot_be_is_refused() -> None:
    with pytest.raises(WorkspaceError):
        include_object(prefix="x%")
