"""Playing a history to any number of stores, alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import define, field, frozen

from crmcore.errors import CrmError
from crmcore.query.bind import Binder
from crmcore.query.bound import BoundQuery, full_columns
from crmcore.schema import Module
from crmcore.schema.reserved import CHANGE_SET, USER
from crmcore.storage import (
    Backend,
    Delete,
    Expect,
    Insert,
    Intent,
    Replace,
    Rewrite,
    Row,
    Write,
)
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.asking import SYSTEM
from crmcore.testing.rows import USER_ID, change_set_id, moment, new_row, next_row, salt
from crmcore.testing.script import Act, Assign, Change, Check, Commit, Create, Remove, World

_LOST: Final = 1_000_000
"""A version that no record has."""


@frozen
class Refused:
    """A refusal: the class of the error and its code, never its message."""

    error: str
    code: str

    @classmethod
    def of(cls, error: CrmError) -> Refused:
        """What is compared of `error`."""
        return cls(type(error).__name__, error.code)


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
        calls = self._calls(self.world.commits[self.played - 1])
        return [run(backend, calls) for backend in (self.model, *backends)]

    def _calls(self, commit: Commit) -> list[list[Write]]:
        values = {"position": commit.position, "moment": moment(self.played)}
        change_set = new_row(CHANGE_SET, change_set_id(self.played), self.played, values)
        writes = self._writes(commit)
        parts = [writes] if commit.whole else [[write] for write in writes]
        return [[Insert(CHANGE_SET, [change_set])], *parts]

    def _writes(self, commit: Commit) -> list[Write]:
        present: dict[str, dict[str, Row]] = {}
        writes: list[Write] = []
        for act in commit.acts:
            module = self.world.schema.by_name[act.module]
            if module.name not in present:
                present[module.name] = self.rows(module)
            write = self._write(module, act, present[module.name])
            if commit.whole and writes and _extends(writes[-1], write):
                write = _joined(writes.pop(), write)
            writes.append(write)
        return writes

    def rows(self, module: Module) -> dict[str, Row]:
        """The live rows of the model, by id."""
        found = ask_all(self.model, BoundQuery(module, full_columns(module)))
        return {str(row[0]): row for row in found}

    def _write(self, module: Module, act: Act, rows: dict[str, Row]) -> Write:
        number = self.played
        if isinstance(act, Assign):
            where = Binder(self.world.schema, SYSTEM.reader).condition(module, act.where)
            query = BoundQuery(module, full_columns(module), where)
            stamps = change_set_id(number), moment(number), USER_ID, salt(number)
            return Rewrite(query, act.values, *stamps)
        if isinstance(act, Create):
            row = new_row(module, act.record, number, act.values)
            rows.setdefault(act.record, row)
            return Insert(module, [row])
        former = rows.get(act.record)
        known = 1 if former is None else former[1]
        assert isinstance(known, int)
        if isinstance(act, Check):
            wanted = {"any": None, "present": [known], "lost": [_LOST]}[act.version]
            return Expect(module, [act.record], wanted)
        version = _LOST if act.stale else known
        if isinstance(act, Remove):
            rows.pop(act.record, None)
            return Delete(module, [act.record], [version], change_set_id(number))
        return self._replace(module, act, former, version, rows)

    def _replace(
        self, module: Module, act: Change, former: Row | None, version: int, rows: dict[str, Row]
    ) -> Replace:
        if former is None:
            former = new_row(module, act.record, self.played, {})
        row = next_row(module, former, self.played, act.values)
        rows[act.record] = row
        return Replace(module, [row], [version])


def _extends(first: Write, second: Write) -> bool:
    """Whether both are writes of one sort on one module, which may be made at once."""
    if isinstance(first, Rewrite) or isinstance(second, Rewrite):
        return False
    alike = type(first) is type(second) and first.module.name == second.module.name
    return alike and not isinstance(first, Expect)


def _joined(first: Write, second: Write) -> Write:
    if isinstance(first, Insert) and isinstance(second, Insert):
        return Insert(first.module, [*first.rows, *second.rows])
    if isinstance(first, Replace) and isinstance(second, Replace):
        rows, versions = [*first.rows, *second.rows], [*first.versions, *second.versions]
        return Replace(first.module, rows, versions)
    assert isinstance(first, Delete)
    assert isinstance(second, Delete)
    ids, versions = [*first.ids, *second.ids], [*first.versions, *second.versions]
    return Delete(first.module, ids, versions, first.change_set)


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


def ask_all(backend: Backend, query: BoundQuery) -> list[Row]:
    """All rows of an answer, in a transaction of its own."""
    transaction = backend.begin(Intent.READ)
    try:
        return [row for batch in transaction.select(query) for row in batch]
    finally:
        transaction.rollback()
