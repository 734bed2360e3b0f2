"""Proofs: reproducible, never empty, and whatever they find can be seen again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import Phase, given, settings

from crmcore.errors import WorkspaceError
from crmcore.query import ast
from crmcore.storage.memory import MemoryBackend
from crmcore.testing import (
    Case,
    Figures,
    Listing,
    Proof,
    empty_stores,
    fidelity,
    parity,
    strategies,
)
from crmcore.testing.case import difference, sabotaged
from crmcore.testing.generate import questions
from crmcore.testing.proofs.parity import make_case
from crmcore.testing.reducing import reduced
from crmcore.testing.sabotage.spoiling import PassedOn, Spoiled
from crmcore.testing.source import program, source

BLOCKED = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pytest", "hypothesis"}:
            raise ImportError(name)
sys.meta_path.insert(0, Block())
from crmcore.testing import fidelity, parity
assert parity(["memory"], examples=2).holds
assert fidelity(["memory"], examples=1).holds
"""


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_nothing_differs_between_the_backends() -> None:
    proof = parity(["memory", "sqlite"], examples=12, seed=1)
    assert proof.holds, proof.report()
    assert proof.line == f"0 divergences in {proof.questions} questions on 2 backends"
    assert proof.report().endswith(proof.line)
    assert proof.backends == ("memory", "sqlite")


def test_values_come_back_from_the_backends() -> None:
    proof = fidelity(["memory", "sqlite"], examples=5)
    assert proof.holds, proof.report()
    assert proof.non_trivial > 400


def test_the_same_seed_asks_the_same_questions() -> None:
    assert parity(["memory"], examples=5, seed=3) == parity(["memory"], examples=5, seed=3)
    assert make_case(3, 1) == make_case(3, 1)
    assert make_case(3, 1) != make_case(4, 1)
    assert make_case(3, 1) != make_case(3, 2)


def test_questions_are_the_same_in_every_process() -> None:
    code = "from crmcore.testing.proofs.parity import make_case; print(repr(make_case(5, 2)))"
    assert _python(code).stdout == _python(code).stdout == f"{make_case(5, 2)!r}\n"


def test_the_questions_are_worth_asking() -> None:
    proof = parity(["memory"], seed=2, examples=40)
    assert proof.weaknesses == ()
    assert proof.non_trivial > proof.questions / 4
    assert 0 < sum(proof.refused.values()) < proof.questions / 10
    assert proof.features["commits refused (value_taken)"] > 10


def _weak(monkeypatch: pytest.MonkeyPatch, where: ast.Node | None) -> Proof:
    def listing(maker: object, module: object) -> Listing:
        return Listing(ast.Query(module.name, where))  # type: ignore[attr-defined]

    monkeypatch.setattr(questions._Questions, "listing", listing)
    monkeypatch.setattr(questions._Questions, "figures", listing)
    return parity(["memory"], examples=20)


def test_trivial_questions_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = _weak(monkeypatch, ast.Value(True))
    assert not proof.holds
    assert proof.divergences == ()
    assert "proves nothing" in proof.line
    assert any("selective" in weakness for weakness in proof.weaknesses)
    assert any("page by page" in weakness for weakness in proof.weaknesses)


def test_refused_questions_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = _weak(monkeypatch, ast.Value(1))
    assert any("were refused" in weakness for weakness in proof.weaknesses)


@pytest.mark.parametrize("law", [parity, fidelity])
def test_what_is_found_can_be_seen_again(law: object, tmp_path: Path) -> None:
    proof: Proof = law(["memory"], sabotage="decimal-through-float")  # type: ignore[operator]
    (found,) = proof.divergences
    file = tmp_path / "again.py"
    file.write_text(found.program)
    again = subprocess.run([sys.executable, file], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "AssertionError" in again.stderr
    file.write_text(found.program.replace(", sabotage='decimal-through-float'", ""))
    without = subprocess.run([sys.executable, file], capture_output=True, text=True, check=False)
    assert without.returncode == 0, without.stderr


def test_a_difference_is_reduced_to_what_shows_it() -> None:
    stores = {"memory": sabotaged(MemoryBackend, "null-order")}

    def fails(case: Case) -> bool:
        return difference(case, stores) is not None

    case = make_case(0, 0)
    assert fails(case)
    smallest = reduced(case, fails)
    assert fails(smallest)
    assert len(smallest.asks) == 1
    assert len(smallest.world.modules) <= 2
    assert sum(len(commit.acts) for commit in smallest.world.commits) <= 3
    assert len(program("case", smallest).splitlines()) < 80


@pytest.mark.parametrize("ordinal", range(12))
def test_cases_are_written_as_the_code_that_makes_them(ordinal: int) -> None:
    case = evolve(make_case(7, ordinal), asks=make_case(7, ordinal).asks[:8])
    code = program("case", case, "print(repr(case))")
    done = _python(code)
    assert done.stdout == f"{case!r}\n", done.stderr


def test_only_what_differs_from_the_defaults_is_written() -> None:
    assert source(ast.Name(("a",))) == "Name(parts=('a',))"
    assert source(Figures(ast.Summary("a"))) == "Figures(summary=Summary(module='a'))"
    with pytest.raises(TypeError):
        source(object())


def test_proofs_need_neither_pytest_nor_hypothesis() -> None:
    done = _python(BLOCKED)
    assert done.returncode == 0, done.stderr


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(WorkspaceError) as caught, empty_stores("paper"):
        pass
    assert caught.value.code == "unknown_scheme"


@given(strategies.cases())
def test_handing_on_changes_no_answer(case: Case) -> None:
    assert difference(case, {"handed on": lambda: Spoiled(MemoryBackend(), PassedOn)}) is None


def test_strategies_find_a_planted_bug() -> None:
    stores = {"memory": sabotaged(MemoryBackend, "empty-group-lost")}

    @settings(max_examples=100, database=None, derandomize=True, phases=[Phase.generate])
    @given(strategies.cases(asks=6))
    def look(case: Case) -> None:
        assert difference(case, stores) is None

    with pytest.raises(AssertionError):
        look()
