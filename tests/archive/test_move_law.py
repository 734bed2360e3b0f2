"""`prove move`: green on sound backends, red where one loses something."""

from __future__ import annotations

import os

import pytest
from tests.servers.mariadb import is_left_out

from crmcore.testing.laws import LAWS

SERVERS = ["memory", "mariadb", "mongodb"]
ALL = ["memory", "sqlite", "postgresql", "mariadb", "mongodb"]
WANTED = ALL if os.environ.get("CRMCORE_TRIES") == "deep" else SERVERS
BACKENDS = [name for name in WANTED if name != "mariadb" or not is_left_out()]
"""The other pairs are tried in `test_move`; with CRMCORE_TRIES=deep all of them are here."""


def test_it_holds_on_servers() -> None:
    proof = LAWS["move"](BACKENDS, examples=1)
    assert proof.holds, proof.report()
    assert proof.questions >= 20 * len(BACKENDS) ** 2


def test_the_law_holds() -> None:
    proof = LAWS["move"](["memory", "sqlite"], examples=4)
    assert proof.holds, proof.report()
    assert proof.line == f"0 divergences in {proof.questions} questions on 2 backends"
    assert proof.non_trivial == proof.questions > 50


@pytest.mark.parametrize(
    "bug", ["load-forgets-history", "load-forgets-stamps", "typed-forgotten", "text-cut"]
)
def test_what_loses_something_is_found(bug: str) -> None:
    proof = LAWS["move"](["memory"], examples=2, sabotage=bug)
    assert not proof.holds
    assert "crmcore prove move --backends memory" in str(proof.divergences[0])
