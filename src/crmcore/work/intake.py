"""The door for many records of outside: what is wrong with one does not stop the others.

The stages are those of `Door`, in its order; instead of refusing everything at the first
stage that finds a problem, each record collects its own, and those without any are written.
Values are brought into normal form once, here, straight into the row that is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import define, field

from crmcore.errors import CrmError, Problem
from crmcore.query.bound import FALSE, TRUE, BoundNode, both
from crmcore.query.evaluate import Row, condition
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module
from crmcore.work.computing import Computation
from crmcore.work.defaults import fill_defaults
from crmcore.work.door import Door, check_transfer
from crmcore.work.normalizing import Values, normalizer, required_places
from crmcore.work.permitting import FieldGate, handed_over
from crmcore.work.policing import policy_problems

_STAMPS = len(STAMPS)


@define
class Intake:
    """One record on its way in: what was given (by field name), its normal forms, its problems.

    `record` is the id of the record that it became or changed (one that is set before it is
    created is its id); `changed` is false where an update changed nothing.
    """

    given: Mapping[str, object]
    values: Values
    record: str | None = None
    changed: bool = True
    problems: list[Problem] = field(factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with it so far."""
        return not self.problems


Check = Callable[[Sequence[tuple[Intake, Row, Row | None]]], None]
"""Looks at records as they are about to be written (and were before), and adds problems."""


def normal_intake(module: Module) -> Callable[[Mapping[str, object]], Intake]:
    """What makes an intake of values by field name; raises nothing, problems are collected."""
    width = layout_of(module).stored - _STAMPS
    run = normalizer(module).run

    def take(given: Mapping[str, object]) -> Intake:
        made = Intake(given, [None] * width)
        run(given, made.values, made.problems)
        return made

    return take


def create_good(
    door: Door, module: Module, intakes: Sequence[Intake], check: Check | None = None
) -> None:
    """Make records of the intakes without problems; those that are refused get theirs."""
    good = [one for one in intakes if not one.problems]
    check_named(door, module, [(one, None) for one in good])
    good = [one for one in good if not one.problems]
    fill_defaults(door.session, module, [(one.given, one.values) for one in good])
    _require(module, good)
    good = [one for one in good if not one.problems]
    pairs = [(one, door.new_row(module, one.values, one.record)) for one in good]
    scope = _importable(door, module, "create")
    rows = _computed_and_allowed(door, module, pairs, scope, "create")
    good = [one for one in good if not one.problems]
    rows = _changes_allowed(
        door, module, [(one, row, None) for one, row in zip(good, rows, strict=True)]
    )
    if check is not None:
        good = [one for one in good if not one.problems]
        check([(one, row, None) for one, row in zip(good, rows, strict=True)])
        rows = [row for one, row in zip(good, rows, strict=True) if not one.problems]
    if rows:
        door.insert(module, rows)


def update_good(
    door: Door, module: Module, intakes: Sequence[Intake], check: Check | None = None
) -> None:
    """Change the records that the intakes without problems name (`record`), as far as given."""
    good = [one for one in intakes if not one.problems]
    stored = door.session.stored_rows(
        module, [str(one.record) for one in good], door.session.binder.visible(module)
    )
    scope = _importable(door, module, "update")
    pairs: list[tuple[Intake, Row]] = []
    for one in good:
        former = stored.get(str(one.record))
        if former is None:
            one.problems.append(Problem("not_found", {}, module.name, one.record))
        else:
            pairs.append((one, former))
    check_named(door, module, pairs)
    pairs = [pair for pair in pairs if not pair[0].problems]
    _computed_and_allowed(door, module, pairs, scope, "update", compute=False)
    layout = layout_of(module)
    changes: list[tuple[Intake, Row]] = []
    for one, former in pairs:
        if one.problems:
            continue
        for name, place in layout.index.items():
            if _STAMPS <= place < layout.stored and name not in one.given:
                one.values[place - _STAMPS] = former[place]
        changes.append((one, former))
    door.park(module, [(one.values, former) for one, former in changes])
    _require(module, [one for one, _ in changes])
    _write_changes(door, module, [pair for pair in changes if not pair[0].problems], scope, check)


def _write_changes(
    door: Door,
    module: Module,
    changes: Sequence[tuple[Intake, Row]],
    scope: BoundNode,
    check: Check | None,
) -> None:
    pairs = [(one, door.next_row(former, one.values)) for one, former in changes]
    rows = _computed_and_allowed(door, module, pairs, scope, "update")
    good = [pair for pair in changes if not pair[0].problems]
    made = [(one, row, former) for (one, former), row in zip(good, rows, strict=True)]
    rows = _changes_allowed(door, module, made)
    good = [pair for pair in good if not pair[0].problems]
    if check is not None:
        check([(one, row, former) for (one, former), row in zip(good, rows, strict=True)])
        rows = [row for (one, _), row in zip(good, rows, strict=True) if not one.problems]
        good = [pair for pair in good if not pair[0].problems]
    if not rows:
        return
    formers = [former for _, former in good]
    for (one, former), row in zip(good, door.replace(module, rows, formers), strict=True):
        one.changed = row is not former


def _importable(door: Door, module: Module, operation: str) -> BoundNode:
    """Where `operation` and importing are allowed: both, of the same record."""
    binder = door.session.binder
    return both(binder.visible(module, operation), binder.visible(module, "import"))


def check_named(door: Door, module: Module, pairs: Sequence[tuple[Intake, Row | None]]) -> None:
    """Give the intakes their problems with fields that may not be written, before and after."""
    gate = FieldGate.of(door.session, module)
    for one, image in pairs if gate is not None else ():
        assert gate is not None
        one.problems.extend(gate.problems(set(one.given), image))


def _changes_allowed(
    door: Door, module: Module, changes: Sequence[tuple[Intake, Row, Row | None]]
) -> list[Row]:
    """The new rows that may take the place of their former ones; the others' intakes get why not.

    What depends on the new image: handing over, and fields that some records open.
    """
    gate = FieldGate.of(door.session, module)
    formers = [former for _, _, former in changes if former is not None]
    moved = {former[0] for former in handed_over(module, [row for _, row, _ in changes], formers)}
    for one, row, former in changes if moved or gate is not None else ():
        try:
            if former is not None and former[0] in moved:
                check_transfer(door, module, [former])
            if gate is not None:
                gate.check_images([row], [] if former is None else [former])
        except CrmError as error:
            one.problems.extend(error.problems)
    return [row for one, row, _ in changes if not one.problems]


def _require(module: Module, intakes: Iterable[Intake]) -> None:
    required = required_places(module)
    for one in intakes:
        for place, name in required:
            if one.values[place] is None:
                one.problems.append(Problem("required", {}, module.name, None, name))


def _computed_and_allowed(
    door: Door,
    module: Module,
    pairs: Sequence[tuple[Intake, Row]],
    scope: BoundNode,
    operation: str,
    *,
    compute: bool = True,
) -> list[Row]:
    """The rows that may be written, with their formulas; the others' intakes get the reason."""
    if scope == FALSE:
        if door.session.binder.visible(module, "import") == FALSE:
            operation = "import"
        for one, _ in pairs:
            one.problems.append(Problem("not_allowed", {"operation": operation}, module.name))
        return []
    computation = Computation.of(door.session, module) if compute else None
    holds = None if scope == TRUE else condition(scope, module)
    look = door.session.look()
    rows: list[Row] = []
    for one, row in pairs:
        try:
            made = row if computation is None else computation.applied(row, look)
        except CrmError as error:
            one.problems.extend(error.problems)
            continue
        if holds is not None and not holds(made, look):
            one.problems.append(Problem("outside_scope", {}, module.name))
            continue
        if found := policy_problems(module, made):
            one.problems.extend(found)
            continue
        one.record = str(made[0])
        rows.append(made)
    return rows
