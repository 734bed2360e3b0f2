"""The published suite, from where the distribution is installed, on each of four engines.

Not collected with the other tests: `.ci/wheel` names this file where nothing but the
distribution is. Servers are started; `conftest.py` beside it says how much is tried on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

import crmcore.testing
from crmcore.testing import BackendConformance, Opening, named_stores, number_of_tests


class Installed(BackendConformance):
    """All of it, without a known gap, on stores of `engine`."""

    engine: ClassVar[str]

    @pytest.fixture(scope="class")
    @classmethod
    def stores(cls) -> Iterator[Callable[[], Opening]]:
        with named_stores(cls.engine) as stores:
            yield stores

    @pytest.fixture
    def backend(self, stores: Callable[[], Opening]) -> Opening:
        return stores()


class TestMemory(Installed):
    engine = "memory"


class TestSqlite(Installed):
    engine = "sqlite"


class TestPostgresql(Installed):
    engine = "postgresql"


class TestMariadb(Installed):
    engine = "mariadb"


def test_all_of_the_suite_is_installed(collected: Counter[str]) -> None:
    whole = number_of_tests(BackendConformance)
    assert collected == dict.fromkeys(("memory", "sqlite", "postgresql", "mariadb"), whole)
    assert "site-packages" in Path(crmcore.testing.__file__).parts
