"""The laws above the port, each proved on seeded stories: undo, as-of, refusal and the others."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from crmcore.storage import Backend
from crmcore.testing.living import checks
from crmcore.testing.living.findings import Broken, Findings
from crmcore.testing.living.world import World, world
from crmcore.testing.proofs.verdict import Divergence, Proof
from crmcore.testing.sabotage import SABOTAGES
from crmcore.testing.stores import empty_stores

Check = Callable[[World, random.Random, Findings], None]
DEFAULT_EXAMPLES: Final = 12
_ENOUGH: Final = 0.25


def law(name: str, check: Check) -> Callable[..., Proof]:
    """The law `name` as a function of backends, examples, seed and a planted bug."""

    def prove(
        backends: Sequence[str],
        *,
        examples: int = DEFAULT_EXAMPLES,
        seed: int = 0,
        sabotage: str | None = None,
    ) -> Proof:
        found = Findings()
        divergences: list[Divergence] = []
        for backend in backends:
            for number in range(examples):
                before = len(found.divergences)
                _one(backend, check, f"{name}:{seed}:{number}", found, sabotage)
                for what in found.divergences[before:]:
                    divergences.append(Divergence(backend, what, _program(name, seed, number)))
                if divergences:
                    break
        return Proof(
            name,
            tuple(backends),
            seed,
            examples,
            found.questions,
            found.non_trivial,
            found.refused,
            {},
            tuple(divergences),
            _weaknesses(found),
        )

    return prove


def _weaknesses(found: Findings) -> tuple[str, ...]:
    if found.divergences or found.non_trivial >= _ENOUGH * max(1, found.questions):
        return ()
    return ("too few of the questions could have failed",)


def _program(name: str, seed: int, number: int) -> str:
    return f"crmcore prove {name} --seed {seed} --examples {number + 1}"


def _one(backend: str, check: Check, seed: str, found: Findings, sabotage: str | None) -> None:
    rng = random.Random(seed)
    with empty_stores(backend) as another, _spoiled(another(), sabotage) as store:
        try:
            check(world(store, rng), rng, found)
        except Broken as broken:
            found.divergences.append(str(broken))


@contextmanager
def _spoiled(backend: Backend, sabotage: str | None) -> Iterator[Backend]:
    try:
        yield backend if sabotage is None else SABOTAGES[sabotage].spoil(backend)
    finally:
        backend.close()


LIVING_LAWS: Final[Mapping[str, Callable[..., Proof]]] = {
    "one-door": law("one-door", checks.one_door),
    "undo": law("undo", checks.undo),
    "as-of": law("as-of", checks.as_of),
    "rehearsal": law("rehearsal", checks.rehearsal),
    "exactly-once": law("exactly-once", checks.exactly_once),
}
"""Laws by name; each takes (backends, *, examples, seed, sabotage) and gives a `Proof`."""

REFUSED_STORIES: Final = law("refusal", checks.refusal)
"""The part of the law of refusals that is told in stories."""
