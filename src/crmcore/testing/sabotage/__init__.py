"""Planted bugs: what a proof must find, or it proves nothing.

`SABOTAGES` break what passes through the port of any backend, `SLIPS` one adapter from within;
`reference:` before the name of a sabotage plants it in the definition instead.
"""

from collections.abc import Iterable
from typing import Final

from crmcore.errors import Invalid
from crmcore.testing.sabotage.registry import SABOTAGES, Sabotage
from crmcore.testing.sabotage.slips import SLIPS, Slip

__all__ = [
    "REFERENCE",
    "SABOTAGES",
    "SLIPS",
    "Sabotage",
    "Slip",
    "check_bites",
    "descriptions",
    "laws_of",
]

REFERENCE: Final = "reference:"
"""Before the name of a sabotage: it spoils the definition."""


def check_bites(name: str | None, backends: Iterable[str]) -> None:
    """Raise `Invalid` (`sabotage_elsewhere`) where the planted bug is of none of `backends`."""
    if name in SLIPS and SLIPS[name].backend not in backends:
        raise Invalid("sabotage_elsewhere", name=name, backends=SLIPS[name].backend)


def laws_of(name: str, laws: Iterable[str]) -> frozenset[str]:
    """Those of `laws` that the planted bug `name` can be tried with."""
    if name in SLIPS or name.startswith(REFERENCE):
        return frozenset({"parity"})
    # Above the port every law may find what is broken there; of the port's, those that must.
    return frozenset(laws) - ({"parity", "fidelity"} - set(SABOTAGES[name].laws))


def descriptions() -> dict[str, str]:
    """What each planted bug does, by name."""
    found = {name: one.what for name, one in SABOTAGES.items()}
    return found | {name: one.what for name, one in SLIPS.items()}
