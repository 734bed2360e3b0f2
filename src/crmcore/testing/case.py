"""One world and some questions: whether a store answers as the definition says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from attrs import define, field, frozen

from crmcore.errors import CrmError
from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.storage import Backend, Intent, Transaction
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.asking import Ask, answer, bind, is_selective
from crmcore.testing.features import features
from crmcore.testing.play import Play, Refused
from crmcore.testing.sabotage import REFERENCE, SABOTAGES, SLIPS
from crmcore.testing.script import World
from crmcore.testing.stores import Stores, empty_stores

Outcome = tuple[str, ...] | Refused | None
"""An answer as lines, a refusal, or nothing where a commit went well."""


@frozen
class Difference:
    """Where a store and the definition part: at a commit or a question, by its number."""

    backend: str
    place: str
    number: int
    expected: Outcome
    found: Outcome

    def __str__(self) -> str:
        lines = [f"{self.backend}, {self.place} {self.number}:"]
        lines += ["  by definition:", *_shown(self.expected), "  found:", *_shown(self.found)]
        return "\n".join(lines)


def _shown(outcome: Outcome) -> list[str]:
    if outcome is None:
        return ["    done"]
    if isinstance(outcome, Refused):
        return [f"    {outcome.error}({outcome.code!r})"]
    return [f"    {line}" for line in outcome] or ["    no rows"]


@define
class Tally:
    """What was asked, refused and worth asking."""

    questions: int = 0
    selective: int = 0
    refused: Counter[str] = field(factory=Counter)
    features: Counter[str] = field(factory=Counter)


@frozen
class Case:
    """A world and questions about it. `check` plays them to a store and compares."""

    world: World
    asks: tuple[Ask, ...] = field(default=(), converter=tuple[Ask, ...])

    def check(self, backend: str, sabotage: str | None = None) -> None:
        """Raise `AssertionError` where the installed backend differs from the definition."""
        with planting(sabotage) as reference, empty_stores(backend) as stores:
            spoiled = {backend: sabotaged(stores, sabotage)}
            found = difference(self, spoiled, reference=reference)
        assert found is None, f"\n{found}"


def sabotaged(stores: Stores, name: str | None) -> Stores:
    """`stores` with a planted bug; as they are where `name` is `None`, or speaks of others."""
    if name is None or name in SLIPS or name.startswith(REFERENCE):
        return stores
    spoil = SABOTAGES[name].spoil
    return lambda: spoil(stores())


@contextmanager
def planting(name: str | None) -> Iterator[Stores]:
    """Opens what defines the answers; with a planted bug within an adapter, or in it itself."""
    with ExitStack() as stack:
        if name in SLIPS:
            stack.enter_context(SLIPS[name].planted())
        bug = name.removeprefix(REFERENCE) if name and name.startswith(REFERENCE) else None
        yield sabotaged(MemoryBackend, bug)


def difference(
    case: Case,
    stores: Mapping[str, Stores],
    tally: Tally | None = None,
    reference: Stores = MemoryBackend,
) -> Difference | None:
    """The first difference between the definition and a store, each being new and empty."""
    play = Play(case.world, reference())
    with ExitStack() as open_stores:
        backends: dict[str, Backend] = {}
        for name, open_store in stores.items():
            backends[name] = open_store()
            open_stores.callback(backends[name].close)
            play.prepare(backends[name])
        return _by_commits(play, backends, tally) or _by_questions(case, play, backends, tally)


def _by_commits(
    play: Play, backends: Mapping[str, Backend], tally: Tally | None
) -> Difference | None:
    for number, _ in enumerate(play.world.commits, 1):
        expected, *others = play.step(list(backends.values()))
        if tally is not None and expected is not None:
            tally.features[f"commits refused ({expected.code})"] += 1
        for name, found in zip(backends, others, strict=True):
            if found != expected:
                return Difference(name, "commit", number, expected, found)
    return None


def _by_questions(
    case: Case, play: Play, backends: Mapping[str, Backend], tally: Tally | None
) -> Difference | None:
    with ExitStack() as ending:
        model = play.model.begin(Intent.READ)
        ending.callback(model.rollback)
        others = {}
        for name, backend in backends.items():
            others[name] = backend.begin(Intent.READ)
            ending.callback(others[name].rollback)
        for number, ask in enumerate(case.asks, 1):
            bound = _bound(case, ask, tally)
            if bound is None:
                continue
            expected = outcome(model, ask, bound)
            if tally is not None:
                _count(tally, model, ask, bound, expected)
            for name, transaction in others.items():
                found = _found(transaction, ask, bound)
                if found != expected:
                    return Difference(name, "question", number, expected, found)
    return None


def _bound(case: Case, ask: Ask, tally: Tally | None) -> BoundQuery | BoundSummary | None:
    """The bound question; a refused one never reaches a store."""
    try:
        return bind(case.world.schema, ask)
    except CrmError as error:
        if tally is not None:
            tally.questions += 1
            tally.refused[error.code] += 1
        return None


def outcome(transaction: Transaction, ask: Ask, bound: BoundQuery | BoundSummary) -> Outcome:
    """The answer to `ask`, or its refusal."""
    try:
        return tuple(answer(transaction, ask, bound))
    except CrmError as error:
        return Refused.of(error)


def _found(transaction: Transaction, ask: Ask, bound: BoundQuery | BoundSummary) -> Outcome:
    """The same of a store, which may fail in any way."""
    try:
        return outcome(transaction, ask, bound)
    except Exception as error:
        return Refused.by_failing(error)


def _count(
    tally: Tally,
    model: Transaction,
    ask: Ask,
    bound: BoundQuery | BoundSummary,
    expected: Outcome,
) -> None:
    tally.questions += 1
    if isinstance(expected, Refused):
        tally.refused[expected.code] += 1
    tally.selective += is_selective(model, bound)
    tally.features.update(features(model, ask, bound))
