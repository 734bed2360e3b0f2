"""Work for a purpose: who did not consent to it is not there, and what goes with him neither."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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


def purpose_role(schema: Schema, purpose: str, given: Iterable[str] = ()) -> Role:
    """What denies the records of persons who did not consent to `purpose`.

    A module with fields classified personal or sensitive holds persons; what goes with them
    by cascading links is theirs. A host's table keeps no consents: it is closed. The
    persons `given` (ids) count as if they consented.
    """
    denials, spared = list[Denial](), [ast.Value(one) for one in sorted(given)]
    for module in schema.modules:
        for path in purpose_paths(schema, module):
            called = f"{PURPOSE} {len(denials) + 1}" if denials else PURPOSE
            where = print_expression(_without_consent(purpose, path, spared))
            denials.append(Denial(called, module.name, where=where))
        if _holds_persons(module) and module.keeping == "adopted":
            denials.append(Denial(f"{PURPOSE} {len(denials) + 1}", module.name))
    return Role(PURPOSE, denials=denials)


def _holds_persons(module: Module) -> bool:
    is_own = module.name.startswith(RESERVED_PREFIX) or module.retired
    return not is_own and any(one.personal for one in module.live)


def purpose_paths(schema: Schema, module: Module) -> Iterator[tuple[str, ...]]:
    """The paths from a record of `module` to the persons it belongs to; `()`: it is one."""
    return _paths(schema, module, ())


def _paths(schema: Schema, module: Module, seen: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
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


def _without_consent(purpose: str, path: tuple[str, ...], spared: Sequence[ast.Value]) -> ast.Node:
    person = ast.Name(path or ("id",))
    given = ast.Call(CONSENTED, (ast.Value(purpose), *((person,) if path else ())))
    terms: list[ast.Node] = [ast.Not(given)]
    if path:
        terms.insert(0, ast.Not(ast.Compare("==", person, ast.Value(None))))
    if spared:
        terms.append(ast.Not(ast.Compare("in", person, ast.Items(spared))))
    return terms[0] if len(terms) == 1 else ast.Logic("and", terms)
