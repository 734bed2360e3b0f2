"""Opportunities beside the parties of Tryton, in a process of its own: it keeps global pools."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.examples.conftest import FOLDER

from crmcore.testing.servers import Databases

STORY = Path(__file__).with_name("tryton_story.py")


def test_units_join_the_transactions_of_tryton(postgresql: Databases) -> None:
    name = postgresql.unused()
    server = postgresql.url.replace("postgresql+psycopg://", "postgresql://")
    try:
        done = subprocess.run(
            [sys.executable, str(STORY), str(FOLDER), server, postgresql.of(name), name],
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    finally:
        postgresql.drop(name)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "empty": [0, 0, 0],
        "nobody else sees it yet": [0, 0, 0],
        "kept": [1, 1, 1],
        "taken back": [1, 1, 1, True],
        "refused": "amount",
        "the party stays where ours was refused": [2, 2, 1],
        "renamed, before the commit": ["1200.00"],
        "with opportunities": ["Alpha Ltd"],
        "parties are written by Tryton alone": "adopted_read_only",
        "sealed": True,
    }
