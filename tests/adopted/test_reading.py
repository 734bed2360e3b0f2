"""Adopted accounts in lists, figures and links, as anybody may see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, insert, text, update
from tests.adopted.erp import CUSTOMER, Erp

from crmcore import CrmError, GroupBy, Measure, Summary, Workspace


def refused(code: str, run: Callable[[], object]) -> CrmError:
    with pytest.raises(CrmError) as caught:
        run()
    assert caught.value.code == code, caught.value
    return caught.value


def names(crm: Workspace, where: str | None = None, order: str = "name") -> list[object]:
    return [one["name"] for one in crm.find("account", where, order=order)]


def deals(erp: Erp) -> None:
    with erp.crm.work() as work:
        for name, amount, account in (("a", 10, "甲公司"), ("b", 20, "甲公司"), ("c", 5, "乙公司")):
            values = {"name": name, "amount": amount, "account": erp.account(account)}
            work.create("opportunity", values)
        work.create("opportunity", {"name": "d", "account": {"code": "C3"}})


def test_lists_speak_our_language(erp: Erp) -> None:
    assert names(erp.crm) == [None, "Élan", "乙公司", "甲公司"]
    assert names(erp.crm, "区域 == 'east'") == [None, "甲公司"]
    assert names(erp.crm, "region != 'east'") == ["Élan", "乙公司"]
    assert names(erp.crm, "contains(name, 'elan')") == ["Élan"]
    assert names(erp.crm, "parent.name == '甲公司'") == ["Élan", "乙公司"]
    assert names(erp.crm, "name == null") == [None]
    table = erp.crm.find("account", columns=["name", "parent", "parent.region"], order="code")
    assert list(table.rows())[1] == ("乙公司", erp.account("甲公司"), "east")


def test_a_list_is_in_the_order_of_the_keys_and_read_in_pages(erp: Erp) -> None:
    page = erp.crm.find("account", limit=3)
    assert [one["code"] for one in page] == ["A1", "B2", "C3"]
    assert page.next is not None
    assert [one["code"] for one in erp.crm.find("account", limit=3, after=page.next)] == ["D4"]
    last = erp.crm.find("account", order="id desc", limit=2)
    assert [one["code"] for one in last] == ["D4", "C3"]


def test_moments_are_of_the_named_zone(erp: Erp) -> None:
    moment = datetime(2026, 3, 1, 8, 30)  # noqa: DTZ001
    erp.run(update(CUSTOMER).where(CUSTOMER.c.id == 1).values(opened=moment))
    found = erp.crm.find("account", "opened < '2026-03-01T09:00:00+08:00'")
    assert [one["opened"] for one in found] == [datetime(2026, 3, 1, 0, 30, tzinfo=UTC)]


def test_links_lead_both_ways(erp: Erp) -> None:
    deals(erp)
    found = erp.crm.find("opportunity", "account.区域 == 'east'", order="name")
    assert [one["name"] for one in found] == ["a", "b"]
    assert names(erp.crm, "exists(opportunities, amount > 15)") == ["甲公司"]
    assert names(erp.crm, "count(opportunities) == 0") == [None]
    table = erp.crm.find("opportunity", columns=["name", "account"], order="account desc, name")
    assert "甲公司" in str(table)


def test_figures_group_by_what_the_host_says(erp: Erp) -> None:
    deals(erp)
    asked = Summary("opportunity", (GroupBy("account.region"),), (Measure("sum", "amount"),))
    assert list(erp.crm.summarize(asked).rows()) == [
        (None, None),
        ("east", Decimal("30.00")),
        ("north", Decimal("5.00")),
    ]
    asked = Summary("account", (GroupBy("region"),), (Measure("count"),))
    assert list(erp.crm.summarize(asked).rows()) == [(None, 1), ("east", 2), ("north", 1)]


def test_a_link_must_lead_to_a_row_of_the_host(erp: Erp) -> None:
    gone = erp.account("乙公司")
    erp.run(delete(CUSTOMER).where(CUSTOMER.c.id == 2))

    def link(value: object) -> Callable[[], object]:
        def run() -> None:
            with erp.crm.work() as work:
                work.create("opportunity", {"name": "x", "account": value})

        return run

    refused("link_not_found", link(gone))
    refused("link_not_found", link("0" * 32))
    refused("link_not_found", link({"code": "Z9"}))
    assert len(erp.crm.find("opportunity")) == 0


def test_what_the_host_removes_leaves_an_empty_path(erp: Erp) -> None:
    deals(erp)
    erp.run(delete(CUSTOMER).where(CUSTOMER.c.id == 1))
    found = erp.crm.find("opportunity", "account.region == null", order="name")
    assert [one["name"] for one in found] == ["a", "b", "d"]
    assert all(one["account"] is not None for one in found)


def test_scopes_hold_of_rows_of_the_host(erp: Erp) -> None:
    deals(erp)
    with erp.crm.work() as work:
        grants = [
            {"module": "account", "operations": ["read", "report"], "where": "region == 'east'"},
            {"module": "opportunity", "operations": ["read", "create", "report"], "where": None},
        ]
        role = work.create("crm_role", {"name": "east", "grants": grants})
        work.create("crm_user", {"name": "小李", "login": "li", "roles": [role.id]})
        other = [
            {
                "module": "opportunity",
                "operations": ["read", "report"],
                "where": "account.region == 'north'",
            }
        ]
        role = work.create("crm_role", {"name": "north", "grants": other})
        work.create("crm_user", {"name": "小王", "login": "wang", "roles": [role.id]})
    hidden = erp.account("乙公司")
    li, wang = erp.crm.as_("li"), erp.crm.as_("wang")
    assert names(li) == [None, "甲公司"]
    refused("not_found", lambda: li.get("account", hidden))
    assert [one["name"] for one in li.find("opportunity", "account.name == '乙公司'")] == []
    asked = Summary("opportunity", (GroupBy("account.region"),), (Measure("count"),))
    assert list(li.summarize(asked).rows()) == [(None, 2), ("east", 2)]
    assert [one["name"] for one in wang.find("opportunity")] == ["c"]
    assert len(wang.find("account")) == 0

    def link() -> None:
        with li.work() as work:
            work.create("opportunity", {"name": "x", "account": hidden})

    refused("link_not_found", link)


def test_a_value_that_does_not_fit_is_named(erp: Erp) -> None:
    erp.run(insert(CUSTOMER), [{"id": 9, "label": "x" * 21}])
    error = refused("adopted_value", lambda: erp.crm.find("account"))
    assert error.problems[0].params["table"] == "customer"
    assert error.problems[0].params["column"] == "label"
    assert error.problems[0].params["key"] == 9
    assert erp.crm.get("account", erp.account_of(1))["name"] == "甲公司"


def test_a_page_by_id_does_not_read_the_others(erp: Erp) -> None:
    # The row that does not fit would be told of, were it read.
    erp.run(insert(CUSTOMER), [{"id": 9, "region": "nowhere"}])
    page = erp.crm.find("account", limit=2)
    assert [one["code"] for one in page] == ["A1", "B2"]
    with erp.crm.work() as work:
        made = work.create("opportunity", {"name": "x", "account": erp.account_of(1)})
    found = erp.crm.find("opportunity", "account.region == 'east'", limit=1)
    assert found[0].id == made.id
    parents = erp.crm.find("account", f"parent == '{erp.account_of(1)}'")
    assert [one["code"] for one in parents] == ["B2", "C3"]


def test_a_column_or_table_that_the_host_took_away_is_named(erp: Erp) -> None:
    with erp.engine.begin() as connection:
        connection.execute(text("ALTER TABLE customer DROP COLUMN credit"))
    error = refused("adopted_changed", lambda: erp.crm.find("account"))
    assert "credit" in error.message()
    assert "customer" in error.message("zh")
    with erp.engine.begin() as connection:
        connection.execute(text("DROP TABLE customer"))
    assert "customer" in refused("adopted_changed", lambda: erp.crm.find("account")).message()
    assert len(erp.crm.find("opportunity")) == 0
