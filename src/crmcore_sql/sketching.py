"""The text of pending steps: run over a structure that only stands in memory.

Nothing is asked of the store and nothing is changed. What a step would read, it finds
empty; that it rewrites rows, such as digests of keys, is said in a comment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from attrs import define, field
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.schema import CreateIndex, DropIndex, ExecutableDDLElement

from crmcore_sql.catalogue import Catalogue
from crmcore_sql.dialect import NewTable, Structure
from crmcore_sql.layout import Tables
from crmcore_sql.steps import AddColumns, Step, Work
from crmcore_sql.twins import AddTwin, DropTwin, twin_name

_READS: Final = "SELECT"


@define
class RecordingCursor:
    """Keeps the statements that it is told, with their parameters written out."""

    catalogue: Catalogue
    statements: list[str] = field(factory=list)
    has_read: bool = False

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> None:
        """Keep a statement; a question is only noted."""
        if statement.lstrip().startswith(_READS):
            self.has_read = True
        else:
            self.statements.append(self._written_out(statement, parameters))

    def executemany(self, statement: str, parameters: Sequence[Any]) -> None:
        """There is nothing to be written for: questions find no rows."""

    def fetchall(self) -> list[Any]:
        """No rows."""
        return []

    def fetchone(self) -> Any:
        """No row."""
        return None

    def close(self) -> None:
        """See `DBAPICursor.close`."""

    def _written_out(self, statement: str, parameters: Sequence[object]) -> str:
        if not parameters:
            return statement
        mark = "?" if self.catalogue.engine.paramstyle == "qmark" else "%s"
        head, *rest = statement.split(mark)
        values = (self._literal(one) for one in parameters)
        pairs = zip(values, rest, strict=True)
        return head + "".join(value + text for value, text in pairs)

    def _literal(self, value: object) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, int):
            return str(value)
        text = str(value).replace("'", "''")
        if self.catalogue.dialect.name in ("mariadb", "mysql"):
            text = text.replace("\\", "\\\\")
        return f"'{text}'"


@define(eq=False)
class Sketch(Work):
    """What steps work on where nothing may be changed: `structure` changes in memory."""

    structure: Structure = field(kw_only=True)

    def present(self) -> Tables:
        """See `Work.present`."""
        return Tables(self.catalogue.dialect, self.catalogue.prefix, self.structure)

    def define(self, statement: ExecutableDDLElement) -> None:
        """See `Work.define`."""
        self.cursor.execute(str(statement.compile(dialect=self.catalogue.engine)))
        tables = {name: list(columns) for name, columns in self.structure.tables.items()}
        indexes = set(self.structure.indexes)
        match statement:
            case NewTable():
                table = statement.element
                tables[table.name] = [column.name for column in table.columns]
            case AddColumns():
                tables[statement.columns[0].table.name] += [one.name for one in statement.columns]
            case AddTwin():
                name = twin_name(statement.column, statement.kind, statement.suffix)
                tables[statement.column.table.name].append(str(name))
            case DropTwin():
                tables[statement.table.name].remove(statement.column)
            case CreateIndex():
                indexes.add(str(statement.element.name))
            case DropIndex():
                indexes.discard(str(statement.element.name))
        self.structure = Structure(None, tables, frozenset(indexes))


def script(catalogue: Catalogue, cursor: DBAPICursor, steps: Sequence[Step]) -> str:
    """The statements of `steps` as text; `cursor` only looks at the structure."""
    structure = catalogue.dialect.sessions.structure(cursor, catalogue.prefix)
    return "\n".join(_lines(catalogue, structure, steps)) + "\n"


def _lines(catalogue: Catalogue, structure: Structure, steps: Sequence[Step]) -> Iterator[str]:
    keeps = not catalogue.dialect.commits_definitions
    if not steps:
        yield "-- nothing is to be done"
        return
    if keeps:
        yield "BEGIN;"
    for step in steps:
        told = RecordingCursor(catalogue)
        found: Any = told
        sketch = Sketch(catalogue, found, structure=structure)
        step.run(sketch)
        structure = sketch.structure
        yield f"-- {step.described}"
        if told.has_read:
            yield "-- data: rows that are there are read, computed and written back"
        noted = RecordingCursor(catalogue)
        into: Any = noted
        catalogue.note(into, step.described)
        for statement in (*told.statements, *noted.statements):
            if statement not in ("COMMIT AND CHAIN", "COMMIT", "START TRANSACTION"):
                yield f"{statement.strip()};"
    if keeps:
        yield "COMMIT;"
