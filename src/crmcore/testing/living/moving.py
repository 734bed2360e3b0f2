"""The law of the move: there and back, with everything that was written meanwhile."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import product
from typing import Final

from crmcore.archive import move as moved_to
from crmcore.errors import CrmError
from crmcore.storage import Backend
from crmcore.testing.living.findings import Findings
from crmcore.testing.living.story import acts, perform, state
from crmcore.testing.living.world import World, world
from crmcore.testing.proofs.verdict import Divergence, Proof
from crmcore.testing.sabotage import SABOTAGES
from crmcore.testing.stores import Stores, empty_stores
from crmcore.work import Workspace, open_workspace

DEFAULT_EXAMPLES: Final = 6


def move(
    backends: Sequence[str],
    *,
    examples: int = DEFAULT_EXAMPLES,
    seed: int = 0,
    sabotage: str | None = None,
) -> Proof:
    """A workspace moves between all pairs of `backends` and back with equal full digests.

    Each pair gets its turn, at least once, whatever the number of `examples`.
    """
    found = Findings()
    divergences: list[Divergence] = []
    pairs = list(product(backends, repeat=2))
    with ExitStack() as stack:
        stores = {name: stack.enter_context(empty_stores(name)) for name in backends}
        for number in range(max(examples, len(pairs))):
            of, to = pairs[number % len(pairs)]
            rng = random.Random(f"move:{seed}:{number}")
            _one(stores[of], stores[to], rng, found, sabotage)
            if found.divergences:
                names = ",".join(backends)
                line = f"crmcore prove move --backends {names} --seed {seed}"
                program = f"{line} --examples {number + 1}"
                divergences = [
                    Divergence(f"{of} to {to}", one, program) for one in found.divergences
                ]
                break
    return Proof(
        "move",
        tuple(backends),
        seed,
        examples,
        found.questions,
        found.non_trivial,
        found.refused,
        {},
        tuple(divergences),
    )


def _one(of: Stores, to: Stores, rng: random.Random, found: Findings, sabotage: str | None) -> None:
    source, there, back = of(), to(), of()
    target = there if sabotage is None else SABOTAGES[sabotage].spoil(there)
    try:
        here = world(source, rng)
        _there_and_back(here, target, back, rng, found)
    except CrmError as error:
        found.ask(False, f"the move was refused: {error}")
    finally:
        for backend in (source, there, back):
            backend.close()


def _there_and_back(
    here: World, target: Backend, back: Backend, rng: random.Random, found: Findings
) -> None:
    operations, past = [_tell(here, rng)], {}
    for _ in range(3):
        operations.append(_tell(here, rng))
        position = here.crm.digest().position
        past[position] = state(here.crm, position)
    meanwhile = iter(range(3))

    def written(_: int) -> None:
        if next(meanwhile, None) is not None:
            operations.append(_tell(here, rng))

    first = moved_to(here.crm, target, progress=written)
    there = open_workspace(target, clock=here.clock)
    second = moved_to(there, back)
    home = open_workspace(back, clock=here.clock)
    full = here.crm.digest("full").value
    found.ask(first.source == first.target == full, "the digests of both sides differ")
    found.ask(second.target == full, "the digest after the way back differs")
    for name, crm in (("there", there), ("back", home)):
        _compare(name, here.crm, crm, past, found)
    operation = rng.choice(operations)
    for crm in (here.crm, there, home):
        crm.undo(operation)
    for crm in (there, home):
        found.ask(crm.digest() == here.crm.digest(), f"undoing {operation} does something else")


def _compare(
    name: str,
    source: Workspace,
    crm: Workspace,
    past: dict[int, dict[str, list[tuple[object, ...]]]],
    found: Findings,
) -> None:
    found.ask(crm.digest("full") == source.digest("full"), f"the full digest {name} differs")
    found.ask(state(crm) == state(source), f"what is seen {name} differs")
    for position, seen in past.items():
        found.ask(state(crm, position) == seen, f"the past {name} differs at {position}")
    for record in source.find("account", order="id", limit=5):
        same = crm.history(record) == source.history(record)
        found.ask(same, f"the history of {record.id} differs {name}")


def _tell(here: World, rng: random.Random) -> str:
    here.later(minutes=7)
    with here.crm.work() as work:
        perform(work, acts(rng, 5))
        return work.operation
