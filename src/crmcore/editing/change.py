"""A batch update bound to a session: which records, which constants, what stands against it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from crmcore.errors import Problem
from crmcore.query.bind import Binder
from crmcore.query.bound import (
    FALSE,
    TRUE,
    AnyOf,
    BoundNode,
    Comparison,
    Const,
    IsEmpty,
    Negation,
    Ref,
    both,
)
from crmcore.query.build import to_node
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Field, Module
from crmcore.work.linking import resolve_keys
from crmcore.work.normalizing import normalizer, required_places
from crmcore.work.permitting import allowed, check_fields
from crmcore.work.reading import Where
from crmcore.work.session import Session

_SIMPLE = frozenset({"text", "integer", "scaled", "boolean", "date", "instant", "id", "minutes"})


@frozen
class BatchChange:
    """`given` set in all records of `module` that fulfil `found`, as its reader sees them.

    `constants` are the normal forms. `differing` holds where at least one of them is not
    there yet, as far as that can be asked of a store.
    """

    module: Module
    given: Mapping[str, object]
    constants: Mapping[str, object]
    found: BoundNode
    scope: BoundNode
    allowed: BoundNode
    differing: BoundNode
    problems: tuple[Problem, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that are set, in the order of the module."""
        return tuple(one for one in self.module.stored if one.name in self.constants)

    @property
    def chosen(self) -> BoundNode:
        """Holds for the records that will change."""
        return both(self.found, self.differing)


def bound_change(
    session: Session, module: str, where: Where, given: Mapping[str, object]
) -> BatchChange:
    """The change as the reader of `session` may make it.

    Values that do not fit are among its problems. Raises `QueryError`, `SchemaError`, and
    `AccessDenied` where nothing of the module may be updated.
    """
    definition = session.schema.module(module)
    binder = session.binder
    found = binder.condition(definition, None if where is None else to_node(where))
    may = allowed(session, definition, "update", "bulk_update")
    check_fields(session, definition, [given])
    constants, problems = normal_forms(session, definition, given)
    return BatchChange(
        definition,
        dict(given),
        constants,
        found,
        binder.visible(definition, "read"),
        may,
        _differing(binder, definition, constants),
        tuple(problems),
    )


def normal_forms(
    session: Session, module: Module, given: Mapping[str, object]
) -> tuple[dict[str, object], list[Problem]]:
    """The values of `given` by field name, and what is wrong with them."""
    places = normalizer(module).places
    unset = object()
    values: list[object] = [unset] * (layout_of(module).stored - len(STAMPS))
    names, problems = normalizer(module).names(given)
    problems += normalizer(module).normalize(names, values)
    problems += resolve_keys(session, module, [values])
    constants = {
        name: values[place] for name, place in places.items() if values[place] is not unset
    }
    for place, name in required_places(module):
        if name in names and values[place] is None:
            problems.append(Problem("required", {}, module.name, None, name))
    return constants, problems


def _differing(binder: Binder, module: Module, constants: Mapping[str, object]) -> BoundNode:
    terms: list[BoundNode] = []
    for name, value in constants.items():
        one = module.by_name[name]
        ref = Ref((), one)
        # How many differ would tell what lies under a mask.
        if one.kind.shape not in _SIMPLE or binder.withheld(module, one) is not None:
            return TRUE
        same: BoundNode = (
            IsEmpty(ref) if value is None else Comparison("==", ref, Const(value, one.kind))
        )
        terms.append(Negation(same))
    if not terms:
        return FALSE
    return terms[0] if len(terms) == 1 else AnyOf(tuple(terms))


def counted(session: Session, change: BatchChange, where: BoundNode) -> int:
    """How many records the reader sees that fulfil `where`."""
    return session.count(change.module, where, change.scope)
