"""Untouched stores raise no alarm, whatever happened in them; anchors outlive what comes."""

from __future__ import annotations

import pytest
from tests.audit.conftest import BACKENDS, accounts, person
from tests.audit.lives import lived

from crmcore.audit import AuditHead, head, verify
from crmcore.errors import AccessDenied, Invalid
from crmcore.testing.stores import empty_stores
from crmcore.work import Workspace, note


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_false_alarm(backend: str) -> None:
    with empty_stores(backend) as stores:
        crm = lived(stores())
        early = head(crm)
        accounts(crm, 2)
        note(crm, "login")
        found = verify(crm, early)
        assert [one.message() for one in found.problems] == []
        assert found.changes > early.position
        assert found.entries > early.entries > 0
        assert found.versions > 40
        crm.close()


def test_heads_are_small_texts(small: Workspace) -> None:
    accounts(small, 1)
    note(small, "login")
    found = head(small)
    assert AuditHead.parse(f" {found}\n") == found
    assert len(str(found)) < 200
    assert head(small) == found
    with pytest.raises(Invalid):
        AuditHead.parse(str(found)[:-1] + "x")


def test_configurers_alone(small: Workspace) -> None:
    rep = person(small, "小王")
    for ask in (head, verify):
        with pytest.raises(AccessDenied):
            ask(rep)
