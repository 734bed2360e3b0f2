"""Personal values that were erased: told apart from what was empty, wherever versions are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from crmcore.query.bound import BoundQuery, Ref, Within
from crmcore.query.evaluate import Row
from crmcore.records.erased import FORGOTTEN
from crmcore.schema.reserved import TOMBSTONE
from crmcore.work.session import Session, chunks

ERASING: Final = frozenset({"erase", "anonymise"})
"""The kinds of operations that erase; what they did is not undone."""

_KNOWN: Final = "_has_erased"
_COLUMNS: Final = tuple(Ref((), TOMBSTONE.by_name[name]) for name in ("record", "of_version"))
_FIELDS: Final = Ref((), TOMBSTONE.by_name["fields"])
_RECORD: Final = _COLUMNS[0]


def marked(session: Session, refs: Sequence[Ref], rows: Sequence[Row]) -> Sequence[Row]:
    """`rows` of versions (id and version first, then `refs`), with what was erased of them told."""
    if not rows or not _has_erased(session):
        return rows
    erased = _erased(session, sorted({str(row[0]) for row in rows}))
    if not erased:
        return rows
    places = {
        ref.field.number: place
        for place, ref in enumerate(refs)
        if not ref.steps and ref.field.number > 0
    }
    return [_marked(row, erased.get((row[0], row[1]), ()), places) for row in rows]


def _marked(row: Row, numbers: Sequence[int], places: Mapping[int, int]) -> Row:
    gone = {places[one] for one in numbers if one in places}
    if not gone:
        return row
    # Texts of which a part was taken out are there, with a mark in them.
    return tuple(
        [FORGOTTEN if n in gone and value is None else value for n, value in enumerate(row)]
    )


def _has_erased(session: Session) -> bool:
    """Whether anything was erased in this workspace; asked once in a session."""
    known: bool | None = session.__dict__.get(_KNOWN)
    if known is None:
        query = BoundQuery(TOMBSTONE, (_RECORD,), limit=1)
        known = session.__dict__[_KNOWN] = next(session.rows(query), None) is not None
    return known


def _erased(session: Session, ids: Sequence[str]) -> Mapping[tuple[object, object], Sequence[int]]:
    found: dict[tuple[object, object], Sequence[int]] = {}
    for some in chunks(ids):
        where = Within(_RECORD, some)
        for row in session.rows(BoundQuery(TOMBSTONE, (*_COLUMNS, _FIELDS), where)):
            assert isinstance(row[2], Sequence)
            found[row[0], row[1]] = row[2]
    return found
