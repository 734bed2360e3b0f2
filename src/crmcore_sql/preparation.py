"""Bringing a store to a schema: nothing is dropped, nothing is done twice.

Steps are planned from what is there: all happen in one transaction or none does, and on an
engine whose definitions commit by themselves the next attempt goes on where one stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy.engine.interfaces import DBAPICursor

from crmcore.errors import WorkspaceError
from crmcore.schema import Module, Schema
from crmcore.schema.reserved import CHANGE_SET
from crmcore_sql.catalogue import Catalogue
from crmcore_sql.dialect import Structure
from crmcore_sql.keys import FillKeys, key_steps
from crmcore_sql.steps import ModuleSteps, Step, Work


def is_store(catalogue: Catalogue, cursor: DBAPICursor) -> bool:
    """Whether there is a catalogue of ours; raises `WorkspaceError` as `prepare` does."""
    if catalogue.values.name not in _structure(catalogue, cursor).tables:
        return False
    catalogue.read(cursor)
    return True


def is_prepared(catalogue: Catalogue, cursor: DBAPICursor, schema: Schema) -> bool:
    """Whether nothing is to be done; raises `WorkspaceError` as `prepare` does."""
    structure = _structure(catalogue, cursor)
    if catalogue.values.name not in structure.tables:
        return False
    steps = _pending(catalogue, structure, catalogue.read(cursor), schema)
    return next(steps, None) is None


def prepare(catalogue: Catalogue, cursor: DBAPICursor, schema: Schema) -> None:
    """Do what is missing, within a transaction that was begun for writing.

    Raises `WorkspaceError` (`not_a_store`, `unknown_format`, `other_unicode`),
    `SchemaError` (`column_changed`) and `Duplicate` (`value_taken_in_store`).
    """
    catalogue.dialect.sessions.lock_structure(cursor, catalogue.prefix)
    structure = _structure(catalogue, cursor)
    if catalogue.values.name not in structure.tables:
        if any(_is_data(catalogue.prefix, table) for table in structure.tables):
            raise WorkspaceError("not_a_store")
        catalogue.create(cursor)
    work = Work(catalogue, cursor)
    for step in list(_pending(catalogue, structure, catalogue.read(cursor), schema)):
        step.run(work)
        catalogue.note(cursor, step.described)


def _structure(catalogue: Catalogue, cursor: DBAPICursor) -> Structure:
    return catalogue.dialect.sessions.structure(cursor, catalogue.prefix)


def _is_data(prefix: str, table: str) -> bool:
    return table.startswith((f"{prefix}crmd_", f"{prefix}crmh_"))


def _pending(
    catalogue: Catalogue, structure: Structure, values: Mapping[str, str], schema: Schema
) -> Iterator[Step]:
    modules = _modules(schema)
    prefix, indexing = catalogue.prefix, catalogue.dialect.indexing
    made = [ModuleSteps(module, structure, values, prefix, indexing) for module in modules]
    for module in made:
        yield from module.columns()
    for module in made:
        yield from (FillKeys(module.module, one) for one in module.unfilled())
    for module in made:
        yield from module.indexes()
    for one in modules:
        yield from key_steps(one, values)


def _modules(schema: Schema) -> list[Module]:
    """The modules of `schema`, and the change sets, by which the past is asked."""
    found = list(schema.modules)
    if CHANGE_SET.name not in schema.by_name:
        found.append(CHANGE_SET)
    return found
