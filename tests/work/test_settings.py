"""Settings that would keep everybody out are refused before anything is written."""

from __future__ import annotations

import pytest

from crmcore import Workspace
from crmcore.errors import CrmError, Invalid
from crmcore.work import open_workspace


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("zone", "Mars/X"),
        ("zone", ""),
        ("zone", 8),
        ("zone", None),
        ("currency", "XXXX"),
        ("currency", {"a": 1}),
        ("owner", "x"),
        ("owner", None),
        ("approvals", ["account"]),
        ("approvals", {"account": "amount"}),
    ],
)
def test_a_setting_that_nobody_could_live_with_is_refused(
    crm: Workspace, name: str, value: object
) -> None:
    before = crm.digest("full")
    with pytest.raises(CrmError), crm.work() as work:
        work.upsert("crm_setting", {"name": name}, {"value": value})
    assert crm.digest("full") == before
    with crm.work() as work:
        work.upsert("crm_setting", {"name": "zone"}, {"value": "Europe/Berlin"})
    assert crm.find("crm_setting", "name == 'zone'")[0]["value"] == "Europe/Berlin"


def test_a_word_that_means_no_way_to_evolve_alters_nothing() -> None:
    with pytest.raises(Invalid):
        open_workspace("memory://", evolve="Check")  # type: ignore[arg-type]
