"""The truth table of the semantics page, asked of every backend."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.pages import ROOT

from crmcore import Field, Module, Schema, open_workspace
from crmcore.kinds import DecimalKind

_ROW = re.compile(r"^\| (\S+) \| (a .+|not .+) \| (true|false) \|$", re.MULTILINE)
PAGE = ROOT / "docs" / "explanation" / "semantics.md"


@pytest.mark.parametrize("backend", ["memory", "sqlite"])
def test_the_truth_table_is_true(backend: str, tmp_path: Path) -> None:
    url = "memory://" if backend == "memory" else f"sqlite:///{tmp_path / 'crm.db'}"
    schema = Schema([Module("thing", [Field("a", DecimalKind(2))])])
    crm = open_workspace(url, create=True, schema=schema)
    with crm.work() as work:
        ids = {
            text: work.create("thing", {"a": None if text == "empty" else text}).id
            for text in ("5", "0", "empty")
        }
    rows = _ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert len(rows) >= 15
    for value, condition, holds in rows:
        found = {one.id for one in crm.find("thing", condition)}
        assert (ids[value] in found) == (holds == "true"), (value, condition)
