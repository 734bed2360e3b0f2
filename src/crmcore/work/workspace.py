"""The workspace: one CRM on one store, as one user sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, TypeVar, Unpack, overload

from attrs import evolve

from crmcore.access import System
from crmcore.clock import Clock
from crmcore.query import ast
from crmcore.records import Record
from crmcore.records.typed import view
from crmcore.rules import ComputedRule
from crmcore.schema import Schema, SchemaStep
from crmcore.tables import Table
from crmcore.work import (
    adopting,
    arguments,
    configuring,
    digests,
    extracting,
    operations,
    reading,
    reconfiguring,
    summarizing,
    tabling,
)
from crmcore.work.adopting import Terms
from crmcore.work.asof import Moment, asking
from crmcore.work.committing import Intention
from crmcore.work.configuration import Configuration
from crmcore.work.digests import Digest
from crmcore.work.extracting import Extracted
from crmcore.work.feed import ChangeSet, feed_of
from crmcore.work.history import Change, history
from crmcore.work.page import Page
from crmcore.work.purposing import ForPurpose
from crmcore.work.reading import Columns, OrderLike, Where
from crmcore.work.session import Session
from crmcore.work.store import Principal, Store, behind, user_named, user_of
from crmcore.work.taking_back import Undoing
from crmcore.work.transaction import Unit, unit_of
from crmcore.work.undoing import Undone
from crmcore.work.unit import UnitOfWork, module_name

T = TypeVar("T")


class Workspace:
    """One CRM as one user sees it: immutable, shareable between threads.

    Reads work directly, in short units of their own; writes happen in `work()`.
    """

    def __init__(self, store: Store, principal: Principal) -> None:
        self._store = store
        self._principal = principal

    @property
    def schema(self) -> Schema:
        """The schema in force when this process last looked."""
        return self.configuration.schema

    @property
    def configuration(self) -> Configuration:
        """Schema, computed fields, users, roles and settings, when this process last looked."""
        return self._store.configuration

    @property
    def principal(self) -> Principal:
        """Who acts: the id of a user, `System`, or somebody as another user."""
        return self._principal

    @property
    def backend_name(self) -> str:
        """What the store is: memory, sqlite, …"""
        return self._store.backend.capabilities.name

    @property
    def clock(self) -> Clock:
        """The one clock of this workspace."""
        return self._store.clock

    def as_(self, user: str | Record | System) -> Workspace:
        """The same workspace as somebody else: a user's id, login or name, or `System`."""
        if isinstance(user, System):
            me = self._principal
            behalf = user_of(me) if isinstance(me, str | ForPurpose) else behind(me)
            named = user if user.behalf is not None else evolve(user, behalf=behalf)
            return Workspace(self._store, named)
        if isinstance(user, Record):
            return Workspace(self._store, user.id)
        with self._store.reading(System("look up a user")) as session:
            return Workspace(self._store, user_named(session, user))

    def work(
        self,
        *,
        op_id: str | None = None,
        join: object = None,
        reason: str | None = None,
        origin: str | None = None,
    ) -> UnitOfWork:
        """A unit of work, to be used in a `with` statement.

        `join` is a host's connection or session, whose transaction is used and never
        committed. `reason` and `origin` are kept with the operation.
        """
        origin = arguments.some_text("origin", origin)
        reason = arguments.some_text("reason", reason, arguments.REASON_LENGTH)
        intention = Intention("call", None, origin, reason)
        return UnitOfWork(self._unit(intention, op_id=op_id, join=join))

    @overload
    def find(
        self,
        module: str,
        where: Where = None,
        *,
        order: OrderLike = None,
        limit: int | None = None,
        after: str | None = None,
        as_of: Moment = None,
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
        as_of: Moment = None,
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
        as_of: Moment = None,
    ) -> Page | Table:
        """Records of `module` (name or label) that fulfil `where`, as far as one may see them.

        `order` is text (`金额 desc, name`) or terms; `limit` with `after=page.next` pages;
        `columns` (dotted paths) makes a `Table` of them; `as_of` asks of the past.
        Raises `QueryError`, `SchemaError`, `BeyondHorizon`.
        """
        with self._asking(as_of) as (session, position):
            asked = reading.question(session, module, where, order, limit, after, position)
            if columns is not None:
                return reading.find_table(session, asked, columns, session.reader.zone)
            return reading.find(session, asked, session.reader.zone)

    @overload
    def get(self, module: str, record: str, *, as_of: Moment = None) -> Record: ...
    @overload
    def get(self, module: type[T], record: str, *, as_of: Moment = None) -> T: ...
    def get(self, module: str | type[T], record: str, *, as_of: Moment = None) -> Record | T:
        """One record (or a typed view of it); raises `NotFound`."""
        with self._asking(as_of) as (session, position):
            if isinstance(module, str):
                return reading.get(session, module, record, position)
            return view(reading.get(session, module_name(module), record, position), module)

    def summarize(self, summary: ast.Summary, *, as_of: Moment = None) -> Table:
        """Groups and figures over the records one may see; raises `QueryError`."""
        with self._asking(as_of) as (session, position):
            return summarizing.summarize(session, summary, position, session.reader.zone)

    def run(
        self,
        function: Callable[[UnitOfWork], Any],
        *,
        op_id: str,
        kind: str = "run",
        request: Mapping[str, object] | None = None,
    ) -> Any:
        """The result of `function(work)`, which takes effect once however often this is called.

        Run again after lost races; the result (plain JSON, ≤ 64 kB) is kept and answered
        on retry. The same `op_id` with another `kind` or `request` is `OpMismatch`.
        """
        op_id, kind = arguments.text("op_id", op_id), arguments.text("kind", kind)
        digest = operations.request_digest(kind, request)

        def attempt() -> object:
            known = self._operation(op_id)
            if known is not None:
                operations.same_request(known, digest, self._user)
                return known.result
            with self._unit(Intention(kind, digest), op_id=op_id) as unit:
                unit.result = operations.checked_result(function(UnitOfWork(unit)))
            return unit.result

        return operations.repeated(attempt)

    def history(self, module: str | Record, record: str | None = None) -> list[Change]:
        """All changes of one record, oldest first; raises `NotFound`."""
        if isinstance(module, Record):
            return self.history(module.module, module.id)
        with self._store.reading(self._principal) as session:
            definition = session.schema.module(module)
            return history(session, definition, arguments.record_id(record, definition.name))

    def undo(self, operation: str, *, preview: bool = False) -> Undone:
        """Bring back what `operation` (its `op_id`) changed, field by field.

        Later edits survive and are listed as kept. An undo is an operation itself and can
        be undone. With `preview` nothing is written. Raises `NotFound` for what is no
        operation, and for those of others where one may not configure the workspace.
        """
        operation = arguments.text("operation", operation)
        asked = Undoing(self._store, self._principal, self._unit, operation, self._user)
        return asked.preview() if preview else asked.run()

    def changes(self, *, after: int = 0, origin_not: str | None = None) -> Iterator[ChangeSet]:
        """Sealed change sets behind position `after`, in order, but those of one origin.

        Raises `AccessDenied` for who may not read change sets.
        """
        after = arguments.of_type("after", after, int)
        return feed_of(self._store, self._principal, after, origin_not)

    def configure(
        self,
        schema: Schema | None = None,
        computed: Iterable[ComputedRule] | None = None,
        *,
        preview: bool = False,
    ) -> tuple[SchemaStep, ...]:
        """Change schema and computed fields of the live workspace; the steps that it takes.

        `preview` changes nothing. Raises `SchemaError`, `AccessDenied`, `Stale`, `Duplicate`.
        """
        return reconfiguring.reconfigure(
            self._store, self._principal, self._unit, schema, computed, preview
        )

    def adopt(self, module: str, table: object, **terms: Unpack[Terms]) -> None:
        """Read `module` through from a `table` of the host, on `terms`, in this process.

        Raises `SchemaError` where they do not fit, `AccessDenied`, `WorkspaceError`.
        """
        adopting.adopt(self._store, self.configure, adopting.Binding(module, table, terms))

    def adopt_users(self, table: object, **terms: Unpack[Terms]) -> None:
        """Let the people of a host's `table` be users too: see `adopt`; roles stay ours."""
        adopting.adopt_users(self._store, self._unit(Intention("configure")), table, terms)

    def table(self, module: str) -> Any:
        """A SQLAlchemy selectable of all live records of `module`, whoever asks: no rights.

        Columns have the declared names (money a second one, `…_currency`) and give normal
        forms. Raises `WorkspaceError`: `no_tables`, `table_of_host`.
        """
        with self._store.reading(self._principal) as session:
            return tabling.table(session, self._store, module)

    def select(self, module: str) -> Any:
        """A SQLAlchemy `Select` of what this user may read of `module` as of now; see `table`.

        His rights are part of the statement, as they are when it is made.
        """
        with self._store.reading(self._principal) as session:
            return tabling.select(session, self._store, module)

    def extract(
        self, folder: str | Path, *, modules: Sequence[str] | None = None, history: bool = True
    ) -> tuple[Extracted, ...]:
        """Write what this user may see to Parquet files in the new `folder`, for analysis.

        One file per module, `account.parquet`, typed by the kinds of its fields, with labels
        as metadata; and with `history` one of all versions, `history/account.parquet`: each
        row is true from `_valid_from` up to `_valid_to` (empty where it still is). All of one
        moment. The folder appears when it is complete. Raises `SchemaError`, `MissingExtra`,
        `NotFound` (`nothing_to_extract`), `SourceError` (`folder_exists`, `folder_is_file`, …).
        """
        return extracting.extract(self._store, self._principal, folder, modules, history)

    def digest(self, kind: Literal["content", "full", "shape"] = "content") -> Digest:
        """A digest of the whole workspace, for who may configure it: see `Digest`."""
        with self._store.reading(self._principal) as session:
            configuring.check_right(session)
        return digests.digest_of(self._store, kind)

    def close(self) -> None:
        """Release the store. Idempotent."""
        self._store.close()

    def _unit(self, intention: Intention, **options: Any) -> Unit:
        named = self._principal
        if not isinstance(named, str):
            intention = evolve(
                intention, reason=intention.reason or named.reason, behalf=named.behalf
            )
        return unit_of(self._store, self._principal, intention, **options)

    @property
    def _user(self) -> str:
        return user_of(self._principal)

    def _operation(self, op_id: str) -> operations.Operation | None:
        with self._store.reading(System("operation")) as session:
            return operations.operation_named(session, op_id)

    def _asking(self, as_of: Moment) -> AbstractContextManager[tuple[Session, int | None]]:
        return asking(self._store, self._principal, as_of)
