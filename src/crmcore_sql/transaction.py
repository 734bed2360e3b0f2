"""One transaction: questions and writes on one connection, over after the first error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from attrs import define, field
from sqlalchemy.engine.interfaces import DBAPICursor

from crmcore.errors import UnitOfWorkClosed
from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.storage import (
    Batch,
    Delete,
    Derive,
    Erase,
    Expect,
    Insert,
    Intent,
    Load,
    Purge,
    Replace,
    Rewrite,
    Write,
)
from crmcore.storage.scan import expanded
from crmcore_sql.connections import Link, as_ours
from crmcore_sql.lists import ListPlan, Statement, plan_list
from crmcore_sql.rewrites import rewrite, touches_key
from crmcore_sql.signature import query_signature, summary_signature
from crmcore_sql.store import Prepared, Store
from crmcore_sql.summaries import SummaryPlan, Sums, plan_summary
from crmcore_sql.writes import Missed, singles

BATCH: Final = 256
"""Rows decoded at a time: what stays in the caches of a processor."""
_MARK: Final = "SAVEPOINT crm_apply"
_BACK: Final = "ROLLBACK TO SAVEPOINT crm_apply"
_DONE: Final = "RELEASE SAVEPOINT crm_apply"

Result = TypeVar("Result")


@define(eq=False)
class SqlTransaction:
    """See `Transaction`. The connection is taken at the first statement."""

    store: Store
    link: Link
    intent: Intent
    _prepared: Prepared | None = None
    _over: bool = False
    _generation: int = 0
    _reading: set[DBAPICursor] = field(factory=set)

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        """See `Transaction.select`."""
        self._check()
        signature = query_signature(query)
        constants = signature.constants

        def begin() -> tuple[ListPlan, DBAPICursor]:
            prepared = self._begin()

            def make() -> ListPlan:
                tables, engine = prepared.tables.of, prepared.compiler
                return plan_list(query, signature, prepared.dialect, tables, engine)

            plan = prepared.plan(tuple(signature.key), make)
            return plan, self._ask(plan.statements[0], constants)

        plan, cursor = self._safely(begin)
        return self._pages(plan, cursor, constants, self._generation)

    def _pages(
        self, plan: ListPlan, cursor: DBAPICursor, constants: list[Any], generation: int
    ) -> Iterator[Batch]:
        for statement in plan.statements:
            if statement is not plan.statements[0]:
                if plan.limit >= 0 and constants[plan.limit] <= 0:
                    return
                cursor = self._safely(partial(self._ask, statement, constants))
            for rows in self._rows(cursor, generation):
                if plan.limit >= 0:
                    constants[plan.limit] -= len(rows)
                yield plan.decode(rows)

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        """See `Transaction.summarize`."""
        self._check()
        signature = summary_signature(query)
        constants = signature.constants

        def begin() -> tuple[SummaryPlan, list[Sums], DBAPICursor]:
            prepared = self._begin()

            def make() -> SummaryPlan:
                tables, engine = prepared.tables.of, prepared.compiler
                return plan_summary(query, signature, prepared.dialect, tables, engine)

            plan = prepared.plan(tuple(signature.key), make)
            sums = [
                one.collected(self._ask(one.statement, constants).fetchall()) for one in plan.sums
            ]
            return plan, sums, self._ask(plan.statement, constants)

        plan, sums, cursor = self._safely(begin)
        generation = self._generation
        return (plan.finished(rows, sums) for rows in self._rows(cursor, generation))

    def apply(self, writes: Sequence[Write]) -> None:
        """See `Transaction.apply`."""
        self._check()
        if self.intent is not Intent.WRITE:
            raise UnitOfWorkClosed("read_only")
        self._generation += 1
        self._close_reading()
        self._safely(lambda: self._held(writes))

    def _held(self, writes: Sequence[Write]) -> None:
        if self._prepared is not None:
            self.link.hold()
        self._apply(writes)

    def commit(self) -> None:
        """See `Transaction.commit`."""
        self._check()
        self._close_reading()
        if self._prepared is not None:
            self._safely(self.link.commit)
        self._over = True

    def rollback(self) -> None:
        """See `Transaction.rollback`."""
        if self._over:
            return
        self._over = True
        self._close_reading()
        if self._prepared is not None:
            try:
                self.link.rollback()
            except Exception as error:
                raise as_ours(self.store.dialect.sessions, error) from None

    def _check(self) -> None:
        if self._over:
            raise UnitOfWorkClosed("transaction_over")

    def _begin(self) -> Prepared:
        if self._prepared is None:
            self.link.open()
            try:
                cursor = self.link.cursor()
                self._prepared = self.store.prepared(cursor)
                cursor.close()
            except BaseException:
                self.link.rollback()
                raise
        return self._prepared

    def _safely(self, run: Callable[[], Result]) -> Result:
        """What `run` gives; an error of it ends this transaction and becomes one of ours."""
        try:
            return run()
        except BaseException as error:
            try:
                self.rollback()
            except Exception:
                self._over = True
            found = as_ours(self.store.dialect.sessions, error)
            if found is error:
                raise
            raise found from None

    def _ask(self, statement: Statement, constants: Sequence[object]) -> DBAPICursor:
        cursor = self.link.cursor()
        self._reading.add(cursor)
        cursor.execute(statement.text, statement.bind(constants))
        return cursor

    def _rows(self, cursor: DBAPICursor, generation: int) -> Iterator[Sequence[Any]]:
        while True:
            if self._over or generation != self._generation:
                raise UnitOfWorkClosed("iterator_closed")
            rows = self._safely(partial(cursor.fetchmany, BATCH))
            if not rows:
                self._reading.discard(cursor)
                cursor.close()
                return
            yield rows

    def _close_reading(self) -> None:
        for cursor in self._reading:
            cursor.close()
        self._reading.clear()

    def _apply(self, writes: Sequence[Write]) -> None:
        prepared, cursor = self._begin(), self.link.cursor()
        cursor.execute(_MARK)
        try:
            for write in writes:
                self._write(prepared, cursor, write)
        except Exception as error:
            sessions = self.store.dialect.sessions
            if not isinstance(error, Missed) and not sessions.is_violation(error):
                raise
            # Which record it was, and whether an earlier one would have failed before it,
            # is found by writing one by one.
            cursor.execute(_BACK)
            for write in writes:
                for single in singles(write):
                    if not isinstance(single, Rewrite):
                        prepared.writer(single.module).check(cursor, single)
                    self._write(prepared, cursor, single)
        cursor.execute(_DONE)
        cursor.close()

    def _write(self, prepared: Prepared, cursor: DBAPICursor, write: Write) -> None:
        if isinstance(write, Rewrite) and touches_key(write):
            write = expanded(write, self.select)
        match write:
            case Insert():
                prepared.writer(write.module).insert(cursor, write)
            case Replace():
                prepared.writer(write.module).replace(cursor, write)
            case Delete():
                prepared.writer(write.module).delete(cursor, write)
            case Expect():
                prepared.writer(write.module).expect(cursor, write)
            case Derive():
                prepared.writer(write.module).derive(cursor, write)
            case Load():
                prepared.writer(write.module).load(cursor, write)
            case Purge():
                prepared.writer(write.module).purge(cursor, write)
            case Erase():
                prepared.writer(write.module).erase(cursor, write)
            case Rewrite():
                module, dialect = write.query.module, prepared.dialect
                tables, compiler = prepared.tables.of(module), prepared.compiler
                expect = partial(prepared.writer(module).expect, cursor)
                rewrite(write, self.select, expect, cursor, tables, dialect, compiler)
