"""The published suite and the proofs: how a backend shows that it keeps its word.

`BackendConformance` (which needs pytest) is subclassed with one fixture. `parity` and
`fidelity` are plain functions; the command line runs them as `crmcore prove`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.testing.asking import SYSTEM, Ask, Asker, Figures, Listing, Past
from crmcore.testing.case import Case
from crmcore.testing.choices import Choices, seeded
from crmcore.testing.opening import Opening
from crmcore.testing.proofs import LAWS, Divergence, Given, Proof, fidelity, parity
from crmcore.testing.sabotage import SABOTAGES, Sabotage
from crmcore.testing.script import Assign, Change, Check, Commit, Create, Remove, World
from crmcore.testing.stores import Stores, empty_stores, named_stores

if TYPE_CHECKING:
    from crmcore.testing.conformance import (
        BackendConformance,
        Gap,
        SingleDocumentConformance,
        number_of_tests,
    )

__all__ = [
    "LAWS",
    "SABOTAGES",
    "SYSTEM",
    "Ask",
    "Asker",
    "Assign",
    "BackendConformance",
    "Case",
    "Change",
    "Check",
    "Choices",
    "Commit",
    "Create",
    "Divergence",
    "Figures",
    "Gap",
    "Given",
    "Listing",
    "Opening",
    "Past",
    "Proof",
    "Remove",
    "Sabotage",
    "SingleDocumentConformance",
    "Stores",
    "World",
    "empty_stores",
    "fidelity",
    "named_stores",
    "number_of_tests",
    "parity",
    "seeded",
]

_SUITE = (
    "BackendConformance",
    "Gap",
    "SingleDocumentConformance",
    "number_of_tests",
)


def __getattr__(name: str) -> object:
    # The suite needs pytest, which whoever runs a proof may be without.
    if name in _SUITE:
        from crmcore.testing import conformance

        return getattr(conformance, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
