"""The installed distribution with its extras; needs nothing of the checkout."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points, files, version
from importlib.util import find_spec
from pathlib import Path

import pytest

from crmcore.errors import MissingExtra


def test_the_command_tells_its_version() -> None:
    command = Path(sys.executable).with_name("crmcore")
    done = subprocess.run(
        [command, "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert version("crmcore") in done.stdout


@pytest.mark.parametrize("entry", entry_points(group="crmcore.backends"), ids=lambda e: e.name)
def test_every_backend_can_be_loaded_or_names_its_extra(entry: object) -> None:
    if entry.name == "mongodb" and find_spec("pymongo") is None:  # type: ignore[attr-defined]
        with pytest.raises(MissingExtra, match="mongodb"):
            entry.load()  # type: ignore[attr-defined]
        return
    assert callable(entry.load())  # type: ignore[attr-defined]


def test_no_tests_of_the_project_are_installed() -> None:
    tops = {file.parts[0] for file in files("crmcore") or [] if file.parts[0] != ".."}
    assert tops & {"tests", "benchmarks", "examples", "docs"} == set()
