"""The generators as Hypothesis strategies, for property tests that shrink.

Needs Hypothesis. `choices` makes any generator of `crmcore.testing.generate` a strategy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import strategies as st

from crmcore.testing.case import Case
from crmcore.testing.choices import Choices
from crmcore.testing.generate import Setting, make_ask, make_setting

_T = TypeVar("_T")
Draw = Callable[[st.SearchStrategy[Any]], Any]


def choices(draw: Draw) -> Choices:
    """Decisions taken by Hypothesis, within a composite strategy."""
    return Choices(lambda count: draw(st.integers(0, count - 1)))


def made(make: Callable[[Choices], _T]) -> st.SearchStrategy[_T]:
    """What `make` makes of any decisions."""

    @st.composite
    def strategy(draw: Draw) -> _T:
        return make(choices(draw))

    return strategy()


def settings(most: int = 6) -> st.SearchStrategy[Setting]:
    """Worlds of at most `most` records a module to begin with, and what they draw from."""
    return made(lambda source: make_setting(source, most=most))


def cases(most: int = 6, asks: int = 4) -> st.SearchStrategy[Case]:
    """Small worlds with questions about them."""

    def make(source: Choices) -> Case:
        setting = make_setting(source, most=most)
        return Case(setting.world, tuple(make_ask(source, setting) for _ in range(asks)))

    return made(make)
