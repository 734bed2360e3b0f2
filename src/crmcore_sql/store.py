"""What the transactions of one backend share: tables, prepared statements, writers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from attrs import define, field
from sqlalchemy import Dialect as Compiler
from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import DBAPICursor

from crmcore.schema import Module
from crmcore_sql.dialect import Dialect
from crmcore_sql.layout import Tables
from crmcore_sql.signature import Key
from crmcore_sql.statements import ModuleStatements
from crmcore_sql.writes import Writer

PLANS: Final = 1_000
"""Prepared questions that are kept."""

WRITERS: Final = 500
"""Modules whose writers are kept; each revision of a schema has modules of its own."""

Plan = TypeVar("Plan")


@define(eq=False)
class Prepared:
    """Everything that was made for one structure of the store."""

    dialect: Dialect
    compiler: Compiler
    tables: Tables
    _plans: dict[Key, object] = field(factory=dict)
    _writers: dict[int, tuple[Module, Writer]] = field(factory=dict)

    def plan(self, key: Key, make: Callable[[], Plan]) -> Plan:
        """The plan of questions of the shape `key`; the least recently made ones are dropped."""
        found = self._plans.get(key)
        if found is None:
            found = make()
            while len(self._plans) >= PLANS:
                # Another thread may have been faster.
                self._plans.pop(next(iter(self._plans)), None)
            self._plans[key] = found
        return found  # type: ignore[return-value]

    def writer(self, module: Module) -> Writer:
        """What writes records of `module`."""
        found = self._writers.get(id(module))
        if found is None:
            statements = ModuleStatements(self.tables.of(module), self.dialect, self.compiler)
            while len(self._writers) >= WRITERS:
                self._writers.pop(next(iter(self._writers)), None)
            found = self._writers[id(module)] = module, Writer(statements)
        return found[1]


@define(eq=False)
class Store:
    """One store: where it is, and what was made for its present structure.

    The engine of a host is `borrowed`; `turns` is what writers of this program wait for,
    where the engine has one at a time.
    """

    engine: Engine
    dialect: Dialect
    prefix: str
    borrowed: bool
    durable: bool
    turns: threading.Lock | None = None
    _prepared: Prepared | None = None

    def prepared(self, cursor: DBAPICursor) -> Prepared:
        """What was made for the structure that the transaction of `cursor` sees."""
        sessions = self.dialect.sessions
        found = self._prepared
        known = None if found is None else found.tables.structure.version
        if known is None or sessions.structure_version(cursor, self.prefix) != known:
            structure = sessions.structure(cursor, self.prefix)
            tables = Tables(self.dialect, self.prefix, structure)
            found = self._prepared = Prepared(self.dialect, self.compiler, tables)
        assert found is not None
        return found

    @property
    def compiler(self) -> Compiler:
        """What writes statements."""
        return self.dialect.compiler or self.engine.dialect
