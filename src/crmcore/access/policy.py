"""Who is asking: a user, his roles, and the reader that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from attrs import field, frozen

from crmcore.access.roles import EVERY_MODULE, Role
from crmcore.errors import QueryError, SchemaError
from crmcore.kinds import Date, DateTime, Link, Text
from crmcore.kinds.temporal import zone_of
from crmcore.query import ast
from crmcore.query.reader import EVERYTHING, Parameter, Reader
from crmcore.schema import Schema

SYSTEM_USER: Final = "0" * 31 + "1"
"""The id of the user in whose name unrestricted work is done."""

_ABOUT_ME: Final = ("name", "login", "job_title", "department")
_USER, _INSTANT, _DAY, _TEXT = Link("crm_user"), DateTime(), Date(), Text()


@frozen
class System:
    """Unrestricted work, by name: why, and for whom (a user id)."""

    reason: str
    behalf: str | None = None


@frozen
class User:
    """A user of the workspace with his roles; `active` users alone may do anything."""

    id: str
    name: str
    login: str | None = None
    job_title: str | None = None
    department: str | None = None
    superior: str | None = None
    active: bool = True
    roles: tuple[Role, ...] = field(default=(), converter=tuple[Role, ...])


def reader_of(
    user: User,
    schema: Schema,
    now: datetime,
    zone: str,
    revision: int,
    scopes: Mapping[tuple[str, str], ast.Node] | None = None,
) -> Reader:
    """The reader that `user` is at the moment `now` in `zone`; `scopes` as `granted` found them."""
    if not user.active:
        scopes = {}
    elif scopes is None:
        scopes = granted(user.roles, schema)
    return Reader(user.id, now, zone, parameters_of(user, now, zone), scopes, False, revision)


def system_reader(now: datetime, zone: str, revision: int = 0) -> Reader:
    """The reader of `System` work."""
    user = User(SYSTEM_USER, "system")
    return Reader(SYSTEM_USER, now, zone, parameters_of(user, now, zone), {}, True, revision)


def parameters_of(user: User, now: datetime, zone: str) -> dict[str, Parameter]:
    """What `me`, `me.…`, `now` and `today` mean."""
    found = {
        "me": Parameter(_USER, user.id),
        "me.superior": Parameter(_USER, user.superior),
        "now": Parameter(_INSTANT, now),
        "today": Parameter(_DAY, now.astimezone(zone_of(zone)).date()),
    }
    for name in _ABOUT_ME:
        found[f"me.{name}"] = Parameter(_TEXT, getattr(user, name))
    return found


def granted(roles: Iterable[Role], schema: Schema) -> Mapping[tuple[str, str], ast.Node]:
    """(module, operation) → the alternatives under which the roles allow it."""
    alternatives: dict[tuple[str, str], list[ast.Node]] = {}
    people = [one.name for one in schema.modules if not one.name.startswith("crm_")]
    for role in roles:
        for grant in role.grants:
            modules = people if grant.module == EVERY_MODULE else [grant.module]
            for operation in grant.operations:
                if operation == "configure":
                    alternatives[(EVERY_MODULE, operation)] = [EVERYTHING]
                    continue
                for module in modules:
                    condition = _applicable(schema, module, grant.condition())
                    if condition is not None:
                        alternatives.setdefault((module, operation), []).append(condition)
    return {place: _any_of(terms) for place, terms in alternatives.items()}


def _any_of(terms: list[ast.Node]) -> ast.Node:
    if EVERYTHING in terms:
        return EVERYTHING
    return terms[0] if len(terms) == 1 else ast.Logic("or", terms)


def _applicable(schema: Schema, module: str, condition: ast.Node) -> ast.Node | None:
    """The alternatives of a grant whose fields `module` has; a grant over `*` skips the rest."""
    definition = schema.by_name.get(module)
    if definition is None or definition.retired or not definition.enabled:
        return None
    if isinstance(condition, ast.Logic) and condition.connective == "or":
        kept = [
            one
            for term in condition.terms
            if (one := _applicable(schema, module, term)) is not None
        ]
        return _any_of(kept) if kept else None
    for name in _names(condition):
        if name[0] not in ("me", "now", "today"):
            try:
                definition.field(name[0])
            except (SchemaError, QueryError):
                return None
    return condition


def tells_time(scopes: Mapping[tuple[str, str], ast.Node]) -> bool:
    """Whether what is granted depends on when it is asked."""
    return any(_mentions_time(one) for one in scopes.values())


def _mentions_time(node: ast.Node) -> bool:
    if isinstance(node, ast.Name):
        return node.parts[0] in ("now", "today")
    # Called functions may read the clock or hold conditions of their own.
    return isinstance(node, ast.Call) or any(map(_mentions_time, _parts(node)))


def _names(node: ast.Node) -> Iterable[tuple[str, ...]]:
    if isinstance(node, ast.Name):
        yield node.parts
    elif isinstance(node, ast.Call) and node.function in ("exists", "all", "count"):
        return
    else:
        for part in _parts(node):
            yield from _names(part)


def _parts(node: ast.Node) -> Iterable[ast.Node]:
    if isinstance(node, (ast.Compare, ast.Arithmetic)):
        return (node.left, node.right)
    if isinstance(node, ast.Logic):
        return node.terms
    if isinstance(node, ast.Not):
        return (node.term,)
    if isinstance(node, ast.Items):
        return node.items
    return node.arguments if isinstance(node, ast.Call) else ()
