"""The public pool (公海): records without an owner, which whoever may claim them takes."""

from __future__ import annotations

from crmcore.errors import Conflict, Invalid
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module
from crmcore.work import UnitOfWork
from crmcore.work.door import Door
from crmcore.work.permitting import OWNER
from crmcore.work.unit import Breaking


def claim(work: UnitOfWork, module: str, record: str) -> None:
    """Take a record out of the pool: it is the user's from now on.

    Needs the right `claim`; neither `update` nor `transfer`. Raises `NotFound`,
    `AccessDenied`, and `Conflict` (`already_claimed`) where somebody was faster.
    """
    with Breaking(work._unit):
        door = work._unit.door
        definition = _owned(door, module)
        row = door.stored(definition, [record], "claim")[record]
        if row[layout_of(definition).index[OWNER]] is not None:
            raise Conflict("already_claimed", module=definition.name, record=record)
        _own(work, definition, row, door.session.reader.user)


def release(work: UnitOfWork, module: str, record: str) -> None:
    """Give a record back to the pool: nobody is its owner any more.

    Needs the right `transfer`. Raises `NotFound`, `AccessDenied`.
    """
    with Breaking(work._unit):
        door = work._unit.door
        definition = _owned(door, module)
        row = door.stored(definition, [record], "transfer")[record]
        _own(work, definition, row, None)


def _own(work: UnitOfWork, module: Module, row: Row, owner: str | None) -> None:
    """Policy itself writes the new owner: the right to claim is all that was needed."""
    system = work._unit.system_door
    values = list(row[len(STAMPS) :])
    values[layout_of(module).index[OWNER] - len(STAMPS)] = owner
    system.replace(module, [system.next_row(row, values)], [row])


def _owned(door: Door, module: str) -> Module:
    found = door.session.schema.module(module)
    if OWNER not in found.by_name:
        raise Invalid("no_owner", module=found.name)
    return found
