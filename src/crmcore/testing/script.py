"""A history as data: a schema, and commits made of acts on records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from crmcore.query.ast import Node
from crmcore.schema import Module, Schema
from crmcore.schema.reserved import CHANGE_SET, OPERATION, ROLE, USER

RESERVED_PART = (USER, ROLE, OPERATION, CHANGE_SET)
"""What a store cannot do without: change sets, and the users that stamps link to."""


@frozen
class Create:
    """A new record."""

    module: str
    record: str
    values: Mapping[str, object] = field(factory=dict)


@frozen
class Change:
    """A new version with `values` in the place of the former ones; `stale`: of a lost version."""

    module: str
    record: str
    values: Mapping[str, object] = field(factory=dict)
    stale: bool = False


@frozen
class Remove:
    """The removal of a record; `stale`: of a lost version."""

    module: str
    record: str
    stale: bool = False


@frozen
class Check:
    """An `Expect`: the record exists, or has its present (else a lost) version."""

    module: str
    record: str
    version: Literal["any", "present", "lost"] = "any"


@frozen
class Assign:
    """A `Rewrite`: `values` for every record that fulfils `where`; alone in its commit."""

    module: str
    where: Node | None = None
    values: Mapping[str, object] = field(factory=dict)


Act = Create | Change | Remove | Check | Assign


@frozen
class Commit:
    """One transaction: its acts, in one call of `apply` (`whole`) or one call for each.

    `position` is where its change set is sealed, at once; `None`: it stays unsealed.
    """

    acts: tuple[Act, ...] = field(default=(), converter=tuple[Act, ...])
    position: int | None = None
    whole: bool = True


@frozen
class World:
    """A schema of user modules and what was committed under it."""

    modules: tuple[Module, ...] = field(converter=tuple[Module, ...])
    commits: tuple[Commit, ...] = field(default=(), converter=tuple[Commit, ...])

    @property
    def schema(self) -> Schema:
        """The modules with the reserved ones that a store cannot do without."""
        return Schema((*RESERVED_PART, *self.modules))
