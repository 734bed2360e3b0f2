"""Modules as selectables of SQLAlchemy, for the statements of a host.

Columns have the declared names and give normal forms. What is made here is only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, Subquery, select

from crmcore.query.bound import TRUE, BoundQuery
from crmcore.schema import STAMPS, Field, Module
from crmcore.schema.field import ASKABLE_STAMPS
from crmcore_sql.dialect import Dialect
from crmcore_sql.frames import Frame
from crmcore_sql.junction import all_of
from crmcore_sql.layout import Tables
from crmcore_sql.normal_forms import shown
from crmcore_sql.parameters import HeldParameters
from crmcore_sql.predicates import condition
from crmcore_sql.relations import Context
from crmcore_sql.signature import query_signature

_SHOWN: Final = [one for one in STAMPS if one.name in {*ASKABLE_STAMPS, "version"}]


def shown_fields(module: Module) -> list[Field]:
    """The fields of `module` that have columns which people see; stamps come first.

    No field of people begins with `_`: such is what is laid down beside theirs.
    """
    return [*_SHOWN, *(one for one in module.stored if not one.name.startswith("_"))]


def table_of(dialect: Dialect, tables: Tables, module: Module) -> Subquery:
    """The live records of `module`, all of them; linked fields have no column."""
    made = tables.of(module)
    fields = shown_fields(module)
    columns = shown(dialect.codec, [(one.name, one.kind) for one in fields])
    pairs = [
        (each, made.column(one, each.suffix))
        for one, parts in zip(fields, columns, strict=True)
        for each in parts
    ]
    found = [each.over(made.table_of(name).c[name]) for each, name in pairs]
    source = made.joined(name for _, name in pairs)
    return select(*found).select_from(source).subquery(module.name)


def select_of(
    dialect: Dialect, tables: Tables, query: BoundQuery, names: Sequence[str]
) -> Select[Any]:
    """The records that `query` finds, its columns called `names`; constants are parameters."""
    signature = query_signature(query)
    parameters = HeldParameters(dialect.codec, signature.slots, constants=signature.constants)
    context = Context(dialect, tables.of, signature, parameters, condition)
    frame = Frame(context, context.asked(query.module))
    pairs = zip(names, query.columns, strict=True)
    parts = shown(dialect.codec, [(name, ref.kind) for name, ref in pairs])
    columns = [
        each.over(frame.column(ref, each.suffix))
        for ref, found in zip(query.columns, parts, strict=True)
        for each in found
    ]
    terms = [condition(frame, one) for one in (query.where, query.scope) if one != TRUE]
    statement = select(*columns).select_from(frame.source)
    return statement.where(all_of(terms)) if terms else statement
