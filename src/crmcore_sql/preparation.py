"""Bringing a store to a schema: nothing is dropped, nothing is done twice.

Steps are planned from what is there: all happen in one transaction or none does, and on an
engine whose definitions commit by themselves the next attempt goes on where one stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy.engine.interfaces import DBAPICursor

from crmcore.errors import WorkspaceError
from crmcore.schema import Module, Schema
from crmcore.schema.reserved import CHANGE_SET
from crmcore_sql.catalogue import Catalogue
from crmcore_sql.dialect import Structure
from crmcore_sql.indexes import ModuleIndexes
from crmcore_sql.keys import FillKeys, key_steps
from crmcore_sql.steps import ModuleSteps, Step, Work
from crmcore_sql.views import WANTED, view_steps
from crmcore_sql.whole_tables import merged

UNFINISHED: Final = "unfinished"
"""Where the catalogue keeps the step that was begun, while definitions commit by themselves."""


def is_store(catalogue: Catalogue, cursor: DBAPICursor) -> bool:
    """Whether there is a catalogue of ours; raises `WorkspaceError` as `prepare` does."""
    if not catalogue.is_there(cursor, _structure(catalogue, cursor)):
        return False
    catalogue.read(cursor)
    return True


def is_prepared(catalogue: Catalogue, cursor: DBAPICursor, schema: Schema) -> bool:
    """Whether nothing is to be done; raises `WorkspaceError` as `prepare` does."""
    structure = _structure(catalogue, cursor)
    if not catalogue.is_there(cursor, structure):
        return False
    values = catalogue.read(cursor)
    if UNFINISHED in values:
        return False
    return next(_pending(catalogue, structure, values, schema), None) is None


def pending(catalogue: Catalogue, cursor: DBAPICursor, schema: Schema) -> list[Step]:
    """What `prepare` would do, in its order; raises `WorkspaceError` as it does."""
    structure = _structure(catalogue, cursor)
    if not catalogue.is_there(cursor, structure):
        raise WorkspaceError("not_a_store")
    steps = list(_pending(catalogue, structure, catalogue.read(cursor), schema))
    return merged(steps) if catalogue.dialect.commits_definitions else steps


def prepare(catalogue: Catalogue, cursor: DBAPICursor, schema: Schema) -> None:
    """Do what is missing, within a transaction that was begun for writing.

    Raises `WorkspaceError` (`not_a_store`, `unknown_format`, `other_unicode`),
    `SchemaError` (`column_changed`, `row_too_wide`) and `Duplicate` (`value_taken_in_store`).
    """
    sessions = catalogue.dialect.sessions
    sessions.lock_structure(cursor, catalogue.prefix)
    try:
        _prepare(catalogue, cursor, schema)
    finally:
        sessions.unlock_structure(cursor, catalogue.prefix)


def _prepare(catalogue: Catalogue, cursor: DBAPICursor, schema: Schema) -> None:
    structure = _structure(catalogue, cursor)
    if not catalogue.is_there(cursor, structure):
        if any(_is_data(catalogue.prefix, table) for table in structure.tables):
            raise WorkspaceError("not_a_store")
        catalogue.create(cursor)
    values = catalogue.read(cursor)
    work = Work(catalogue, cursor)
    steps = list(_pending(catalogue, structure, values, schema))
    if not catalogue.dialect.commits_definitions:
        for step in steps:
            step.run(work)
            catalogue.note(cursor, step.described)
        return
    steps = merged(steps)
    if catalogue.dialect.rehearse is not None:
        catalogue.dialect.rehearse(catalogue, cursor, steps)
    keep = catalogue.dialect.sessions.keep
    if UNFINISHED in values:
        # Whoever knows the structure by the journal is to read it again.
        catalogue.note(cursor, f"resume after {values[UNFINISHED]}")
        catalogue.put(cursor, UNFINISHED, None)
        keep(cursor)
    for step in steps:
        catalogue.put(cursor, UNFINISHED, step.described)
        keep(cursor)
        step.run(work)
        catalogue.note(cursor, step.described)
        catalogue.put(cursor, UNFINISHED, None)
        keep(cursor)


def want_views(catalogue: Catalogue, cursor: DBAPICursor, wanted: bool) -> None:
    """Note whether the store is to have views: `prepare` makes or drops them."""
    catalogue.put(cursor, WANTED, "1" if wanted else None)


def _structure(catalogue: Catalogue, cursor: DBAPICursor) -> Structure:
    return catalogue.dialect.sessions.structure(cursor, catalogue.prefix)


def _is_data(prefix: str, table: str) -> bool:
    return table.startswith((f"{prefix}crmd_", f"{prefix}crmh_"))


def _pending(
    catalogue: Catalogue, structure: Structure, values: Mapping[str, str], schema: Schema
) -> Iterator[Step]:
    modules = _modules(schema)
    prefix, dialect = catalogue.prefix, catalogue.dialect
    made = [ModuleSteps(module, structure, values, prefix, dialect) for module in modules]
    for module in made:
        yield from module.columns()
    for module in made:
        yield from (FillKeys(module.module, one) for one in module.unfilled())
    for module in made:
        own, homes = module.module, module.homes
        yield from ModuleIndexes(own, structure, prefix, dialect.indexing, homes).steps()
    for one in modules:
        yield from key_steps(one, values)
    yield from view_steps(schema, values)


def _modules(schema: Schema) -> list[Module]:
    """The modules of `schema`, and the change sets, by which the past is asked."""
    found = list(schema.modules)
    if CHANGE_SET.name not in schema.by_name:
        found.append(CHANGE_SET)
    return found
