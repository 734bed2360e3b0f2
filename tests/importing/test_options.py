"""Options of an import: unknown ones are refused before anything is read."""

from __future__ import annotations

from typing import Any

import pytest

from crmcore.errors import Invalid
from crmcore.importing import import_file, plan, plan_from_json, plan_to_json
from crmcore.work import Workspace

from .conftest import csv

SOURCE = csv("客户编号,客户名称\nA1,甲")
WRONG: list[tuple[str, Any, str]] = [
    ("errors", "refused", "refuse, reject"),
    ("errors", None, "refuse, reject"),
    ("duplicates", "updat", "ask, create, update, skip"),
    ("duplicates", ["update"], "ask, create, update, skip"),
    ("zone", "Mars/Base", "Asia/Shanghai"),
    ("zone", 8, "Asia/Shanghai"),
]


@pytest.mark.parametrize(("option", "value", "accepted"), WRONG)
def test_an_unknown_option_names_what_is_accepted(
    memory: Workspace, option: str, value: Any, accepted: str
) -> None:
    before = memory.digest("full")
    for call in (plan, import_file):
        with pytest.raises(Invalid) as caught:
            call(memory, SOURCE, **{option: value})
        assert caught.value.code == "import_option"
        assert option in str(caught.value)
        assert accepted in str(caught.value)
    assert memory.digest("full") == before


@pytest.mark.parametrize(("option", "value", "accepted"), WRONG)
def test_a_stored_plan_holds_no_unknown_option(
    memory: Workspace, option: str, value: Any, accepted: str
) -> None:
    data = plan_to_json(plan(memory, SOURCE))
    data["options"][option] = value
    with pytest.raises(Invalid, match=accepted):
        plan_from_json(data)
