"""Records that were written while storage was made ready for a change, under the older one.

What wrote them knew nothing of a key that was being built: they get one more version, with
the digests of that key, in the commit that puts the change into force.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from crmcore.query.bound import (
    AnyOf,
    BoundQuery,
    Comparison,
    Const,
    IsEmpty,
    Ref,
    Within,
    full_columns,
    stamp_ref,
)
from crmcore.schema import STAMPS, Module, Schema
from crmcore.schema.reserved import CHANGE_SET
from crmcore.storage import Replace
from crmcore.work.door import Door
from crmcore.work.session import Session, chunks

_STAMPS: Final = len(STAMPS)


def catch_up(door: Door, former: Schema, made: Schema, since: int) -> None:
    """Write what was written behind the sealed position `since` once more, where keys are new.

    Raises `Duplicate` where it shares a value that is unique from now on.
    """
    before = {module.number: module for module in former.modules}
    for module in made.modules:
        old = before.get(module.number)
        if old is not None and module.keeping == "history":
            _catch_up(door, old, module, since)


def _catch_up(door: Door, former: Module, made: Module, since: int) -> None:
    known = {(key.number, key.folded) for key in former.unique_keys}
    if all((key.number, key.folded) in known for key in made.unique_keys):
        return
    session = door.session
    # Fields that were not there yet have no columns in what is read.
    there = {(one.number, one.generation) for one in former.fields}
    fields = [one for one in made.fields if (one.number, one.generation) in there]
    names = {one.name for one in fields}
    keys = [key for key in made.keys if names.issuperset(key.fields)]
    read = evolve(made, fields=fields, keys=keys, templates=(), title=None)
    sets = _behind(session, since)
    for some in chunks(sets):
        where = Within(stamp_ref("change_set"), some)
        formers = list(session.rows(BoundQuery(read, full_columns(read), where)))
        rows = [door.next_row(row, list(row[_STAMPS:])) for row in formers]
        for row, before in zip(rows, formers, strict=True):
            door.journal.updated(read, before, row)
        if rows:
            versions = [row[1] for row in formers]
            session.transaction.apply([Replace(read, rows, versions)])  # type: ignore[arg-type]


def _behind(session: Session, since: int) -> list[str]:
    """The change sets that were not sealed yet, or were sealed behind `since`."""
    position = Ref((), CHANGE_SET.by_name["position"])
    later = Comparison(">", position, Const(since, position.kind))
    where = AnyOf((IsEmpty(position), later))
    query = BoundQuery(CHANGE_SET, (stamp_ref("id"),), where)
    return [str(row[0]) for row in session.rows(query)]
