"""Options that give way to others: which records hold them, and how these are rewritten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crmcore.errors import Conflict, Invalid, Problem
from crmcore.evolving.wanted import Merge
from crmcore.kinds import Choice, MultiChoice
from crmcore.query.bound import (
    ID_REF,
    BoundNode,
    BoundQuery,
    Comparison,
    Const,
    HasCodes,
    Ref,
    both,
)
from crmcore.schema import Field
from crmcore.work.door import Door
from crmcore.work.session import Session

Held = tuple[str, int, object]
"""Id, version and value of a record that holds an option to be merged."""


def merges_to_json(merges: Iterable[Merge]) -> list[object]:
    """Merges as the ledger of an operation keeps them."""
    return [[one.module, one.field, one.number, one.old, one.new] for one in merges]


def merges_from_json(data: Any) -> tuple[Merge, ...]:
    """The merges of a ledger."""
    return tuple(
        Merge(str(module), str(name), int(number), str(old), str(new))
        for module, name, number, old, new in data
    )


def holds_option(one: Field, code: str) -> BoundNode:
    """The condition of holding an option, alone or among others."""
    ref = Ref((), one)
    if isinstance(one.kind, MultiChoice):
        return HasCodes(ref, "any", (code,))
    return Comparison("==", ref, Const(code, one.kind))


def held_field(session: Session, merge: Merge) -> Field | None:
    """The present field whose option is merged, under whatever name it goes now."""
    module = session.schema.by_name.get(merge.module)
    for one in module.fields if module is not None else ():
        if one.number == merge.number:
            return one if isinstance(one.kind, Choice) else None
    return None


def check_merge(session: Session, merge: Merge) -> None:
    """Raise `Conflict` where the configuration that is in force by now does not allow `merge`."""
    module, one = session.schema.by_name.get(merge.module), held_field(session, merge)
    code = None
    if module is None or module.retired or one is None or one.retired:
        code = "merge_without_field"
    else:
        assert isinstance(one.kind, Choice)
        retired = {option.code: option.retired for option in one.kind.options}
        if retired.get(merge.new, True):
            code = "merge_without_target"
        elif not retired.get(merge.old, True):
            code = "merge_taken_back"
    if code is not None:
        where = {"module": merge.module, "field": merge.field if one is None else one.name}
        raise Conflict(code, **where, old=merge.old, new=merge.new)


def is_held(session: Session, merge: Merge) -> bool:
    """Whether any record holds the option."""
    return next(holding(session, merge, "", 1), None) is not None


def holding(session: Session, merge: Merge, last: str, limit: int) -> Iterator[Held]:
    """Records behind `last` that hold an option to be merged, in the order of their ids."""
    one = held_field(session, merge)
    if one is None:
        return
    module = session.schema.by_name[merge.module]
    where = holds_option(one, merge.old)
    if last:
        where = both(where, Comparison(">", ID_REF, Const(last, ID_REF.kind)))
    version = Ref((), module.by_name["version"])
    query = BoundQuery(module, (ID_REF, version, Ref((), one)), where, limit=limit)
    for row in session.rows(query):
        assert isinstance(row[1], int)
        yield str(row[0]), row[1], row[2]


def rewrite(
    door: Door, merge: Merge, rows: Iterable[Held], barred: Mapping[str, Problem]
) -> tuple[int, list[Problem]]:
    """Give records the option that stays, but for those `barred`.

    Answers how many got it, and why the others were refused, which keep what they have.
    """
    module, one = door.session.schema.by_name[merge.module], held_field(door.session, merge)
    assert one is not None
    changes = [
        (record, version, {one.name: _replaced(merge, value)}) for record, version, value in rows
    ]
    refused = [barred[record] for record, _, _ in changes if record in barred]
    changes = [change for change in changes if change[0] not in barred]
    while changes:
        try:
            door.revert(module, changes)
            break
        except Invalid as error:
            named = {problem.record: problem for problem in error.problems if problem.record}
            if not named:
                raise
            refused.extend(named.values())
            changes = [change for change in changes if change[0] not in named]
    return len(changes), refused


def _replaced(merge: Merge, value: object) -> object:
    if isinstance(value, tuple):
        return tuple(sorted({merge.new if one == merge.old else str(one) for one in value}))
    return merge.new
