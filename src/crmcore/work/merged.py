"""What records that are gone were merged into."""

from __future__ import annotations

from collections.abc import Iterable

from crmcore.query.bound import BoundQuery, Ref, Within, both
from crmcore.schema import Module
from crmcore.schema.reserved import MERGE
from crmcore.work.session import Session, chunks

_RECORD, _MODULE, _KEPT = (Ref((), MERGE.by_name[name]) for name in ("record", "module", "kept"))


def kept_for(session: Session, module: Module, record: str) -> str | None:
    """The id of the record that `record` was merged into at last; `None` where it was in none."""
    found: str | None = None
    met = {record}
    at = record
    while (kept := _kept(session, module, at)) is not None and kept not in met:
        met.add(kept)
        found = at = kept
    return found


def merged_into(session: Session, module: Module, kept: Iterable[str]) -> set[str]:
    """The ids of all that was merged into the records `kept`, and into those before."""
    found: set[str] = set()
    waiting = set(kept)
    while waiting:
        here = {
            str(row[0])
            for some in chunks(sorted(waiting))
            for row in session.rows(_query(module, _RECORD, Within(_KEPT, some)))
        }
        waiting = here - found
        found |= here
    return found


def _kept(session: Session, module: Module, record: str) -> str | None:
    rows = session.rows(_query(module, _KEPT, Within(_RECORD, (record,))))
    return next((str(row[0]) for row in rows), None)


def _query(module: Module, column: Ref, where: Within) -> BoundQuery:
    return BoundQuery(MERGE, (column,), both(where, Within(_MODULE, (module.name,))))
