"""The configuration of a workspace at one revision: schema, computed fields, users, roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from attrs import define, field

from crmcore.access import Role, User, granted, tells_time
from crmcore.query import ast
from crmcore.query.bind import Binder
from crmcore.query.bound import BoundNode
from crmcore.query.reader import Reader
from crmcore.rules import ComputedRule, Formula, LinkedField, RollUp
from crmcore.schema import Field, Module, Schema


@define(frozen=True, slots=False)
class Configuration:
    """What is in force between two changes of policy. `revision` is the head's version.

    `users` and `roles` are by id, `settings` by name.
    """

    schema: Schema
    computed: tuple[ComputedRule, ...] = field(default=(), converter=tuple[ComputedRule, ...])
    users: Mapping[str, User] = field(factory=dict)
    settings: Mapping[str, object] = field(factory=dict)
    revision: int = 0
    roles: Mapping[str, Role] = field(factory=dict)
    _granted: dict[str, Mapping[tuple[str, str], ast.Node]] = field(
        factory=dict, init=False, eq=False, repr=False
    )
    # Of users to whom the time makes no difference: what is bound for one moment holds.
    _bound: dict[str, dict[tuple[str, str], BoundNode]] = field(
        factory=dict, init=False, eq=False, repr=False
    )

    @cached_property
    def linked(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """(module, field) → the path that a linked field stands for."""
        return {
            (one.module, one.field): one.path
            for one in self.computed
            if isinstance(one, LinkedField)
        }

    @cached_property
    def formulas(self) -> Mapping[str, Sequence[Formula]]:
        """Module → its local formulas, in the order of their declaration."""
        found: dict[str, list[Formula]] = {}
        for one in self.computed:
            if isinstance(one, Formula):
                found.setdefault(one.module, []).append(one)
        return found

    @cached_property
    def roll_ups(self) -> Mapping[str, Sequence[RollUp]]:
        """Child module → the roll-ups that count its records."""
        found: dict[str, list[RollUp]] = {}
        for one in self.computed:
            if isinstance(one, RollUp):
                found.setdefault(one.child, []).append(one)
        return found

    def counting(self, module: str) -> Sequence[RollUp]:
        """The roll-ups that are fields of `module`."""
        return [one for one in self.computed if isinstance(one, RollUp) and one.module == module]

    def binder(self, reader: Reader, *, is_past: bool = False) -> Binder:
        """Checks questions of `reader` against this configuration."""
        known = None
        if self._granted.get(reader.user) is reader.scopes:
            known = self._bound.get(reader.user)
        if known is None:
            known = {}
        return Binder(self.schema, reader, self._path, self._counted, is_past, known)

    def scopes(self, user: User) -> Mapping[tuple[str, str], ast.Node]:
        """What the roles of `user`, one of ours, let him do: found once."""
        found = self._granted.get(user.id)
        if found is None:
            found = granted(user.roles, self.schema)
            if not tells_time(found):
                self._bound[user.id] = {}
            self._granted[user.id] = found
        return found

    def _counted(self, module: Module, one: Field) -> str | None:
        rules = self.counting(module.name)
        return next((rule.child for rule in rules if rule.field == one.name), None)

    def _path(self, module: Module, one: Field) -> tuple[str, ...] | None:
        return self.linked.get((module.name, one.name))

    def setting(self, name: str, default: str) -> str:
        """A text setting, such as `zone` or `currency`."""
        found = self.settings.get(name, default)
        return found if isinstance(found, str) else default

    def modules(self) -> Iterator[Module]:
        """The modules of people, enabled and not retired."""
        for module in self.schema.modules:
            if not module.name.startswith("crm_") and module.enabled and not module.retired:
                yield module
