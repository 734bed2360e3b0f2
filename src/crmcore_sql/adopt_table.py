"""Rows of a host's table as records of a module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import define, field, frozen
from sqlalchemy import Column, ColumnElement, Select, false, select

from crmcore.errors import Conflict, CrmError, Problem, SchemaError, StorageError
from crmcore.query.bound import BoundNode
from crmcore.query.evaluate import Row
from crmcore.schema import STAMPS, Field, Module
from crmcore.storage import Expect, Transaction
from crmcore.storage.adopted import AdoptedWriter, Wanted
from crmcore.storage.adopted_keys import KeyCodec
from crmcore_sql.adopt_columns import (
    Decode,
    HostColumn,
    HostSource,
    Sources,
    as_key,
    checked,
    column_of,
    decoder,
    needs_zone,
    reason_of,
)
from crmcore_sql.adopt_connection import asked, lent_connection
from crmcore_sql.adopt_narrow import Narrowing, spellings

_PAGE: Final = 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
MAPPED_STAMPS: Final = ("created_at", "created_by", "updated_at", "updated_by")
"""The stamps of a record that a host may have columns for."""


@frozen
class HostRead:
    """One value of a row: where it comes from, and how it becomes a normal form."""

    field: Field
    column: Column[Any]
    decode: Decode


@define(eq=False)
class HostTable:
    """The rows of one table as records of a module; see `AdoptedSource`."""

    table: HostSource
    key_column: Column[Any]
    codec: KeyCodec
    version: Column[Any] | None
    fields: Mapping[str, HostColumn | None]
    zone: str | None
    exact: frozenset[str]
    lock: bool
    writer: AdoptedWriter | None
    others: Sources
    is_keyed: bool = False
    names: Mapping[int, str] = field(factory=dict)
    """What each field was called when the table was bound."""
    _plans: dict[int, tuple[Module, _Plan]] = field(factory=dict)

    def sorts(self, module: Module) -> bool:
        """See `AdoptedSource.sorts`."""
        return self.codec.sorts and self.is_keyed

    def check(self, module: Module) -> None:
        """See `AdoptedSource.check`."""
        self.plan(module)

    def spec(self, one: Field) -> HostColumn | None:
        """The column of a field, whatever the field is called by now; `None` for none."""
        name = self.names.get(one.number, one.name)
        return self.fields.get(name, HostColumn(name))

    def record(self, key: object) -> str:
        """See `AdoptedSource.record`."""
        return self.codec.record(as_key(key))

    def key(self, record: str) -> object:
        """See `AdoptedSource.key`."""
        return self.codec.key(record)

    def connection(self, transaction: Transaction) -> AbstractContextManager[object]:
        """See `AdoptedSource.connection`."""
        return lent_connection(transaction)

    def rows(self, transaction: Transaction, wanted: Wanted) -> Iterator[Sequence[Row]]:
        """See `AdoptedSource.rows`."""
        plan = self.plan(wanted.module)
        for found in self._read(transaction, plan, plan.conditions(wanted.where), wanted):
            yield [plan.row(one) for one in found]

    def expect(self, transaction: Transaction, expected: Expect) -> None:
        """See `AdoptedSource.expect`: the host's rows are held where the engine can."""
        columns = [self.key_column, *([] if self.version is None else [self.version])]
        found: dict[str, int] = {}
        for start in range(0, len(expected.ids), _PAGE):
            statement = select(*columns).where(self.keyed(expected.ids[start : start + _PAGE]))
            if self.lock:
                statement = statement.with_for_update(read=True)
            for row in asked(transaction, self.table, statement):
                found[self.record(row[0])] = 0 if self.version is None else version_of(row[-1])
        for number, record in enumerate(expected.ids):
            version = None if expected.versions is None else expected.versions[number]
            if record not in found or version not in (None, found[record]):
                raise Conflict("record_changed", module=expected.module.name, record=record)

    def keyed(self, ids: Iterable[str]) -> ColumnElement[bool]:
        """The rows of those ids."""
        keys = [key for one in ids if (key := self.codec.key(one)) is not None]
        return self.key_column.in_(spellings(self.key_column, keys)) if keys else false()

    def refusal(self, key: object, column: Column[Any], reason: str) -> StorageError:
        """Why the row of `key` cannot be read."""
        table = self.table.name
        return StorageError(
            "adopted_value", table=table, key=key, column=column.name, reason=reason
        )

    def plan(self, module: Module) -> _Plan:
        """How rows of `module` are read; raises `SchemaError` where a column is missing."""
        found = self._plans.get(id(module))
        if found is None:
            found = self._plans[id(module)] = module, _Plan.of(self, module)
        return found[1]

    def _after(self, sign: str, record: str) -> ColumnElement[bool] | None:
        key = self.codec.key(record)
        if not self.codec.sorts or key is None:
            return None
        return self.key_column >= key if sign.startswith(">") else self.key_column <= key

    def narrowing(self, reads: Iterable[HostRead]) -> Narrowing:
        """What conditions over `reads` can be said to the table."""
        listed = list(reads)
        columns = {one.field.name: one.column for one in listed}
        specs = {one.field.name: self.spec(one.field) or HostColumn("") for one in listed}
        exact = frozenset(
            one.field.name
            for one in listed
            if self.names.get(one.field.number, one.field.name) in self.exact
        )
        return Narrowing(columns, specs, exact, self.zone, self.others, self.keyed, self._after)

    def _read(
        self,
        transaction: Transaction,
        plan: _Plan,
        conditions: Sequence[ColumnElement[bool]],
        wanted: Wanted,
    ) -> Iterator[Sequence[Any]]:
        statement = plan.statement.where(*conditions)
        if not self.is_keyed:
            # Without a unique key no page tells where the next one begins.
            yield self._distinct(asked(transaction, self.table, statement))
            return
        down, key = wanted.order == "descending", self.key_column
        size, last = min(_PAGE, wanted.few or _PAGE), None
        ordered = statement.order_by(key.desc() if down else key)
        while True:
            page = ordered if last is None else ordered.where(key < last if down else key > last)
            found = asked(transaction, self.table, page.limit(size))
            if found:
                yield found
            if len(found) < size:
                return
            last, size = found[-1][0], min(_PAGE, size * 4)

    def _distinct(self, rows: Sequence[Any]) -> Sequence[Any]:
        seen: set[object] = set()
        for row in rows:
            if row[0] in seen:
                raise StorageError("key_repeated", table=self.table.name, key=row[0])
            seen.add(row[0])
        return rows


@frozen
class _Plan:
    """How rows of one revision of a module are read."""

    host: HostTable
    statement: Select[Any]
    reads: tuple[HostRead | None, ...]
    narrowing: Narrowing

    @classmethod
    def of(cls, host: HostTable, module: Module) -> _Plan:
        """Raises `SchemaError` where a column is missing or tells no zone."""
        reads = tuple(_reads(host, module))
        columns = [one.column for one in reads if one is not None]
        head = [host.key_column, *([] if host.version is None else [host.version])]
        named = [one.label(f"c{number}") for number, one in enumerate((*head, *columns))]
        listed = [one for one in reads if one is not None]
        return cls(host, select(*named), reads, host.narrowing(listed))

    def conditions(self, where: Iterable[BoundNode]) -> list[ColumnElement[bool]]:
        """What of `where` the host's table can be asked."""
        found = [self.narrowing.of(node) for node in where]
        return [one for one in found if one is not None]

    def row(self, raw: Sequence[Any]) -> Row:
        """A record in layout; raises `StorageError` (`adopted_value`)."""
        host = self.host
        values = iter(raw)
        key = next(values)
        try:
            record = host.record(key)
        except (CrmError, TypeError, ValueError, ArithmeticError):
            why = Problem("bad_key", {"key": key, "form": host.codec.form})
            raise host.refusal(key, host.key_column, why.message()) from None
        version = 0 if host.version is None else version_of(next(values))
        made: list[object] = [record, version]
        for place, read in enumerate(self.reads):
            if place == len(MAPPED_STAMPS):
                made += (None, None)
            if read is None:
                made.append(None)
                continue
            value = next(values)
            try:
                made.append(read.decode(value))
            except CrmError as error:
                raise host.refusal(key, read.column, reason_of(error)) from None
        if len(self.reads) == len(MAPPED_STAMPS):
            made += (None, None)
        return tuple(made)


def _reads(host: HostTable, module: Module) -> Iterator[HostRead | None]:
    stamps = {one.name: one for one in STAMPS}
    for name in MAPPED_STAMPS:
        spec = host.fields.get(name)
        yield None if spec is None else reading(host, stamps[name], spec)
    for one in module.stored:
        spec = host.spec(one)
        yield None if spec is None else reading(host, one, spec, module.name)


def reading(host: HostTable, one: Field, spec: HostColumn, module: str | None = None) -> HostRead:
    """How the field `one` is read; raises `SchemaError` (`adopted_column`, `adopted_zone`)."""
    column = column_of(host.table, spec.column, module, one.name)
    if needs_zone(one, column, spec, host.zone):
        raise SchemaError("adopted_zone", module=module, field=one.name, column=column.name)
    return HostRead(one, column, checked(one.kind, decoder(one, spec, host.zone, host.others)))


def version_of(value: Any) -> int:
    """The version of a row: a whole number, or the microseconds of a moment."""
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return int((moment - _EPOCH) / _MICROSECOND)
    return 0 if value is None else int(value)
