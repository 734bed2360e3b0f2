"""Policies made up: roles of somebody who may see and do a part of things."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import define

from crmcore.access import Denial, FieldRule, Grant, Role
from crmcore.schema.field import Classification
from crmcore.testing.choices import Choices
from crmcore.testing.secrecy.pair import Holding
from crmcore.testing.secrecy.staging import END

FIRST: Final = "secrecy"
"""The name of the first role."""

_READING: Final = ("read", "report", "export")
_WRITING: Final = (
    "create",
    "update",
    "delete",
    "transfer",
    "share",
    "import",
    "restore",
    "approve",
    "bulk_update",
    "merge",
)
_WHERE: Final = (
    None,
    None,
    None,
    None,
    "region == 'east'",
    "amount > 100",
    "owner == me",
    "owner != me",
)
_DEAL_WHERE: Final = (None, None, None, "amount > 100", "owner == me", "account.region == 'east'")
_SCOPES: Final = (
    (),
    (),
    (),
    ("own",),
    ("department",),
    ("department_and_below",),
    ("subordinates",),
    ("shared",),
    ("shared",),
    ("team",),
    ("pool",),
)
FIELDS: Final = {
    "account": ("amount", "phone", "code", "owner", "region", "name", "territory"),
    "deal": ("amount", "account", "title", "owner"),
}
"""The fields that stories write."""

_CLASSED: Final = ("account.phone", "account.amount", "account.code", "deal.amount")
_PERIODS: Final = ((None, None), (None, END), (END, None), (None, END + 1), (END + 1, None))


@define
class Policy:
    """Makes up roles."""

    choices: Choices

    def role(self, name: str = FIRST) -> Role:
        """A role that opens some of both modules, most of the time."""
        grants = [*self._grants("account", _WHERE), *self._grants("deal", _DEAL_WHERE)]
        if self.choices.chance(40):
            grants.append(Grant("crm_user", ("read",)))
        if name == FIRST and self.choices.chance(12):
            grants.append(Grant("crm_change_set", ("read",)))
        denials = [*self._denials()]
        fields = [*self._fields("account", _WHERE), *self._fields("deal", _DEAL_WHERE)]
        return Role(name, grants=grants, denials=denials, fields=fields)

    def others(self) -> Iterator[Holding]:
        """More roles of the same user, some of them over, or not begun."""
        choices = self.choices
        for number in range(choices.pick((0, 0, 0, 1, 1, 2))):
            module = choices.pick(("account", "deal"))
            conditions = _WHERE if module == "account" else _DEAL_WHERE
            grants = [*self._grants(module, conditions)][: choices.below(2)]
            denials = [*self._denials()]
            rules = [
                FieldRule(module, one.fields, choices.pick(("hidden", "read")), "full", one.where)
                for one in self._fields(module, conditions)
            ]
            role = Role(f"more {number}", grants=grants, denials=denials, fields=rules)
            yield Holding(role, *choices.pick(_PERIODS))

    def classes(self) -> dict[str, Classification]:
        """Which fields are personal, and which sensitive."""
        choices = self.choices
        if not choices.chance(35):
            return {}
        names = choices.several(_CLASSED, 1, 2)
        careful: tuple[Classification, ...] = ("sensitive", "personal")
        return {name: choices.pick(careful) for name in names}

    def _grants(self, module: str, conditions: Sequence[str | None]) -> Iterator[Grant]:
        choices = self.choices
        own = ("territory",) if module == "account" else ("via:account",)
        for _ in range(choices.between(1, 2)):
            reading = _READING if not choices.chance(15) else ("read",)
            operations = (*reading, *(one for one in _WRITING if not choices.chance(30)))
            scopes = choices.pick((*_SCOPES, own, own))
            is_out = "export" in operations and choices.chance(40)
            exports = choices.pick(("*", "phone")) if is_out else ()
            yield Grant(module, operations, choices.pick(conditions), scopes, exports)
        if choices.chance(20):
            yield Grant(module, ("read", "claim"), None, "pool")

    def _denials(self) -> Iterator[Denial]:
        choices = self.choices
        if choices.chance(35):
            operations = choices.pick((("read",), ("read", "update"), ("report",), ("update",)))
            where = choices.pick(("region != 'east'", "amount == null", "amount > 100"))
            yield Denial("no", "account", operations, where)
        if choices.chance(25):
            yield Denial("less", "account", choices.pick((("read",), ("update",))), None, "amount")
        if choices.chance(15):
            yield Denial("some", "account", ("read",), "region == 'east'", ("phone", "code"))

    def _fields(self, module: str, conditions: Sequence[str | None]) -> Iterator[FieldRule]:
        choices = self.choices
        for _ in range(choices.between(1, 3) if module == "account" else choices.below(3)):
            names = choices.several(FIELDS[module], 1, 2)
            level = choices.pick(("hidden", "masked", "hidden", "masked", "read"))
            mask = choices.pick(("full", "last4", "bucket"))
            where = choices.pick(conditions)
            yield FieldRule(module, names, level, mask, where)  # type: ignore[arg-type]
