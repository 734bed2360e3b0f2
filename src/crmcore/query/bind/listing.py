"""Lists of who has a record besides its owner: shares and teams, asked of by policy alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import evolve

from crmcore.query import ast
from crmcore.query.bind.paths import Scope, walk
from crmcore.query.bind.refusal import refusal
from crmcore.query.bound import TRUE, BoundNode, Related

LISTS: Final = {"shared": "crm_share", "team": "crm_team_member"}
"""The function of a grant → the module of what it looks for."""

CONSENTED: Final = "consented"
"""The function that tells whether the person of a record consented to a purpose."""

SHARE_LEVELS: Final = ("read", "update", "full")
"""What a share or a place in a team allows: each all that stands before it too."""


def listed(scope: Scope, node: ast.Call) -> BoundNode:
    """`shared(level)` or `team(level)`, of the record at the end of a path given behind it."""
    child = scope.schema.by_name[LISTS[node.function]]
    given = node.arguments[0] if node.arguments else None
    level = given.value if isinstance(given, ast.Value) else None
    if level not in SHARE_LEVELS or len(node.arguments) > 2:
        raise refusal("needs_constant_level", node, function=node.function)
    path = node.arguments[1] if len(node.arguments) == 2 else None
    parts = path.parts if isinstance(path, ast.Name) else ()
    steps, module = walk(scope, parts, node.position)
    scope.follow((*parts, child.name), node.position)
    enough = SHARE_LEVELS[SHARE_LEVELS.index(level) :]
    # Not failing closed as a whole: who is in no department may still be named himself.
    inner = evolve(scope.inside(child, parts), policy=False)
    where = scope.condition(inner, _entry(child.name, module.name, enough))
    return Related(steps, child, child.by_name["record"], TRUE, where, ">=", 1)


def consented(scope: Scope, node: ast.Call) -> BoundNode:
    """`consented(purpose)`, of the record at the end of a path given behind it."""
    child = scope.schema.by_name["crm_consent"]
    given = node.arguments[0] if node.arguments else None
    purpose = given.value if isinstance(given, ast.Value) else None
    if not isinstance(purpose, str) or len(node.arguments) > 2:
        raise refusal("needs_constant_level", node, function=node.function)
    path = node.arguments[1] if len(node.arguments) == 2 else None
    parts = path.parts if isinstance(path, ast.Name) else ()
    steps, module = walk(scope, parts, node.position)
    scope.follow((*parts, child.name), node.position)
    end = ast.Name("withdrawn_at")
    lasting = [ast.Compare("==", end, ast.Value(None)), ast.Compare(">", end, ast.Name("now"))]
    valid: list[ast.Node] = [
        ast.Compare("==", ast.Name("module"), ast.Value(module.name)),
        ast.Compare("==", ast.Name("purpose"), ast.Value(purpose)),
        ast.Compare("<=", ast.Name("given_at"), ast.Name("now")),
        ast.Logic("or", lasting),
    ]
    where = scope.condition(scope.inside(child, parts), ast.Logic("and", valid))
    return Related(steps, child, child.by_name["subject"], TRUE, where, ">=", 1)


def _entry(child: str, module: str, levels: Sequence[str]) -> ast.Node:
    """The condition on an entry of the list that speaks of records of `module` and of me."""
    terms: list[ast.Node] = [
        ast.Compare("==", ast.Name("module"), ast.Value(module)),
        ast.Compare("in", ast.Name("level"), ast.Items(map(ast.Value, levels))),
    ]
    named = ast.Compare("==", ast.Name("user"), ast.Name("me"))
    if child == LISTS["team"]:
        return ast.Logic("and", [*terms, named])
    ends = ast.Name("expires_at")
    lasting = [ast.Compare("==", ends, ast.Value(None)), ast.Compare(">", ends, ast.Name("now"))]
    department = ast.Compare("in", ast.Name("department"), ast.Name(("me", "department_line")))
    role = ast.Compare("in", ast.Name("role"), ast.Name(("me", "roles")))
    people = ast.Logic("or", [named, department, role])
    return ast.Logic("and", [*terms, ast.Logic("or", lasting), people])
