"""Former versions in the kinds of today: fields whose kind changed lay in other columns once.

A version is read from the column that was in force when it was written, and its value is
converted as it was when the kind changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import partial
from itertools import pairwise
from typing import Any

from attrs import evolve, frozen

from crmcore.errors import CrmError
from crmcore.query.bound import BoundQuery, Ref, Within, stamp_ref
from crmcore.query.evaluate import Row
from crmcore.records.erased import ERASED
from crmcore.schema import Field, Module
from crmcore.schema.codec import module_from_json
from crmcore.schema.field import stored_form
from crmcore.schema.reserved import CHANGE_SET, DEFINITION
from crmcore.work.converting import Convert, converter
from crmcore.work.session import Session, chunks


@frozen
class Era:
    """The field as it was from the sealed `position` on."""

    position: int
    field: Field


Eras = Mapping[int, Sequence[Era]]
"""The eras of the fields (by number) whose kind ever changed, in order."""


def eras_of(session: Session, module: Module) -> Eras:
    """When which column of a field was in force; empty where no kind ever changed."""
    numbers = {one.number for one in module.stored if one.generation > 1 and one.computed is None}
    if not numbers:
        return {}
    known: Eras | None = module.__dict__.get("_eras")
    if known is None:
        known = module.__dict__["_eras"] = _found(session, module, numbers)
    return known


def _found(session: Session, module: Module, numbers: set[int]) -> Eras:
    found: dict[int, list[Era]] = {number: [] for number in numbers}
    for position, data in _revisions(session, module):
        seen = {
            (one.get("number"), one.get("generation", 1))
            for one in data["fields"]
            if one.get("number") in numbers
        }
        known = {(number, era.field.generation) for number in numbers for era in found[number]}
        if seen <= known:
            continue
        for one in module_from_json(data).fields:
            if one.number in numbers and (one.number, one.generation) not in known:
                found[one.number].append(Era(position, one))
    return found


def _revisions(session: Session, module: Module) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every definition that `module` ever had, with the position of its change set."""
    value, name = (Ref((), DEFINITION.by_name[one]) for one in ("value", "name"))
    columns = (value, stamp_ref("change_set"))
    query = BoundQuery(DEFINITION, columns, Within(name, ("schema",)), versions=True)
    rows = list(session.rows(query))
    positions = positions_of(session, [str(row[1]) for row in rows])
    for row in rows:
        position = positions.get(str(row[1]))
        modules = row[0]["modules"] if isinstance(row[0], Mapping) else ()
        for data in modules:
            if position is not None and data.get("number") == module.number:
                yield position, dict(data)


def positions_of(session: Session, sets: Sequence[str]) -> dict[str, int]:
    """The sealed positions of change sets; those that are not sealed are missing."""
    ids = list(dict.fromkeys(sets))
    position = Ref((), CHANGE_SET.by_name["position"])
    found: dict[str, int] = {}
    for some in chunks(ids):
        where = Within(stamp_ref("id"), some)
        query = BoundQuery(CHANGE_SET, (stamp_ref("id"), position), where)
        for row in session.rows(query):
            if isinstance(row[1], int):
                found[str(row[0])] = row[1]
    return found


@frozen
class Translation:
    """How rows of versions are read: through `module`, with `columns` behind their own."""

    module: Module
    columns: tuple[Ref, ...]
    read: Callable[[Sequence[Row]], list[Row]]


def translation(
    session: Session, module: Module, index: Mapping[str, int], width: int
) -> Translation | None:
    """What reads versions of `module` in the kinds of today; `None` where none ever changed.

    `index` tells where fields lie in a row, which has `width` columns without the old ones.
    """
    eras = eras_of(session, module)
    if not eras:
        return None
    present = {one.number: one for one in module.stored}
    old = [
        (number, place, era.field)
        for number, found in sorted(eras.items())
        for place, era in enumerate(found)
        if era.field.generation != present[number].generation
    ]
    columns = [
        Field(
            f"former_{number}_{one.generation}",
            one.kind,
            encrypted=one.encrypted,
            number=number,
            generation=one.generation,
        )
        for number, _, one in old
    ]
    staged = evolve(module, fields=[*module.fields, *columns])
    places = {(number, place): width + offset for offset, (number, place, _) in enumerate(old)}
    chains = {
        (number, place): conversion_chain(session, eras[number], place, present[number])
        for number, place, _ in old
    }

    gone = {
        (one.field, one.generation)
        for one in session.configuration.purged
        if one.module == module.number
    }
    erased = {(number, place) for number, place, one in old if (number, one.generation) in gone}
    at = {number: index[one.name] for number, one in present.items()}
    read = _reader(session, eras, places, chains, at, erased)
    return Translation(staged, tuple(Ref((), one) for one in columns), partial(read, width))


def _reader(
    session: Session,
    eras: Eras,
    places: Mapping[tuple[int, int], int],
    chains: Mapping[tuple[int, int], Convert],
    index: Mapping[int, int],
    erased: Set[tuple[int, int]],
) -> Callable[[int, Sequence[Row]], list[Row]]:
    """What makes rows of `width` columns of rows that carry the former columns behind them."""

    def read(width: int, rows: Sequence[Row]) -> list[Row]:
        positions = positions_of(session, [str(row[6]) for row in rows])
        made: list[Row] = []
        for row in rows:
            values = list(row[:width])
            position = positions.get(str(row[6]))
            is_live = row[width - 2] is None
            for number, found in eras.items():
                place = None if is_live or position is None else _in_force(found, position)
                if place is not None and (number, place) in erased:
                    # One that was live when the kind changed holds what it was converted to.
                    if values[index[number]] is None:
                        values[index[number]] = ERASED
                elif place is not None and (number, place) in places:
                    value = row[places[number, place]]
                    values[index[number]] = chains[number, place](value)
            made.append(tuple(values))
        return made

    return read


def _in_force(eras: Sequence[Era], position: int) -> int | None:
    """Which era a version of `position` was written in."""
    found = [place for place, era in enumerate(eras) if era.position <= position]
    return found[-1] if found else None


def conversion_chain(session: Session, eras: Sequence[Era], place: int, present: Field) -> Convert:
    """From a value of one era to one of today, by every change between; empty where it fails."""
    fields = [era.field for era in eras[place:]]
    if stored_form(fields[0].kind) == stored_form(present.kind):
        return lambda value: value
    zone = session.reader.zone
    steps = [converter(a.kind, b.kind, zone) for a, b in pairwise(fields)]

    def convert(value: object) -> object:
        try:
            for step in steps:
                value = step(value)
        except CrmError:
            return None
        return value

    return convert
