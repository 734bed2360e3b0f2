"""Operations and fields at the door: whether who acts may do that, and write these."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, reduce
from typing import Final

from attrs import define

from crmcore.access.opening import decided
from crmcore.errors import AccessDenied, CapacityExceeded, Problem, SchemaError
from crmcore.kinds import Link
from crmcore.query.ast import Node
from crmcore.query.bound import FALSE, TRUE, BoundNode, both
from crmcore.query.evaluate import Condition, Look, Row, condition
from crmcore.query.reader import FieldCase, FieldRight
from crmcore.records import layout_of
from crmcore.schema import Module
from crmcore.schema.reserved import CHANGE_SET, USER
from crmcore.work.session import Session

OWNER: Final = "owner"
"""The field that says whose a record is; changing it is a transfer."""


def allowed(session: Session, module: Module, *operations: str) -> BoundNode:
    """The records on which all of `operations` are allowed; raises `AccessDenied` for none."""
    scopes: list[BoundNode] = [TRUE]
    for operation in operations:
        found = session.binder.visible(module, operation)
        if found == FALSE:
            raise AccessDenied("not_allowed", module=module.name, operation=operation)
        if found not in scopes:
            scopes.append(found)
    return reduce(both, scopes)


def reported(session: Session, module: Module) -> BoundNode:
    """The records of which figures may be shown; raises `AccessDenied` where reports are not."""
    scope = session.binder.visible(module)
    return scope if scope == FALSE else allowed(session, module, "read", "report")


def knows_positions(session: Session) -> bool:
    """Whether positions are told: to others they would count what they do not see."""
    return session.reader.may_configure or session.binder.visible(CHANGE_SET) != FALSE


def check_limit(session: Session, operation: str, count: int) -> None:
    """Raise `CapacityExceeded` where `count` records are more than a role lets do at once."""
    limit = None if session.reader.system else session.reader.limits.get(operation)
    if limit is not None and count > limit:
        raise CapacityExceeded("row_limit", operation=operation, limit=limit)


def check_fields(
    session: Session,
    module: Module,
    given: Iterable[Mapping[str, object]],
    images: Sequence[Row] = (),
) -> None:
    """Raise where a field that `given` name may not be written, in records as `images` show them.

    `AccessDenied` for what may be read, `SchemaError` for what is hidden, as for the unknown.
    """
    gate = FieldGate.of(session, module)
    if gate is not None:
        gate.check(gate.names(given), images)


def check_images(
    session: Session, module: Module, rows: Sequence[Row], formers: Sequence[Row]
) -> None:
    """Raise `AccessDenied` where `rows` change fields that would not be theirs to write then."""
    gate = FieldGate.of(session, module)
    if gate is not None:
        gate.check_images(rows, formers)


@define(slots=False)
class FieldGate:
    """The fields of one module that the reader of a session may not always write."""

    session: Session
    module: Module

    @classmethod
    def of(cls, session: Session, module: Module) -> FieldGate | None:
        """The gate of `module`; `None` where all of it is open."""
        reader = session.reader
        if reader.system or not any(place[0] == module.name for place in reader.fields):
            return None
        return cls(session, module)

    def names(self, given: Iterable[Mapping[str, object]]) -> frozenset[str]:
        """The fields that `given` name; raises `SchemaError` for hidden ones, as for unknown."""
        shown = self.session.binder.shown(self.module)
        spellings = {name for one in given for name in one}
        found: set[str] = set()
        for spelling in spellings:
            try:
                found.add(shown.field(spelling).name)
            except SchemaError:
                # What nobody knows is told by the stage that knows all that is wrong.
                if _is_hidden(self.module, spelling):
                    raise
        return frozenset(found)

    def check(self, names: Collection[str], images: Sequence[Row]) -> None:
        """Raise `AccessDenied` where one of `names` may not be written in one of `images`."""
        found = self.problems(names, None)
        for image in images if not found else ():
            found = self.problems(names, image)
            if found:
                break
        if found:
            raise AccessDenied(found)

    def check_images(self, rows: Sequence[Row], formers: Sequence[Row]) -> None:
        """The same of what `rows` change, where the right depends on the record."""
        index = layout_of(self.module).index
        places = {
            one.name: index[one.name]
            for one in self.module.stored
            if one.computed is None and self._right(one.name).is_conditional
        }
        known = {row[0]: row for row in formers}
        for row in rows if places else ():
            former = known.get(row[0])
            changed = {
                name
                for name, place in places.items()
                if row[place] != (None if former is None else former[place])
            }
            self.check(changed, [row])

    def problems(self, names: Collection[str], image: Row | None) -> list[Problem]:
        """Which of `names` may not be written in the record `image`; in none, without one."""
        record = None if image is None else str(image[0])
        return [
            Problem("field_not_writable", {}, self.module.name, record, name)
            for name in sorted(names)
            if not self._is_writable(name, image)
        ]

    def level(self, name: str, image: Row) -> str:
        """How far a field is open in the record `image`: hidden, masked, read or write."""
        right = self._right(name)
        return self._level(right, image) if right.is_conditional else right.level

    def _is_writable(self, name: str, image: Row | None) -> bool:
        if image is None and self._right(name).is_conditional:
            return True
        return (self._right(name).level if image is None else self.level(name, image)) == "write"

    def _right(self, name: str) -> FieldRight:
        return self.session.reader.field_right(self.module.name, name)

    def _level(self, right: FieldRight, image: Row) -> str:
        def holds(case: FieldCase, denial: bool) -> bool:
            return self._condition(case.where, denial)(image, self._look)

        return decided(right, holds).level

    def _condition(self, where: Node, denial: bool) -> Condition:
        found = self._compiled.get((where, denial))
        if found is None:
            bound = self.session.binder.policy(self.module, where, denial=denial)
            found = self._compiled[where, denial] = condition(bound, self.module)
        return found

    @cached_property
    def _compiled(self) -> dict[tuple[Node, bool], Condition]:
        return {}

    @cached_property
    def _look(self) -> Look:
        return self.session.look()


def handed_over(module: Module, rows: Sequence[Row], formers: Sequence[Row]) -> list[Row]:
    """The former rows of those whose owner changes."""
    one = module.by_name.get(OWNER)
    if one is None or not isinstance(one.kind, Link) or one.kind.target != USER.name:
        return []
    place = layout_of(module).index[OWNER]
    owners = {row[0]: row[place] for row in rows}
    return [row for row in formers if row[0] in owners and row[place] != owners[row[0]]]


def _is_hidden(module: Module, spelling: str) -> bool:
    try:
        module.field(spelling)
    except SchemaError:
        return False
    return True
