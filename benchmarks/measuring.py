"""How things are measured: two ways of doing one thing, in turns, and the medians of both."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Act = Callable[[int], object]
"""Something done in one round; the argument is the number of the round."""


@dataclass(frozen=True)
class Sizes:
    """How much of everything a run takes: small by default, the sizes of the aims with `full`."""

    full: bool
    rows: int | None
    rounds: int
    clock: Callable[[], float] = time.process_time

    def of(self, small: int, full: int) -> int:
        """The number of records of one question."""
        if self.rows is not None:
            return self.rows
        return full if self.full else small


@dataclass(frozen=True)
class Figure:
    """One answer: what it took us and them (seconds or MB for all of it), and the aim.

    `count` is what one division of it is shown per (records, calls); `unit` is `s` or `MB`.
    Without `theirs`, `aim` is a bound of ours alone, in microseconds per count or in MB.
    """

    question: str
    against: str
    ours: float
    theirs: float | None
    aim: float
    count: int = 1
    unit: str = "s"
    strict: bool = False

    @property
    def measure(self) -> float:
        """What the aim is about."""
        if self.theirs is not None:
            return self.ours / self.theirs
        return self.ours if self.unit == "MB" else self.ours / self.count * 1e6

    @property
    def reached(self) -> bool:
        """Whether the aim is reached."""
        return self.measure < self.aim if self.strict else self.measure <= self.aim


@dataclass
class Answer:
    """Figures of one question, and lines that explain them."""

    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def in_turns(sizes: Sizes, *acts: Act, rounds: int | None = None) -> list[float]:
    """The median seconds of each of `acts`, done one after the other in every round.

    The first of them changes from round to round, so that none is always the one behind.
    """
    spent: list[list[float]] = [[] for _ in acts]
    for number in range(rounds or sizes.rounds):
        for offset in range(len(acts)):
            place = (number + offset) % len(acts)
            began = sizes.clock()
            acts[place](number)
            spent[place].append(sizes.clock() - began)
    return [statistics.median(one) for one in spent]


def repeated(act: Callable[[], object], times: int) -> Act:
    """`act` done `times` times in one round."""

    def run(_round: int) -> None:
        for _ in range(times):
            act()

    return run


def alone(name: str, *words: object) -> dict[str, float]:
    """What `benchmarks/NAME.py` measured of itself in a process of its own."""
    script = Path(__file__).with_name(f"{name}.py")
    command = [sys.executable, "-W", "ignore", str(script), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def alone_in_turns(rounds: int, *calls: Sequence[object]) -> list[dict[str, float]]:
    """Medians of what processes of their own measured, one after the other in every round."""
    found: list[list[dict[str, float]]] = [[] for _ in calls]
    for _ in range(rounds):
        for runs, (name, *words) in zip(found, calls, strict=True):
            runs.append(alone(str(name), *words))
    return [{key: statistics.median(run[key] for run in runs) for key in runs[0]} for runs in found]


def peak_megabytes() -> float:
    """The most memory that this process had so far, resident."""
    if sys.platform == "linux":
        # `ru_maxrss` of a new process starts with what its parent had.
        with open("/proc/self/status") as status:
            return next(int(x.split()[1]) for x in status if x.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
