"""Sealing: committed change sets get gap-free positions, a chain and a content digest.

A tiny transaction of its own, after the commit; a crash in between is healed by whoever
seals next. No transaction of a user ever holds the head.
"""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime, timedelta

from attrs import evolve, frozen

from crmcore.errors import Conflict, StorageError
from crmcore.query.bound import (
    BoundOrder,
    BoundQuery,
    IsEmpty,
    Ref,
    full_columns,
)
from crmcore.query.evaluate import Row
from crmcore.records import canonical_json, digest_text, layout_of, stamps_text
from crmcore.schema.reserved import CHANGE_SET, HEAD
from crmcore.storage import Backend, Intent, Replace, Transaction
from crmcore.work.committing import HEAD_ID, stored_row

_PLACE = layout_of(CHANGE_SET).index
_HEAD = layout_of(HEAD).index
_MILLISECOND = timedelta(milliseconds=1)
MAX_AT_ONCE = 1_000
ATTEMPTS = 20
_TURNS = [threading.Lock() for _ in range(64)]
_PATIENCE = 1.0


@frozen
class Head:
    """The last sealed position, its moment, the head of the chain, the content digest.

    `content` is `None` where the digest must be counted anew.
    """

    position: int
    moment: datetime
    chain: str
    content: str | None


def head_of(transaction: Transaction) -> Head:
    """The head as this transaction sees it."""
    row = stored_row(transaction, HEAD, HEAD_ID)
    assert row is not None
    return _head(row)


def _head(row: Row) -> Head:
    names = ("position", "moment", "chain", "content")
    return Head(*(row[_HEAD[name]] for name in names))  # type: ignore[arg-type]


def unsealed(transaction: Transaction) -> bool:
    """Whether there are committed change sets without a position."""
    return next(iter(transaction.select(_waiting(1))), None) is not None


def _waiting(limit: int) -> BoundQuery:
    position, moment = (Ref((), CHANGE_SET.by_name[name]) for name in ("position", "moment"))
    return BoundQuery(
        CHANGE_SET,
        full_columns(CHANGE_SET),
        IsEmpty(position),
        order=(BoundOrder(moment),),
        limit=limit,
    )


def seal_waiting(backend: Backend) -> None:
    """Seal if there is something to seal; takes no lock where there is not."""
    transaction = backend.begin(Intent.READ)
    try:
        waiting = unsealed(transaction)
    finally:
        transaction.rollback()
    if waiting:
        seal(backend)


def keep_content(backend: Backend, position: int, content: str) -> None:
    """Keep a content digest that was counted anew, if nothing was sealed since `position`."""
    transaction = backend.begin(Intent.WRITE)
    try:
        former = stored_row(transaction, HEAD, HEAD_ID)
        assert former is not None
        head = _head(former)
        if head.position == position and head.content is None:
            after = _head_row(former, evolve(head, content=content))
            transaction.apply([Replace(HEAD, [after], [former[1]])])  # type: ignore[list-item]
            transaction.commit()
    finally:
        transaction.rollback()


def seal(backend: Backend) -> None:
    """Give positions to all committed change sets; others may be doing the same.

    Threads of one program take turns: who waited mostly finds nothing left to do.
    """
    turn = _TURNS[id(backend) // 16 % len(_TURNS)]
    is_ours = turn.acquire(timeout=_PATIENCE)
    try:
        for _ in range(ATTEMPTS):
            try:
                if not _seal_some(backend):
                    return
            except Conflict:
                continue
        raise StorageError("store_busy")
    finally:
        if is_ours:
            turn.release()


def _seal_some(backend: Backend) -> bool:
    transaction = backend.begin(Intent.WRITE)
    try:
        waiting = [row for batch in transaction.select(_waiting(MAX_AT_ONCE)) for row in batch]
        if not waiting:
            transaction.rollback()
            return False
        former = stored_row(transaction, HEAD, HEAD_ID)
        assert former is not None
        head = _head(former)
        sealed: list[Row] = []
        for row in waiting:
            head, numbered = sealed_row(head, row)
            sealed.append(numbered)
        versions = [row[1] for row in waiting]
        after = _head_row(former, head)
        transaction.apply(
            [
                Replace(HEAD, [after], [former[1]]),  # type: ignore[list-item]
                Replace(CHANGE_SET, sealed, versions),  # type: ignore[arg-type]
            ]
        )
        transaction.commit()
    except BaseException:
        transaction.rollback()
        raise
    return True


def sealed_row(head: Head, row: Row) -> tuple[Head, Row]:
    """The head after sealing the change set `row`, and the row with its position."""
    moment, root, delta = (row[_PLACE[name]] for name in ("moment", "root", "content"))
    assert isinstance(moment, datetime)
    position, moment = head.position + 1, max(moment, head.moment + _MILLISECOND)
    link = {
        "previous": head.chain,
        "change_set": row[0],
        "position": position,
        "moment": moment.isoformat(),
        "operation": row[_PLACE["operation"]],
        "user": row[_PLACE["user"]],
        "root": root,
    }
    if row[_PLACE["form"]] is not None:
        link |= _told(row)
    chain = hashlib.sha256(canonical_json(link)).hexdigest()
    content = None
    if head.content is not None and isinstance(delta, str):
        content = digest_text(int(head.content, 16) + int(delta, 16))
    made = list(row)
    made[1] = row[1] + 1  # type: ignore[operator]
    for name, value in (("position", position), ("moment", moment), ("chain", chain)):
        made[_PLACE[name]] = value
    return Head(position, moment, chain, content), tuple(made)


def _told(row: Row) -> dict[str, object]:
    """What else the chain says of a change set of the second form: all that its row holds."""
    names = ("form", "step", "origin", "told", "schema", "content")
    told = {name: row[_PLACE[name]] for name in names}
    for name in ("summary", "rewrites"):
        told[name] = CHANGE_SET.by_name[name].kind.to_json(row[_PLACE[name]])
    # Sealing is the second version of a change set, and there is no third.
    stamps = (row[0], 2, *row[2:])
    return told | {"stamps": stamps_text(stamps), "salt": row[7]}


def _head_row(former: Row, head: Head) -> Row:
    made = list(former)
    made[1] = former[1] + 1  # type: ignore[operator]
    for name in ("position", "moment", "chain", "content"):
        made[_HEAD[name]] = getattr(head, name)
    return tuple(made)
