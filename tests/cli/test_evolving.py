"""`pull`, `plan`, `apply` and `undo` of a configuration in files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run


@pytest.mark.parametrize("name", ["config", "crm.yaml", "crm.toml", "crm.json"])
def test_what_was_pulled_is_changed_planned_applied_and_undone(
    filled: Run, folder: Path, name: str
) -> None:
    assert filled("pull", name).code == 0
    assert "nothing to do" in filled("plan", name).out
    file = folder / name
    file = file / "modules" / "account.yaml" if file.is_dir() else file
    text = file.read_text("utf-8")
    longer = text.replace("max_length: 200", "max_length: 2").replace(
        "max_length = 200", "max_length = 2"
    )
    longer = longer.replace('"max_length": 200', '"max_length": 2')
    assert longer != text
    file.write_text(longer, "utf-8")
    shown = filled("plan", name, "--out", "plan.json")
    assert shown.code == 0
    assert "~ field account.name: max_length: 200 → 2" in shown.out
    assert "could not be entered any more" in shown.out
    told = filled("plan", name, "--json").data
    assert told == json.loads((folder / "plan.json").read_text("utf-8"))
    refused = filled("pull", name)
    assert refused.code == 1
    assert "--force" in refused.err
    done = filled("apply", "--plan", "plan.json", "--op-id", "shorter", "--json")
    assert (done.code, done.data["operation"]) == (0, "shorter")
    assert filled("apply", "--plan", "plan.json", "--op-id", "shorter").code == 0
    assert filled("apply", "--plan", "plan.json").code == 4
    assert "nothing to do" in filled("plan", name).out
    assert "无需更改" in filled("plan", name, "--lang", "zh").out
    assert filled("undo", "shorter").code == 0
    assert "~ field account.name: max_length: 200 → 2" in filled("plan", name).out
    assert filled("pull", name, "--force").code == 0
    assert file.read_text("utf-8") == text


def test_what_stands_in_the_way_ends_with_one(filled: Run, folder: Path) -> None:
    filled("pull", "crm.json")
    file = folder / "crm.json"
    data = json.loads(file.read_text("utf-8"))
    field = data["modules"]["account"]["fields"]["name"]
    data["modules"]["account"]["fields"]["name"] = {
        "kind": "date", "label": field["label"], "required": True
    }  # fmt: skip
    file.write_text(json.dumps(data), "utf-8")
    planned = filled("plan", "crm.json")
    assert planned.code == 1
    assert "do not convert" in planned.out
    assert filled("apply", "crm.json").code == 1
    del data["modules"]["account"]["fields"]["name"]
    file.write_text(json.dumps(data), "utf-8")
    missing = filled("plan", "crm.json")
    assert missing.code == 1
    assert "renamed_from: name" in missing.err
    assert filled("plan", "nothing").code == 3
    file.write_text("{", "utf-8")
    assert "crm.json cannot be read" in filled("plan", "crm.json").err
