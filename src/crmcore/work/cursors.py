"""Opaque page cursors: where a page ended, tied to its question, without authority."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache

from crmcore.errors import CrmError, QueryError
from crmcore.kinds import Kind
from crmcore.query.ast import Node, OrderBy
from crmcore.query.codec import to_json
from crmcore.records import canonical_json


@lru_cache(256)
def question_mark(module: str, where: Node | None, order: tuple[OrderBy, ...]) -> str:
    """What a cursor remembers of its question."""
    data = {
        "module": module,
        "where": None if where is None else to_json(where),
        "order": [[*one.path, one.descending, one.empties] for one in order],
    }
    return hashlib.sha256(canonical_json(data)).hexdigest()[:16]


def write_cursor(mark: str, kinds: Sequence[Kind], values: Sequence[object]) -> str:
    """A cursor behind the record whose order values and id are `values`."""
    data = [kind.to_json(value) for kind, value in zip(kinds, values, strict=True)]
    return base64.urlsafe_b64encode(canonical_json([mark, *data])).decode().rstrip("=")


def read_cursor(mark: str, kinds: Sequence[Kind], cursor: str) -> tuple[object, ...]:
    """The values of a cursor; raises `QueryError` where it is not of this question."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        data = json.loads(base64.b64decode(padded.encode(), altchars=b"-_", validate=True))
        found, *values = data
        if found != mark:
            raise ValueError("another question")
        return tuple(
            None if value is None else kind.from_json(value)
            for kind, value in zip(kinds, values, strict=True)
        )
    except (ValueError, TypeError, RecursionError, CrmError):
        raise QueryError("bad_cursor") from None
