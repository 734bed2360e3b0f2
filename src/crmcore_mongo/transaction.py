"""One transaction: questions and writes in one session, over after the first error.

A race that the server calls transient ends its transaction. Ours goes on: it is begun anew,
what was written is written again, and then what met the race. Under the new snapshot every
version, expectation and key is checked again, so that somebody's change is never lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Final, TypeVar

from attrs import define, field

from crmcore.errors import Conflict, UnitOfWorkClosed
from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.storage import Batch, Expect, Intent, Rewrite, Write
from crmcore.storage.scan import batches
from crmcore_mongo.checking import Check
from crmcore_mongo.codec import Document
from crmcore_mongo.foreseeing import foreseen
from crmcore_mongo.frames import Stages
from crmcore_mongo.holding import Holding, Missed
from crmcore_mongo.lists import ListPlan, as_find, limited, plan_list
from crmcore_mongo.refusals import as_ours, is_taken, is_transient
from crmcore_mongo.sessions import Link, pauses
from crmcore_mongo.store import Store
from crmcore_mongo.summaries import answered
from crmcore_mongo.undoing import Undoing

BATCH: Final = 1_000
Result = TypeVar("Result")


@define(eq=False)
class MongoTransaction:
    """See `Transaction`. The session is taken at the first statement."""

    store: Store
    link: Link
    intent: Intent
    _is_begun: bool = False
    _over: bool = False
    _has_read: bool = False
    _has_counted: bool = False
    _generation: int = 0
    _done: list[Write] = field(factory=list)
    _undoing: Undoing = field(factory=Undoing)
    _holding: Holding = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._holding = Holding(self.store.holds)

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        """See `Transaction.select`."""
        self._check()
        return self._guarded(self._safely(lambda: self._select(query)), self._generation)

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        """See `Transaction.summarize`."""
        self._check()

        def ask() -> Iterator[Batch]:
            shelf, aggregate = self.store.shelf, self._aggregate
            adding = self.store.adding(query)

            def found() -> Iterator[Batch]:
                asked = foreseen(query, self._found)
                return batches(iter(answered(asked, shelf, aggregate, adding)))

            return self._opened(found)

        return self._guarded(self._safely(ask), self._generation)

    def apply(self, writes: Sequence[Write]) -> None:
        """See `Transaction.apply`."""
        self._check()
        if self.intent is not Intent.WRITE:
            raise UnitOfWorkClosed("read_only")
        self._generation += 1
        self._safely(lambda: self._apply(writes))

    def commit(self) -> None:
        """See `Transaction.commit`."""
        self._check()
        if self._is_begun:
            self._safely(self._commit)
            self._holding.end()
        self._over = True

    def rollback(self) -> None:
        """See `Transaction.rollback`."""
        if self._over:
            return
        self._over = True
        if self._is_begun:
            try:
                # What a host has ended is his: nothing of it is undone behind his back.
                if self.link.is_held:
                    self._undoing.run(self.link.session)
                self.link.rollback()
            except Exception as error:
                raise as_ours(error) from None
            finally:
                self._holding.end()

    def _check(self) -> None:
        if self._over:
            raise UnitOfWorkClosed("transaction_over")

    def _begin(self) -> None:
        if not self._is_begun:
            self.link.open()
            self._is_begun = True

    def _safely(self, run: Callable[[], Result]) -> Result:
        """What `run` gives; an error of it ends this transaction and becomes one of ours."""
        try:
            return run()
        except BaseException as error:
            try:
                self.rollback()
            except Exception:
                self._over = True
            found = as_ours(error, writing=self.intent is Intent.WRITE)
            if isinstance(found, Missed):
                found = Conflict(found.problems)
            if found is error:
                raise
            raise found from None

    def _select(self, query: BoundQuery) -> Iterator[Batch]:
        return self._opened(lambda: self._found(foreseen(query, self._found)))

    def _found(self, query: BoundQuery) -> Iterator[Batch]:
        return self._pages(plan_list(query, self.store.shelf), query.limit)

    def _opened(self, ask: Callable[[], Iterator[Batch]]) -> Iterator[Batch]:
        """The answer, whose first batch is there: where a race met it, asked once more."""
        self._begin()
        raised: Exception | None = None
        for _ in pauses():
            try:
                if raised is not None:
                    self._restart()
                found = ask()
                first = next(found, None)
            except Exception as error:
                if not self.link.can_restart or not self._may_restart(error):
                    raise
                raised = error
            else:
                self._has_read = True
                # What was read of records that nobody else may touch is used in what follows.
                self._has_counted = any(isinstance(w, Expect) and w.alone for w in self._done)
                return found if first is None else chain([first], found)
        assert raised is not None
        raise raised

    def _may_restart(self, error: Exception) -> bool:
        """Whether a new snapshot contradicts nothing that was told."""
        is_free = self.intent is Intent.WRITE or not self._has_read
        return is_transient(error) and is_free and not self._has_counted

    def _is_race(self, error: Exception) -> bool:
        """Whether `error` may be met by beginning anew, here."""
        if not self.link.can_restart:
            return False
        if is_transient(error):
            # A figure that was counted before may be another one under a new snapshot.
            return not self._has_counted
        return isinstance(error, Missed) or is_taken(error)

    def _pages(self, plan: ListPlan, limit: int | None) -> Iterator[Batch]:
        for stages in plan.pipelines:
            if limit is not None and limit <= 0:
                return
            cursor = self._cursor(plan.collection, stages, limit)
            while documents := list(islice(cursor, BATCH)):
                if limit is not None:
                    limit -= len(documents)
                yield plan.decode(documents)

    def _cursor(self, collection: str, stages: Stages, limit: int | None) -> Iterator[Document]:
        found, session = as_find(stages), self.link.session
        if found is None:
            return self._aggregate(collection, limited(stages, limit))
        size = BATCH if limit is None else min(limit, BATCH)
        return self.store.database[collection].find(
            **found, limit=limit or 0, batch_size=size, session=session
        )

    def _aggregate(self, collection: str, stages: Stages) -> Iterator[Document]:
        return self.store.database[collection].aggregate(
            stages, session=self.link.session, allowDiskUse=True, batchSize=BATCH
        )

    def _guarded(self, batches: Iterator[Batch], generation: int) -> Iterator[Batch]:
        """`batches`, until something is written or the transaction ends."""
        while True:
            if self._over or generation != self._generation:
                raise UnitOfWorkClosed("iterator_closed")
            batch = self._safely(lambda: next(batches, None))
            if batch is None:
                return
            yield batch

    def _apply(self, writes: Sequence[Write]) -> None:
        self._begin()
        careful, is_stale = not self.link.can_restart, False
        error: Exception | None = None
        for _ in pauses():
            try:
                if is_stale:
                    self._restart()
                self._write_all(writes, careful)
            except Exception as found:
                if not self._is_race(found):
                    if is_taken(found) and self.link.session is None:
                        self._say_which(writes)
                    raise
                # A key that is taken ends the transaction; which record it was, and whether
                # an earlier one would have failed before it, is then found by looking first.
                careful = careful or isinstance(found, Missed) or is_taken(found)
                error, is_stale = found, True
            else:
                if error is not None and self._has_counted:
                    raise error
                if self.link.can_restart:
                    self._done.extend(writes)
                return
        assert error is not None
        raise error

    def _say_which(self, writes: Sequence[Write]) -> None:
        """Somebody was faster: undo what was written, and look; raises `Duplicate`, `Conflict`."""
        self._undoing.run(None)
        for write in writes:
            if not isinstance(write, Rewrite):
                shelf = self.store.writer(write.module).shelf
                Check(self.store.database, shelf, None).run(write)

    def _commit(self) -> None:
        error: Exception | None = None
        for _ in pauses():
            try:
                if error is not None:
                    self._restart()
                self.link.commit()
            except Exception as found:
                if not self._is_race(found):
                    raise
                error = found
            else:
                return
        assert error is not None
        raise error

    def _restart(self) -> None:
        self.link.restart()
        self._holding.begin_anew()
        self._write_all(self._done, careful=True)

    def _write_all(self, writes: Sequence[Write], careful: bool) -> None:
        session = self.link.session
        undoing = None if self.link.can_restart else self._undoing
        for write in writes:
            module = write.query.module if isinstance(write, Rewrite) else write.module
            writer = self.store.writer(module)
            if careful:
                Check(self.store.database, writer.shelf, session).run(write)
            writer.write(session, write, self._select, undoing, self._holding)
