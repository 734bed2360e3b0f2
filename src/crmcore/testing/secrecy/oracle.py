"""What somebody may see, told by the meaning of the words of policy, without any of its code.

It knows the few conditions that are generated, and evaluates them over the events of a side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from attrs import frozen

from crmcore.access import Denial, Grant, Role, masked
from crmcore.testing.secrecy.openness import INPUTS, Openness
from crmcore.testing.secrecy.pair import ABOVE, DEPARTMENTS, REP, SCHEMA, TERRITORIES, Pair
from crmcore.testing.secrecy.staging import END
from crmcore.testing.secrecy.world import Thing, World

OPERATIONS: Final = ("read", "report", "export", "update", "delete", "transfer", "share", "claim")


def _over(value: object) -> bool:
    return value is not None and Decimal(str(value)) > 100


def _name(value: object) -> str:
    return str(value or "")[1:]


def _line(name: str | None, above: Mapping[str, str | None]) -> Iterator[str]:
    """What is called `name`, and what it lies in."""
    while name is not None:
        yield name
        name = above[name]


def _is_below(value: object) -> bool:
    department = DEPARTMENTS.get(_name(value))
    return DEPARTMENTS[REP] in _line(department, ABOVE)


Holds = Callable[[World, Thing], bool]
CONDITIONS: Final[Mapping[str, Holds]] = {
    "owner == me": lambda _, one: one.values.get("owner") == f"@{REP}",
    "owner != me": lambda _, one: one.values.get("owner") != f"@{REP}",
    "amount > 100": lambda _, one: _over(one.values.get("amount")),
    "amount == null": lambda _, one: one.values.get("amount") is None,
    "region == 'east'": lambda _, one: one.values.get("region") == "east",
    "region != 'east'": lambda _, one: one.values.get("region") != "east",
    "account.region == 'east'": lambda world, one: (
        (found := world.behind(one, "account")) is not None and found.values.get("region") == "east"
    ),
}
"""The conditions of grants, denials and field rules."""

SCOPES: Final[Mapping[str, Holds]] = {
    "own": CONDITIONS["owner == me"],
    "all": lambda _, _one: True,
    "pool": lambda _, one: one.values.get("owner") is None,
    "department": lambda _, one: (
        DEPARTMENTS.get(_name(one.values.get("owner"))) == DEPARTMENTS[REP]
    ),
    "department_and_below": lambda _, one: _is_below(one.values.get("owner")),
    "subordinates": lambda _, one: one.values.get("owner") == "@below",
    "territory": lambda _, one: (
        "hills" in _line(_name(one.values.get("territory")) or None, TERRITORIES)
    ),
}


def _needed_behind(operation: str) -> str:
    return "read" if operation in ("read", "report", "export") else "update"


@frozen(slots=False)
class Eyes:
    """The roles of `rep` over one world."""

    pair: Pair
    world: World

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """His roles when everything is asked."""
        return self.pair.roles(END)

    @cached_property
    def openness(self) -> Openness:
        """His fields."""
        classes = self.pair.classes.items()
        sensitive = frozenset(place for place, one in classes if one == "sensitive")
        return Openness(self.roles, sensitive)

    def may(self, thing: Thing, operation: str) -> bool:
        """Whether `operation` is allowed on a record."""
        return self.is_granted(thing, operation) and not self._denied(thing, operation)

    def supports(self, thing: Thing, operation: str, scope: str | None) -> bool:
        """Whether a grant opens the record by `scope` (`None`: without one)."""
        return any(
            self._holds(grant.where, thing)
            and (
                not grant.scopes
                if scope is None
                else scope in grant.scopes and self._lies_in(scope, thing, operation)
            )
            for grant in self._grants(thing.module, operation)
        )

    def has_grant(self, thing: Thing, operation: str) -> bool:
        """Whether a grant opens some such record; to inherit, accounts must be granted, too."""
        accounts = any(self._grants("account", _needed_behind(operation)))
        return any(
            accounts or not one.scopes or any(not word.startswith("via:") for word in one.scopes)
            for one in self._grants(thing.module, operation)
        )

    def _grants(self, module: str, operation: str) -> Iterator[Grant]:
        for role in self.roles:
            for one in role.grants:
                if one.module == module and operation in one.operations:
                    yield one

    def is_granted(self, thing: Thing, operation: str) -> bool:
        """Whether a grant opens the record, whatever denials say."""
        grants = self._grants(thing.module, operation)
        return any(self._opens(grant, thing, operation) for grant in grants)

    def _opens(self, grant: Grant, thing: Thing, operation: str) -> bool:
        if not self._holds(grant.where, thing):
            return False
        return not grant.scopes or any(
            self._lies_in(word, thing, operation) for word in grant.scopes
        )

    def _lies_in(self, word: str, thing: Thing, operation: str) -> bool:
        if word == "shared":
            return any(_suffices(level, operation) for level in self.levels(thing))
        if word == "team":
            return thing.team is not None and _suffices(thing.team, operation)
        if not word.startswith("via:"):
            return SCOPES[word](self.world, thing)
        account = self.world.behind(thing, word[4:])
        if account is None:
            return False
        needed = _needed_behind(operation)
        is_denied = any(self._denied(account, one) for one in {"read", needed})
        return self.is_granted(account, needed) and not is_denied

    def levels(self, thing: Thing) -> list[str]:
        """The levels at which a record is shared with him now."""
        department = _line(DEPARTMENTS[REP], ABOVE)
        mine = {REP, *department, *(one.name for one in self.roles)}
        return [
            one.level
            for one in thing.shares
            if one.to in mine and (one.until is None or one.until > END)
        ]

    def _denied(self, thing: Thing, operation: str) -> bool:
        return bool(self.denials_of(thing, operation)) or self._is_kept_from(thing)

    def _is_kept_from(self, thing: Thing) -> bool:
        """Whether a person whose record this is did not consent to what he works for."""
        if not self.pair.purpose:
            return False
        account = self.world.things.get(_name(thing.values.get("account")))
        whose = [thing, *([account] if account is not None and self.pair.cascade else [])]
        persons = {place.partition(".")[0] for place in self.pair.classes}
        return any(one.module in persons and not one.consented for one in whose)

    def denials_of(self, thing: Thing, operation: str) -> list[str]:
        """The names of the denials that hold of the record."""
        return [
            one.name
            for one in self._denials()
            if one.module == thing.module
            and operation in one.operations
            and not one.fields
            and self._holds(one.where, thing)
        ]

    def _denials(self) -> Iterator[Denial]:
        for role in self.roles:
            yield from role.denials

    def _holds(self, where: str | None, thing: Thing) -> bool:
        return where is None or CONDITIONS[where](self.world, thing)

    def level(self, thing: Thing, name: str) -> tuple[str, str]:
        """How far a field of a record is open, and its mask."""
        return self.openness.level(thing.module, name, lambda where: self._holds(where, thing))

    def shown(self, thing: Thing, values: Mapping[str, Any]) -> dict[str, object]:
        """What is shown of `values` of a record (of any moment) under the rights of today."""
        found: dict[str, object] = {}
        module = SCHEMA.by_name[thing.module]
        for one in module.live:
            if one.computed is not None or f"{thing.module}.{one.name}" in INPUTS:
                continue
            level, mask = self.level(thing, one.name)
            value = values.get(one.name)
            if level in ("read", "write"):
                found[one.name] = value
            elif level == "masked":
                is_linked = isinstance(value, str) and value.startswith("@")
                found[one.name] = (
                    f"{mask} {value}" if is_linked else masked(mask, one.kind.normalize(value))
                )
        double = None if (amount := values.get("amount")) is None else str(amount)
        if thing.module == "account" and "account.double" in self.pair.computed:
            level, mask = self.level(thing, "double")
            found["double"] = double if level in ("read", "write") else f"{level} {mask}"
        return found


def _suffices(level: str, operation: str) -> bool:
    order = ("read", "update", "full")
    whole = ("delete", "restore", "transfer", "share", "merge", "approve")
    reading = ("read", "report", "export")
    needed = "read" if operation in reading else "full" if operation in whole else "update"
    return order.index(level) >= order.index(needed)
