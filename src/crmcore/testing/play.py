"""Playing a history to any number of stores, alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import define, field, frozen

from crmcore.errors import CrmError
from crmcore.query.bound import BoundQuery, full_columns
from crmcore.schema import Module
from crmcore.schema.reserved import USER
from crmcore.storage import Backend, Insert, Intent, Row, Write
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.rows import USER_ID, new_row
from crmcore.testing.scribe import Scribe
from crmcore.testing.script import World


@frozen
class Refused:
    """A refusal: the class of the error and its code, never its message."""

    error: str
    code: str

    @classmethod
    def of(cls, error: CrmError) -> Refused:
        """What is compared of `error`."""
        return cls(type(error).__name__, error.code)

    @classmethod
    def by_failing(cls, error: Exception) -> Refused:
        """An error that no store may raise."""
        return cls(type(error).__name__, "failed")


@define
class Play:
    """A world in the making: what each commit writes follows from the rows of a model.

    The model is the in-memory backend; a store that answers differently is found out.
    """

    world: World
    model: Backend = field(factory=MemoryBackend)
    played: int = 0

    def __attrs_post_init__(self) -> None:
        self.prepare(self.model)

    def prepare(self, backend: Backend) -> None:
        """Make `backend` ready for the world: its schema, and the user who writes."""
        backend.prepare(self.world.schema)
        run(backend, [[Insert(USER, [new_row(USER, USER_ID, 0, {"name": "Anna"})])]])

    def step(self, backends: Sequence[Backend]) -> list[Refused | None]:
        """Play the next commit to the model and to `backends`; the outcome of each."""
        self.played += 1
        commit = self.world.commits[self.played - 1]
        scribe = Scribe(self.world.schema, self.rows)
        writes = scribe.writes(self.played, commit.acts, whole=commit.whole)
        parts = [writes] if commit.whole else [[write] for write in writes]
        calls: list[Sequence[Write]] = [[scribe.change_set(self.played, commit.position)], *parts]
        return [run(self.model, calls), *(_attempt(backend, calls) for backend in backends)]

    def rows(self, module: Module) -> dict[str, Row]:
        """The live rows of the model, by id."""
        return live_rows(self.model, module)


def run(backend: Backend, calls: Iterable[Sequence[Write]]) -> Refused | None:
    """Apply `calls` in one transaction and commit it; the refusal, if there is one."""
    transaction = backend.begin(Intent.WRITE)
    try:
        for writes in calls:
            transaction.apply(writes)
        transaction.commit()
    except CrmError as error:
        transaction.rollback()
        return Refused.of(error)
    return None


def _attempt(backend: Backend, calls: Iterable[Sequence[Write]]) -> Refused | None:
    """The same with a store, which may fail in any way."""
    try:
        return run(backend, calls)
    except Exception as error:
        return Refused.by_failing(error)


def live_rows(backend: Backend, module: Module) -> dict[str, Row]:
    """The live rows of a store, by id."""
    found = ask_all(backend, BoundQuery(module, full_columns(module)))
    return {str(row[0]): row for row in found}


def ask_all(backend: Backend, query: BoundQuery) -> list[Row]:
    """All rows of an answer, in a transaction of its own."""
    transaction = backend.begin(Intent.READ)
    try:
        return [row for batch in transaction.select(query) for row in batch]
    finally:
        transaction.rollback()
