"""What an undo is going to do: by module, what comes back, what changes back, what goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import Factory, define, field

from crmcore.kinds import Link
from crmcore.query.bound import ID_REF, TRUE, BoundQuery, by_ids
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import Module, Schema
from crmcore.schema.reserved import DEFINITION
from crmcore.work.history import change_sets_of
from crmcore.work.precedence import Images, in_order, keys, links
from crmcore.work.session import Session, chunks, system_session
from crmcore.work.undoing import FieldFate, Touched, Undone, inverse, touched, without_erased
from crmcore.work.unmerging import Unmerging

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
        """Restores that can come first; then what waits for others of the module, in order."""
        waiting = self._waiting()
        first = [row for row in self.restores if row[0] not in waiting]
        second: list[Row | Change] = [row for row in self.restores if row[0] in waiting]
        freeing: dict[str, Change] = {}
        linking: list[Change] = []
        for record, version, values in self.updates:
            # Values become free before records come back, and links are set behind that.
            late = {name for name, value in values.items() if waiting & _named(value)}
            if late < values.keys() or not late:
                kept = {name: value for name, value in values.items() if name not in late}
                freeing[record] = (record, version, kept)
            if late:
                following = version + (record in freeing)
                linking.append((record, following, {name: values[name] for name in late}))
        updates = [freeing[record] for record in in_order(self.images, list(freeing))]
        return first, [*updates, *second, *linking]

    def _waiting(self) -> set[str]:
        """What is restored once a value is free again, and whatever links to that."""
        holders = self.images.holders()
        updated = {record for record, _, _ in self.updates}
        found = {
            str(row[0])
            for row in self.restores
            if any(holders.get(key) in updated for key in keys(self.module, row))
        }
        met = -1
        while met < len(found):
            met = len(found)
            found.update(str(row[0]) for row in self.restores if found & links(self.module, row))
        return found


@define
class Reversal:
    """An undo under way."""

    operation: str
    plans: list[Plan]
    unmerging: Unmerging
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
    reversal = Reversal(op_id, [], Unmerging.of(policy, sets))
    for module in linked_order(session.schema):
        if module.keeping != "history" or module.retired or not sets:
            continue
        if module.name == DEFINITION.name:
            continue  # what is defined is taken back part by part
        found = Plan(module)
        every = touched(policy, sets, module)
        records = [one for one in every if not reversal.unmerging.takes(one)]
        hidden = _hidden(session, module, records)
        told = Reversal(op_id, [], reversal.unmerging)
        for one in records:
            if one.record not in hidden:
                _plan_record(found, one, told)
            elif UNTOLD not in reversal.impossible:
                reversal.impossible.append(UNTOLD)
        reversal.plans.append(found)
        known = session.binder.shown(module).by_name
        reversal.restored += [one for one in told.restored if one.field in (None, *known)]
        reversal.kept += [one for one in told.kept if one.field in (None, *known)]
    return reversal


UNTOLD: Final = FieldFate("", "", None, "not_found")
"""Something is not brought back that the user may not see: not a word about what, or how many."""


def _hidden(session: Session, module: Module, records: Sequence[Touched]) -> set[str]:
    """Which of `records` the user may not see by now, removed ones as they were at last."""
    scope = session.binder.visible(module)
    if scope == TRUE:
        return set()
    ids = sorted(one.record for one in records)
    seen = {
        str(row[0])
        for some in chunks(ids)
        for row in session.rows(BoundQuery(module, (ID_REF,), by_ids(some), scope, versions=True))
    }
    return set(ids) - seen


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
        loose = reversal.unmerging.loosened(one, values)
        reversal.restored.extend(FieldFate(name, record, name_) for name_ in loose)
        if not values:
            return
        found.updates.append((record, one.current.version, values))
        found.images.now[record] = one.current.row
        found.images.then[record] = _with(one.module, one.current.row, values)
        reversal.restored.extend(FieldFate(name, record, name_) for name_ in values)


def _named(value: object) -> set[object]:
    return set(value) if isinstance(value, tuple) else {value}


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
