"""Keeping notes as audit entries: numbered and chained in a tiny unit of their own.

No reader and no writer of records ever waits for the head of this chain: only those who
keep notes take it, after their own transaction is over.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from attrs import define, evolve, field, frozen

from crmcore.access import SYSTEM_USER
from crmcore.clock import EntropySource, to_milliseconds
from crmcore.errors import Conflict, StorageError
from crmcore.query.bound import BoundOrder, BoundQuery, Ref, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import canonical, layout_of, new_id, stamps_text
from crmcore.schema.reserved import AUDIT_ENTRY, HEAD
from crmcore.storage import Backend, Insert, Intent, Replace, Transaction
from crmcore.work.committing import HEAD_ID, reserved_row, stored_row
from crmcore.work.noting import TALLIED, Note, Rules, fields_text
from crmcore.work.operations import pause

AUDIT_HEAD_ID: Final = "0" * 31 + "4"
START: Final = "0" * 64
_NOBODY: Final = "0" * 32
_ATTEMPTS: Final = 20
_MILLISECOND: Final = timedelta(milliseconds=1)
_ENTRY: Final = layout_of(AUDIT_ENTRY).index
_HEAD: Final = layout_of(HEAD).index
_POSITION: Final = Ref((), AUDIT_ENTRY.by_name["position"])


LATER: Final = frozenset({"report"})
"""Kinds that may wait for others, so that a page of figures does not write for each."""

TOGETHER: Final = 50
"""So many of those wait at most."""

_MOST: Final = 10_000
_MOST_TALLIES: Final = 10_000
_WINDOW: Final = timedelta(minutes=10)

Noted = tuple[datetime, Note]


@define
class Notebook:
    """The notes of this process that are not kept yet.

    `is_held`: the transaction of a host may be open and hold what keeping would wait for.
    """

    waiting: list[Noted] = field(factory=list)
    is_held: bool = False
    _tallies: dict[tuple[str | None, ...], tuple[datetime, set[str]]] = field(factory=dict)
    _lock: threading.Lock = field(factory=threading.Lock)

    def add(self, moment: datetime, notes: Sequence[Note], rules: Rules) -> None:
        """Take `notes`; of what is tallied only every so many."""
        with self._lock:
            for note in notes:
                made = self._tallied(moment, note, rules) if note.kind in TALLIED else note
                if made is not None:
                    self.waiting.append((moment, made))

    def is_due(self) -> bool:
        """Whether something waits that is to be kept at once, or very much of anything."""
        waiting = self.waiting
        return len(waiting) >= TOGETHER or any(one.kind not in LATER for _, one in waiting)

    def keep(self, backend: Backend, entropy: EntropySource) -> None:
        """Keep all that waits; what cannot be kept now waits on, of very much the latest."""
        with self._lock:
            taken, self.waiting = self.waiting, []
        if not taken:
            return
        try:
            remember(backend, entropy, taken)
        except StorageError:
            with self._lock:
                self.waiting = [*taken, *self.waiting][-_MOST:]

    def _tallied(self, moment: datetime, note: Note, rules: Rules) -> Note | None:
        """The note of a whole tally, where `note` makes it full."""
        if note.kind == "opened":
            about, one, most = note.module, note.record, rules.opened
        else:
            about, one, most = note.question, note.variant, rules.probing
        place = (note.kind, note.user, about)
        if len(self._tallies) >= _MOST_TALLIES:
            self._tallies.clear()
        began, seen = self._tallies.get(place, (moment, set[str]()))
        if note.kind == "probing" and moment - began > _WINDOW:
            began, seen = moment, set()
        seen.add(one or "")
        self._tallies[place] = began, seen
        if len(seen) < most:
            return None
        del self._tallies[place]
        return evolve(note, record=None, count=most)


@frozen
class AuditHead:
    """The last audit entry: its position, its moment, and the head of the chain of entries."""

    position: int
    moment: datetime | None
    chain: str


def audit_head_of(transaction: Transaction) -> AuditHead:
    """The head of the audit entries as `transaction` sees it."""
    return _head(transaction, stored_row(transaction, HEAD, AUDIT_HEAD_ID))


def _head(transaction: Transaction, row: Row | None) -> AuditHead:
    if row is not None:
        names = ("position", "moment", "chain")
        return AuditHead(*(row[_HEAD[name]] for name in names))  # type: ignore[arg-type]
    # Restored: the last entry tells.
    order = (BoundOrder(_POSITION, descending=True),)
    query = BoundQuery(AUDIT_ENTRY, full_columns(AUDIT_ENTRY), order=order, limit=1)
    for batch in transaction.select(query):
        for last in batch:
            names = ("position", "moment", "chain")
            return AuditHead(*(last[_ENTRY[name]] for name in names))  # type: ignore[arg-type]
    return AuditHead(0, None, START)


def chained(head: AuditHead, row: Row) -> tuple[AuditHead, Row]:
    """The head behind the entry `row`, and the row with its place in the chain."""
    moment = row[_ENTRY["moment"]]
    assert isinstance(moment, datetime)
    if head.moment is not None:
        moment = max(moment, head.moment + _MILLISECOND)
    made = list(row)
    made[_ENTRY["position"]], made[_ENTRY["moment"]] = head.position + 1, moment
    made[_ENTRY["chain"]] = None
    link = (head.chain, stamps_text(row), str(row[7]))
    content = canonical(AUDIT_ENTRY)(tuple(made))
    chain = hashlib.sha256("".join(link).encode() + content).hexdigest()
    made[_ENTRY["chain"]] = chain
    return AuditHead(head.position + 1, moment, chain), tuple(made)


def remember(
    backend: Backend, entropy: EntropySource, notes: Sequence[tuple[datetime, Note]]
) -> None:
    """Keep `notes` with their moments; raises `StorageError` where they cannot be kept now."""
    for attempt in range(_ATTEMPTS):
        transaction = backend.begin(Intent.WRITE)
        try:
            _write(transaction, entropy, notes)
            transaction.commit()
            return
        except Conflict:
            transaction.rollback()
            pause(attempt)
        finally:
            transaction.rollback()
    raise StorageError("store_busy")


def _write(
    transaction: Transaction, entropy: EntropySource, notes: Sequence[tuple[datetime, Note]]
) -> None:
    former = stored_row(transaction, HEAD, AUDIT_HEAD_ID)
    head, rows = _head(transaction, former), list[Row]()
    key = _key(transaction) if any(note.variant for _, note in notes) else b""
    for moment, note in notes:
        head, row = chained(head, _row(entropy, key, moment, note))
        rows.append(row)
    version = 0 if former is None else former[1]
    assert isinstance(version, int)
    values = {"position": head.position, "moment": head.moment, "chain": head.chain}
    stamps = _stamps(AUDIT_HEAD_ID, rows[-1][2], version + 1, entropy)
    last = reserved_row(HEAD, stamps, values)
    place = Insert(HEAD, [last]) if former is None else Replace(HEAD, [last], [version])
    transaction.apply([place, Insert(AUDIT_ENTRY, rows)])


def _key(transaction: Transaction) -> bytes:
    row = stored_row(transaction, HEAD, HEAD_ID)
    assert row is not None
    return str(row[_HEAD["key"]]).encode()


def _row(entropy: EntropySource, key: bytes, moment: datetime, note: Note) -> Row:
    stamps = _stamps(new_id(to_milliseconds(moment), entropy), moment, 1, entropy)
    variant = note.variant
    if variant is not None:
        # Who knows no key cannot try constants until one fits.
        variant = hmac.digest(key, variant.encode(), "sha256").hex()
    values = {
        "moment": moment,
        "kind": note.kind,
        "user": note.user,
        "behalf": note.behalf,
        "module": note.module,
        "record": note.record,
        "fields": fields_text(note.fields),
        "count": note.count,
        "question": note.question,
        "variant": variant,
        "reason": note.reason,
        "origin": note.origin,
        "operation": note.operation,
    }
    return reserved_row(AUDIT_ENTRY, stamps, values)


def _stamps(record: str, moment: object, version: int, entropy: EntropySource) -> Row:
    salt = entropy(16).hex()
    return (record, version, moment, SYSTEM_USER, moment, SYSTEM_USER, _NOBODY, salt)
