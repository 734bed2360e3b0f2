"""Roles: what a person may do, as data. No grant, no access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

from attrs import field, frozen

from crmcore.access.masks import check_mask
from crmcore.access.scopes import check_scope
from crmcore.errors import SchemaError
from crmcore.kinds import Labels
from crmcore.kinds.labels import labels
from crmcore.query import ast
from crmcore.query.text import parse
from crmcore.schema import Module
from crmcore.schema.names import RESERVED_PREFIX

Level = Literal["hidden", "masked", "read", "write"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""What a field right may be, from least to most."""

OPERATIONS: Final = (
    "read",
    "create",
    "update",
    "delete",
    "restore",
    "transfer",
    "share",
    "claim",
    "merge",
    "export",
    "import",
    "bulk_update",
    "report",
    "approve",
    "configure",
    "impersonate",
)
"""What a grant may allow; `configure` and `impersonate` (of the whole workspace) need `*`."""

OF_THE_WORKSPACE: Final = ("configure", "impersonate")
LIMITED: Final = ("export", "bulk_update", "import")
"""Operations whose number of records a role may limit."""

EVERY_MODULE: Final = "*"
"""All modules that people defined; reserved ones are granted by name."""

EVERYONE: Final = "everyone"
"""The role of this name, where there is one, is everybody's."""


def covers(named: str, module: Module) -> bool:
    """Whether a rule over `named` speaks of `module`: `*` of those that people defined."""
    if named == EVERY_MODULE:
        return not module.name.startswith(RESERVED_PREFIX)
    return named == module.name


def _texts(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _check_operations(operations: Iterable[str]) -> None:
    for operation in operations:
        if operation not in OPERATIONS:
            known = ", ".join(OPERATIONS)
            raise SchemaError("unknown_operation", name=operation, known=known)


def _condition(where: str | None) -> ast.Node:
    return ast.Value(True) if where is None else parse(where)


@frozen
class Grant:
    """Operations on records of `module` (name or `*`) that lie in one of `scopes` and fulfil
    `where`.

    Scopes are words such as `own`, `department_and_below`, `subordinates`, `shared`, `team`,
    `territory`, `pool` or `via:account` (what the linked account allows); without any, all.
    `exports` are the fields classified personal or sensitive that `export` may take out (`*`
    for all of them); others it takes out anyway. Raises `SchemaError` for unknown words, and
    for `exports` without `export`.
    """

    module: str
    operations: tuple[str, ...] = field(converter=_texts)
    where: str | None = None
    scopes: tuple[str, ...] = field(default=(), converter=_texts)
    exports: tuple[str, ...] = field(default=(), converter=_texts)

    def __attrs_post_init__(self) -> None:
        _check_operations(self.operations)
        if self.exports and "export" not in self.operations:
            raise SchemaError("exports_without_export", name=self.module)
        for scope in self.scopes:
            check_scope(scope)

    def condition(self) -> ast.Node:
        """`where` as an expression; everything without it. Raises `QueryError`."""
        return _condition(self.where)


@frozen
class Denial:
    """What holders of a role may not do, whatever else grants it; `name` tells which rule it was.

    With `fields`, it takes these fields from `read` (they are hidden) or from `update`
    (they are read only) instead of records. A denial that mentions an empty parameter denies.
    """

    name: str
    module: str
    operations: tuple[str, ...] = field(default=OPERATIONS, converter=_texts)
    where: str | None = None
    fields: tuple[str, ...] = field(default=(), converter=_texts)

    def __attrs_post_init__(self) -> None:
        _check_operations(self.operations)

    def condition(self) -> ast.Node:
        """`where` as an expression; everything without it. Raises `QueryError`."""
        return _condition(self.where)


@frozen
class FieldRule:
    """How far a role opens `fields` of `module` (where `where` holds): hidden … write.

    `mask` says what of a masked value is shown: `full`, `last4`, `phone`, `domain`,
    `initials`, `bucket` or `keep:3,4`. Raises `SchemaError` for unknown words.
    """

    module: str
    fields: tuple[str, ...] = field(converter=_texts)
    level: Level = "hidden"
    mask: str = "full"
    where: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.level not in LEVELS:
            raise SchemaError("unknown_level", name=self.level, known=", ".join(LEVELS))
        check_mask(self.mask)

    def condition(self) -> ast.Node:
        """`where` as an expression; everything without it. Raises `QueryError`."""
        return _condition(self.where)


def _limits(
    given: Mapping[str, int] | Iterable[tuple[str, int]],
) -> tuple[tuple[str, int], ...]:
    found = dict(given)
    for operation, limit in found.items():
        if operation not in LIMITED or isinstance(limit, bool) or limit < 0:
            raise SchemaError("bad_limits", name=operation, known=", ".join(LIMITED))
    return tuple(sorted(found.items()))


@frozen
class Role:
    """A named set of grants, denials and field rights; `limits` are records per operation.

    Precedence, from strongest to weakest: a denial of any role; then the most that any
    role opens. A role that does not grant a module says nothing of its fields.
    """

    name: str
    label: Labels = field(default=Labels(), converter=labels)
    grants: tuple[Grant, ...] = field(default=(), converter=tuple[Grant, ...])
    denials: tuple[Denial, ...] = field(default=(), converter=tuple[Denial, ...])
    fields: tuple[FieldRule, ...] = field(default=(), converter=tuple[FieldRule, ...])
    limits: tuple[tuple[str, int], ...] = field(default=(), converter=_limits)

    def check(self) -> None:
        """Raise `QueryError` where a condition cannot be read."""
        for rules in (self.grants, self.denials, self.fields):
            for one in rules:
                one.condition()
