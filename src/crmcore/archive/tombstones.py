"""Erased versions: what the chain says of them, and what the erasure left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import frozen

from crmcore.archive.definitions import Reading
from crmcore.query.bound import TRUE, BoundQuery, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import layout_of, version_commitment
from crmcore.schema.reserved import ERASURE, OPERATION, TOMBSTONE
from crmcore.work.committing import told_of
from crmcore.work.session import Session


@frozen
class Tombstone:
    """One erased version: its commitments, the mark of its salt, a digest of what was left."""

    erasure: str
    commitments: tuple[bytes, ...]
    mark: str
    left: str


Tombstones = Mapping[tuple[str, str, object], Tombstone]
"""By module, record and version."""


def tombstones(session: Session) -> Tombstones:
    """All of them; of a version that was erased again, what was left at last."""
    index = layout_of(TOMBSTONE).index
    query = BoundQuery(TOMBSTONE, full_columns(TOMBSTONE), TRUE, TRUE, versions=True)
    found: dict[tuple[str, str, object], Tombstone] = {}
    for row in session.rows(query):
        one = {name: row[place] for name, place in index.items()}
        place = str(one["module"]), str(one["record"]), one["of_version"]
        texts = one["commitments"]
        assert isinstance(texts, Sequence)
        commitments = tuple(bytes.fromhex(text) for text in texts)
        made = Tombstone(str(one["erasure"]), commitments, str(one["mark"]), str(one["left"]))
        found[place] = made
    return found


def digest_left(written: Reading, row: Row) -> str:
    """The digest of what an erasure left of the version `row`, which holds every column."""
    module = written.module
    if module.name == OPERATION.name:
        return told_of(row[: layout_of(OPERATION).stored])
    made = written.project(row)
    return version_commitment(module, made, written.encode(made)).hex()


@frozen
class ErasedVersions:
    """So many `versions` of a record that were erased: by whom, when, in which erasure."""

    module: str
    record: str
    versions: int
    erasure: str
    user: str
    moment: datetime


def erased_versions(
    session: Session, found: Sequence[tuple[str, str, str]]
) -> tuple[ErasedVersions, ...]:
    """What was `found` erased (erasure, module, record), once for each version, as a report."""
    counts: dict[tuple[str, str, str], int] = {}
    for one in found:
        counts[one] = counts.get(one, 0) + 1
    index = layout_of(ERASURE).index
    names = sorted({erasure for erasure, _, _ in found})
    known = session.stored_rows(ERASURE, names)
    made: list[ErasedVersions] = []
    for (erasure, module, record), count in sorted(counts.items()):
        row = known.get(erasure)
        if row is not None:
            user, moment = str(row[index["user"]]), row[index["moment"]]
            assert isinstance(moment, datetime)
            made.append(ErasedVersions(module, record, count, erasure, user, moment))
    return tuple(made)
