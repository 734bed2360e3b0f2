"""How far fields are open, told by the meaning of the words of policy, without any of its code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from attrs import frozen

from crmcore.access import Denial, Role

LEVELS: Final = ("hidden", "masked", "read", "write")
INPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "account.deals": ("deal.account",),
    "account.total": ("deal.account", "deal.amount"),
    "account.double": ("account.amount",),
    "deal.phone": ("deal.account", "account.phone"),
    "deal.contact": ("deal.account", "account.owner", "crm_user.name"),
}
"""What computed fields are computed of."""

Opened = tuple[str, str]
"""A level, and the mask of what is masked."""

_WRITE: Final = ("write", "full")


@frozen
class Openness:
    """The fields of both modules under `roles`; `sensitive` ones are masked where none speaks."""

    roles: tuple[Role, ...]
    sensitive: frozenset[str]

    def level(self, module: str, name: str, holds: Callable[[str | None], bool]) -> Opened:
        """How far a field is open in the record of which a condition `holds`, and its mask."""
        found = self._ruled(module, name, holds)
        for denial in self._denials(module, name):
            cap = _cap(denial)
            if holds(denial.where) and LEVELS.index(cap) < LEVELS.index(found[0]):
                found = cap, found[1]
        return found

    def _ruled(self, module: str, name: str, holds: Callable[[str | None], bool]) -> Opened:
        place = f"{module}.{name}"
        if place in INPUTS:
            inputs = [self.least(*one.split(".")) for one in INPUTS[place]]
            return ("write" if min(map(LEVELS.index, inputs)) >= 2 else "hidden"), "full"
        speaking = self._speaking(module)
        if not speaking:
            return _WRITE
        cases = [
            next(found for where, found in self._cases(role, module, name) if holds(where))
            for role in speaking
        ]
        # The most that any role opens; of masks that of the first role.
        return max(cases, key=lambda one: LEVELS.index(one[0]))

    def least(self, module: str, name: str) -> str:
        """How far a field is open in every record, whatever it holds."""
        levels = [
            min((found[0] for _, found in self._cases(role, module, name)), key=LEVELS.index)
            for role in self._speaking(module)
        ]
        best = max(levels, key=LEVELS.index, default="write")
        caps = [_cap(one) for one in self._denials(module, name)]
        return min((best, *caps), key=LEVELS.index)

    def _speaking(self, module: str) -> Sequence[Role]:
        return [
            role
            for role in self.roles
            if any(one.module == module and "read" in one.operations for one in role.grants)
        ]

    def _cases(self, role: Role, module: str, name: str) -> Iterator[tuple[str | None, Opened]]:
        for rule in role.fields:
            if rule.module == module and name in rule.fields:
                yield rule.where, (rule.level, rule.mask)
                if rule.where is None:
                    return
        is_sensitive = f"{module}.{name}" in self.sensitive
        yield None, ("masked", "full") if is_sensitive else _WRITE

    def _denials(self, module: str, name: str) -> Iterator[Denial]:
        for role in self.roles:
            yield from (one for one in role.denials if one.module == module and name in one.fields)


def _cap(denial: Denial) -> str:
    return "hidden" if "read" in denial.operations else "read"
