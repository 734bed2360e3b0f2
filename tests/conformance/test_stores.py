"""Stores by name for whoever subclasses the suite: the same again within a test, others beside."""

from __future__ import annotations

import pytest

from crmcore.errors import WorkspaceError
from crmcore.storage import Backend
from crmcore.testing import named_stores
from crmcore.testing.conformance.desk import Desk, schema_of
from crmcore.testing.conformance.golden_links import COMPANY, DEAL, PEOPLE


@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "mariadb", "mongodb"])
def test_a_store_is_the_same_by_its_name_within_one_test(engine: str) -> None:
    with named_stores(engine) as stores:
        first, second = stores(), stores()
        store = first()
        Desk.at(store, COMPANY, DEAL).commit(*PEOPLE)
        store.close()
        assert _companies(first("store")) == len(PEOPLE)
        assert _companies(first("other")) == 0
        assert _companies(second("store")) == 0


def test_stores_in_memory_are_new_each_time() -> None:
    with named_stores("memory") as stores:
        opening = stores()
        assert opening() is not opening()


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(WorkspaceError) as error, named_stores("nowhere"):
        pass
    assert error.value.code == "unknown_scheme"


def _companies(store: Backend) -> int:
    desk = Desk(store, schema_of(COMPANY, DEAL))
    store.prepare(desk.schema)
    found = len(desk.find("company"))
    store.close()
    return found
