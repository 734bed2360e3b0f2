"""Operations: retried any number of times, one effect and one result."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TypeVar

from attrs import frozen

from crmcore.errors import CrmError, Duplicate, Invalid, OpMismatch
from crmcore.query.bound import BoundQuery, Ref, Within, full_columns
from crmcore.records import Record, canonical_json, layout_of
from crmcore.schema.reserved import OPERATION
from crmcore.work.session import Session

MAX_RESULT: Final = 64_000
ATTEMPTS: Final = 40
"""Where writers run beside each other, those of one record lose about every second race."""
_PAUSE_SECONDS: Final = 0.01
_LONGEST_PAUSE_SECONDS: Final = 0.3

T = TypeVar("T")


@frozen
class Operation:
    """What a caller asked for: `op_id` for him, `id` for us; its state and result."""

    id: str
    op_id: str
    kind: str
    user: str
    moment: datetime
    state: str
    result: object
    request: str | None
    reason: str | None


def request_digest(kind: str, request: Mapping[str, object] | None) -> str:
    """What tells one request under an `op_id` from another."""
    try:
        return hashlib.sha256(canonical_json([kind, request])).hexdigest()
    except (TypeError, ValueError, RecursionError):
        raise Invalid("request_not_json") from None


def operation_named(session: Session, op_id: str) -> Operation | None:
    """The operation of `op_id`, if it is known."""
    ref = Ref((), OPERATION.by_name["op_id"])
    query = BoundQuery(OPERATION, full_columns(OPERATION), Within(ref, (op_id,)))
    layout = layout_of(OPERATION)
    for row in session.rows(query):
        return operation_of(Record(layout, row))
    return None


def operation_of(record: Record) -> Operation:
    """An operation as a value."""
    moment = record["moment"]
    assert isinstance(moment, datetime)
    return Operation(
        record.id,
        str(record["op_id"]),
        str(record["kind"]),
        str(record["user"]),
        moment,
        str(record["state"]),
        record["result"],
        _text(record["request"]),
        _text(record["reason"]),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def checked_result(result: object) -> object:
    """`result` if it is plain JSON of at most 64 kB; raises `Invalid`."""
    try:
        encoded = canonical_json(result)
    except (TypeError, ValueError, RecursionError):
        raise Invalid("result_not_json") from None
    if len(encoded) > MAX_RESULT:
        raise Invalid("result_too_large", limit=MAX_RESULT)
    return result


def same_request(known: Operation, request: str, user: str) -> None:
    """Raise `OpMismatch` where `known` answered another request, or somebody else."""
    if known.request != request or known.user != user:
        raise OpMismatch("op_mismatch", op_id=known.op_id)


def may_retry(error: CrmError) -> bool:
    """Whether running again can help: a lost race can, a taken value cannot."""
    if isinstance(error, Duplicate):
        return error.problems[0].module == OPERATION.name
    return error.http_status == 409 and error.code in ("record_changed", "configuration_changed")


def repeated(attempt: Callable[[], T]) -> T:
    """What `attempt` gives, made again after lost races; raises what running again cannot help."""
    for number in range(ATTEMPTS - 1):
        try:
            return attempt()
        except CrmError as error:
            if not may_retry(error):
                raise
            pause(number)
    return attempt()


def pause(attempt: int) -> None:
    """Wait a little longer after each lost race, with jitter."""
    longest = min(_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE_SECONDS)
    time.sleep(longest * random.random())  # noqa: S311
