"""Modules whose records lie in tables of a host: read through, by the rules of the language.

A question that names no adopted module goes to the store untouched. Any other one is
answered here, by the definition of the language, over rows that the store and the host's
table hand out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Literal, Protocol

from attrs import define, evolve, field, frozen

from crmcore.errors import AccessDenied, QueryError, UnitOfWorkClosed, WorkspaceError
from crmcore.query.bound import (
    TRUE,
    AllOf,
    BoundNode,
    BoundQuery,
    BoundSummary,
    by_ids,
    full_columns,
)
from crmcore.query.evaluate import Row
from crmcore.query.mentions import modules_in
from crmcore.schema import Module, Schema
from crmcore.storage import adopted_answer, scan
from crmcore.storage.port import (
    Batch,
    Delete,
    Expect,
    Replace,
    Rewrite,
    Transaction,
    Write,
)

Joined = Callable[[Row, Row | None], Row]
"""One row of that of a host and our own of the same id."""


@frozen
class Wanted:
    """Rows that a source is asked for: at least all that fulfil every condition of `where`.

    The conditions speak of own fields of `module` alone; whoever asks checks them again.
    With `order` the rows come in the order of their ids; the first `few` may be enough.
    """

    module: Module
    where: tuple[BoundNode, ...] = ()
    order: Literal["ascending", "descending"] | None = None
    few: int | None = None


class AdoptedWriter(Protocol):
    """Writes to a host's table in the name of the host, in the transaction of its connection.

    `connection` is that of the host's library; `values` are normal forms by field name.
    """

    def create(self, connection: object, values: Mapping[str, object]) -> object:
        """Make a row of `values`; answers its key."""
        ...

    def update(self, connection: object, key: object, values: Mapping[str, object]) -> None:
        """Change those fields of the row of `key`."""
        ...

    def delete(self, connection: object, key: object) -> None:
        """Remove the row of `key`."""
        ...


class AdoptedSource(Protocol):
    """The rows of one adopted module, where the host keeps them."""

    @property
    def writer(self) -> AdoptedWriter | None:
        """What writes in the host's name; `None` where nothing may be written."""
        ...

    def check(self, module: Module) -> None:
        """Raise `SchemaError` where the rows cannot be read as `module`."""
        ...

    def sorts(self, module: Module) -> bool:
        """Whether `rows` keeps an order that it is asked for."""
        ...

    def rows(self, transaction: Transaction, wanted: Wanted) -> Iterator[Sequence[Row]]:
        """Stored rows in the layout of `wanted.module`, as `transaction` of the store sees them.

        Raises `StorageError`: `adopted_value` where one does not fit the schema.
        """
        ...

    def expect(self, transaction: Transaction, expected: Expect) -> None:
        """See `Expect`; raises `Conflict`."""
        ...

    def connection(self, transaction: Transaction) -> AbstractContextManager[object]:
        """The connection of the host that `transaction` has joined, lent to his writer.

        Raises `StorageError`: `adopted_needs_join` where it is a transaction of its own,
        `writer_ends` from whatever would end the host's transaction meanwhile.
        """
        ...

    def record(self, key: object) -> str:
        """The id of the row of `key`; raises `StorageError` (`bad_key`)."""
        ...

    def key(self, record: str) -> object:
        """The key that the id `record` stands for; `None` for none."""
        ...


def adopted_in(schema: Schema) -> frozenset[str]:
    """The names of the adopted modules of `schema`."""
    found: frozenset[str] | None = schema.__dict__.get("_adopted")
    if found is None:
        names = (one.name for one in schema.modules if one.keeping == "adopted")
        found = schema.__dict__["_adopted"] = frozenset(names)
    return found


def storable(schema: Schema) -> Schema:
    """`schema` without the modules that a store keeps nothing of."""
    if not adopted_in(schema):
        return schema
    return Schema(one for one in schema.modules if one.keeping != "adopted")


def is_untold(transaction: Transaction, module: Module, as_of: int | None) -> bool:
    """Whether nothing can be said of records of `module`: of their past, or in this program."""
    if not isinstance(transaction, AdoptingTransaction) or module.name not in transaction.foreign:
        return False
    return as_of is not None or module.name not in transaction.sources


def _whole(module: Module, where: BoundNode) -> BoundQuery:
    return BoundQuery(module, full_columns(module), where)


@define
class AdoptingTransaction:
    """A transaction of a store in which `sources` stand for the modules of `foreign`.

    Of a module in `joint` some records are ours and some the host's: its function makes
    one row of that of the host and our own of the same id, if there is one.
    """

    inner: Transaction
    sources: Mapping[str, AdoptedSource]
    foreign: frozenset[str]
    joint: Mapping[str, Joined] = field(factory=dict)
    _generation: int = field(default=0)

    def source(self, module: Module) -> AdoptedSource:
        """Where the rows of an adopted module are; raises `WorkspaceError` (`not_adopted`)."""
        if module.name not in self.sources:
            code = "users_not_adopted" if module.name in self.joint else "not_adopted"
            raise WorkspaceError(code, module=module.name)
        return self.sources[module.name]

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        """See `Transaction.select`; raises `QueryError` (`adopted_no_past`)."""
        if query.versions and query.module.name in self.joint:
            return self.inner.select(query)
        if not self._is_mine(query, is_past=query.versions or query.as_of is not None):
            return self.inner.select(query)
        found = adopted_answer.select(query, self.answering(query))
        return self._guarded(scan.batches(found), self._generation)

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        """See `Transaction.summarize`; raises `QueryError` (`adopted_no_past`)."""
        if not self._is_mine(query, is_past=query.as_of is not None):
            return self.inner.summarize(query)
        found = adopted_answer.summarize(query, self.answering(query))
        return self._guarded(scan.batches(found), self._generation)

    def apply(self, writes: Sequence[Write]) -> None:
        """See `Transaction.apply`; raises `AccessDenied` (`adopted_read_only`)."""
        self._generation += 1
        waiting: list[Write] = []
        for write in writes:
            if isinstance(write, Rewrite):
                waiting.append(self._settled(write))
            elif write.module.name not in self.foreign:
                waiting.append(write)
            elif write.module.name in self.joint:
                waiting.extend(self._parted(write))
            elif isinstance(write, Expect):
                self._apply(waiting)
                self.source(write.module).expect(self.inner, write)
            else:
                raise AccessDenied("adopted_read_only", module=write.module.name)
        self._apply(waiting)

    def commit(self) -> None:
        """See `Transaction.commit`."""
        self._generation += 1
        self.inner.commit()

    def rollback(self) -> None:
        """See `Transaction.rollback`."""
        self._generation += 1
        self.inner.rollback()

    def answering(self, query: BoundQuery | BoundSummary) -> adopted_answer.Answering:
        """What answers `query`."""
        return adopted_answer.Answering(
            modules_in(query), self.foreign, self._own, self._hosts, self._sorts
        )

    def _apply(self, waiting: list[Write]) -> None:
        if waiting:
            self.inner.apply(waiting[:])
            waiting.clear()

    def _is_mine(self, query: BoundQuery | BoundSummary, *, is_past: bool) -> bool:
        for module in modules_in(query).values():
            if module.name in self.foreign:
                self.source(module)
                if is_past:
                    raise QueryError("adopted_no_past", target=module.name)
                return True
        return False

    def _own(self, query: BoundQuery) -> list[Row]:
        return [row for batch in self.inner.select(query) for row in batch]

    def _hosts(
        self,
        module: Module,
        where: Iterable[BoundNode],
        order: Literal["ascending", "descending"] | None,
        few: int | None,
    ) -> Iterator[Sequence[Row]]:
        if module.name in self.joint:
            return self._both(module, where)
        wanted = Wanted(module, tuple(where), order, few)
        return self.source(module).rows(self.inner, wanted)

    def _both(self, module: Module, where: Iterable[BoundNode]) -> Iterator[Sequence[Row]]:
        """The rows of a host, put together with ours; then those of ours alone."""
        # Only ids mean the same on both sides.
        named = tuple(one for one in where if scan.named_ids(one) is not None)
        condition = AllOf(named) if named else TRUE
        own = {row[0]: row for row in self._own(_whole(module, condition))}
        join = self.joint[module.name]
        for rows in self.source(module).rows(self.inner, Wanted(module, named)):
            yield [join(row, own.pop(row[0], None)) for row in rows]
        yield list(own.values())

    def _parted(self, write: Write) -> Iterator[Write]:
        """What of a write to a joint module the store is to do; the host holds its rows."""
        if isinstance(write, Replace):
            ids: Sequence[str] = [str(row[0]) for row in write.rows]
        elif isinstance(write, (Delete, Expect)):
            ids = write.ids
        else:
            yield write
            return
        source = self.source(write.module)
        wanted = Wanted(write.module, (by_ids(tuple(ids)),))
        theirs = {str(row[0]) for rows in source.rows(self.inner, wanted) for row in rows}
        if not theirs:
            yield write
        elif not isinstance(write, Expect):
            raise AccessDenied("adopted_read_only", module=write.module.name)
        else:
            source.expect(self.inner, Expect(write.module, sorted(theirs)))
            rest = [one for one in ids if one not in theirs]
            if rest:
                yield Expect(write.module, rest)

    def _sorts(self, module: Module) -> bool:
        return module.name not in self.joint and self.source(module).sorts(module)

    def _settled(self, write: Rewrite) -> Write:
        """`write` with its records found, where finding them needs a host's rows."""
        if write.query.module.name in self.foreign.difference(self.joint):
            raise AccessDenied("adopted_read_only", module=write.query.module.name)
        whole = evolve(write.query, columns=full_columns(write.query.module))
        if not self._is_mine(whole, is_past=False):
            return write
        return scan.expanded(write, self.select)

    def _guarded(self, batches: Iterator[Batch], generation: int) -> Iterator[Batch]:
        while True:
            if generation != self._generation:
                raise UnitOfWorkClosed("iterator_closed")
            batch = next(batches, None)
            if batch is None:
                return
            yield batch
