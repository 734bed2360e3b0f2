"""A store as of one sealed position: what is archived, moved and compared."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from attrs import define, field, frozen

from crmcore.archive.lines import Encode, digest_of, encoder
from crmcore.archive.modules import ArchivedModule, archived_modules
from crmcore.errors import SchemaError, StorageError
from crmcore.query.bound import (
    TRUE,
    BoundOrder,
    BoundQuery,
    Comparison,
    Const,
    Ref,
    stamp_ref,
)
from crmcore.records import canonical_json, digest_text, layout_of
from crmcore.schema import Schema
from crmcore.schema.codec import schema_from_json
from crmcore.schema.reserved import AUDIT_ENTRY, CHANGE_SET, DEFINITION, HEAD, TOMBSTONE
from crmcore.storage import Backend, Batch, Intent, Transaction
from crmcore.work.committing import HEAD_ID, stored_row
from crmcore.work.definitions import SCHEMA
from crmcore.work.digests import is_digested
from crmcore.work.sealing import Head, head_of, seal_waiting, unsealed

_ATTEMPTS: Final = 400
_AT_ONCE: Final = 20
_PAUSE_SECONDS: Final = 0.005
_POSITION: Final = Ref((), CHANGE_SET.by_name["position"])
_KEY: Final = layout_of(HEAD).index["key"]


@frozen
class Span:
    """What of a store is read: all of it, or what the change sets behind a position touched."""

    after: int = 0
    change_sets: tuple[str, ...] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of it is read."""
        return self.change_sets is None


@define
class Snapshot:
    """Everything committed up to the sealed position of `head`, and nothing else."""

    transaction: Transaction
    head: Head
    key: str
    revisions: tuple[Schema, ...]
    modules: tuple[ArchivedModule, ...]
    _encoders: dict[str, Encode] = field(factory=dict)

    def encoder(self, module: ArchivedModule) -> Encode:
        """What turns rows of `module` into lines."""
        name = module.module.name
        if name not in self._encoders:
            self._encoders[name] = encoder(module)
        return self._encoders[name]

    def span(self, after: int) -> Span:
        """What is to be read by whom has everything up to the position `after`.

        All of it where the schema changed since, or personal values were erased: kinds are
        converted, and versions overwritten, in place.
        """
        if after == 0:
            return Span()
        where = Comparison(">", _POSITION, Const(after, _POSITION.kind))
        query = BoundQuery(CHANGE_SET, (stamp_ref("id"), _POSITION), where)
        touched = {str(row[0]) for batch in self.transaction.select(query) for row in batch}
        sets = tuple(sorted(touched))
        is_whole = self._is_redefined(touched) or self._has_erased(sets)
        return Span(after) if is_whole else Span(after, sets)

    def chain_at(self, position: int) -> str | None:
        """The head of the change chain at a sealed position, if that was ever reached."""
        chain = Ref((), CHANGE_SET.by_name["chain"])
        where = Comparison("==", _POSITION, Const(position, _POSITION.kind))
        query = BoundQuery(CHANGE_SET, (chain,), where)
        found = [row[0] for batch in self.transaction.select(query) for row in batch]
        return str(found[0]) if found else None

    def _is_redefined(self, touched: set[str]) -> bool:
        query = BoundQuery(DEFINITION, (stamp_ref("change_set"),))
        return any(row[0] in touched for batch in self.transaction.select(query) for row in batch)

    def _has_erased(self, touched: tuple[str, ...]) -> bool:
        query = BoundQuery(
            TOMBSTONE, (stamp_ref("id"),), TRUE, TRUE, versions=True, touched_by=touched
        )
        return any(True for batch in self.transaction.select(query) for _ in batch)

    def rows(self, module: ArchivedModule, span: Span) -> Iterator[Batch]:
        """Versions of `module` by id and version; change sets by their position."""
        columns = module.columns
        if module.module.name == CHANGE_SET.name:
            after = 0 if span.is_whole else span.after
            where = Comparison(">", _POSITION, Const(after, _POSITION.kind))
            order = (BoundOrder(_POSITION),)
            query = BoundQuery(module.whole, columns[:-2], where, order=order)
            for batch in self.transaction.select(query):
                yield [(*row, None, None) for row in batch]
            return
        # Audit entries belong to no change set: an increment carries all of them again.
        touched = None if module.module.name == AUDIT_ENTRY.name else span.change_sets
        yield from self.transaction.select(
            BoundQuery(module.whole, columns, TRUE, TRUE, versions=True, touched_by=touched)
        )

    def full_digest(self) -> str:
        """The full digest, counted from every version."""
        total = 0
        for module in self.modules:
            if module.is_current and is_digested(module.module):
                encode = self.encoder(module)
                for batch in self.rows(module, Span()):
                    total += sum(digest_of(encode(row)[0]) for row in batch)
        return full_digest(total, self.head.position, self.head.chain)


def full_digest(total: int, position: int, chain: str) -> str:
    """The full digest of versions whose digests add up to `total`."""
    whole = {"records": digest_text(total), "position": position, "chain": chain}
    return hashlib.sha256(canonical_json(whole)).hexdigest()


@contextmanager
def sealed_snapshot(backend: Backend) -> Iterator[Snapshot]:
    """A snapshot in which everything is sealed, whoever writes meanwhile.

    Raises `StorageError` (`store_busy`) where others commit faster than one can look.
    """
    for attempt in range(_ATTEMPTS):
        seal_waiting(backend)
        transaction = backend.begin(Intent.READ)
        try:
            if not unsealed(transaction):
                yield snapshot_of(transaction, head_of(transaction))
                return
        finally:
            transaction.rollback()
        if attempt >= _AT_ONCE:
            time.sleep(_PAUSE_SECONDS)
    raise StorageError("store_busy")


def snapshot_of(transaction: Transaction, head: Head) -> Snapshot:
    """What `transaction` sees, which is as of `head`."""
    revisions = schema_revisions(transaction)
    return Snapshot(
        transaction, head, workspace_key(transaction), revisions, archived_modules(revisions)
    )


def workspace_key(transaction: Transaction) -> str:
    """The key of the workspace, by which it is the same one wherever it lies."""
    row = stored_row(transaction, HEAD, HEAD_ID)
    assert row is not None
    return str(row[_KEY])


def schema_revisions(transaction: Transaction) -> tuple[Schema, ...]:
    """The schemas that were ever in force, the present one last; raises `SchemaError`."""
    names = ("name", "value")
    columns = (
        stamp_ref("version"),
        *(Ref((), DEFINITION.by_name[one]) for one in names),
    )
    query = BoundQuery(DEFINITION, columns, versions=True)
    found = sorted(
        ((row[0], row[2]) for batch in transaction.select(query) for row in batch
         if row[1] == SCHEMA),
        key=_version,
    )  # fmt: skip
    revisions: list[Schema] = []
    for _, data in found:
        schema = schema_from_json(data)
        if schema not in revisions[-1:]:
            revisions.append(schema)
    if not revisions:
        raise SchemaError("not_a_schema", reason="{version, modules}")
    return tuple(revisions)


def _version(found: Sequence[object]) -> int:
    assert isinstance(found[0], int)
    return found[0]
