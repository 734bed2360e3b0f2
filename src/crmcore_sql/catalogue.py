"""What a store knows about itself: its format, what its columns hold, how it came about."""

from __future__ import annotations

from typing import Final

from attrs import define, field
from sqlalchemy import (
    ClauseElement,
    Column,
    MetaData,
    Table,
    delete,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy import Dialect as Engine
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.types import Integer

from crmcore.errors import WorkspaceError
from crmcore.kinds.unicode import UNICODE_VERSION
from crmcore_sql import names
from crmcore_sql.dialect import Dialect, NewTable, Structure
from crmcore_sql.parameters import Bind, Parameters

FORMAT: Final = "1"


@define(eq=False)
class Catalogue:
    """The catalogue and the journal of the store with `prefix`."""

    dialect: Dialect
    engine: Engine
    prefix: str
    values: Table = field(init=False)
    journal: Table = field(init=False)
    _note: tuple[str, Bind] | None = None

    def __attrs_post_init__(self) -> None:
        codec, options = self.dialect.codec, self.dialect.table_options
        text, number = codec.column_type("json"), codec.column_type("integer")
        self.values = Table(
            names.catalogue_table(self.prefix),
            MetaData(),
            Column("name", codec.column_type("currency"), primary_key=True, nullable=False),
            Column("value", text, nullable=False),
            **options,
        )
        self.journal = Table(
            names.journal_table(self.prefix),
            MetaData(),
            Column("number", number, primary_key=True, autoincrement=False, nullable=False),
            Column("step", text, nullable=False),
            **options,
        )

    def create(self, cursor: DBAPICursor) -> None:
        """Make the tables of the catalogue."""
        again = self.dialect.commits_definitions
        for table in (self.journal, self.values):
            define_in(cursor, NewTable(table, if_not_exists=again), self.engine)
        self.dialect.sessions.keep(cursor)
        self.put(cursor, "format", FORMAT)
        self.put(cursor, "unicode", UNICODE_VERSION)
        self.dialect.sessions.keep(cursor)

    def is_there(self, cursor: DBAPICursor, structure: Structure) -> bool:
        """Whether `create` came to its end."""
        if self.values.name not in structure.tables:
            return False
        if not self.dialect.commits_definitions:
            return True
        query = select(self.values.c.name).limit(literal_column("1", Integer()))
        self._run(cursor, query, Parameters(self.dialect.codec, {}))
        return cursor.fetchone() is not None

    def read(self, cursor: DBAPICursor) -> dict[str, str]:
        """All values by name; raises `WorkspaceError` where another program wrote the store.

        Codes: `unknown_format`, `other_unicode`.
        """
        query = select(self.values.c.name, self.values.c.value)
        self._run(cursor, query, Parameters(self.dialect.codec, {}))
        found: dict[str, str] = dict(cursor.fetchall())
        if found.get("format") != FORMAT:
            raise WorkspaceError("unknown_format", found=found.get("format"), known=FORMAT)
        if found.get("unicode") != UNICODE_VERSION:
            raise WorkspaceError("other_unicode", found=found.get("unicode"), known=UNICODE_VERSION)
        return found

    def put(self, cursor: DBAPICursor, name: str, value: str | None) -> None:
        """Set a value; `None` removes it."""
        parameters = Parameters(self.dialect.codec, {})
        own = self.values.c.name == parameters.fixed(name, "text")
        self._run(cursor, delete(self.values).where(own), parameters)
        if value is not None:
            row = {"name": parameters.fixed(name, "text"), "value": parameters.fixed(value, "json")}
            self._run(cursor, insert(self.values).values(row), parameters)

    def note(self, cursor: DBAPICursor, step: str) -> None:
        """Write a step that was done into the journal."""
        if self._note is None:
            parameters = Parameters(self.dialect.codec, {})
            last = func.coalesce(func.max(self.journal.c.number), literal_column("0", Integer()))
            done = parameters.carry(0, "step", "json", None)
            query = select(last + literal_column("1", Integer()), done).select_from(self.journal)
            statement = insert(self.journal).from_select(["number", "step"], query)
            self._note = parameters.compiled(statement, self.engine)
        text, bind = self._note
        cursor.execute(text, bind((step,)))

    def _run(self, cursor: DBAPICursor, statement: ClauseElement, parameters: Parameters) -> None:
        text, bind = parameters.compiled(statement, self.engine)
        cursor.execute(text, bind(()))


def define_in(cursor: DBAPICursor, statement: ExecutableDDLElement, engine: Engine) -> None:
    """Run a statement that defines something."""
    text = str(statement.compile(dialect=engine))
    cursor.execute(text)
