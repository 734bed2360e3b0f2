"""A store that is being restored: nobody else opens it until it is live, in one step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from attrs import define, field, frozen

from crmcore.access import SYSTEM_USER
from crmcore.archive.modules import ArchivedModule, archived_modules
from crmcore.archive.snapshot import Snapshot, snapshot_of
from crmcore.errors import Conflict, StorageError, WorkspaceError
from crmcore.records import layout_of
from crmcore.schema import Schema
from crmcore.schema.reserved import HEAD, with_reserved
from crmcore.storage import Backend, Expect, Insert, Intent, Load, Replace, Row, Transaction
from crmcore.storage.adopted import storable
from crmcore.work.committing import HEAD_ID, REVISION_ID, stored_row
from crmcore.work.locking import check_keys
from crmcore.work.operations import pause
from crmcore.work.sealing import Head

_NOBODY: Final = "0" * 32
_PLACE: Final = layout_of(HEAD).index
_ATTEMPTS: Final = 400
ROWS: Final = 5_000
"""So many versions are loaded in one transaction."""


@frozen
class Origin:
    """What is restored: its identity, the workspace's key, and when it ended."""

    identity: str
    key: str
    moment: datetime


@define
class Target:
    """A store in state *restoring*, held by whoever began last.

    A restore that was cut short begins anew: what is there of it is removed first.
    """

    backend: Backend
    origin: Origin
    version: int = 1
    is_again: bool = False
    loaded: int = field(default=0, init=False)

    @classmethod
    def begun(cls, backend: Backend, origin: Origin) -> Target:
        """Take hold of the empty store behind `backend`.

        Raises `WorkspaceError`: `target_in_use`, `target_is_same`, `restoring_other`;
        `Conflict` where somebody else holds on to it for a minute. A server may take some time
        to see that who held it was killed.
        """
        backend.prepare(with_reserved(Schema()))
        for attempt in range(_ATTEMPTS):
            try:
                return cls._taken(backend, origin)
            except Conflict:
                pause(attempt)
        return cls._taken(backend, origin)

    @classmethod
    def _taken(cls, backend: Backend, origin: Origin) -> Target:
        made = cls(backend, origin)
        with _writing(backend) as transaction:
            former = stored_row(transaction, HEAD, HEAD_ID)
            if stored_row(transaction, HEAD, REVISION_ID) is not None:
                is_same = former is not None and former[_PLACE["key"]] == origin.key
                raise WorkspaceError("target_is_same" if is_same else "target_in_use")
            if former is None:
                transaction.apply([Insert(HEAD, [made._marker()])])
                return made
            if former[_PLACE["schema"]] != origin.identity:
                raise WorkspaceError("restoring_other")
            version = former[1]
            assert isinstance(version, int)
            made.version, made.is_again = version + 1, True
            transaction.apply([Replace(HEAD, [made._marker()], [version])])
        return made

    def prepare(self, revisions: Sequence[Schema]) -> None:
        """Bring storage through all `revisions` of the schema, as it once came."""
        for schema in revisions:
            check_keys(self.backend, schema)
            self.backend.prepare(storable(schema))
        if self.is_again:
            self.clear(archived_modules(revisions))

    def clear(self, modules: Iterable[ArchivedModule]) -> None:
        """Remove whatever was loaded."""
        for module in modules:
            with self.step() as transaction:
                transaction.apply([Load(module.whole, anew=True)])
        self.is_again = False

    def remove(self, module: ArchivedModule, ids: Sequence[str]) -> None:
        """Make room for what became of the records `ids`."""
        with self.step() as transaction:
            transaction.apply([Load(module.whole, gone=ids)])

    def load(self, module: ArchivedModule, versions: Sequence[Row]) -> None:
        """Put `versions`, with their endings, where they belong."""
        width = module.width
        for start in range(0, len(versions), ROWS):
            some = versions[start : start + ROWS]
            rows = [row[:width] for row in some if row[width] is None]
            former = [row for row in some if row[width] is not None]
            with self.step() as transaction:
                transaction.apply([Load(module.whole, rows, former)])
            self.loaded += len(some)

    @contextmanager
    def step(self) -> Iterator[Transaction]:
        """A transaction that is committed if this is still ours; raises `Conflict`."""
        with _writing(self.backend) as transaction:
            try:
                transaction.apply([Expect(HEAD, [HEAD_ID], [self.version])])
            except Conflict as conflict:
                raise Conflict("restore_taken_over") from conflict
            yield transaction

    @contextmanager
    def snapshot(self, head: Head) -> Iterator[Snapshot]:
        """What was loaded, as of `head`."""
        transaction = self.backend.begin(Intent.READ)
        try:
            yield snapshot_of(transaction, head)
        finally:
            transaction.rollback()

    def checked(self, head: Head, revisions: Sequence[Schema], full: str) -> str:
        """The full digest; raises `StorageError` (`restored_differs`) unless it is `full`."""
        with self.snapshot(head) as snapshot:
            found = snapshot.full_digest()
            is_same = snapshot.revisions == tuple(revisions)
        if found != full or not is_same:
            raise StorageError("restored_differs", found=found, expected=full)
        return found

    def go_live(self, head: Head) -> None:
        """The one step that makes the store a workspace, sealed up to `head`."""
        values = {
            "position": head.position,
            "moment": head.moment,
            "chain": head.chain,
            "content": head.content,
            "key": self.origin.key,
        }
        with self.step() as transaction:
            last = self._row(HEAD_ID, self.version + 1, values)
            transaction.apply(
                [
                    Replace(HEAD, [last], [self.version]),
                    Insert(HEAD, [self._row(REVISION_ID, 1, {})]),
                ]
            )

    def _marker(self) -> Row:
        values: dict[str, object] = {"schema": self.origin.identity, "key": self.origin.key}
        return self._row(HEAD_ID, self.version, values)

    def _row(self, record: str, version: int, values: dict[str, object]) -> Row:
        moment = self.origin.moment
        stamps = (record, version, moment, SYSTEM_USER, moment, SYSTEM_USER, _NOBODY, _NOBODY)
        return (*stamps, *(values.get(one.name) for one in HEAD.stored))


def give_up(backend: Backend) -> None:
    """Take the store from whoever restores into it; nothing can be restored there any more.

    Raises `WorkspaceError` (`abandon_live`, `nothing_to_abandon`), `Conflict`.
    """
    with _writing(backend) as transaction:
        former = stored_row(transaction, HEAD, HEAD_ID)
        if stored_row(transaction, HEAD, REVISION_ID) is not None:
            raise WorkspaceError("abandon_live")
        if former is None:
            raise WorkspaceError("nothing_to_abandon")
        version, made = former[1], list(former)
        assert isinstance(version, int)
        made[1], made[_PLACE["schema"]] = version + 1, _NOBODY
        transaction.apply([Replace(HEAD, [tuple(made)], [version])])


@contextmanager
def _writing(backend: Backend) -> Iterator[Transaction]:
    transaction = backend.begin(Intent.WRITE)
    try:
        yield transaction
        transaction.commit()
    finally:
        transaction.rollback()
