"""`move`: a live workspace goes to another backend, and nothing of it is left behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

from attrs import evolve, frozen

from crmcore.archive.derived import rebuild
from crmcore.archive.loading import ROWS, Origin, Target
from crmcore.archive.modules import ArchivedModule
from crmcore.archive.restoring import store_at
from crmcore.archive.snapshot import Snapshot, Span, sealed_snapshot
from crmcore.encrypting import Keyring
from crmcore.storage import Backend, Row
from crmcore.work import Workspace, note
from crmcore.work.configuring import check_right

FEW: Final = 100
"""With so many change sets left to catch up, the move comes to its end."""

ROUNDS: Final = 20


@frozen
class Moved:
    """What a move came to: the sealed position, and the full digests of both sides there.

    The digests are `None` where they were not asked for. `behind` change sets were written
    to the source after that position, and are not in the target.
    """

    position: int
    source: str | None
    target: str | None
    behind: int
    rounds: int


def move(
    crm: Workspace,
    target: object,
    *,
    verify: bool = True,
    progress: Callable[[int], None] | None = None,
    keys: Keyring | None = None,
) -> Moved:
    """Copy `crm`, which others may go on using, to the empty store `target`.

    What is written meanwhile is caught up with, position by position. With `verify` the
    full digests of both sides are counted and compared before the target becomes live, in
    one step. The source stays as it is: stop its writers first if nothing may be written
    behind the position moved. `keys` are those of the target, where encrypted fields are
    encrypted anew. `progress` is told how many versions were loaded. A move that was cut short
    is simply run again. Raises `AccessDenied`, `WorkspaceError` (`target_in_use`,
    `target_is_same`, `restoring_other`, `keys_needed`), `Conflict`, `StorageError`
    (`restored_differs`).
    """
    with crm._store.reading(crm.principal) as session:
        check_right(session)
    crm._store.keep_notes(at_once=True)
    source = crm._store.backend
    with store_at(target, keys) as backend:
        done = _moved(source, backend, verify, progress or _silent)
    note(crm, "export", module="*", reason="move")
    return done


def _silent(_: int) -> None:
    """Nobody wants to know."""


def _moved(
    source: Backend, backend: Backend, verify: bool, progress: Callable[[int], None]
) -> Moved:
    with sealed_snapshot(source) as snapshot:
        target = Target.begun(backend, _origin(snapshot))
        target.prepare(snapshot.revisions)
        _copy(snapshot, Span(), target, progress)
        position = snapshot.head.position
    done = _caught_up(source, target, position, verify, progress)
    with sealed_snapshot(source) as snapshot:
        return evolve(done, behind=snapshot.head.position - done.position)


def _caught_up(
    source: Backend, target: Target, position: int, verify: bool, progress: Callable[[int], None]
) -> Moved:
    """Bring what was written behind `position`, until little is left, and make it live."""
    for rounds in count(1):
        with sealed_snapshot(source) as snapshot:
            ahead = snapshot.head.position - position
            _catch_up(snapshot, position, target, progress)
            position = snapshot.head.position
            if ahead <= FEW or rounds >= ROUNDS:
                full, found = _finish(snapshot, target, verify)
                return Moved(position, full, found, 0, rounds)
    raise AssertionError("the last round returns")


def _origin(snapshot: Snapshot) -> Origin:
    identity = hashlib.sha256(f"move {snapshot.key}".encode()).hexdigest()
    return Origin(identity, snapshot.key, snapshot.head.moment)


def _catch_up(
    snapshot: Snapshot, position: int, target: Target, progress: Callable[[int], None]
) -> None:
    if snapshot.head.position == position:
        return
    span = snapshot.span(position)
    if span.is_whole:
        target.prepare(snapshot.revisions)
        target.clear(snapshot.modules)
    else:
        for module in snapshot.modules:
            for rows in _pieces(snapshot, module, span):
                target.remove(module, sorted({str(row[0]) for row in rows}))
    _copy(snapshot, span, target, progress)
    if not span.is_whole:
        rebuild(target)


def _copy(snapshot: Snapshot, span: Span, target: Target, progress: Callable[[int], None]) -> None:
    for module in snapshot.modules:
        for rows in _pieces(snapshot, module, span):
            target.load(module, rows)
            progress(target.loaded)


def _pieces(snapshot: Snapshot, module: ArchivedModule, span: Span) -> Iterator[list[Row]]:
    rows: list[Row] = []
    for batch in snapshot.rows(module, span):
        rows.extend(batch)
        if len(rows) >= ROWS:
            yield rows
            rows = []
    if rows:
        yield rows


def _finish(snapshot: Snapshot, target: Target, verify: bool) -> tuple[str | None, str | None]:
    """Compare both sides, and make the target live; the digest of each."""
    full = snapshot.full_digest() if verify else None
    found = None if full is None else target.checked(snapshot.head, snapshot.revisions, full)
    target.go_live(snapshot.head)
    return full, found
