"""`prove move`: green on sound backends, red where one loses something."""

from __future__ import annotations

import pytest

from crmcore.testing.laws import LAWS


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
