"""Names to places: a dotted path becomes hops along links and the field at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs
from attrs import define, evolve

from crmcore.errors import QueryError, SchemaError
from crmcore.kinds import Link, MultiLink
from crmcore.query.ast import Name, Node
from crmcore.query.bound import BoundNode, Ref, Step
from crmcore.query.reader import Reader
from crmcore.schema import Field, Module, Schema
from crmcore.schema.field import ASKABLE_STAMPS, STAMP_NAMES
from crmcore.schema.names import nearest

MAX_LINKS: Final = 6

VisibleFor = Callable[[Module], BoundNode]
"""What of a module may be seen along a path, as a bound predicate over it."""


@define
class Scope:
    """Where names are looked up: the module asked of, for whom, and how many links were used.

    `formula` allows arithmetic and functions over fields; `policy` predicates fail where
    they mention an empty parameter; `linked` resolves a linked computed field to the path
    that it stands for; `shown` gives a module without the fields that are hidden from the
    reader, in which names are looked up; `withheld` tells why a field that he knows of
    cannot be asked about (a mask, a roll-up of what he may not see); `condition` binds a
    condition that stands inside a formula or an `exists`. At most `most_links` are followed.
    """

    schema: Schema
    reader: Reader
    module: Module
    visible: VisibleFor
    linked: Callable[[Module, Field], tuple[str, ...] | None]
    condition: Callable[[Scope, Node], BoundNode]
    withheld: Callable[[Module, Field], str | None]
    shown: Callable[[Module], Module]
    formula: bool = False
    policy: bool = False
    links: set[tuple[str, ...]] = attrs.field(factory=set)
    prefix: tuple[str, ...] = ()
    most_links: int = MAX_LINKS

    def inside(self, module: Module, prefix: tuple[str, ...]) -> Scope:
        """The scope within `exists(…)` over `module`; link budgets are shared."""
        return evolve(self, module=module, prefix=(*self.prefix, *prefix))

    def follow(self, path: tuple[str, ...], position: int) -> None:
        """Count one more link; raises `QueryError` (`too_many_links`) beyond the cap."""
        self.links.add((*self.prefix, *path))
        if len(self.links) > self.most_links:
            raise QueryError("too_many_links", limit=self.most_links, position=position)

    def field(self, module: Module, name: str, position: int) -> Field:
        """The field of `module` that `name` means, which may be asked about.

        Raises `QueryError`: hidden fields are unknown, withheld ones say why.
        """
        found = self.known_field(module, name, position)
        code = self.withheld(module, found)
        if code is not None:
            raise QueryError(code, module=module.name, name=found.name, position=position)
        return found

    def known_field(self, module: Module, name: str, position: int) -> Field:
        """The field of `module` that `name` means, withheld or not; raises `QueryError`."""
        found = field_of(self.shown(module), name, position)
        # What is shown of a field may be of another kind than the field.
        return module.by_name.get(found.name, found)


def field_of(module: Module, name: str, position: int) -> Field:
    """The field of `module` that `name` (name or label) means; raises `QueryError`."""
    try:
        found = module.field(name)
    except SchemaError as error:
        problem = error.problems[0]
        raise QueryError(
            problem.code, module=module.name, position=position, **problem.params
        ) from None
    if found.name in STAMP_NAMES and found.name not in ASKABLE_STAMPS:
        suggestion = nearest(name, (one.name for one in module.live))
        raise QueryError(
            "unknown_field",
            module=module.name,
            name=name,
            suggestion=suggestion,
            known=", ".join(one.name for one in module.live[:20]),
            position=position,
        )
    return found


def resolve(scope: Scope, parts: tuple[str, ...], position: int = 0) -> Ref:
    """The place that a dotted path names, from the module of `scope`."""
    if not parts:
        raise QueryError("not_a_value", position=position)
    steps, module = walk(scope, parts[:-1], position)
    last = scope.field(module, parts[-1], position)
    if not last.stored:
        path = scope.linked(module, last)
        if path is None:
            raise QueryError("no_rule", module=module.name, field=last.name, position=position)
        rest = resolve(scope.inside(module, parts[:-1]), path, position)
        return Ref((*steps, *rest.steps), rest.field)
    return Ref(steps, last)


def walk(scope: Scope, parts: tuple[str, ...], position: int) -> tuple[tuple[Step, ...], Module]:
    """The hops along the to-one links `parts`, and the module where they end."""
    module = scope.module
    steps: list[Step] = []
    path: list[str] = []
    for part in parts:
        link = scope.field(module, part, position)
        target = _target(scope.schema, link)
        if target is None:
            raise QueryError(
                "not_a_to_one_link",
                module=module.name,
                field=link.name,
                name=part,
                position=position,
            )
        module = target
        path.append(link.name)
        scope.follow(tuple(path), position)
        steps.append(Step(link, module, scope.visible(module)))
    return tuple(steps), module


def _target(schema: Schema, link: Field) -> Module | None:
    """The module that a to-one link leads to; `None` for any other field."""
    if not isinstance(link.kind, Link) or isinstance(link.kind, MultiLink):
        return None
    found = schema.by_name.get(link.kind.target)
    return None if found is None or found.retired else found


def child_relation(scope: Scope, name: Name) -> tuple[tuple[Step, ...], Module, Field]:
    """The hops, child module and link that a relation such as `contacts` means.

    A relation is named after the child module (name, label or English plural), with the
    link behind a dot where there is more than one: `opportunity.partner`.
    """
    for split in range(len(name.parts)):
        try:
            steps, module = walk(scope, name.parts[:split], name.position)
        except QueryError as error:
            if error.code == "too_many_links":
                raise
            break
        found = child_of(scope.schema, module, name.parts[split:])
        if found is not None and found[1].name in scope.shown(found[0]).by_name:
            scope.field(found[0], found[1].name, name.position)
            return steps, *found
    known = _relations(scope.schema, scope.module)
    raise QueryError(
        "unknown_relation",
        module=scope.module.name,
        name=".".join(name.parts),
        suggestion=nearest(".".join(name.parts), known),
        known=", ".join(known),
        position=name.position,
    )


def _relations(schema: Schema, target: Module) -> list[str]:
    """What the relations that lead to `target` are called."""
    pairs = _leading(schema, target)
    children = [child.name for child, _ in pairs]
    return sorted(
        child.name if children.count(child.name) == 1 else f"{child.name}.{link.name}"
        for child, link in pairs
    )


def _leading(schema: Schema, target: Module) -> list[tuple[Module, Field]]:
    pairs = schema.children(target.name)
    return [(child, link) for child, link in pairs if not isinstance(link.kind, MultiLink)]


def child_of(schema: Schema, target: Module, parts: tuple[str, ...]) -> tuple[Module, Field] | None:
    """The child module and its link that the relation `parts` of `target` means."""
    if not 1 <= len(parts) <= 2:
        return None
    wanted = parts[0].casefold()
    pairs = [pair for pair in _leading(schema, target) if wanted in _spellings(pair[0])]
    if len(parts) == 2:
        link_name = parts[1]
        pairs = [
            (child, link)
            for child, link in pairs
            if link.name == link_name or link_name in link.label.all()
        ]
    return pairs[0] if len(pairs) == 1 else None


def _spellings(module: Module) -> set[str]:
    name = module.name
    plural = name[:-1] + "ies" if name.endswith("y") else name + "s"
    return {name, plural, *(label.casefold() for label in module.label.all())}
