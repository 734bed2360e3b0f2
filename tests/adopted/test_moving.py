"""Archives, moves, extracts and views of a workspace that adopted a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, inspect
from tests.adopted.erp import CUSTOMER, METADATA, ROWS, Erp
from tests.adopted.test_reading import refused

from crmcore import Workspace, open_workspace
from crmcore.archive import backup, move, restore, verify
from crmcore.work import views

STAFF = Table(
    "staff",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("full_name", String(40)),
    Column("login", String(20)),
)


@pytest.fixture
def filled(erp: Erp) -> Erp:
    """An application with an opportunity that leads to a customer."""
    with erp.crm.work() as work:
        work.create("opportunity", {"name": "x", "account": erp.account_of(1)})
    return erp


@pytest.fixture
def elsewhere(tmp_path: Path) -> str:
    """The URL of a database in which the host has his customers as well."""
    return f"sqlite:///{tmp_path / 'elsewhere.db'}"


def taken_over(erp: Erp, url: str) -> Workspace:
    """The workspace at `url`, bound to a table of customers there; checked against `erp`."""
    crm = open_workspace(url)
    assert crm.digest("full").value == erp.crm.digest("full").value
    assert [one["name"] for one in crm.find("opportunity")] == ["x"]
    refused("not_adopted", lambda: crm.find("account"))
    engine = crm._store.backend._store.engine  # type: ignore[attr-defined]
    METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(CUSTOMER), list(ROWS))
    Erp(engine, crm).adopt(crm)
    return crm


def carried_by_archive(erp: Erp, url: str, folder: Path) -> None:
    manifest = backup(erp.crm, folder / "a.crm")
    assert verify(folder / "a.crm").full == manifest.full
    restore(folder / "a.crm", url)


def carried_by_move(erp: Erp, url: str, folder: Path) -> None:
    moved = move(erp.crm, url)
    assert moved.source == moved.target


@pytest.mark.parametrize("carried", [carried_by_archive, carried_by_move])
def test_what_is_ours_travels_and_links_lead_to_the_same_rows(
    filled: Erp, elsewhere: str, tmp_path: Path, carried: Callable[[Erp, str, Path], None]
) -> None:
    carried(filled, elsewhere, tmp_path)
    crm = taken_over(filled, elsewhere)
    assert [one["name"] for one in crm.find("account")] == [
        one["name"] for one in filled.crm.find("account")
    ]
    found = crm.find("opportunity", "account.name == '甲公司'")
    assert [one["account"] for one in found] == [filled.account_of(1)]
    with crm.work() as work:
        work.create("opportunity", {"name": "y", "account": {"name": "乙公司"}})
    crm.close()


def test_users_of_a_host_stay_with_him(filled: Erp, elsewhere: str, tmp_path: Path) -> None:
    STAFF.create(filled.engine)
    filled.run(insert(STAFF), [{"id": 1, "full_name": "小李", "login": "li"}])
    people = {"name": "full_name", "login": "login"}
    filled.crm.adopt_users(STAFF, key="id", fields=people)
    backup(filled.crm, tmp_path / "a.crm")
    restore(tmp_path / "a.crm", elsewhere)
    # Who may do what is not known without them: nobody is let in, and nothing is written.
    other = open_workspace(elsewhere)
    refused("users_not_adopted", lambda: other.find("opportunity"))
    refused("users_not_adopted", lambda: backup(other, tmp_path / "b.crm"))
    assert not (tmp_path / "b.crm").exists()
    other.close()


def test_an_extract_has_what_is_ours(filled: Erp, tmp_path: Path) -> None:
    made = filled.crm.extract(tmp_path / "found", history=False)
    assert [one.module for one in made] == ["opportunity"]
    for modules in (["account"], ["account", "opportunity"]):
        refused(
            "table_of_host",
            lambda modules=modules: filled.crm.extract(tmp_path / "none", modules=modules),
        )
    unbound = open_workspace(filled.engine)
    refused("not_adopted", lambda: unbound.extract(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_views_are_of_what_is_ours(filled: Erp) -> None:
    views(filled.engine)
    found = {one for one in inspect(filled.engine).get_view_names() if one.startswith("crmv_")}
    assert found == {"crmv_crm_user", "crmv_opportunity"}
    refused("table_of_host", lambda: filled.crm.table("account"))
    views(filled.engine, shown=False)
    assert not inspect(filled.engine).get_view_names()
