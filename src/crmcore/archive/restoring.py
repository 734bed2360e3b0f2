"""`restore`: archives become a live workspace again, or nothing does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crmcore.archive.checking import check_archive
from crmcore.archive.derived import rebuild
from crmcore.archive.loading import Origin, Target
from crmcore.archive.manifest import Manifest, head_in
from crmcore.archive.reading import Archive, opened
from crmcore.encrypting import Keyring
from crmcore.errors import SourceError
from crmcore.storage import Backend
from crmcore.work.locking import unlocked
from crmcore.work.opening import open_backend


def restore(
    files: str | Path | Sequence[str | Path],
    target: object,
    *,
    key: bytes | None = None,
    keys: Keyring | None = None,
) -> Manifest:
    """Make the empty store `target` (a URL, an engine, a backend) the workspace that was archived.

    `files` is an archive, or one and the increments that continue it, in order. All are
    verified to the last byte before anything is written. Until the last step nobody can
    open the target; a restore that was cut short is simply run again. The manifest of the
    last archive tells what was restored. `key` is that of the archives, `keys` are those that
    encrypted fields get in the target. Raises `SourceError` (`archive_gap`, `archive_other`,
    `no_such_file`, …), `WorkspaceError` (`target_in_use`, `target_is_same`, `restoring_other`,
    `keys_needed`), `Conflict` (`restore_taken_over`), `StorageError` (`restored_differs`),
    `Invalid`, `MissingExtra`.
    """
    names = [files] if isinstance(files, str | Path) else list(files)
    with ExitStack() as stack:
        archives = [stack.enter_context(opened(one, key)) for one in names]
        check_sequence(archives)
        for archive in archives:
            check_archive(archive)
        backend = stack.enter_context(store_at(target, keys))
        return _restored(archives, backend)


def check_sequence(archives: Sequence[Archive]) -> None:
    """Raise `SourceError` unless each continues the one before, the first one nothing."""
    position, chain, key = 0, "0" * 64, None
    for archive in archives:
        manifest = archive.manifest
        if manifest.after != position:
            params = {"after": manifest.after, "position": position}
            raise SourceError("archive_gap", file=archive.name, **params)
        if manifest.chain_after != chain or key not in (None, manifest.key):
            raise SourceError("archive_other", file=archive.name)
        position, chain, key = manifest.position, manifest.chain, manifest.key
    if not archives:
        raise SourceError("not_an_archive", file="")


@contextmanager
def store_at(target: object, keys: Keyring | None) -> Iterator[Backend]:
    """The store at `target`, made where there is none; closed after if it was opened here."""
    backend = open_backend(target, create=True)
    try:
        yield unlocked(backend, keys)
    finally:
        if backend is not target:
            backend.close()


def _restored(archives: Sequence[Archive], backend: Backend) -> Manifest:
    last = archives[-1].manifest
    identities = "".join(one.manifest.identity for one in archives)
    identity = hashlib.sha256(identities.encode()).hexdigest()
    head = head_in(last)
    target = Target.begun(backend, Origin(identity, last.key, head.moment))
    # A later archive may be whole as well: what came before it is in it.
    start = max(place for place, one in enumerate(archives) if one.manifest.is_whole)
    target.prepare(archives[-1].revisions)
    for place, archive in enumerate(archives[start:]):
        if place:
            _make_room(target, archive)
        modules = {one.module.name: one for one in archive.modules}
        for where, chunk, lines in archive.chunks():
            module = modules[chunk.module]
            target.load(module, archive.rows(module, where, lines))
    if len(archives) - start > 1:
        rebuild(target)
    target.checked(head, archives[-1].revisions, last.full)
    target.go_live(head)
    return last


def _make_room(target: Target, archive: Archive) -> None:
    """Remove the records that an increment tells about, before any of them takes a key."""
    modules = {one.module.name: one for one in archive.modules}
    for where, chunk, lines in archive.chunks():
        module = modules[chunk.module]
        rows = archive.rows(module, where, lines)
        target.remove(module, sorted({str(row[0]) for row in rows}))
