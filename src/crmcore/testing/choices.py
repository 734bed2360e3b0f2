"""Where generators take their decisions from: a seeded random source, or Hypothesis.

Everything generated is made of one question, "which of n?", whose answer 0 stands for
the simplest; so one generator serves `crmcore prove`, which needs neither pytest nor
Hypothesis, and property tests, which shrink.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from attrs import frozen

_T = TypeVar("_T")


@frozen
class Choices:
    """Decisions, all made by `below(n)`: a number from 0 to n - 1, the smaller the simpler."""

    below: Callable[[int], int]

    def pick(self, items: Sequence[_T]) -> _T:
        """One of `items`, of which there is at least one."""
        return items[self.below(len(items))]

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases; False is the simpler."""
        return self.below(100) >= 100 - percent

    def between(self, least: int, most: int) -> int:
        """A number from `least` to `most`."""
        return least + self.below(most - least + 1)

    def several(self, items: Sequence[_T], least: int, most: int) -> list[_T]:
        """From `least` to `most` of `items`, each at most once, in their order."""
        left = list(range(len(items)))
        wanted = self.between(min(least, len(left)), min(most, len(left)))
        taken = {left.pop(self.below(len(left))) for _ in range(wanted)}
        return [item for index, item in enumerate(items) if index in taken]


def seeded(seed: int, ordinal: int = 0) -> Choices:
    """The decisions of a seed: the same on every machine and under every Python."""
    return Choices(random.Random(f"{seed}:{ordinal}").randrange)
