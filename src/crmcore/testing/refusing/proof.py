"""The law of refusals as a proof: stories in which much is refused, and the whole catalogue."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Final

from attrs import define, field, frozen

from crmcore.testing.living import REFUSED_STORIES
from crmcore.testing.living.findings import Findings
from crmcore.testing.proofs.verdict import Divergence, Proof
from crmcore.testing.refusing.cells import COMMANDS
from crmcore.testing.refusing.law import Trial, impossible, staged
from crmcore.testing.sabotage import SABOTAGES
from crmcore.testing.stores import Stores, empty_stores

DEALT: Final = 12
"""Over so many examples all commands are dealt out; memory has them all at once."""

EXAMPLES: Final = DEALT


@frozen
class Refusals(Proof):
    """The result of the law; `cells` are commands with reasons, `empty` those that cannot be."""

    cells: int = 0
    empty: int = 0

    @property
    def line(self) -> str:
        """The verdict in one line."""
        # Always the same words: programs look for them.
        count = sum(self.refused.values())
        found, backends = len(self.divergences), len(self.backends)
        line = f"{found} state changes in {count} refused commands on {backends} backends"
        return f"{line}; proves nothing: {'; '.join(self.weaknesses)}" if self.weaknesses else line

    def facts(self) -> list[str]:
        """What was refused, and how much of the catalogue was tried."""
        lines = super().facts()
        lines.append(f"{self.cells:>7,}  cells of the catalogue (command, reason) were tried")
        lines.append(f"{self.empty:>7,}  cells cannot occur")
        return lines


@define
class _Tally:
    found: Findings = field(factory=Findings)
    divergences: list[Divergence] = field(factory=list)
    cells: int = 0


def refusal(
    backends: Sequence[str],
    *,
    examples: int = EXAMPLES,
    seed: int = 0,
    sabotage: str | None = None,
) -> Proof:
    """Whatever is refused leaves everything as it was, whoever asks and for whatever reason.

    Tries `examples` stories with refusals on each backend, and the catalogue of all commands
    with all reasons for which each can be refused: dealt out over `DEALT` examples.
    """
    told = REFUSED_STORIES(backends, examples=examples, seed=seed, sabotage=sabotage)
    tally = _Tally()
    for name in backends if told.holds else ():
        with empty_stores(name) as stores:
            _tried(name, stores, examples, seed, sabotage, tally)
    found = tally.found
    refused = dict(told.refused)
    for code, count in found.refused.items():
        refused[code] = refused.get(code, 0) + count
    return Refusals(
        told.law,
        told.backends,
        seed,
        examples,
        told.questions + found.questions,
        told.non_trivial + found.non_trivial,
        refused,
        told.features,
        (*told.divergences, *tally.divergences),
        told.weaknesses,
        tally.cells,
        sum(1 for _ in impossible()),
    )


def _tried(
    name: str, stores: Stores, examples: int, seed: int, sabotage: str | None, tally: _Tally
) -> None:
    plain = stores()
    backend = plain if sabotage is None else SABOTAGES[sabotage].spoil(plain)
    commands = list(COMMANDS.values())
    share = commands
    if name != "memory":
        share = [one for place, one in enumerate(commands) if place % DEALT < examples]
    with (
        tempfile.TemporaryDirectory(prefix="crmcore-") as folder,
        closing(staged(backend, folder)) as on,
    ):
        trial = Trial(on, tally.found)
        trial.refuse(share)
    tally.cells += trial.cells
    line = f"crmcore prove refusal --backends {name} --examples {examples} --seed {seed}"
    line += "" if sabotage is None else f" --sabotage {sabotage}"
    tally.divergences += [Divergence(name, what, line) for what in tally.found.divergences]
    tally.found.divergences.clear()


REFUSAL: Final[Mapping[str, Callable[..., Proof]]] = {"refusal": refusal}
"""The law by its name; takes (backends, *, examples, seed, sabotage) and gives a `Proof`."""
