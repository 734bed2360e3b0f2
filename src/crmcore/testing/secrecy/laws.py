"""Non-interference, and list = open = report: who may not see something is told nothing of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import Final

from attrs import define, field, frozen

from crmcore.storage import Backend
from crmcore.testing.proofs.verdict import Divergence, Proof
from crmcore.testing.secrecy.agreeing import Said, disagreements
from crmcore.testing.secrecy.comparing import compare, smallest
from crmcore.testing.secrecy.explained import misexplained
from crmcore.testing.secrecy.leaks import planted, spoiled
from crmcore.testing.secrecy.making import make_pair
from crmcore.testing.secrecy.pair import Pair
from crmcore.testing.source import program
from crmcore.testing.stores import Stores, empty_stores

EXAMPLES: Final = 60
"""Pairs of stores by default."""

ENOUGH: Final = 20
_MATTERED: Final = 0.4
_IMPORT: Final = "from crmcore.testing.secrecy import check"

CLOSED_LIST: Final = (
    "a unique value is taken",
    "a visible record was changed meanwhile (Conflict, version token)",
    "a record is still in use (no number, no module)",
    "capacity refusals",
    "time taken",
)
"""What an invisible thing may still tell."""


@frozen
class Secrecy(Proof):
    """The result of a law of access; `mattered` pairs differed in what their owner is told."""

    mattered: int = 0

    @property
    def line(self) -> str:
        """The verdict in one line."""
        # Always the same words: programs look for them.
        what = "leaks" if self.law == "non-interference" else "disagreements"
        sort = "pairs" if self.law == "non-interference" else "stores"
        line = f"{len(self.divergences)} {what} in {self.examples} {sort}"
        line += f" ({self.questions:,} questions)"
        return f"{line}; proves nothing: {'; '.join(self.weaknesses)}" if self.weaknesses else line

    def facts(self) -> list[str]:
        """What was asked, and what may be told after all."""
        lines = super().facts()
        if self.law == "non-interference":
            lines.append(f"{self.mattered:>7,}  pairs that differ for their owner")
            lines += [f"   may be told: {one}" for one in CLOSED_LIST]
        return lines


@define
class _Tally:
    examples: int = 0
    questions: int = 0
    refused: int = 0
    mattered: int = 0
    non_trivial: int = 0
    calls: Counter[str] = field(factory=Counter)


def non_interference(
    backends: Sequence[str],
    *,
    examples: int = EXAMPLES,
    seed: int = 0,
    sabotage: str | None = None,
) -> Proof:
    """Ask `examples` pairs of stores that differ only in what who asks may not see.

    Every answer must be the same to the letter, but for `CLOSED_LIST`. The search ends with
    the first leak, made as small as can be.
    """
    tally, found = _Tally(), list[Divergence]()
    with ExitStack() as stack:
        stores = {name: stack.enter_context(empty_stores(name)) for name in backends}
        stack.enter_context(planted(sabotage))
        for ordinal in range(examples):
            for name, plain in stores.items():
                found = [*_leak(name, spoiled(plain, sabotage), seed, ordinal, sabotage, tally)]
                if found:
                    break
            tally.examples += 1
            if found:
                break
    return _proof("non-interference", backends, seed, tally, found)


def _leak(
    name: str, stores: Stores, seed: int, ordinal: int, sabotage: str | None, tally: _Tally
) -> list[Divergence]:
    pair = make_pair(seed, ordinal)
    found = compare(pair, stores)
    tally.questions += found.questions
    tally.refused += found.refused
    tally.mattered += found.mattered
    tally.non_trivial += found.questions if found.mattered else 0
    tally.calls.update(one.call for one in pair.asks[: found.questions])
    if found.leak is None:
        return []
    pair, leak = smallest(pair, found.number, stores)
    words = repr(name) if sabotage is None else f"{name!r}, {sabotage!r}"
    code = program("pair", pair, _IMPORT, f"check(pair, {words})")
    return [Divergence(name, f"{name}: {leak or found.leak}", code)]


def list_open_report(
    backends: Sequence[str],
    *,
    examples: int = EXAMPLES,
    seed: int = 0,
    sabotage: str | None = None,
) -> Proof:
    """Whether a record is seen has one answer in list, page, count, report, export and history.

    It is also the answer of the words of policy, evaluated by themselves. The same for fields.
    """
    return _agreement("list-open-report", disagreements, backends, examples, seed, sabotage)


def explain(
    backends: Sequence[str],
    *,
    examples: int = EXAMPLES,
    seed: int = 0,
    sabotage: str | None = None,
) -> Proof:
    """What is explained is what is decided, what is told of who can, and what an attempt meets.

    Every reason and obstacle is so, by the words of policy evaluated by themselves, and the
    remedy that comes first helps.
    """
    return _agreement("explain", misexplained, backends, examples, seed, sabotage)


def _agreement(
    law: str,
    look: Callable[[Pair, Backend], Said],
    backends: Sequence[str],
    examples: int,
    seed: int,
    sabotage: str | None,
) -> Proof:
    tally, found = _Tally(), list[Divergence]()
    with ExitStack() as stack:
        stores = {name: stack.enter_context(empty_stores(name)) for name in backends}
        stack.enter_context(planted(sabotage))
        for ordinal in range(examples):
            tally.examples += 1
            pair = make_pair(seed, ordinal)
            for name, plain in stores.items():
                with closing(spoiled(plain, sabotage)()) as store:
                    said = look(pair, store)
                tally.questions += said.questions
                tally.non_trivial += said.non_trivial
                tally.mattered += bool(said.non_trivial)
                if said.wrong:
                    line = f"crmcore prove {law} --backends {name} --seed {seed}"
                    line += f" --examples {ordinal + 1}"
                    line += "" if sabotage is None else f" --sabotage {sabotage}"
                    found.append(Divergence(name, f"{name}: {said.wrong[0]}", line))
            if found:
                break
    return _proof(law, backends, seed, tally, found)


def _proof(
    law: str, backends: Sequence[str], seed: int, tally: _Tally, found: list[Divergence]
) -> Proof:
    refused = {"by name": tally.refused} if tally.refused else {}
    pairs = tally.examples * len(backends)
    is_weak = not found and tally.examples >= ENOUGH and tally.mattered < _MATTERED * pairs
    weaknesses = (f"only {tally.mattered} of {pairs} differ for anybody",) if is_weak else ()
    return Secrecy(
        law,
        tuple(backends),
        seed,
        tally.examples,
        tally.questions,
        tally.non_trivial,
        refused,
        dict(tally.calls),
        tuple(found),
        weaknesses,
        tally.mattered,
    )


SECRECY_LAWS: Final[Mapping[str, Callable[..., Proof]]] = {
    "non-interference": non_interference,
    "list-open-report": list_open_report,
    "explain": explain,
}
"""The laws by name; each takes (backends, *, examples, seed, sabotage) and gives a `Proof`."""
