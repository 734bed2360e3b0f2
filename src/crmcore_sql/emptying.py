"""Emptying a store whose restore is given up: no record, no table of a module is left."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import Column, MetaData, Table
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.schema import DropTable
from sqlalchemy.types import Integer

from crmcore.schema.reserved import HEAD
from crmcore_sql import names
from crmcore_sql.catalogue import Catalogue, define_in

_KEPT: Final = frozenset({"format", "unicode"})


def empty(catalogue: Catalogue, cursor: DBAPICursor) -> tuple[str, ...]:
    """Drop the tables of all modules, the head last; the names of those that were dropped.

    Within a transaction that was begun for writing. Where definitions commit by themselves
    and this is cut short, the head is still there, or nothing is.
    """
    sessions, prefix = catalogue.dialect.sessions, catalogue.prefix
    sessions.lock_structure(cursor, prefix)
    try:
        structure = sessions.structure(cursor, prefix)
        ours = re.compile(rf"{prefix}crm[dh][0-9]*_[a-z0-9_]+")
        head = names.current_table(prefix, HEAD)
        found = sorted(one for one in structure.tables if ours.fullmatch(one) and one != head)
        for name in found:
            _drop(catalogue, cursor, name)
        for name in catalogue.read(cursor).keys() - _KEPT:
            catalogue.put(cursor, name, None)
        catalogue.note(cursor, "empty the store")
        sessions.keep(cursor)
        if head in structure.tables:
            _drop(catalogue, cursor, head)
    finally:
        sessions.unlock_structure(cursor, prefix)
    return (*found, head)


def _drop(catalogue: Catalogue, cursor: DBAPICursor, name: str) -> None:
    options = catalogue.dialect.table_options
    table = Table(name, MetaData(), Column("id", Integer()), **options)
    define_in(cursor, DropTable(table), catalogue.engine)
