"""The published suite and the proofs: how a backend shows that it keeps its word.

`BackendConformance` (which needs pytest) is subclassed with one fixture. `parity` and
`fidelity` are plain functions; the command line runs them as `crmcore prove`.
"""

from __future__ import annotations

from crmcore.testing.asking import SYSTEM, Ask, Asker, Figures, Listing, Past
from crmcore.testing.case import Case
from crmcore.testing.choices import Choices, seeded
from crmcore.testing.proofs import LAWS, Divergence, Given, Proof, fidelity, parity
from crmcore.testing.sabotage import SABOTAGES, Sabotage
from crmcore.testing.script import Assign, Change, Check, Commit, Create, Remove, World
from crmcore.testing.stores import Stores, empty_stores

__all__ = [
    "LAWS",
    "SABOTAGES",
    "SYSTEM",
    "Ask",
    "Asker",
    "Assign",
    "Case",
    "Change",
    "Check",
    "Choices",
    "Commit",
    "Create",
    "Divergence",
    "Figures",
    "Given",
    "Listing",
    "Past",
    "Proof",
    "Remove",
    "Sabotage",
    "Stores",
    "World",
    "empty_stores",
    "fidelity",
    "parity",
    "seeded",
]
