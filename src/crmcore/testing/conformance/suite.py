"""The suite as one class: what a backend's author subclasses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest

from crmcore.storage import Backend
from crmcore.testing.conformance.buckets import Buckets
from crmcore.testing.conformance.conditions import Conditions
from crmcore.testing.conformance.definition import Definition
from crmcore.testing.conformance.desk import Desk
from crmcore.testing.conformance.evolution import Evolution
from crmcore.testing.conformance.gaps import Gap, expect_gap, mark_gaps
from crmcore.testing.conformance.golden_links import COMPANY, DEAL
from crmcore.testing.conformance.history import Histories
from crmcore.testing.conformance.keys import Keys
from crmcore.testing.conformance.lists import Lists
from crmcore.testing.conformance.loads import Loads
from crmcore.testing.conformance.past_moments import PastMoments
from crmcore.testing.conformance.summaries import Summaries
from crmcore.testing.conformance.threads import Threads
from crmcore.testing.conformance.transactions import Transactions
from crmcore.testing.conformance.values import Values
from crmcore.testing.conformance.versions import Versions
from crmcore.testing.opening import Opening


class Bench:
    """The fixtures of the suite, and its known gaps. The promises stand in other classes."""

    known_gaps: ClassVar[Mapping[str, Gap]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        mark_gaps(cls, cls.known_gaps)

    @pytest.fixture(autouse=True)
    def known_gap(self, request: pytest.FixtureRequest) -> None:
        """Expect a case to fail where it is a known gap by itself."""
        expect_gap(request, self.known_gaps)

    @pytest.fixture
    def backend(self) -> Opening:
        """How to open stores of the backend under test; see `Opening`."""
        raise NotImplementedError("give your subclass a fixture `backend`: see Opening")

    @pytest.fixture
    def store(self, backend: Opening) -> Iterator[Backend]:
        """A new, empty store."""
        opened = backend("store")
        yield opened
        opened.close()

    @pytest.fixture
    def desk(self, store: Backend) -> Desk:
        """A store prepared for companies and deals."""
        return Desk.at(store, COMPANY, DEAL)


class BackendConformance(
    Transactions,
    Threads,
    Versions,
    Keys,
    Histories,
    PastMoments,
    Evolution,
    Loads,
    Values,
    Conditions,
    Lists,
    Summaries,
    Buckets,
    Definition,
    Bench,
):
    """All that is demanded of a backend. Subclass it and give it the fixture `backend`.

    Capabilities decide only this: where it is not `durable`, nothing need be left after
    opening a store again; one that is not `atomic` is refused here, and has a suite of the
    promises that are left to it, `SingleDocumentConformance`. A joined transaction needs a
    host of its library, so joining is tested beside it.

    `known_gaps` maps names of tests (with `[parameters]` for one case alone) to a `Gap`.
    They are expected to fail, and must.
    """
