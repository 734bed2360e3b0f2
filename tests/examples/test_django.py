"""The application on Django, each time in a process of its own: settings are made once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.examples.conftest import FOLDER

from crmcore.testing.servers import Databases

STORY = Path(__file__).with_name("django_story.py")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'django.db'}"
        return
    server: Databases = request.getfixturevalue("postgresql")
    name = server.unused()
    yield server.create(name)
    server.drop(name)


def told(url: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(STORY), str(FOLDER), url],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_story_of_an_application(url: str) -> None:
    found = told(url)
    assert found == {
        "made": [201, 1, 1],
        # The account is refused: no invoice.
        "account refused": [422, 1, 1, "phone"],
        # The number is taken, which the database says: no account, no trace.
        "invoice refused": [500, 1, 1, True],
        "outside of atomic()": "AUTOCOMMIT",
        "taken back by the host": [1, 1, True],
        # In a block of atomic() within another, of which only the outer one is kept.
        "inner block taken back": [2, 1],
        "seen before the commit": ["新公司"],
        "after a failure in the block": "FAILED TRANSACTION",
        "many": 45,
        "sealed": True,
    }
