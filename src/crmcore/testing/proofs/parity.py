"""Parity: the same schema, data and question give the same answer, or the same refusal.

Every backend is compared with the definition: the evaluator over the in-memory tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

from attrs import evolve, frozen

from crmcore.testing.case import Case, Difference, Tally, difference, planting, sabotaged
from crmcore.testing.choices import seeded
from crmcore.testing.features import (
    CHILDREN,
    CLOCK_CHANGES,
    LINKS,
    ORDER,
    PAGES,
    PAST,
    SCOPES,
    SUMS,
)
from crmcore.testing.generate import make_ask, make_setting
from crmcore.testing.proofs.verdict import Divergence, Proof
from crmcore.testing.reducing import reduced
from crmcore.testing.sabotage import check_bites
from crmcore.testing.script import World
from crmcore.testing.source import program
from crmcore.testing.stores import Stores, empty_stores

EXAMPLES: Final = 150
"""Worlds that are made up by default."""

ASKS: Final = 20
"""Questions about each of them."""

ATTEMPTS: Final = 400
"""How often a failing case is tried to be made smaller by default."""

_ENOUGH: Final = 400
_NON_TRIVIAL: Final = 25
_REFUSED: Final = 15
_NEEDED: Final = (
    "Listing",
    "Figures",
    "Past",
    PAST,
    SCOPES,
    LINKS,
    CHILDREN,
    ORDER,
    PAGES,
    SUMS,
    CLOCK_CHANGES,
    "commits refused (record_changed)",
    "commits refused (value_taken)",
)

Backends = Sequence[str] | Mapping[str, Stores]
"""Names of installed backends, or functions that open empty stores, by any name."""


def parity(
    backends: Backends,
    *,
    examples: int = EXAMPLES,
    seed: int = 0,
    sabotage: str | None = None,
    attempts: int = ATTEMPTS,
    asks: int = ASKS,
) -> Proof:
    """Compare `backends` with the definition in `examples` worlds, by `asks` questions each.

    The same seed asks the same questions. The search ends with the first difference, which
    is reduced, in so many `attempts`, to the smallest case that shows it. Raises `Invalid`
    (`sabotage_elsewhere`) where the planted bug is of none of the backends.
    """
    check_bites(sabotage, backends)
    tally = Tally()
    found: Divergence | None = None
    with planting(sabotage) as reference, opened(backends) as stores:
        spoiled = {name: sabotaged(one, sabotage) for name, one in stores.items()}
        for ordinal in range(examples):
            case = make_case(seed, ordinal, asks)
            differs = difference(case, spoiled, tally, reference)
            if differs is not None:
                smaller = focused_on(case, differs)
                focused = _Focus(smaller, differs, sabotage, attempts, reference)
                found = focused.divergence(spoiled[differs.backend])
                break
    return Proof(
        "parity",
        tuple(stores),
        seed,
        examples,
        tally.questions,
        tally.selective,
        dict(tally.refused),
        dict(tally.features),
        () if found is None else (found,),
        () if found is not None else tuple(_weaknesses(tally, sabotage)),
    )


def make_case(seed: int, ordinal: int, asks: int = ASKS) -> Case:
    """The world number `ordinal` of `seed`, and questions about it."""
    choices = seeded(seed, ordinal)
    setting = make_setting(choices)
    return Case(setting.world, tuple(make_ask(choices, setting) for _ in range(asks)))


@contextmanager
def opened(backends: Backends) -> Iterator[dict[str, Stores]]:
    """For each backend the function that opens one more empty store of it."""
    with ExitStack() as stack:
        if isinstance(backends, Mapping):
            yield dict(backends)
        else:
            yield {name: stack.enter_context(empty_stores(name)) for name in backends}


@frozen
class _Focus:
    """A case that fails, and how it did."""

    case: Case
    differs: Difference
    sabotage: str | None
    attempts: int
    reference: Stores

    def divergence(self, stores: Stores) -> Divergence:
        """The smallest case that still fails, as a program."""
        name = self.differs.backend

        def fails(case: Case) -> bool:
            return difference(case, {name: stores}, None, self.reference) is not None

        smallest = reduced(self.case, fails, self.attempts)
        last = difference(smallest, {name: stores}, None, self.reference)
        words = repr(name) if self.sabotage is None else f"{name!r}, sabotage={self.sabotage!r}"
        check = f"case.check({words})"
        return Divergence(name, str(last or self.differs), program("case", smallest, check))


def focused_on(case: Case, differs: Difference) -> Case:
    """`case` without what comes after the difference, and without other questions."""
    if differs.place == "commit":
        return Case(World(case.world.modules, case.world.commits[: differs.number]))
    return evolve(case, asks=case.asks[differs.number - 1 : differs.number])


def _weaknesses(tally: Tally, sabotage: str | None) -> Iterator[str]:
    """Why the questions prove too little: a generator that degenerates must not pass."""
    if sabotage is not None:
        yield f"{sabotage} was planted and not found"
    if tally.questions < _ENOUGH:
        return
    if tally.selective * 100 < _NON_TRIVIAL * tally.questions:
        yield f"only {tally.selective} of {tally.questions} questions were selective"
    refused = sum(tally.refused.values())
    if refused * 100 > _REFUSED * tally.questions:
        yield f"{refused} of {tally.questions} questions were refused"
    if not refused:
        yield "no refused questions"
    for feature in _NEEDED:
        if not tally.features[feature]:
            yield f"no {feature}"
