"""The unit of work: one principal in one real transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar, overload

from crmcore.errors import Invalid
from crmcore.query import ast
from crmcore.records import Record, layout_of
from crmcore.records.typed import view
from crmcore.schema import Module, Schema
from crmcore.schema.reserved import MESSAGE
from crmcore.tables import Table
from crmcore.work import arguments, linking, reading, summarizing
from crmcore.work.door import Door
from crmcore.work.entering import entered
from crmcore.work.page import Page
from crmcore.work.reading import Columns, OrderLike, Where
from crmcore.work.removing import remove
from crmcore.work.screening import shown_record
from crmcore.work.transaction import Unit

T = TypeVar("T")
Values = Mapping[str, object]


class UnitOfWork:
    """What one user does at once: all of it happens, or none of it.

    Made by `Workspace.work` and used in a `with` statement: it commits on a clean exit
    and rolls back on an exception. After any error it is over. One thread at a time.
    """

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    @property
    def operation(self) -> str:
        """The id of the operation that this unit belongs to: pass it to `Workspace.undo`."""
        return self._unit.journal.op_id

    @property
    def schema(self) -> Schema:
        """The schema in force."""
        return self._unit.session.schema

    @property
    def user(self) -> str:
        """The id of the user in whose name this unit works."""
        return self._unit.session.reader.user

    @property
    def now(self) -> datetime:
        """The moment of this unit: one constant for all of it."""
        return self._unit.session.reader.now

    @property
    def parked(self) -> tuple[str, ...]:
        """The ids of the change requests that this unit made: what waits for approval."""
        return tuple(self._unit.journal.parked)

    @overload
    def find(
        self,
        module: str,
        where: Where = None,
        *,
        order: OrderLike = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> Page: ...
    @overload
    def find(
        self,
        module: str,
        where: Where = None,
        *,
        columns: Columns,
        order: OrderLike = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> Table: ...
    def find(
        self,
        module: str,
        where: Where = None,
        *,
        columns: Columns | None = None,
        order: OrderLike = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> Page | Table:
        """Records of `module` that fulfil `where`; see `Workspace.find`."""
        session = self._unit.session
        asked = reading.question(session, module, where, order, limit, after, None)
        zone = session.reader.zone
        if columns is not None:
            return reading.find_table(session, asked, columns, zone)
        return reading.find(session, asked, zone)

    @overload
    def get(self, module: str, record: str) -> Record: ...
    @overload
    def get(self, module: type[T], record: str) -> T: ...
    def get(self, module: str | type[T], record: str) -> Record | T:
        """One record, or a typed view of it where an attrs class is given.

        Raises `NotFound` where there is none, or none that the user may see.
        """
        if isinstance(module, str):
            return reading.get(self._unit.session, module, record)
        return view(reading.get(self._unit.session, module_name(module), record), module)

    def summarize(self, summary: ast.Summary) -> Table:
        """Groups and figures; see `Workspace.summarize`."""
        session = self._unit.session
        return summarizing.summarize(session, summary, None, session.reader.zone)

    def create(self, module: str, values: Values, *, template: str | None = None) -> Record:
        """A new record of `values` (names or labels), entered by `template` where one is named.

        Raises `Invalid`, `AccessDenied`, `Duplicate`.
        """
        with Breaking(self._unit):
            door, definition = self._writing(module)
            arguments.mapping(values, definition.name)
            if template is not None:
                values = entered(definition, template, values)
            row = door.create(definition, [values])[0]
            return self._record(definition, row)

    def create_all(self, module: str, rows: Iterable[Values]) -> list[str]:
        """New records of many `values`, all problems of all rows reported at once; their ids."""
        with Breaking(self._unit):
            door, definition = self._writing(module)
            given = [arguments.mapping(values, definition.name) for values in rows]
            return [str(row[0]) for row in door.create(definition, given)]

    def update(
        self, module: str, record: str | Record, values: Values, *, version: int | None = None
    ) -> Record:
        """The record with `values` changed; other fields stay.

        A `Record` given names the version it replaces, as `version` does: somebody
        else's change in between is a `Conflict`.
        """
        with Breaking(self._unit):
            door, definition = self._writing(module)
            if isinstance(record, Record):
                version = record.version if version is None else version
                record = record.id
            given = arguments.mapping(values, definition.name)
            row = door.update(definition, [(record, version, given)])[0]
            return self._record(definition, row)

    def update_all(self, module: str, changes: Iterable[tuple[str, Values]]) -> list[str]:
        """Change many records, given as (id, values); the ids of all of them."""
        with Breaking(self._unit):
            door, definition = self._writing(module)
            name = definition.name
            given = [(one, None, arguments.mapping(values, name)) for one, values in changes]
            return [str(row[0]) for row in door.update(definition, given)]

    def upsert(self, module: str, key: Values, values: Values) -> Record:
        """The record that has `key` (fields of a unique key), updated; else a new one."""
        with Breaking(self._unit):
            door, definition = self._writing(module)
            arguments.mapping(values, definition.name)
            given = arguments.mapping(key, definition.name)
            names = {definition.field(name).name: value for name, value in given.items()}
            check_key(definition, names)
            ids = linking.records_with(door.session, definition, names)
            if ids:
                row = door.update(definition, [(ids[0], None, values)])[0]
            else:
                row = door.create(definition, [{**names, **values}])[0]
            return self._record(definition, row)

    def delete(self, module: str, record: str | Record, *, version: int | None = None) -> None:
        """Remove a record; what links to it refuses, lets go or goes too, as declared."""
        with Breaking(self._unit):
            door, definition = self._writing(module)
            if isinstance(record, Record):
                version = record.version if version is None else version
                record = record.id
            remove(door, self._unit.system_door, definition, [(record, version)])

    def emit(self, topic: str, body: object) -> None:
        """Announce something: a message that exists if and only if this unit commits."""
        with Breaking(self._unit):
            self._unit.system_door.create(MESSAGE, [{"topic": topic, "body": body}])

    def __enter__(self) -> Self:
        self._unit.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._unit.__exit__(kind, error, trace)

    def _writing(self, module: str) -> tuple[Door, Module]:
        door = self._unit.door
        return door, door.session.schema.module(module)

    def _record(self, module: Module, row: tuple[object, ...]) -> Record:
        if len(row) == len(layout_of(module).columns):
            return shown_record(self._unit.session, module, row)
        return reading.get(self._unit.session, module.name, str(row[0]))


class Breaking:
    """Ends the unit of work at any error: nothing half-done can be committed.

    Every verb that takes a unit of work does what it does within one: whoever catches its
    refusal has not the rest of it.
    """

    __slots__ = ("_unit",)

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: Any) -> None:
        if kind is not None:
            self._unit.abandon(error)


def module_name(view_class: type) -> str:
    """The module that an attrs class is a view of: its `__module_name__`, else its own name."""
    found = getattr(view_class, "__crm_module__", None)
    return found if isinstance(found, str) else view_class.__name__.lower()


def check_key(module: Module, names: Values) -> None:
    """Raise `Invalid` where `names` are not the fields of one unique key."""
    wanted = set(names)
    if not any(set(key.fields) == wanted for key in module.unique_keys):
        raise Invalid("not_a_key", module=module.name, fields="+".join(sorted(wanted)))
