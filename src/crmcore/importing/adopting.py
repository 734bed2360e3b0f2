"""Making what a plan proposes: fields for columns, modules for sheets, users for names."""

from __future__ import annotations

from attrs import evolve

from crmcore.importing.books import Book
from crmcore.importing.mapping import ColumnMapping, Mapping
from crmcore.importing.plans import Plan, SheetPlan
from crmcore.importing.referring import PEOPLE
from crmcore.importing.rehearsing import Progress, plan
from crmcore.schema import Schema
from crmcore.work import Workspace


def adopt(crm: Workspace, made: Plan, *, progress: Progress | None = None) -> Plan:
    """Make the fields, modules and users that `made` proposes, and plan the same source again.

    The schema changes through `crm.configure`, in an operation of its own; it stays when the
    import is undone. Raises `AccessDenied` where the user may not configure.
    """
    schema = crm.schema
    mappings: dict[str, Mapping] = {}
    for one in made.sheets:
        if one.new_module is not None:
            schema = schema.with_module(one.new_module.module)
        elif one.proposals:
            schema = _with_fields(schema, one)
        mappings[one.sheet] = adopted_mapping(one)
    if schema != crm.schema:
        crm.configure(schema)
    if made.people:
        _make_people(crm, list(made.people))
    book = made.book
    if book is None:
        book = Book(str(made.path), encoding=made.info.encoding, delimiter=made.info.delimiter)
    options = made.options
    left_out = {one.name: None for one in book.sheets if one.name not in mappings}
    return plan(
        crm,
        book,
        modules=left_out,
        mapping=dict(mappings),
        duplicates=options.duplicates,
        errors=options.errors,
        zone=options.zone,
        op_id=made.op_id,
        rehearse=made.rehearsed,
        progress=progress,
    )


def _with_fields(schema: Schema, one: SheetPlan) -> Schema:
    module = schema.module(one.module or "")
    known = {field.name for field in module.fields}
    new = [found.field for found in one.proposals if found.field.name not in known]
    return schema.with_module(evolve(module, fields=[*module.fields, *new]))


def adopted_mapping(one: SheetPlan) -> Mapping:
    """The mapping of a sheet with the columns that its proposals fill."""
    proposed = {found.index: found for found in one.proposals}
    module = one.module or (one.new_module.module.name if one.new_module else "")
    columns: list[ColumnMapping] = []
    for column in one.mapping.columns:
        found = proposed.get(column.index)
        if found is not None:
            column = evolve(
                column, target=found.target, format=found.format, confidence=1.0, reason="chosen"
            )
        columns.append(column)
    return Mapping(module, columns)


def _make_people(crm: Workspace, names: list[str]) -> None:
    """Users who can own records and do nothing yet: no login, no role."""
    with crm.work(reason="names found in an import") as work:
        work.create_all(PEOPLE, [{"name": name, "active": False} for name in names])
