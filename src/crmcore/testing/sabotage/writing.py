"""Planted bugs of writing: lost updates, torn commits, history that stays where it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve

from crmcore.errors import CrmError
from crmcore.query.bound import ID_REF, BoundQuery, by_ids, full_columns, stamp_ref
from crmcore.records import layout_of
from crmcore.storage import (
    Batch,
    Delete,
    Expect,
    Insert,
    Intent,
    Load,
    Replace,
    Rewrite,
    Row,
    Write,
)
from crmcore.storage.unique import key_hashes
from crmcore.testing.sabotage.spoiling import PassedOn, in_batches


class CasIgnored(PassedOn):
    """A change is made whatever version it names."""

    def apply(self, writes: Sequence[Write]) -> None:
        for write in writes:
            self.inner.apply([self._current(write)])

    def _current(self, write: Write) -> Write:
        if not isinstance(write, (Replace, Delete)):
            return write
        ids = [str(row[0]) for row in write.rows] if isinstance(write, Replace) else write.ids
        query = BoundQuery(write.module, (ID_REF, stamp_ref("version")), by_ids(tuple(ids)))
        known: dict[str, int] = dict(self.rows(query))  # type: ignore[arg-type]
        pairs = zip(ids, write.versions, strict=True)
        return evolve(write, versions=[known.get(one, version) for one, version in pairs])


class ExpectIgnored(PassedOn):
    """What a commit relies on is not looked at."""

    def apply(self, writes: Sequence[Write]) -> None:
        self.inner.apply([write for write in writes if not isinstance(write, Expect)])


class UniqueIgnored(PassedOn):
    """Keys are not checked."""

    def apply(self, writes: Sequence[Write]) -> None:
        self.inner.apply([self._without_keys(write) for write in writes])

    def _without_keys(self, write: Write) -> Write:
        if isinstance(write, Rewrite):
            return write
        fields = tuple(evolve(one, unique=None) for one in write.module.fields)
        return evolve(write, module=evolve(write.module, fields=fields, keys=()))


class UniqueAfterBatch(PassedOn):
    """Keys are checked when all rows of a write are there, not after each of them."""

    def apply(self, writes: Sequence[Write]) -> None:
        for write in writes:
            if isinstance(write, Replace) and len(write.rows) > 1:
                self.inner.apply([self._releasing_first(write)])
            else:
                self.inner.apply([write])

    def _releasing_first(self, write: Replace) -> Replace:
        """The same rows, those behind which another row waits for a key before it."""
        order = sorted(range(len(write.rows)), key=lambda at: self._waits(write, at))
        rows, versions = [write.rows[at] for at in order], [write.versions[at] for at in order]
        return evolve(write, rows=rows, versions=versions)

    def _waits(self, write: Replace, place: int) -> bool:
        module = write.module
        ids = tuple(str(row[0]) for row in write.rows)
        held = {
            (key, digest)
            for row in self.rows(BoundQuery(module, full_columns(module), by_ids(ids)))
            if row[0] != write.rows[place][0]
            for key, digest in key_hashes(module, row)
        }
        wanted = key_hashes(module, tuple(write.rows[place]))
        return any(digest is not None and (key, digest) in held for key, digest in wanted)


class TornCommit(PassedOn):
    """What was written before a refused write stays."""

    def apply(self, writes: Sequence[Write]) -> None:
        done: list[Write] = []
        try:
            for write in writes:
                self.inner.apply([write])
                done.append(write)
        except CrmError:
            again = self.backend.inner.begin(Intent.WRITE)
            again.apply(done)
            again.commit()
            raise


class LoadForgetsHistory(PassedOn):
    """The replay of an archive leaves former versions out."""

    def apply(self, writes: Sequence[Write]) -> None:
        self.inner.apply(
            [evolve(one, former=()) if isinstance(one, Load) else one for one in writes]
        )


class LoadForgetsStamps(PassedOn):
    """What an archive brings begins anew, at version 1."""

    def apply(self, writes: Sequence[Write]) -> None:
        self.inner.apply([self._anew(one) if isinstance(one, Load) else one for one in writes])

    def _anew(self, write: Load) -> Load:
        return evolve(write, rows=[(row[0], 1, *row[2:]) for row in write.rows])


class HistoryNotMoved(PassedOn):
    """Former versions are written over."""

    def apply(self, writes: Sequence[Write]) -> None:
        for write in writes:
            if isinstance(write, Replace):
                self.backend.memory.update(str(row[0]) for row in write.rows)
            elif isinstance(write, Delete):
                self.backend.memory.update(write.ids)
            elif isinstance(write, Rewrite):
                found = self.rows(evolve(write.query, columns=(ID_REF,)))
                self.backend.memory.update(str(row[0]) for row in found)
        self.inner.apply(writes)

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        if query.versions:
            ended = len(query.columns)
            columns = (*query.columns, ID_REF)
            rows = self.rows(evolve(query, columns=columns))
            return in_batches([row[:ended] for row in self._last_of_each(rows)])
        if query.as_of is None:
            return self.inner.select(query)
        rows = self.rows(evolve(query, columns=(*query.columns, ID_REF)))
        return in_batches([row[:-1] for row in rows if row[-1] not in self.backend.memory])

    def _last_of_each(self, rows: list[Row]) -> list[Row]:
        return [
            row
            for row, after in zip(rows, [*rows[1:], (None,)], strict=True)
            if row[-1] != after[-1]
        ]


class RewriteForgetsStamps(PassedOn):
    """A rewrite leaves stamps and version as they were."""

    def apply(self, writes: Sequence[Write]) -> None:
        for write in writes:
            if isinstance(write, Rewrite):
                self._in_place(write)
            else:
                self.inner.apply([write])

    def _in_place(self, write: Rewrite) -> None:
        module = write.query.module
        names = layout_of(module).columns
        rows = self.rows(evolve(write.query, columns=full_columns(module)))
        made = [
            tuple(write.constants.get(name, value) for name, value in zip(names, row, strict=False))
            for row in rows
        ]
        ids = [str(row[0]) for row in rows]
        versions = [row[1] for row in rows]
        self.inner.apply([Delete(module, ids, versions, write.change_set)])  # type: ignore[arg-type]
        self.inner.apply([Insert(module, made)])


class RollbackKeeps(PassedOn):
    """What was rolled back is committed."""

    def rollback(self) -> None:
        try:
            self.inner.commit()
        except CrmError:
            self.inner.rollback()
