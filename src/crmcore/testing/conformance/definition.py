"""What all of it comes to: generated questions are answered as the definition says."""

from __future__ import annotations

from itertools import count

from crmcore.testing.opening import Opening
from crmcore.testing.proofs import Proof, fidelity, parity
from crmcore.testing.stores import Stores

WORLDS = 25
SEED = 20_240_115


class Definition:
    """Differences to the evaluator over generated schemas, data, histories and questions."""

    def test_generated_questions_are_answered_as_defined(self, backend: Opening) -> None:
        _assert_holds(parity({"backend": _another(backend)}, examples=WORLDS, seed=SEED))

    def test_generated_values_come_back(self, backend: Opening) -> None:
        _assert_holds(fidelity({"backend": _another(backend)}, seed=SEED))


def _another(backend: Opening) -> Stores:
    numbers = count(1)
    return lambda: backend(f"world_{next(numbers)}")


def _assert_holds(proof: Proof) -> None:
    assert proof.holds, f"\n{proof.report()}"
    assert proof.questions > 0
