"""Carrying out an undo: in steps, each through the door, excluding what cannot be brought back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import groupby
from typing import Protocol, TypeVar

from attrs import evolve

from crmcore.errors import CapacityExceeded, CrmError, Stale, StorageError
from crmcore.query.evaluate import Row
from crmcore.schema import Module
from crmcore.work.committing import Intention
from crmcore.work.door import Door
from crmcore.work.precedence import in_the_way
from crmcore.work.removing import remove
from crmcore.work.reversal import Change, Plan, Reversal
from crmcore.work.session import system_session
from crmcore.work.transaction import Unit
from crmcore.work.undoing import FieldFate, Undone

STEP = 4_000
T = TypeVar("T")


class OpenDoor(Protocol):
    """Opens a door in a unit of work that is step `step` of the undoing operation."""

    def __call__(self, step: int) -> AbstractContextManager[Door]:
        """The door; commits on a clean exit."""
        ...


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
    if reversal.unmerging.returns or reversal.unmerging.trails:
        with open_door(step) as door:
            reversal.unmerging.carry_out(_by_policy(door))
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
                    remove(door, _by_policy(door), one.module, part, alone=True)
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
    remove(door, _by_policy(door), module, records)


def _by_policy(door: Door) -> Door:
    return evolve(door, session=system_session(door.session))


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
                waiting.append(_without(reversal, one, part, error))
        else:
            step += 1
    return step


def _without(reversal: Reversal, plan: Plan, part: list[T], error: CrmError) -> list[T]:
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
        if not (fate.module == plan.module.name and fate.record in bad)
    ]
    reversal.impossible.extend(
        FieldFate(plan.module.name, record, None, error.code) for record in sorted(bad)
    )
    return [item for item in part if _id(item) not in bad]


def _id(item: object) -> str:
    assert isinstance(item, tuple)
    return str(item[0])
