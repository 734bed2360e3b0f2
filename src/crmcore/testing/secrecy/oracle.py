"""What somebody may see, told by the meaning of the words of policy, without any of its code.

It knows the few conditions that are generated, and evaluates them over the events of a side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from crmcore.access import Denial, FieldRule, Grant, masked
from crmcore.testing.secrecy.pair import DEPARTMENTS, REP, SCHEMA, Pair, Side
from crmcore.testing.secrecy.staging import END
from crmcore.testing.secrecy.world import Thing, World

LEVELS: Final = ("hidden", "masked", "read", "write")
OPERATIONS: Final = ("read", "report", "export", "update", "delete", "transfer", "share", "claim")
INPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "account.deals": ("deal.account",),
    "account.total": ("deal.account", "deal.amount"),
    "account.double": ("account.amount",),
    "deal.phone": ("deal.account", "account.phone"),
    "deal.contact": ("deal.account", "account.owner", "crm_user.name"),
}
"""What computed fields are computed of."""


def _over(value: object) -> bool:
    return value is not None and Decimal(str(value)) > 100


def _department(value: object) -> str | None:
    return DEPARTMENTS.get(str(value or "")[1:])


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
    "department": lambda _, one: _department(one.values.get("owner")) == DEPARTMENTS[REP],
    "subordinates": lambda _, one: one.values.get("owner") == "@below",
}


def _needed_behind(operation: str) -> str:
    return "read" if operation in ("read", "report", "export") else "update"


@frozen
class Eyes:
    """One role over one world."""

    pair: Pair
    world: World

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
            for grant in self._grants(thing, operation)
        )

    def has_grant(self, thing: Thing, operation: str) -> bool:
        """Whether a grant opens some such record; to inherit, accounts must be granted, too."""
        needed = _needed_behind(operation)
        accounts = any(
            needed in one.operations for one in self.pair.role.grants if one.module == "account"
        )
        return any(
            accounts or not one.scopes or any(not word.startswith("via:") for word in one.scopes)
            for one in self._grants(thing, operation)
        )

    def _grants(self, thing: Thing, operation: str) -> list[Grant]:
        return [
            one
            for one in self.pair.role.grants
            if one.module == thing.module and operation in one.operations
        ]

    def is_granted(self, thing: Thing, operation: str) -> bool:
        """Whether a grant opens the record, whatever denials say."""
        return any(self._opens(grant, thing, operation) for grant in self._grants(thing, operation))

    def _opens(self, grant: Grant, thing: Thing, operation: str) -> bool:
        if not self._holds(grant.where, thing):
            return False
        return not grant.scopes or any(
            self._lies_in(word, thing, operation) for word in grant.scopes
        )

    def _lies_in(self, word: str, thing: Thing, operation: str) -> bool:
        if word == "shared":
            return any(_suffices(level, until, operation) for level, until in thing.shares)
        if not word.startswith("via:"):
            return SCOPES[word](self.world, thing)
        account = self.world.behind(thing, word[4:])
        if account is None:
            return False
        needed = _needed_behind(operation)
        is_denied = any(self._denied(account, one) for one in {"read", needed})
        return self.is_granted(account, needed) and not is_denied

    def _denied(self, thing: Thing, operation: str) -> bool:
        return bool(self.denials_of(thing, operation))

    def denials_of(self, thing: Thing, operation: str) -> list[str]:
        """The names of the denials that hold of the record."""
        return [
            one.name
            for one in self.pair.role.denials
            if one.module == thing.module
            and operation in one.operations
            and not one.fields
            and self._holds(one.where, thing)
        ]

    def _holds(self, where: str | None, thing: Thing) -> bool:
        return where is None or CONDITIONS[where](self.world, thing)

    def level(self, thing: Thing, name: str) -> tuple[str, str]:
        """How far a field of a record is open, and its mask."""
        level, mask = self._ruled(thing, name)
        for denial in self._denials_of(thing.module, name):
            cap = "hidden" if "read" in denial.operations else "read"
            if self._holds(denial.where, thing) and LEVELS.index(cap) < LEVELS.index(level):
                level = cap
        return level, mask

    def _ruled(self, thing: Thing, name: str) -> tuple[str, str]:
        rules = self._rules_of(thing.module, name)
        found = next((one for one in rules if self._holds(one.where, thing)), None)
        if found is not None:
            return found.level, found.mask
        place = f"{thing.module}.{name}"
        if rules or self._denials_of(thing.module, name) or place not in INPUTS:
            return "write", "full"
        inputs = [self.least(*one.split(".")) for one in INPUTS[place]]
        return ("write" if min(map(LEVELS.index, inputs)) >= 2 else "hidden"), "full"

    def least(self, module: str, name: str) -> str:
        """How far a field is open in every record, whatever it holds."""
        rules = self._rules_of(module, name)
        levels = [one.level for one in rules]
        if not rules or rules[-1].where is not None:
            levels.append("write")
        for denial in self._denials_of(module, name):
            levels.append("hidden" if "read" in denial.operations else "read")
        return min(levels, key=LEVELS.index)

    def _rules_of(self, module: str, name: str) -> list[FieldRule]:
        if not any(
            one.module == module and "read" in one.operations for one in self.pair.role.grants
        ):
            return []
        found: list[FieldRule] = []
        for rule in self.pair.role.fields:
            if rule.module == module and name in rule.fields:
                found.append(rule)
                if rule.where is None:
                    break
        return found

    def _denials_of(self, module: str, name: str) -> list[Denial]:
        return [
            one for one in self.pair.role.denials if one.module == module and name in one.fields
        ]

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


def _suffices(level: str, until: int | None, operation: str) -> bool:
    order = ("read", "update", "full")
    whole = ("delete", "restore", "transfer", "share", "merge", "approve")
    reading = ("read", "report", "export")
    needed = "read" if operation in reading else "full" if operation in whole else "update"
    return order.index(level) >= order.index(needed) and (until is None or until > END)


def view(pair: Pair, side: Side) -> dict[str, object]:
    """All that the user of `pair` may be told of `side`, what is on the closed list included."""
    eyes = Eyes(pair, World.of(side))
    things = eyes.world.things.values()
    live = [one for one in things if one.removed is None]
    codes = sorted(str(code) for one in live if (code := one.values.get("code")) is not None)
    used = sorted({str(one.values.get("account")) for one in live if one.module == "deal"})
    seen = {one.key: _told(eyes, one) for one in things if eyes.may(one, "read")}
    in_use = [key for key in used if key[1:] in seen]
    knows_users = any(one.module == "crm_user" for one in pair.role.grants)
    names = sorted(side.names.items()) if knows_users else []
    own = side.names.get(REP, REP)
    return {"seen": seen, "codes": codes, "in use": in_use, "users": names, "own name": own}


def _told(eyes: Eyes, thing: Thing) -> dict[str, object]:
    return {
        "module": thing.module,
        "trail": list(_trail(eyes, thing)),
        "removed": thing.removed,
        "operations": [one for one in OPERATIONS if eyes.may(thing, one)],
        "writable": [
            one.name
            for one in SCHEMA.by_name[thing.module].live
            if eyes.level(thing, one.name)[0] == "write"
        ],
    }


def _trail(eyes: Eyes, thing: Thing) -> Iterator[tuple[int, str, dict[str, object]]]:
    """The changes of a record that may be told; one of nothing that is shown is none."""
    before: dict[str, object] | None = None
    for minute, actor, values in thing.trail:
        shown = eyes.shown(thing, values)
        if shown != before:
            yield minute, actor, shown
        before = shown
