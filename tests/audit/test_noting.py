"""What is remembered beside changes, for whom, and what is not."""

from __future__ import annotations

import pytest
from tests.audit.conftest import accounts, person, settle

from crmcore import Summary
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, Invalid, NotFound
from crmcore.query.ast import Measure
from crmcore.records import Record
from crmcore.work import Workspace, note


def entries(crm: Workspace, kind: str) -> list[Record]:
    """The entries of a kind; whatever waits is kept before."""
    crm._store.keep_notes(at_once=True)
    return list(crm.find("crm_audit_entry", f"kind == '{kind}'", order="position"))


def test_denials_are_kept_on_every_backend(crm: Workspace) -> None:
    (mine,) = accounts(crm, 1)
    rep = person(crm, "小王")
    with pytest.raises(NotFound):
        rep.get("account", mine)
    with pytest.raises(AccessDenied), rep.work() as work:
        work.create("crm_role", {"name": "king"})
    with pytest.raises(AccessDenied):
        list(rep.changes())
    found = entries(crm, "denial")
    assert [(one["module"], one["reason"]) for one in found] == [
        ("account", "not_found"),
        ("crm_role", "not_allowed"),
        ("crm_change_set", "not_allowed"),
    ]
    assert {one["user"] for one in found} == {rep.principal}
    assert found[0]["record"] == mine


def test_what_is_not_there_is_no_denial(small: Workspace) -> None:
    rep = person(small, "小王")
    with pytest.raises(NotFound):
        rep.get("account", "f" * 32)
    assert entries(small, "denial") == []


def test_bulk_reads_reports_and_sensitive_fields(small: Workspace) -> None:
    ids = accounts(small, 12)
    settle(small, {"bulk": 10, "sensitive": ["account.amount"]})
    small.find("account", limit=9)
    small.find("account", "amount >= 0", columns=["name"])
    small.get("account", ids[0])
    small.summarize(Summary("account", (), (Measure("count"),)))
    (bulk,) = entries(small, "bulk_read")
    assert (bulk["count"], bulk["fields"]) == (12, "name")
    seen = entries(small, "sensitive_read")
    assert [(one["record"], one["count"]) for one in seen] == [(None, 9), (ids[0], 1)]
    assert [one["module"] for one in entries(small, "report")] == ["account"]


def test_no_value_is_in_an_entry(small: Workspace) -> None:
    settle(small, {"bulk": 1, "sensitive": ["account.email"]})
    with small.work() as work:
        work.create(
            "account", {"name": "秘密公司", "email": "secret@example.com", "amount": 123456789}
        )
    small.find("account", "email == 'secret@example.com' and amount > 123456788")
    small.summarize(Summary("account", where=None))
    small._store.keep_notes(at_once=True)
    text = "".join(repr(dict(one)) for one in small.find("crm_audit_entry"))
    assert "bulk_read" in text
    assert not any(token in text for token in ("secret", "秘密", "12345678"))


def test_distinct_records_and_halving_questions_are_counted(
    small: Workspace, clock: ManualClock
) -> None:
    ids = accounts(small, 6)
    settle(small, {"opened": 5, "probing": 4})
    for _ in range(3):
        for one in ids[:5]:
            small.get("account", one)
    for bound in (10, 10, 5, 7, 6, 8):
        small.find("account", f"amount > {bound}", limit=1)
    assert [one["count"] for one in entries(small, "opened")] == [5, 5, 5]
    (probing,) = entries(small, "probing")
    assert probing["count"] == 4


def test_configuration_and_impersonation(small: Workspace) -> None:
    from crmcore.access import System

    rep = person(small, "小王")
    changes = entries(small, "configuration")
    assert [one["module"] for one in changes] == ["crm_user"]
    with small.as_(System("repair")).work() as work:
        work.create("account", {"name": "甲"})
        operation = work.operation
    (found,) = entries(small, "impersonation")
    assert (found["behalf"], found["operation"]) == (small.principal, operation)
    assert rep.principal != small.principal


def test_it_can_be_switched_off(small: Workspace) -> None:
    settle(small, False)
    before = len(small.find("crm_audit_entry"))
    rep = person(small, "小王")
    with pytest.raises(AccessDenied):
        list(rep.changes())
    note(small, "login", user=rep.principal)
    small._store.keep_notes(at_once=True)
    assert len(small.find("crm_audit_entry")) == before


def test_only_who_may_read_them(small: Workspace) -> None:
    rep = person(small, "小王", "sales_manager")
    note(small, "login", user=rep.principal, reason="wrong_password")
    assert len(entries(small, "login")) == 1
    page = rep.find("crm_audit_entry")
    assert len(page) == 0
    assert page.hint
    with pytest.raises(Invalid):
        note(small, "gossip")


def test_a_unit_keeps_them_when_it_is_over(small: Workspace) -> None:
    accounts(small, 3)
    settle(small, {"bulk": 2})
    with small.work() as work:
        work.find("account")
        small.find("account")
        assert len(work.find("crm_audit_entry", "kind == 'bulk_read'")) == 0
    assert len(small.find("crm_audit_entry", "kind == 'bulk_read'")) == 2
