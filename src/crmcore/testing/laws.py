"""All laws by name: those of the storage port, and those of the workspace above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from crmcore.testing.living import LIVING_LAWS
from crmcore.testing.living.moving import move
from crmcore.testing.proofs import LAWS as PORT_LAWS
from crmcore.testing.proofs import Proof
from crmcore.testing.refusing import REFUSAL
from crmcore.testing.secrecy import SECRECY_LAWS

LAWS: Final[dict[str, Callable[..., Proof]]] = {
    **PORT_LAWS,
    **LIVING_LAWS,
    **REFUSAL,
    "move": move,
    **SECRECY_LAWS,
}
"""Each takes (backends, *, examples, seed, sabotage) and gives a `Proof`."""
