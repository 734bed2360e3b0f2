"""Which records have a field open: the right to it as a condition, text by text and bound."""

from __future__ import annotations

from collections.abc import Iterable

from crmcore.access.opening import is_at_least
from crmcore.evolving.weighing import Pair, may
from crmcore.query import ast
from crmcore.query.bind import Binder
from crmcore.query.bound import FALSE, TRUE, AnyOf, BoundNode, Negation, both
from crmcore.query.reader import FieldCase, FieldRight
from crmcore.schema import Field, Module


def needed(operation: str) -> str:
    """The level that `operation` needs of a field: to know it, or to write it."""
    return "read" if operation in ("read", "report", "export") else "write"


def opened(binder: Binder, module: Module, right: FieldRight, level: str) -> BoundNode:
    """The records of which `right` opens a field as far as `level`."""
    if not right.is_conditional:
        return TRUE if is_at_least(right.level, level) else FALSE
    terms = [_role(binder, module, cases, level) for cases in right.cases]
    found: BoundNode = TRUE if TRUE in terms else _any(terms)
    for cap in right.caps:
        if not is_at_least(cap.level, level):
            capped = binder.policy(module, cap.where, denial=True)
            found = both(found, FALSE if capped == TRUE else _not(capped))
    return found


def _role(binder: Binder, module: Module, cases: Iterable[FieldCase], level: str) -> BoundNode:
    """Where one role opens it: the first of its cases that holds decides."""
    terms: list[BoundNode] = []
    earlier: BoundNode = TRUE
    for case in cases:
        where = binder.policy(module, case.where)
        if is_at_least(case.level, level):
            terms.append(both(earlier, where))
        earlier = both(earlier, _not(where))
        if earlier == FALSE:
            break
    return TRUE if TRUE in terms else _any(terms)


def _not(node: BoundNode) -> BoundNode:
    if node in (TRUE, FALSE):
        return FALSE if node == TRUE else TRUE
    return node.term if isinstance(node, Negation) else Negation(node)


def _any(terms: Iterable[BoundNode]) -> BoundNode:
    kept = [one for one in terms if one != FALSE]
    if not kept:
        return FALSE
    return kept[0] if len(kept) == 1 else AnyOf(tuple(kept))


def opened_text(right: FieldRight, level: str) -> ast.Node:
    """The same as an expression that was not bound to anybody."""
    if not right.is_conditional:
        return ast.Value(is_at_least(right.level, level))
    roles: list[ast.Node] = []
    for cases in right.cases:
        earlier: list[ast.Node] = []
        for case in cases:
            if is_at_least(case.level, level):
                roles.append(ast.Logic("and", [*earlier, case.where]))
            earlier.append(ast.Not(case.where))
    caps = [ast.Not(cap.where) for cap in right.caps if not is_at_least(cap.level, level)]
    return ast.Logic("and", [ast.Logic("or", roles), *caps])


def taken_out(
    old: Binder | None, new: Binder | None, module: Module
) -> list[tuple[Pair, tuple[str, ...]]]:
    """The fields of `module` that are kept in unless a grant names them, by where they may leave.

    A condition for before and one for after; fields of which nothing changes are left out.
    """
    sides = [one for one in (old, new) if one is not None]
    kept = {name for one in sides for place, name in one.reader.kept_in if place == module.name}
    found: dict[Pair, list[str]] = {}
    for one in module.live:
        if one.personal or one.name in kept:
            pair = _leaving(old, module, one), _leaving(new, module, one)
            if pair[0] != pair[1]:
                found.setdefault(pair, []).append(one.name)
    return [(pair, tuple(names)) for pair, names in found.items()]


def _leaving(binder: Binder | None, module: Module, one: Field) -> BoundNode:
    if binder is None or (module.name, one.name) in binder.reader.kept_in:
        return FALSE
    right = binder.reader.field_right(module.name, one.name)
    return both(may(binder, module, "export"), opened(binder, module, right, "read"))
