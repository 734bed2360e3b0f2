"""The values of a field whose kind changes: read from its old column, laid into its new one.

No version is made: what people entered stays as it was in the column of the generation
before, and with it the past. Old and new lie side by side, so nothing is lost until a purge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from attrs import evolve, frozen

from crmcore.errors import CrmError, Invalid, Problem
from crmcore.query.bound import ID_REF, BoundQuery, Ref
from crmcore.schema import Field, Module, Schema
from crmcore.schema.field import stored_form
from crmcore.storage import Derive
from crmcore.work.converting import Convert, converter
from crmcore.work.session import CHUNK, Session

OnFailure = Literal["refuse", "empty"]
TOLD: Final = 20
"""So many records are named where values do not convert."""


@frozen
class Recast:
    """The field `old` of `module` becomes `new`, which is stored in another way.

    `origin` is what `old` once was made of: a value that has not changed since is taken
    from there, so that the way back loses nothing.
    """

    module: str
    old: Field
    new: Field
    on_failure: OnFailure = "refuse"
    origin: Field | None = None


@frozen
class Unconverted:
    """A record whose value has no counterpart in the new kind, and why."""

    record: str
    value: object
    reason: Problem


def recasts(
    former: Schema, made: Schema, on_failure: Callable[[str, str], OnFailure]
) -> tuple[Recast, ...]:
    """The fields whose values must be converted between two numbered schemas."""
    before = {module.number: module for module in former.modules}
    found: list[Recast] = []
    for module in made.modules:
        if module.keeping != "history":
            continue
        old = before.get(module.number)
        fields = {one.number: one for one in old.fields} if old is not None else {}
        for one in module.fields:
            known = fields.get(one.number)
            if known is None or one.computed is not None or known.computed is not None:
                continue
            if stored_form(known.kind) != stored_form(one.kind):
                policy = on_failure(module.name, one.name)
                found.append(Recast(module.name, known, one, policy))
    return tuple(found)


def conversion(recast: Recast, zone: str) -> Convert:
    """What turns a value of the old kind into one of the new kind; raises `Invalid`."""
    return converter(recast.old.kind, recast.new.kind, zone)


def unconverted(session: Session, recast: Recast) -> tuple[int, list[Unconverted]]:
    """How many values do not convert, and the first of them."""
    module, old = staged(session.schema.by_name[recast.module], recast.old, "old")
    convert = conversion(recast, session.reader.zone)
    count, found = 0, list[Unconverted]()
    for record, value in session.rows(BoundQuery(module, (ID_REF, Ref((), old)))):
        try:
            convert(value)
        except CrmError as error:
            count += 1
            if len(found) < TOLD:
                found.append(Unconverted(str(record), value, error.problems[0]))
    return count, found


def recast_values(session: Session, module: Module, recast: Recast) -> list[Problem]:
    """Fill the new column of every record; `module` is the one that holds the old field.

    Answers why values became empty. Raises `Invalid` where they do not convert and none
    may become empty.
    """
    narrow, old = staged(module, recast.old, "old")
    narrow, new = staged(module, recast.new, "new", *narrow.fields)
    back = _way_back(session, recast)
    columns = [ID_REF, Ref((), old)]
    if recast.origin is not None:
        narrow, origin = staged(module, recast.origin, "origin", *narrow.fields)
        columns.append(Ref((), origin))
    problems: list[Problem] = []
    ids: list[str] = []
    values: list[object] = []
    for row in session.rows(BoundQuery(narrow, tuple(columns))):
        record = str(row[0])
        try:
            made = back(row[1], row[2] if len(row) > 2 else None)
        except CrmError as error:
            problems.append(located(error.problems[0], recast, record))
            continue
        if made is not None:
            ids.append(record)
            values.append(made)
    if problems and recast.on_failure == "refuse":
        raise Invalid(problems[:TOLD])
    for place in range(0, len(ids), CHUNK):
        some = slice(place, place + CHUNK)
        session.transaction.apply([Derive(narrow, new.name, ids[some], values[some])])
    return problems


def _way_back(session: Session, recast: Recast) -> Callable[[object, object], object]:
    """From the value and the one it was made of to the new value."""
    convert = conversion(recast, session.reader.zone)
    if recast.origin is None:
        return lambda value, _: convert(value)
    again = converter(recast.origin.kind, recast.old.kind, session.reader.zone)

    def back(value: object, origin: object) -> object:
        try:
            was = again(origin)
        except CrmError:
            was = None
        return origin if was == value else convert(value)

    return back


def staged(module: Module, one: Field, name: str, *beside: Field) -> tuple[Module, Field]:
    """A reading of `module` that holds nothing but `one`, called `name`, and what is beside."""
    # Labels would be resolved, and a column is found by number and generation alone.
    plain = Field(
        name, one.kind, encrypted=one.encrypted, number=one.number, generation=one.generation
    )
    made = evolve(module, fields=[*beside, plain], keys=(), templates=(), title=None, retired=False)
    return made, plain


def located(reason: Problem, recast: Recast, record: str) -> Problem:
    """`reason` with where it was found."""
    return Problem(reason.code, reason.params, recast.module, record, recast.new.name)
