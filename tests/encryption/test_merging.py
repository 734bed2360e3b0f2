"""Encrypted values go over in a merge, unique ones too, and lie encrypted afterwards."""

from __future__ import annotations

from tests.encryption.conftest import ANNA

from crmcore.merging import merge
from crmcore.work import Workspace


def test_encrypted_values_are_taken_and_come_back(crm: Workspace) -> None:
    with crm.work() as work:
        kept = work.create("person", {"name": "A."}).id
        anna = work.create("person", ANNA)
        visit = work.create("visit", {"title": "1", "person": anna.id}).id
    before = crm.digest().value
    with crm.work() as work:
        found = merge(work, "person", kept, [anna], take={"name": anna.id})
        operation = work.operation
    assert set(found.taken) == set(ANNA)
    assert {name: crm.get("person", kept)[name] for name in ANNA} == {
        name: anna[name] for name in ANNA
    }
    assert crm.find("person", "ident == '110101-XQ'")[0].id == kept
    assert crm.get("visit", visit)["person"] == kept
    assert not crm.undo(operation).impossible
    assert crm.digest().value == before
