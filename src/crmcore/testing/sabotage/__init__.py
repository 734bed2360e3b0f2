"""Planted bugs: what a proof must find, or it proves nothing.

`SABOTAGES` break what passes through the port of any backend, `SLIPS` one adapter from within;
`reference:` before the name of a sabotage plants it in the definition instead.
"""

from typing import Final

from crmcore.testing.sabotage.registry import SABOTAGES, Sabotage
from crmcore.testing.sabotage.slips import SLIPS, Slip

__all__ = ["REFERENCE", "SABOTAGES", "SLIPS", "Sabotage", "Slip", "descriptions"]

REFERENCE: Final = "reference:"
"""Before the name of a sabotage: it spoils the definition."""


def descriptions() -> dict[str, str]:
    """What each planted bug does, by name."""
    found = {name: one.what for name, one in SABOTAGES.items()}
    return found | {name: one.what for name, one in SLIPS.items()}
