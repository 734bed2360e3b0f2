"""The published suite: what every backend must promise, as tests to subclass.

    class TestMyBackend(BackendConformance):
        @pytest.fixture
        def backend(self, tmp_path):
            return lambda name="store": open_mine(tmp_path / name)

`known_gaps` names tests that are expected to fail, with a reason; they must fail.
`number_of_tests` says how many tests must have run.
"""

from __future__ import annotations

import pytest

_TESTS = (
    "buckets",
    "conditions",
    "definition",
    "evolution",
    "history",
    "keys",
    "lists",
    "loads",
    "past_moments",
    "summaries",
    "threads",
    "transactions",
    "values",
    "versions",
)
# Before the tests are imported, so that what fails shows its values.
pytest.register_assert_rewrite(*(f"{__name__}.{part}" for part in _TESTS))

from crmcore.testing.conformance.gaps import Gap, number_of_tests  # noqa: E402
from crmcore.testing.conformance.single_document import (  # noqa: E402
    SingleDocumentConformance,
)
from crmcore.testing.conformance.suite import BackendConformance  # noqa: E402
from crmcore.testing.opening import Opening  # noqa: E402

__all__ = [
    "BackendConformance",
    "Gap",
    "Opening",
    "SingleDocumentConformance",
    "number_of_tests",
]
