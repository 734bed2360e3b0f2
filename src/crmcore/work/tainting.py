"""Computed fields are open, and exported, no further than what they are computed of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve

from crmcore.access import Rights
from crmcore.access.opening import is_at_least, lowest
from crmcore.errors import CrmError
from crmcore.kinds import Link
from crmcore.query import ast
from crmcore.query.bind.paths import child_of
from crmcore.query.reader import OPEN, FieldRight
from crmcore.query.text import parse
from crmcore.query.walking import RELATIONS, names_parameter, parts_of
from crmcore.rules import ComputedRule, Formula, LinkedField
from crmcore.schema import Module, Schema

Place = tuple[str, str]


def tainted(
    rights: Rights,
    schema: Schema,
    computed: Sequence[ComputedRule],
    left: Mapping[Place, frozenset[Place]],
) -> Rights:
    """`rights`, with those to computed fields lowered to the strictest of their inputs.

    Inputs of rules that are gone count too: `left` has those whose values are left. A computed
    field that a role speaks of is left as declared. One that is computed of what is not exported
    is not exported either.
    """
    if not (rights.fields or rights.kept_in) or not (computed or left):
        return rights
    inputs = dict(left)
    for one in computed:
        place = (one.module, one.field)
        inputs[place] = inputs.get(place, frozenset()) | frozenset(inputs_of(one, schema))
    declared = {place for place in inputs if place in rights.fields}
    found = dict(rights.fields)
    for _ in inputs:
        before = dict(found)
        for place, parts in inputs.items():
            if place not in declared:
                level = _strictest(found, parts)
                if level != "write":
                    found[place] = FieldRight(level)
        if found == before:
            break
    return evolve(rights, fields=found, kept_in=_kept_in(rights, inputs))


def _kept_in(rights: Rights, inputs: Mapping[Place, frozenset[Place]]) -> frozenset[Place]:
    found = rights.kept_in
    for _ in inputs:
        found |= {place for place, parts in inputs.items() if parts & found}
    return found


def _strictest(found: Mapping[Place, FieldRight], parts: Iterable[Place]) -> str:
    level = lowest([found.get(part, OPEN).level for part in parts] or ["write"])
    # What is computed of a value that may be known is known; it is not written anyway.
    return "write" if is_at_least(level, "read") else "hidden"


def inputs_of(rule: ComputedRule, schema: Schema) -> Iterator[Place]:
    """The fields (module, field) that `rule` computes its field of, those on the way included."""
    module = schema.by_name.get(rule.module)
    if module is None:
        return
    if isinstance(rule, Formula):
        yield from _of_expression(parse(rule.expression), module, schema)
    elif isinstance(rule, LinkedField):
        yield from places_along(rule.path, module, schema)
    else:
        child = schema.by_name.get(rule.child)
        if child is None:
            return
        yield from places_along((rule.link,), child, schema)
        if rule.over is not None:
            yield from places_along((rule.over,), child, schema)
        if rule.where is not None:
            yield from _of_expression(parse(rule.where), child, schema)


def _of_expression(node: ast.Node, module: Module, schema: Schema) -> Iterator[Place]:
    if isinstance(node, ast.Name):
        if not names_parameter(node.parts):
            yield from places_along(node.parts, module, schema)
    elif isinstance(node, ast.Call) and node.function in RELATIONS:
        yield from _of_relation(node, module, schema)
    else:
        for part in parts_of(node):
            yield from _of_expression(part, module, schema)


def _of_relation(node: ast.Call, module: Module, schema: Schema) -> Iterator[Place]:
    name = node.arguments[0] if node.arguments else None
    here: Module | None = module
    for split, part in enumerate(name.parts if isinstance(name, ast.Name) else ()):
        assert isinstance(name, ast.Name)
        found = None if here is None else child_of(schema, here, name.parts[split:])
        if found is not None:
            child, link = found
            yield from places_along(name.parts[:split], module, schema)
            yield child.name, link.name
            for condition in node.arguments[1:]:
                yield from _of_expression(condition, child, schema)
            return
        here = None if here is None else _behind(part, here, schema)


def _behind(name: str, module: Module, schema: Schema) -> Module | None:
    try:
        kind = module.field(name).kind
    except CrmError:
        return None
    return schema.by_name.get(kind.target) if isinstance(kind, Link) else None


def places_along(path: Sequence[str], module: Module, schema: Schema) -> Iterator[Place]:
    """The fields (module, field) that `path` names, step by step."""
    here: Module | None = module
    for name in path:
        if here is None:
            return
        try:
            one = here.field(name)
        except CrmError:
            return
        yield here.name, one.name
        here = _behind(name, here, schema)
