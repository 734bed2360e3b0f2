"""Known gaps: a test that a backend cannot pass yet is expected to fail, and must.

Nothing is skipped. A gap names its reason from a closed list; once the test passes, the
gap itself fails, so that no gap outlives its cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import wraps
from math import prod
from typing import Any

import pytest


class Gap(Enum):
    """Why a backend does not pass a test of the suite."""

    NOT_YET = "the backend does not do this yet"
    NEVER = "the engine cannot do this by its nature"
    ENGINE_DEFECT = "a defect of the engine, reported to its makers"


def test_names(suite: type) -> Iterator[str]:
    """The tests of a suite, as pytest calls them before their parameters."""
    # What a suite of fewer promises takes out is `None` there.
    names = (name for name in dir(suite) if name.startswith("test_"))
    return (name for name in names if getattr(suite, name) is not None)


# The suite's own functions are no tests of it.
test_names.__test__ = False  # type: ignore[attr-defined]


def mark_gaps(suite: type, gaps: Mapping[str, Gap]) -> None:
    """Expect the tests of `suite` that are gaps to fail, with all their parameters.

    Raises `TypeError` where a gap names no test of the suite.
    """
    known = set(test_names(suite))
    for name, gap in gaps.items():
        if name.partition("[")[0] not in known:
            raise TypeError(f"{suite.__name__}.known_gaps: there is no test {name!r}")
        if name in known:
            setattr(suite, name, _expected(gap)(_copied(getattr(suite, name))))


def expect_gap(request: pytest.FixtureRequest, gaps: Mapping[str, Gap]) -> None:
    """Expect the running test to fail if it is, with its parameters, a known gap."""
    gap = gaps.get(request.node.name) if "[" in request.node.name else None
    if gap is not None:
        request.applymarker(_expected(gap))


def _expected(gap: Gap) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=f"{gap.name}: {gap.value}")


def _copied(test: Callable[..., Any]) -> Callable[..., Any]:
    """`test` under a name of its own: marks on it do not reach other suites."""

    @wraps(test)
    def copy(*args: Any, **words: Any) -> Any:
        return test(*args, **words)

    return copy


def number_of_tests(suite: type) -> int:
    """How many tests pytest runs for a suite: every one, with all its parameters."""
    return sum(_runs(getattr(suite, name)) for name in test_names(suite))


def _runs(test: object) -> int:
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    return prod(len(list(mark.args[1])) for mark in marks)
