"""Work for a purpose: who did not consent to it is not there, and what goes with him neither."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import frozen

from crmcore.access import Denial, Role
from crmcore.kinds import Link, MultiLink
from crmcore.query import ast
from crmcore.query.bind.listing import CONSENTED
from crmcore.query.text import print_expression
from crmcore.schema import Module, Schema
from crmcore.schema.names import RESERVED_PREFIX

PURPOSE: Final = "purpose"
"""The name of the rule, as refusals tell it."""


@frozen
class ForPurpose:
    """Work of `user` (an id) for `purpose` alone."""

    user: str
    purpose: str
    behalf: str | None = None
    reason: str | None = None


def purpose_role(schema: Schema, purpose: str) -> Role:
    """What denies the records of persons who did not consent to `purpose`.

    A module with fields classified personal or sensitive holds persons; what goes with them
    by cascading links is theirs. A host's table keeps no consents: it is closed.
    """
    denials: list[Denial] = []
    for module in schema.modules:
        for path in _paths(schema, module, ()):
            called = f"{PURPOSE} {len(denials) + 1}" if denials else PURPOSE
            where = print_expression(_without_consent(purpose, path))
            denials.append(Denial(called, module.name, where=where))
        if _holds_persons(module) and module.keeping == "adopted":
            denials.append(Denial(f"{PURPOSE} {len(denials) + 1}", module.name))
    return Role(PURPOSE, denials=denials)


def _holds_persons(module: Module) -> bool:
    is_own = module.name.startswith(RESERVED_PREFIX) or module.retired
    return not is_own and any(one.personal for one in module.live)


def _paths(schema: Schema, module: Module, seen: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The paths from a record of `module` to the persons it belongs to; `()`: it is one."""
    if module.keeping == "adopted" or module.name in seen:
        return
    if _holds_persons(module):
        yield ()
    for one in module.links():
        kind = one.kind
        if isinstance(kind, Link) and not isinstance(kind, MultiLink):
            target = schema.by_name.get(kind.target)
            if target is not None and kind.on_removal == "cascade":
                for path in _paths(schema, target, (*seen, module.name)):
                    yield (one.name, *path)


def _without_consent(purpose: str, path: tuple[str, ...]) -> ast.Node:
    if not path:
        return ast.Not(ast.Call(CONSENTED, (ast.Value(purpose),)))
    given = ast.Call(CONSENTED, (ast.Value(purpose), ast.Name(path)))
    is_linked = ast.Not(ast.Compare("==", ast.Name(path), ast.Value(None)))
    return ast.Logic("and", [is_linked, ast.Not(given)])
