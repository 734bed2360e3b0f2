"""The reference is written from the docstrings and leaves no public name out."""

from __future__ import annotations

import importlib
import runpy
from pathlib import Path

from tests.docs.pages import ROOT


def test_the_reference_speaks_of_every_public_name(tmp_path: Path) -> None:
    made = runpy.run_path(str(ROOT / "docs" / "reference" / "make.py"))
    made["main"](tmp_path)
    for package in made["PACKAGES"]:
        text = (tmp_path / f"{package}.md").read_text(encoding="utf-8")
        for name in importlib.import_module(package).__all__:
            assert f"\n## {name}" in text, f"{package}.{name}"
    assert "### Workspace.find(" in (tmp_path / "crmcore.md").read_text(encoding="utf-8")
