"""`evolve="check"` and `migrate`: a store that is not changed in passing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine, inspect, text
from tests.embedding.conftest import Engines

from crmcore import Field, Module, Schema, open_workspace
from crmcore.errors import CrmError, WorkspaceError
from crmcore.kinds import Integer, Text
from crmcore.work import migrate, migration
from crmcore_sql import SqlBackend
from crmcore_sql.sketching import RecordingCursor

NOTE = Module("note", [Field("text", Text(), indexed=True), Field("code", Text(), unique="exact")])


def made(engine: Engine) -> None:
    crm = open_workspace(engine, create=True, schema=Schema([NOTE]))
    with crm.work() as work:
        work.create("note", {"text": "it's 100% \\ done", "code": "A1"})
    crm.close()


def shape(engine: Engine) -> dict[str, tuple[list[str], list[str | None]]]:
    found = inspect(engine)
    return {
        name: (
            [column["name"] for column in found.get_columns(name)],
            sorted(str(index["name"]) for index in found.get_indexes(name)),
        )
        for name in found.get_table_names()
    }


def behind(engine: Engine) -> None:
    """What a store looks like to a version of the library that knows more."""
    with engine.begin() as connection:
        on = " ON crmd_note" if engine.dialect.name == "mariadb" else ""
        connection.execute(text(f"DROP INDEX ix_change_set_crmd_note{on}"))
        connection.execute(text("DELETE FROM crm_catalogue WHERE name LIKE 'key:note:%'"))
        connection.execute(text(f"DROP INDEX ix_key2_crmd_note{on}"))


def steps_of(refusal: pytest.ExceptionInfo[WorkspaceError]) -> list[object]:
    assert {one.code for one in refusal.value.problems} == {"step_pending"}
    return [one.params["step"] for one in refusal.value.problems]


PENDING = ["create index ix_change_set_crmd_note", "build key 2 of note"]


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_pending_steps_are_listed_and_nothing_is_altered(engine: Engine) -> None:
    made(engine)
    open_workspace(engine, evolve="check").close()
    behind(engine)
    before = shape(engine)
    with pytest.raises(WorkspaceError) as refusal:
        open_workspace(engine, evolve="check")
    assert steps_of(refusal) == PENDING
    assert list(migration(engine).steps) == PENDING
    assert shape(engine) == before
    assert list(migrate(engine)) == PENDING
    assert migration(engine).steps == ()
    crm = open_workspace(engine, evolve="check")
    assert crm.find("note", "code == 'A1'")[0]["text"] == "it's 100% \\ done"
    with pytest.raises(CrmError), crm.work() as work:
        work.create("note", {"code": "A1"})


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_a_change_that_needs_a_table_or_column_is_refused(engine: Engine) -> None:
    made(engine)
    crm = open_workspace(engine, evolve="check")
    before, digest = shape(engine), str(crm.digest("full"))
    more = Module("note", [*crm.schema.module("note").fields, Field("size", Integer())])
    with pytest.raises(WorkspaceError) as refusal:
        crm.configure(Schema([more]))
    found = steps_of(refusal)
    assert any("add column crmd_note.size_3" in str(one) for one in found)
    assert (shape(engine), str(crm.digest("full"))) == (before, digest)
    assert [one.name for one in crm.schema.module("note").fields] == ["text", "code"]
    # What changes no table is as free as ever.
    label = Module("note", crm.schema.module("note").fields, label="笔记")
    crm.configure(Schema([label]))
    assert len(crm.find("笔记")) == 1
    open_workspace(engine).configure(Schema([more]))
    with crm.work() as work:
        work.create("note", {"text": "x", "size": 3})


def test_the_text_is_what_would_run(engine: Engine, engines: Engines) -> None:
    made(engine)
    behind(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM crm_catalogue WHERE name = 'module:note'"))
        for table in ("crmd_note", "crmh_note"):
            connection.execute(text(f"DROP TABLE {table}"))
    found = migration(engine)
    assert "create table crmd_note" in found.steps
    assert "-- data:" in found.sql
    assert migration(engine) == found
    statements = _statements(found.sql)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(_for_driver(engine, statement))
    # Run by hand, it left nothing to do: the table was empty, so no row had to be rewritten.
    assert migration(engine).steps == ()
    crm = open_workspace(engine, evolve="check")
    with crm.work() as work:
        work.create("note", {"text": "again", "code": "A1"})
    with pytest.raises(CrmError), crm.work() as work:
        work.create("note", {"code": "A1"})


def test_values_are_written_out_as_the_engine_reads_them(engine: Engine) -> None:
    made(engine)
    catalogue = SqlBackend(engine)._catalogue
    told = RecordingCursor(catalogue)
    value = "it's \\ and \\' \"so\" ? 100%"
    catalogue.put(told, "x", value)  # type: ignore[arg-type]
    with engine.begin() as connection:
        for statement in told.statements:
            connection.exec_driver_sql(_for_driver(engine, statement))
        query = text("SELECT value FROM crm_catalogue WHERE name = 'x'")
        assert connection.execute(query).scalar_one() == value


def _for_driver(engine: Engine, statement: str) -> str:
    return statement if engine.dialect.name == "sqlite" else statement.replace("%", "%%")


def _statements(sql: str) -> Sequence[str]:
    lines = [line for line in sql.splitlines() if not line.startswith("--")]
    found = [one.strip() for one in "\n".join(lines).split(";\n") if one.strip()]
    return [one.removesuffix(";") for one in found if one not in ("BEGIN", "COMMIT;", "COMMIT")]


def test_a_store_that_has_no_steps_says_so() -> None:
    with pytest.raises(WorkspaceError) as refusal:
        open_workspace("memory://", evolve="check")
    assert refusal.value.code in ("cannot_check", "check_creates_nothing")


def test_nothing_is_created_while_checking(engine: Engine) -> None:
    with pytest.raises(WorkspaceError) as refusal:
        open_workspace(engine, create=True, evolve="check")
    assert refusal.value.code == "check_creates_nothing"
    with pytest.raises(WorkspaceError) as refusal:
        open_workspace(engine, evolve="check")
    assert refusal.value.code == "not_a_store"
    assert shape(engine) == {}


def test_migrating_leaves_the_backend_of_a_caller_open(engine: Engine) -> None:
    made(engine)
    backend = SqlBackend(engine)
    assert migrate(backend) == ()
    assert len(open_workspace(backend).find("note")) == 1
