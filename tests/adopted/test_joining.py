"""Adopted tables within the host's own transaction, and writing by the host's own hand."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from tests.adopted.conftest import Databased
from tests.adopted.erp import CUSTOMER, Desk, Erp
from tests.adopted.test_reading import refused

from crmcore.storage import Expect, Intent

SHORTLY = {
    "sqlite": "PRAGMA busy_timeout = 200",
    "postgresql": "SET lock_timeout = '200ms'",
    "mariadb": "SET innodb_lock_wait_timeout = 1",
    "mysql": "SET innodb_lock_wait_timeout = 1",
}
"""How each engine is told to wait for a lock only a moment."""


def test_a_joined_unit_sees_what_the_host_did_not_commit(erp: Erp) -> None:
    with erp.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(insert(CUSTOMER), [{"id": 7, "label": "新"}])
        with erp.crm.work(join=connection) as work:
            account = work.find("account", "name == '新'")[0]
            work.create("opportunity", {"name": "x", "account": account})
        transaction.rollback()
    assert len(erp.crm.find("opportunity")) == 0
    assert len(erp.crm.find("account")) == 4


def test_a_session_is_joined(erp: Erp) -> None:
    with Session(erp.engine) as session:
        session.execute(insert(CUSTOMER), [{"id": 7, "label": "新"}])
        with erp.crm.work(join=session) as work:
            work.create("opportunity", {"name": "x", "account": {"name": "新"}})
        session.commit()
    assert [one["name"] for one in erp.crm.find("opportunity", "account.name == '新'")] == ["x"]


def test_the_host_writes_what_the_door_let_through(database: Databased) -> None:
    erp = Erp.made(database(), version="revision", writer=Desk())
    with erp.engine.begin() as connection, erp.crm.work(join=connection) as work:
        made = work.create("account", {"name": "  新客户 ", "region": "east", "credit": "1,200"})
        assert made["name"] == "新客户"
        work.create("opportunity", {"name": "x", "account": made})
        changed = work.update("account", made, {"region": "north"})
        assert changed["region"] == "north"
        assert changed.version == made.version + 1
    with erp.engine.connect() as connection:
        found = connection.execute(select(CUSTOMER).where(CUSTOMER.c.label == "新客户")).one()
    assert (found.region, found.revision) == ("north", 2)
    assert len(erp.crm.find("opportunity", "account.region == 'north'")) == 1
    summary = list(erp.crm.changes())[-1]
    assert [one.module for one in summary.entries] == ["opportunity"]


def test_nothing_is_written_past_the_door(database: Databased) -> None:
    erp = Erp.made(database(), version="revision", writer=Desk())
    account = erp.account_of(2)
    with erp.engine.connect() as connection, connection.begin():

        def run(do: str, values: dict[str, object]) -> None:
            with erp.crm.work(join=connection) as work:
                if do == "create":
                    work.create("account", values)
                elif do == "stale":
                    work.update("account", account, values, version=7)
                else:
                    work.delete("account", account)

        refused("text_too_long", lambda: run("create", {"name": "x" * 21}))
        refused("not_an_option", lambda: run("create", {"region": "nowhere"}))
        refused("record_changed", lambda: run("stale", {"region": "north"}))
        with erp.crm.work(join=connection) as work:
            work.create("opportunity", {"name": "x", "account": account})
        refused("in_use", lambda: run("delete", {}))
    assert len(erp.crm.find("account")) == 4


def test_removing_by_the_host_s_hand(database: Databased) -> None:
    erp = Erp.made(database(), version="revision", writer=Desk())
    with erp.engine.begin() as connection, erp.crm.work(join=connection) as work:
        work.delete("account", erp.account_of(4))
    assert len(erp.crm.find("account")) == 3


def test_a_unit_of_our_own_writes_nothing_of_the_host(database: Databased) -> None:
    erp = Erp.made(database(), version="revision", writer=Desk())

    def run() -> None:
        with erp.crm.work() as work:
            work.create("account", {"name": "x"})

    refused("adopted_needs_join", run)
    assert len(erp.crm.find("account")) == 4


def test_grants_hold_for_what_the_host_writes(database: Databased) -> None:
    erp = Erp.made(database(), version="revision", writer=Desk())
    with erp.crm.work() as work:
        grants = [
            {"module": "account", "operations": ["read"], "where": None},
            {"module": "account", "operations": ["update"], "where": "region == 'east'"},
        ]
        role = work.create("crm_role", {"name": "east", "grants": grants})
        work.create("crm_user", {"name": "小李", "login": "li", "roles": [role.id]})
    li = erp.crm.as_("li")
    with erp.engine.connect() as connection:

        def change(key: int, values: dict[str, object]) -> None:
            with connection.begin(), li.work(join=connection) as work:
                work.update("account", erp.account_of(key), values)

        change(1, {"code": "A9"})
        refused("outside_scope", lambda: change(2, {"code": "B9"}))
        refused("outside_scope", lambda: change(1, {"region": "north"}))
    codes = [one["code"] for one in erp.crm.find("account", order="code")]
    assert codes == ["A9", "B2", "C3", "D4"]


def test_the_host_cannot_remove_what_is_being_linked_to(erp: Erp) -> None:
    account = erp.account_of(2)

    def remove() -> None:
        with erp.engine.connect() as connection, connection.begin():
            connection.execute(text(SHORTLY[erp.engine.dialect.name]))
            connection.execute(delete(CUSTOMER).where(CUSTOMER.c.id == 2))

    with erp.crm.work() as work:
        work.create("opportunity", {"name": "x", "account": account})
        with pytest.raises(OperationalError):
            remove()
    remove()
    assert len(erp.crm.find("opportunity", "account.code == null")) == 1


def test_a_link_to_a_row_that_went_meanwhile_is_a_conflict(erp: Erp) -> None:
    module = erp.crm.schema.module("account")
    transaction = erp.crm._store.backend.begin(Intent.WRITE)
    source = erp.crm._store.adopted["account"]
    try:
        source.expect(transaction, Expect(module, [erp.account_of(1), erp.account_of(2)]))
        lost = Expect(module, [erp.account_of(77)])
        refused("record_changed", lambda: source.expect(transaction, lost))
    finally:
        transaction.rollback()
