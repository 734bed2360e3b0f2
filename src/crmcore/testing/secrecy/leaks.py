"""Planted leaks: each opens one hole in what enforces access, and closes it after.

There is one implementation of access, above all backends; so the holes are made in it, not
behind the port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from attrs import evolve

from crmcore.access import Role, opening, rights
from crmcore.errors import AccessDenied, NotFound
from crmcore.explaining.deciding import Decider
from crmcore.query import ast
from crmcore.query.bind import Binder, listing
from crmcore.query.bound import ID_REF, TRUE, BoundQuery, Within
from crmcore.schema import Module
from crmcore.storage import Backend
from crmcore.testing.sabotage import SABOTAGES
from crmcore.testing.secrecy.farther_leaks import FARTHER_LEAKS
from crmcore.testing.secrecy.leak import Leak
from crmcore.testing.stores import Stores
from crmcore.work import (
    asof,
    configuration,
    history,
    linking,
    reading,
    screening,
    summarizing,
    titles,
)
from crmcore.work.door import Door
from crmcore.work.session import Session


def _nothing(*_: object) -> dict[int, object]:
    return {}


def _same_value(*_: object) -> Callable[[str, object], object]:
    return lambda _record, value: value


def _all_fields(*_: object) -> Callable[[object], object]:
    return lambda fields: fields


_everything: Final = lambda *_: TRUE  # noqa: E731
_total, _titles_of, _stored = summarizing._total, titles._titles, Door.stored
_inherited, _entry = rights.Policy._inherited, listing._entry


def _unscoped(session: Session) -> Session:
    """`session` as one whose reader sees every record."""
    reader = evolve(session.reader, system=True)
    return evolve_session(session, reader)


def evolve_session(session: Session, reader: Any) -> Session:
    """`session` with another reader."""
    return Session(session.transaction, session.configuration, reader, session.as_of)


def _all_titles(session: Session, module: Module, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    return _titles_of(_unscoped(session), module, ids)


def _whole_total(session: Session, plan: Any, query: Any) -> Any:
    return _total(session, plan, evolve(query, scope=TRUE))


def _every_target(session: Session, target: Module, ids: set[str]) -> set[str]:
    query = BoundQuery(target, (ID_REF,), Within(ID_REF, tuple(sorted(ids))))
    return {str(row[0]) for row in session.rows(query)}


_records_with = linking.records_with


def _any_record_with(session: Session, module: Module, key: dict[str, object]) -> list[str]:
    return _records_with(_unscoped(session), module, key)


def _forbidden(door: Door, module: Module, ids: Sequence[str], operation: str) -> Any:
    try:
        return _stored(door, module, ids, operation)
    except NotFound:
        if door.session.stored_rows(module, ids):
            raise AccessDenied("outside_scope", module=module.name, record=ids[0]) from None
        raise


def _undenied(policy: rights.Policy, *arguments: Any) -> Any:
    roles = [evolve(one, denials=()) for one in policy.roles]
    return _inherited(rights.Policy(tuple(roles), policy.schema), *arguments)


def _unending(child: str, module: str, levels: Sequence[str]) -> ast.Node:
    found = _entry(child, module, levels)
    assert isinstance(found, ast.Logic)
    kept = [one for one in found.terms if "expires_at" not in repr(one)]
    return ast.Logic("and", kept)


def _allowed_unread(decider: Decider, operation: str) -> bool:
    return decider._holds(decider.binder.visible(decider.module, operation))


_CASES = opening._cases


def _undenied_fields(right: Any, _denials: object) -> Any:
    return right


def _no_denials(_policy: object, _module: object, _operation: str) -> Mapping[str, ast.Node]:
    return {}


def _unconditional(role: Role, *arguments: Any) -> Iterator[Any]:
    return _CASES(
        evolve(role, fields=[one for one in role.fields if one.where is None]), *arguments
    )


_ALL: Final = (
    Leak(
        "masks-skipped-in-tables",
        "Chosen columns of a list show what lies under the mask.",
        ((reading, "masks_of", _nothing),),
    ),
    Leak(
        "filters-on-hidden-fields",
        "Hidden and masked fields may be filtered, sorted and grouped by.",
        ((Binder, "withheld", lambda *_: None), (Binder, "shown", lambda _, module: module)),
    ),
    Leak(
        "masked-fields-askable",
        "Masked fields, and the stamps of hidden changes, may be asked about.",
        ((Binder, "withheld", lambda *_: None),),
    ),
    Leak(
        "report-without-scope",
        "Figures are taken of all records.",
        ((summarizing, "reported", _everything),),
    ),
    Leak(
        "total-without-scope",
        "The grand total of a report counts all records.",
        ((summarizing, "_total", _whole_total),),
    ),
    Leak(
        "titles-of-the-invisible",
        "Links show the titles of records that are not to be seen.",
        ((titles, "_titles", _all_titles),),
    ),
    Leak(
        "history-of-hidden-fields",
        "The history of a record tells all fields.",
        ((history, "fields_told", _all_fields),),
    ),
    Leak(
        "stamps-of-hidden-changes",
        "It is told when a hidden field changed last.",
        ((screening, "_last_seen", _same_value),),
    ),
    Leak(
        "taint-lost",
        "Computed fields are open, whatever they are computed of.",
        ((configuration, "tainted", lambda found, *_: found),),
    ),
    Leak(
        "roll-ups-over-all",
        "Roll-ups tell what they count of all records.",
        ((Binder, "is_partial", lambda *_: False),),
    ),
    Leak(
        "keys-of-the-invisible",
        "An upsert finds records that are not to be seen.",
        ((linking, "records_with", _any_record_with),),
    ),
    Leak(
        "links-to-the-invisible",
        "A record may be linked to one that is not to be seen, but not to none.",
        ((linking, "seen_targets", _every_target),),
    ),
    Leak(
        "forbidden-not-missing",
        "What is not to be seen is forbidden, not missing.",
        ((Door, "stored", _forbidden),),
    ),
    Leak(
        "denials-ignored",
        "What a role denies is granted by another one.",
        ((rights.Policy, "denials", _no_denials),),
    ),
    Leak(
        "field-denials-ignored",
        "Fields that a role denies stay open.",
        ((opening, "_capped", _undenied_fields),),
    ),
    Leak(
        "field-conditions-ignored",
        "Rules of fields with a condition do not count.",
        ((opening, "_cases", _unconditional),),
    ),
    Leak(
        "shares-do-not-end",
        "Shares hold after their end.",
        ((listing, "_entry", _unending),),
    ),
    Leak(
        "inherited-without-denials",
        "What is inherited along a link comes without the denials behind it.",
        ((rights.Policy, "_inherited", _undenied),),
    ),
    Leak(
        "export-without-scope",
        "All records may be taken out.",
        ((reading, "_for", _everything),),
    ),
    Leak(
        "explained-without-denials",
        "Explanations forget what roles deny.",
        ((Decider, "denials", lambda *_: iter(())),),
    ),
    Leak(
        "explained-without-reading",
        "Who can is told of who may not read.",
        ((Decider, "is_allowed", _allowed_unread),),
    ),
    Leak(
        "positions-told",
        "Positions count the changes of everybody.",
        (
            (asof, "knows_positions", lambda _: True),
            (history, "knows_positions", lambda _: True),
        ),
    ),
)
LEAKS: Final[Mapping[str, Leak]] = {one.name: one for one in (*_ALL, *FARTHER_LEAKS)}
"""The planted leaks by name."""


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    """The leak `name` is open meanwhile; other names open nothing."""
    patches = LEAKS[name].patches if name is not None and name in LEAKS else ()
    before = [(place, attribute, getattr(place, attribute)) for place, attribute, _ in patches]
    try:
        for place, attribute, value in patches:
            setattr(place, attribute, value)
        yield
    finally:
        for place, attribute, value in before:
            setattr(place, attribute, value)


def spoiled(stores: Stores, name: str | None) -> Stores:
    """Stores with the bug `name` behind the port; as they are for all other names."""
    if name is None or name not in SABOTAGES:
        return stores
    bug = SABOTAGES[name]

    def another() -> Backend:
        return bug.spoil(stores())

    return another
