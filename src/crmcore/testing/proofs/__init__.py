"""Proofs of the laws that hold at the level of the storage port: what `crmcore prove` runs.

A law is a function from names of backends to a `Proof`; `LAWS` names them. They need
neither pytest nor Hypothesis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from crmcore.testing.proofs.fidelity import Given, fidelity
from crmcore.testing.proofs.parity import parity
from crmcore.testing.proofs.verdict import Divergence, Proof

__all__ = ["LAWS", "Divergence", "Given", "Proof", "fidelity", "parity"]

LAWS: Final[dict[str, Callable[..., Proof]]] = {"parity": parity, "fidelity": fidelity}
"""Laws by name; each takes (backends, *, examples, seed, sabotage) and gives a `Proof`."""
