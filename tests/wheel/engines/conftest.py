"""How much of the suite is tried on which engine, and at the end what was.

In memory all of it, elsewhere one test in so many; `CRMCORE_TRIES=deep` tries
everything. Where there is no MariaDB, that is said; `CRMCORE_REQUIRE=mariadb` makes it a
failure.
"""

from __future__ import annotations

import os
import zlib
from collections import Counter
from typing import Final

import pytest

from crmcore.testing.servers.mariadb import HOW, is_available

PARTS: Final = {"sqlite": 2, "postgresql": 6, "mariadb": 16}
_IS_DEEP: Final = os.environ.get("CRMCORE_TRIES") == "deep"
_REQUIRED: Final = os.environ.get("CRMCORE_REQUIRE", "").split(",")
_IS_MISSING: Final = not is_available() and "mariadb" not in _REQUIRED
_COLLECTED: Final = pytest.StashKey[Counter[str]]()
_PASSED: Final = pytest.StashKey[Counter[str]]()


@pytest.fixture
def collected(pytestconfig: pytest.Config) -> Counter[str]:
    """How many tests of the suite there are for each engine."""
    return pytestconfig.stash[_COLLECTED]


def engine_of(item: pytest.Item) -> str:
    """The engine of a test of the suite; nothing for another test."""
    return str(getattr(getattr(item, "cls", None), "engine", ""))


def is_tried(item: pytest.Item) -> bool:
    engine = engine_of(item)
    if engine == "mariadb" and _IS_MISSING:
        return False
    return _IS_DEEP or zlib.crc32(item.name.encode()) % PARTS.get(engine, 1) == 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.stash[_COLLECTED] = Counter(engine for item in items if (engine := engine_of(item)))
    config.stash[_PASSED] = Counter()
    left = [item for item in items if not is_tried(item)]
    if left:
        items[:] = [item for item in items if is_tried(item)]
        config.hook.pytest_deselected(items=left)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> object:
    report = yield
    if report.when == "call" and report.passed:
        item.config.stash[_PASSED][engine_of(item)] += 1
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for engine, number in config.stash[_COLLECTED].items():
        passed = config.stash[_PASSED][engine]
        terminalreporter.write_line(f"the suite on {engine}: {passed} of {number} tests passed")
    if _IS_MISSING:
        terminalreporter.write_line(f"not run: MariaDB: the suite on it; to run it, {HOW}")
