"""What roles come to for a schema: predicates per module and operation, and field rights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import field, frozen

from crmcore.access.opening import field_rights, kept_in
from crmcore.access.roles import EVERY_MODULE, OF_THE_WORKSPACE, OPERATIONS, Grant, Role, covers
from crmcore.access.scopes import READING, VIA, all_of, alternatives, behind, scope_node
from crmcore.errors import QueryError, SchemaError
from crmcore.kinds import Link, MultiLink
from crmcore.query import ast
from crmcore.query.reader import EVERYTHING, FieldRight
from crmcore.query.walking import RELATIONS, names_parameter, parts_of, within
from crmcore.schema import Module, Schema

Place = tuple[str, str]
"""A module and an operation, or a field."""


@frozen
class Rights:
    """What somebody with certain roles may do; see `Reader` for the parts."""

    scopes: Mapping[Place, ast.Node] = field(factory=dict)
    denials: Mapping[Place, Mapping[str, ast.Node]] = field(factory=dict)
    fields: Mapping[Place, FieldRight] = field(factory=dict)
    limits: Mapping[str, int] = field(factory=dict)
    kept_in: frozenset[Place] = frozenset()


@frozen
class GrantInForce:
    """One way in which a role allows something: a scope of a grant, and its condition."""

    role: Role
    grant: Grant
    condition: ast.Node
    scope: str | None = None


def rights_of(roles: Iterable[Role], schema: Schema) -> Rights:
    """What `roles` together allow in `schema`. A grant whose fields a module lacks is no grant."""
    policy = Policy(tuple(roles), schema)
    scopes: dict[Place, ast.Node] = {}
    denials: dict[Place, Mapping[str, ast.Node]] = {}
    # Equal conditions are one object: whoever binds them sees at once that they are equal.
    first: dict[ast.Node, ast.Node] = {}
    for operation in OF_THE_WORKSPACE:
        if any(operation in one.operations for role in policy.roles for one in role.grants):
            scopes[EVERY_MODULE, operation] = EVERYTHING
    for module in schema.modules:
        for operation in OPERATIONS:
            place = (module.name, operation)
            terms = [one.condition for one in policy.grants(module, operation)]
            if terms and operation not in OF_THE_WORKSPACE:
                scope = any_of(terms)
                scopes[place] = first.setdefault(scope, scope)
                found = policy.denials(module, operation)
                if found:
                    denials[place] = {
                        name: first.setdefault(one, one) for name, one in found.items()
                    }
    fields, within = field_rights(policy.roles, schema), kept_in(policy.roles, schema)
    return Rights(scopes, denials, fields, policy.limits(), within)


@frozen
class Policy:
    """Roles together, asked one place at a time."""

    roles: tuple[Role, ...]
    schema: Schema

    def grants(
        self, module: Module, operation: str, within: tuple[str, ...] = ()
    ) -> Iterator[GrantInForce]:
        """The grants that allow `operation` on `module`, each alternative by itself."""
        if module.retired or not module.enabled or module.name in within:
            # What is inherited in a circle is inherited from nobody.
            return
        for role in self.roles:
            for grant in role.grants:
                if operation in grant.operations and covers(grant.module, module):
                    for scope, condition in self._conditions(module, operation, grant, within):
                        yield GrantInForce(role, grant, condition, scope)

    def denials(self, module: Module, operation: str) -> Mapping[str, ast.Node]:
        """The denials by name that take `operation` on `module` away, and where.

        Several of one name, of one role or of many, all hold.
        """
        found: dict[str, list[ast.Node]] = {}
        for role in self.roles:
            for one in role.denials:
                if operation in one.operations and not one.fields and covers(one.module, module):
                    found.setdefault(one.name, []).append(one.condition())
        return {name: any_of(some) for name, some in found.items()}

    def limits(self) -> Mapping[str, int]:
        """Operation → the most records at once, where every role that allows it has a limit."""
        found: dict[str, int] = {}
        for operation in {name for role in self.roles for name, _ in role.limits}:
            allowing = [
                role
                for role in self.roles
                if any(operation in grant.operations for grant in role.grants)
            ]
            limits = [dict(role.limits).get(operation) for role in allowing]
            known = [one for one in limits if one is not None]
            if known and len(known) == len(limits):
                found[operation] = max(known)
        return found

    def _conditions(
        self, module: Module, operation: str, grant: Grant, within: tuple[str, ...]
    ) -> Iterator[tuple[str | None, ast.Node]]:
        base = applicable(module, grant.condition())
        if base is None:
            return
        if not grant.scopes:
            yield None, base
        for word in grant.scopes:
            if word.startswith(VIA):
                inherited = self._inherited(module, operation, word[len(VIA) :], within)
                yield from ((word, all_of([one, base])) for one in inherited)
            else:
                scope = applicable(module, scope_node(word, operation))
                if scope is not None:
                    yield word, all_of([scope, base])

    def _inherited(
        self, module: Module, operation: str, link: str, within: tuple[str, ...]
    ) -> Iterator[ast.Node]:
        """What the record behind `link` allows: to read it, or else to change it."""
        names = module.named((link,))
        one = next((found for found in module.live if found.name in names), None)
        if one is None or not isinstance(one.kind, Link) or isinstance(one.kind, MultiLink):
            return
        target = self.schema.by_name.get(one.kind.target)
        if target is None:
            return
        link, needed = one.name, "read" if operation in READING else "update"
        is_linked = ast.Not(ast.Compare("==", ast.Name((link,)), ast.Value(None)))
        denied = [
            ast.Not(behind(link, condition))
            for asked in dict.fromkeys(("read", needed))
            for condition in self.denials(target, asked).values()
        ]
        for found in self.grants(target, needed, (*within, module.name)):
            for term in alternatives(found.condition):
                yield all_of([is_linked, behind(link, term), *denied])


def any_of(terms: Sequence[ast.Node]) -> ast.Node:
    """Some one of `terms`; everything where one is everything."""
    found = [one for term in terms for one in alternatives(term)]
    if EVERYTHING in found:
        return EVERYTHING
    kept = list(dict.fromkeys(found))
    return kept[0] if len(kept) == 1 else ast.Logic("or", kept)


def applicable(module: Module, condition: ast.Node) -> ast.Node | None:
    """The alternatives of a condition whose fields `module` has; `None` where there is none."""
    if isinstance(condition, ast.Logic) and condition.connective == "or":
        kept = [one for term in condition.terms if (one := applicable(module, term)) is not None]
        return any_of(kept) if kept else None
    for name in _names(condition):
        if not names_parameter(name):
            try:
                module.field(name[0])
            except (SchemaError, QueryError):
                return None
    return condition


def tells_time(conditions: Iterable[ast.Node]) -> bool:
    """Whether what is granted depends on when it is asked."""
    return any(map(_mentions_time, conditions))


def _mentions_time(node: ast.Node) -> bool:
    # Called functions may read the clock or hold conditions of their own.
    return any(
        isinstance(one, ast.Call)
        or (isinstance(one, ast.Name) and one.parts[0] in ("now", "today"))
        for one in within(node)
    )


def _names(node: ast.Node) -> Iterable[tuple[str, ...]]:
    if isinstance(node, ast.Name):
        yield node.parts
    elif isinstance(node, ast.Call) and node.function in RELATIONS:
        return
    else:
        for part in parts_of(node):
            yield from _names(part)
