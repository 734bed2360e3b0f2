"""The laws of access hold, and each planted leak is found by one of them."""

from __future__ import annotations

import os

import pytest

from crmcore.testing.proofs import Proof
from crmcore.testing.secrecy import LEAKS, explain, list_open_report, non_interference
from crmcore.testing.secrecy.comparing import compare
from crmcore.testing.secrecy.laws import CLOSED_LIST, EXAMPLES
from crmcore.testing.secrecy.leaks import planted
from crmcore.testing.secrecy.making import make_pair
from crmcore.testing.stores import empty_stores

IS_DEEP = os.environ.get("CRMCORE_TRIES") == "deep"
QUICK = (
    "report-without-scope",
    "positions-told",
    "export-without-scope",
    "every-territory",
    "shares-with-anybody",
    "requests-of-others",
    "explained-of-anything",
    "extract-without-scope",
    "feed-without-scope",
)
"""Leaks that a few pairs show."""
EXPLAINED = {"explained-without-denials": 4, "explained-without-reading": 6}
"""Leaks of explanations, which the owner alone is told; a seed that shows each soon."""


def test_what_is_not_seen_tells_nothing() -> None:
    examples = 400 if IS_DEEP else 4
    proof = non_interference(["memory", "sqlite"], examples=examples, seed=1)
    assert proof.holds, proof.report()
    assert proof.line == f"0 leaks in {examples} pairs ({proof.questions:,} questions)"
    assert all(one in proof.report() for one in CLOSED_LIST)


def test_list_open_and_report_agree() -> None:
    examples = 400 if IS_DEEP else 4
    proof = list_open_report(["memory", "sqlite"], examples=examples, seed=1)
    assert proof.holds, proof.report()


def test_what_is_explained_is_what_is_decided() -> None:
    examples = 250 if IS_DEEP else 3
    proof = explain(["memory", "sqlite"], examples=examples, seed=1)
    assert proof.holds, proof.report()
    assert proof.questions > 250 * examples


@pytest.mark.parametrize("name", EXPLAINED)
def test_an_explanation_that_errs_is_found(name: str) -> None:
    proof = explain(["memory"], seed=EXPLAINED[name], sabotage=name)
    assert not proof.holds


def test_the_same_seed_makes_the_same_pairs() -> None:
    assert make_pair(3, 1) == make_pair(3, 1) != make_pair(3, 2)


@pytest.mark.parametrize(
    "name", [one for one in LEAKS if one not in EXPLAINED] if IS_DEEP else QUICK
)
def test_a_planted_leak_is_found(name: str) -> None:
    with empty_stores("memory") as stores, planted(name):
        assert any(compare(make_pair(0, n), stores).leak for n in range(EXAMPLES))
    with empty_stores("memory") as stores:
        assert compare(make_pair(0, 0), stores).leak is None


def test_a_leak_comes_back_as_a_program() -> None:
    proof = non_interference(["memory"], sabotage="report-without-scope")
    assert isinstance(proof, Proof)
    assert not proof.holds
    code = proof.divergences[0].program
    assert "check(pair, 'memory', 'report-without-scope')" in code
    with pytest.raises(AssertionError):
        exec(compile(code, "program", "exec"), {})  # noqa: S102
