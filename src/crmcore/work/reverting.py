"""Carrying out an undo: in steps, each through the door, excluding what cannot be brought back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import groupby
from typing import Protocol, TypeVar

from attrs import Factory, define, evolve, field

from crmcore.errors import CapacityExceeded, CrmError, Stale, StorageError
from crmcore.kinds import Link
from crmcore.query.bound import TRUE
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import Module, Schema
from crmcore.schema.reserved import DEFINITION
from crmcore.work.committing import Intention
from crmcore.work.door import Door
from crmcore.work.history import change_sets_of
from crmcore.work.precedence import Images, in_order, in_the_way, keys
from crmcore.work.removing import remove
from crmcore.work.session import Session, system_session
from crmcore.work.transaction import Unit
from crmcore.work.undoing import FieldFate, Touched, Undone, inverse, touched, without_erased

STEP = 4_000
T = TypeVar("T")


class OpenDoor(Protocol):
    """Opens a door in a unit of work that is step `step` of the undoing operation."""

    def __call__(self, step: int) -> AbstractContextManager[Door]:
        """The door; commits on a clean exit."""
        ...


Change = tuple[str, int, dict[str, object]]
"""Id, version, former values."""


@define
class Plan:
    """What brings the records of one module back."""

    module: Module
    restores: list[Row] = field(factory=list)
    updates: list[Change] = field(factory=list)
    removals: list[tuple[str, int]] = field(factory=list)
    images: Images = field(
        init=False, default=Factory(lambda self: Images(self.module), takes_self=True)
    )

    def back(self) -> tuple[list[Row], list[Row | Change]]:
        """Restores that can come first; then what waits for values to become free, in order."""
        holders = self.images.holders()
        updated = {record for record, _, _ in self.updates}
        first: list[Row] = []
        late: dict[str, Row | Change] = {one[0]: one for one in self.updates}
        for row in self.restores:
            waits = any(holders.get(key) in updated for key in keys(self.module, row))
            if waits:
                late[str(row[0])] = row
            else:
                first.append(row)
        return first, [late[record] for record in in_order(self.images, list(late))]


@define
class Reversal:
    """An undo under way."""

    operation: str
    plans: list[Plan]
    restored: list[FieldFate] = field(factory=list)
    kept: list[FieldFate] = field(factory=list)
    impossible: list[FieldFate] = field(factory=list)

    def result(self) -> Undone:
        """What was done."""
        return Undone(
            self.operation, tuple(self.restored), tuple(self.kept), tuple(self.impossible)
        )


def plan(session: Session, operation: str, op_id: str) -> Reversal:
    """What undoing an operation (its record id and op_id) will do; nothing is written."""
    policy = system_session(session)
    sets = change_sets_of(policy, operation)
    reversal = Reversal(op_id, [])
    for module in linked_order(session.schema):
        if module.keeping != "history" or module.retired or not sets:
            continue
        if module.name == DEFINITION.name:
            continue  # what is defined is taken back part by part
        found = Plan(module)
        records = list(touched(policy, sets, module))
        hidden = _hidden(session, module, records)
        for one in records:
            if one.record in hidden:
                reversal.impossible.append(FieldFate(module.name, one.record, None, "not_found"))
            else:
                _plan_record(found, one, reversal)
        reversal.plans.append(found)
    return reversal


def _hidden(session: Session, module: Module, records: Sequence[Touched]) -> set[str]:
    """Which of those that are there the user may not see by now: nothing is said of them."""
    there = [one.record for one in records if one.current is not None]
    scope = session.binder.visible(module)
    return set() if scope == TRUE else set(there) - session.stored_rows(module, there, scope).keys()


def _plan_record(found: Plan, one: Touched, reversal: Reversal) -> None:
    how, values, kept = inverse(one)
    reversal.kept.extend(kept)
    name, record = one.module.name, one.record
    if how == "remove" and one.current is not None:
        found.removals.append((record, one.current.version))
        found.images.now[record] = one.current.row
        reversal.restored.append(FieldFate(name, record, None))
    elif how == "restore" and one.before is not None:
        row, gone = without_erased(one.module, one.before)
        reversal.kept.extend(gone)
        found.restores.append((record, one.last, *row[2 : layout_of(one.module).stored]))
        found.images.then[record] = row
        reversal.restored.append(FieldFate(name, record, None))
    elif how == "update" and one.current is not None:
        found.updates.append((record, one.current.version, values))
        found.images.now[record] = one.current.row
        found.images.then[record] = _with(one.module, one.current.row, values)
        reversal.restored.extend(FieldFate(name, record, name_) for name_ in values)


def _with(module: Module, row: Row, values: dict[str, object]) -> Row:
    made, layout = list(row), layout_of(module)
    for name, value in values.items():
        made[layout.index[name]] = value
    return tuple(made)


def linked_order(schema: Schema) -> list[Module]:
    """The modules, targets of links before those that link to them (cycles as declared)."""
    done: dict[str, Module] = {}
    visiting: set[str] = set()

    def visit(module: Module) -> None:
        if module.name in done or module.name in visiting:
            return
        visiting.add(module.name)
        for one in module.links():
            if isinstance(one.kind, Link) and one.kind.target in schema.by_name:
                visit(schema.by_name[one.kind.target])
        done[module.name] = module

    for module in schema.modules:
        visit(module)
    return list(done.values())


def carry_out(reversal: Reversal, open_door: OpenDoor) -> Undone:
    """Do what the plan says: restores, then updates, then removals from the leaves up.

    Only what holds unique values that others get back is removed before.
    """
    step = _clear_the_way(reversal, open_door)
    backs = [(one, *one.back()) for one in reversal.plans]
    for one, first, _ in backs:
        step = _steps(reversal, one, first, _restore, open_door, step)
    for one, _, late in backs:
        step = _steps(reversal, one, late, _bring_back, open_door, step)
    for one in reversed(reversal.plans):
        step = _steps(reversal, one, one.removals, _remove, open_door, step)
    return reversal.result()


def _clear_the_way(reversal: Reversal, open_door: OpenDoor) -> int:
    """Remove what holds values that others get back, as far as nothing else hangs on it."""
    going = {one.module.name: [record for record, _ in one.removals] for one in reversal.plans}
    early = in_the_way([one.images for one in reversal.plans], going)
    step = 0
    for one in reversed(reversal.plans):
        for part in _parts([item for item in one.removals if item[0] in early]):
            try:
                with open_door(step) as door:
                    system = evolve(door, session=system_session(door.session))
                    remove(door, system, one.module, part, alone=True)
            except (Stale, StorageError):
                raise
            except CrmError:
                continue  # it is tried again, and told of, in its turn
            done = set(part)
            one.removals = [item for item in one.removals if item not in done]
            step += 1
    return step


def undoing_doors(unit: Callable[..., Unit], undone: str) -> OpenDoor:
    """Doors of units (made by `unit`) that are the steps of one operation undoing `undone`."""
    intention = Intention("undo", undoes=undone)
    journal = unit(intention).journal

    @contextmanager
    def open_door(step: int) -> Iterator[Door]:
        made = unit(
            intention,
            op_id=journal.op_id,
            operation=journal.operation,
            step=step,
            began=journal.began,
        )
        with made:
            yield made.door
            made.result = {"steps": step + 1}

    return open_door


def _restore(door: Door, module: Module, rows: Sequence[Row]) -> None:
    door.restore(module, rows)


def _bring_back(door: Door, module: Module, items: Sequence[Row | Change]) -> None:
    for is_change, some in groupby(items, key=lambda item: len(item) == 3):
        if is_change:
            door.revert(module, list(some))  # type: ignore[arg-type]
        else:
            door.restore(module, list(some))


def _remove(door: Door, module: Module, records: Sequence[tuple[str, int]]) -> None:
    remove(door, evolve(door, session=system_session(door.session)), module, records)


def _parts(items: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), STEP):
        yield list(items[start : start + STEP])


def _steps(
    reversal: Reversal,
    one: Plan,
    items: Sequence[T],
    run: Callable[[Door, Module, Sequence[T]], None],
    open_door: OpenDoor,
    step: int,
) -> int:
    waiting = list(_parts(items))
    waiting.reverse()
    while waiting:
        part = waiting.pop()
        if not part:
            continue
        try:
            with open_door(step) as door:
                run(door, one.module, part)
        except (Stale, StorageError):
            raise
        except CrmError as error:
            if isinstance(error, CapacityExceeded) and len(part) > 1:
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
            else:
                waiting.append(_without(reversal, one.module, part, error))
        else:
            step += 1
    return step


def _without(reversal: Reversal, module: Module, part: list[T], error: CrmError) -> list[T]:
    """`part` without the records that `error` names, which become impossible."""
    named = {problem.record for problem in error.problems if problem.record}
    ids = {_id(item) for item in part}
    bad = named & ids
    if not bad:
        # The error names none of ours: go on one by one, so that the rest is brought back.
        if len(part) > 1:
            bad = {_id(part[-1])} if error.code == "in_use" else {_id(part[0])}
        else:
            bad = ids
    reversal.restored = [
        fate
        for fate in reversal.restored
        if not (fate.module == module.name and fate.record in bad)
    ]
    reversal.impossible.extend(
        FieldFate(module.name, record, None, error.code) for record in sorted(bad)
    )
    return [item for item in part if _id(item) not in bad]


def _id(item: object) -> str:
    assert isinstance(item, tuple)
    return str(item[0])
