"""Every planted bug turns its laws and the suite red; unspoiled stores stay green."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve

from crmcore.errors import Invalid
from crmcore.storage import Backend
from crmcore.storage.memory import MemoryBackend
from crmcore.testing import LAWS, SABOTAGES, fidelity, parity
from crmcore.testing.sabotage import REFERENCE, SLIPS
from crmcore.testing.sabotage.spoiling import PassedOn, Spoiled
from crmcore_sql.backend import open_sql

NAMES = {
    "null-order", "three-valued-not", "text-case", "like-wildcards", "keyset-skips-ties",
    "lost-scope", "decimal-through-float", "date-as-instant", "choice-order-by-code",
    "exists-multiplies-rows", "sum-overflow", "bucket-ignores-zone", "empty-string-not-null",
    "history-not-moved", "cas-ignored", "unique-after-batch",
}  # fmt: skip
FOUND_BY = [(law, name) for name, one in SABOTAGES.items() for law in one.laws]


def test_the_well_known_bugs_are_among_them() -> None:
    assert SABOTAGES.keys() >= NAMES
    assert {law for law, _ in FOUND_BY} == set(LAWS)
    assert all(one.what.endswith(".") for one in SABOTAGES.values())


@pytest.mark.parametrize(("law", "name"), FOUND_BY)
def test_a_planted_bug_is_found(law: str, name: str) -> None:
    quick = {"attempts": 0} if law == "parity" else {}
    proof = LAWS[law](["memory"], sabotage=name, **quick)
    assert not proof.holds
    assert len(proof.divergences) == 1
    assert proof.line.startswith("1 divergences in ")


@pytest.mark.parametrize(("name", "backend"), [(one.name, one.backend) for one in SLIPS.values()])
def test_a_bug_within_an_adapter_is_found(name: str, backend: str) -> None:
    proof = parity([backend], sabotage=name, attempts=0)
    assert len(proof.divergences) == 1
    assert f"check('{backend}', sabotage='{name}')" in proof.divergences[0].program


def test_a_slip_is_not_looked_for_where_it_is_not() -> None:
    with pytest.raises(Invalid) as caught:
        parity(["memory", "sqlite"], sabotage="mongo-negation-lost", examples=1)
    assert caught.value.code == "sabotage_elsewhere"
    assert "mongodb" in str(caught.value)
    missed = parity(["memory"], sabotage="sum-overflow", examples=1, asks=1)
    assert not missed.holds
    assert "planted and not found" in missed.line


def test_a_slip_is_over_when_the_proof_is() -> None:
    slip = SLIPS["sql-prefix-without-end"]
    assert parity([slip.backend], sabotage=slip.name, attempts=0).divergences
    assert parity([slip.backend], examples=4).holds
    with pytest.raises(AttributeError), evolve(slip, path=("gone",)).planted():
        pass


@pytest.mark.parametrize("name", ["null-order", "three-valued-not", "sum-of-nothing"])
def test_a_bug_of_the_definition_is_found(name: str) -> None:
    (found,) = parity(["memory"], sabotage=f"{REFERENCE}{name}", attempts=20).divergences
    assert f"sabotage='{REFERENCE}{name}'" in found.program


def _sqlite() -> Backend:
    return open_sql("sqlite://", create=True)


@pytest.mark.parametrize("name", ["null-order", "history-not-moved", "unique-after-batch"])
def test_the_same_bug_is_found_on_sqlite(name: str) -> None:
    spoil = SABOTAGES[name].spoil
    proof = parity({"sqlite": lambda: spoil(_sqlite())}, examples=40, attempts=0)
    assert len(proof.divergences) == 1


def test_handing_on_spoils_nothing() -> None:
    stores = {"handed on": lambda: Spoiled(MemoryBackend(), PassedOn)}
    assert parity(stores, examples=20).holds
    assert fidelity(stores, examples=3).holds


PROMISES = {
    "null-order": "Lists",
    "choice-order-by-code": "Lists",
    "text-order-by-code-point": "Lists",
    "keyset-skips-ties": "Lists",
    "ties-rise": "Lists",
    "sum-overflow": "Summaries",
    "sum-of-nothing": "Summaries",
    "count-counts-empties": "Summaries",
    "measure-where-lost": "Summaries",
    "bucket-ignores-zone": "Buckets",
    "empty-group-lost": "Summaries",
    "three-valued-not": "Conditions",
    "null-equals-null": "Conditions",
    "text-case": "Conditions",
    "like-wildcards": "Conditions",
    "excluded-ends": "Conditions",
    "typed-compared": "Conditions",
    "in-drops-last": "Conditions",
    "exists-multiplies-rows": "Conditions",
    "exists-counts-one": "Conditions",
    "lost-scope": "Conditions",
    "lost-path-scope": "Conditions",
    "lost-child-scope": "Conditions",
    "scope-of-the-past": "PastMoments",
    "as-of-is-before": "PastMoments",
    "decimal-through-float": "Values",
    "scale-lost": "Lists",
    "date-as-instant": "Values",
    "milliseconds-lost": "Values",
    "typed-forgotten": "Values",
    "boolean-as-integer": "Values",
    "text-cut": "Values",
    "empty-string-not-null": "Values",
    "cas-ignored": "Versions",
    "expect-ignored": "Versions",
    "unique-ignored": "Keys",
    "unique-after-batch": "Keys",
    "torn-commit": "Versions",
    "history-not-moved": "Histories",
    "rewrite-forgets-stamps": "Histories",
    "rollback-keeps": "Transactions",
    "load-forgets-history": "Loads",
    "load-forgets-stamps": "Loads",
}
"""Which promises of the suite each planted bug breaks."""

HEAD = """
import pytest
from crmcore.storage.memory import MemoryBackend
from crmcore.testing import SABOTAGES
from crmcore.testing.conformance import BackendConformance, suite
from crmcore.testing.sabotage.spoiling import PassedOn, Spoiled
"""

CLASS = """
class Test{number}({bases}):
    @pytest.fixture
    def backend(self):
        return lambda _name="store": {store}
"""


def _outcomes(folder: Path, classes: dict[str, str]) -> dict[str, bool]:
    """For each name whether all tests of its class (bases: store) passed."""
    code = HEAD
    for number, (name, store) in enumerate(classes.items()):
        bases = f"suite.{PROMISES[name]}, suite.Bench" if name in PROMISES else "BackendConformance"
        code += CLASS.format(number=number, bases=bases, store=store)
    file = folder / "test_spoiled.py"
    file.write_text(code)
    command = [sys.executable, "-m", "pytest", "-q", "-rfE", "--tb=no", "-p", "no:cacheprovider"]
    command += ["-k", "not generated and not eight_hundred and not hostile", file]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return {name: f"::Test{number}::" not in done.stdout for number, name in enumerate(classes)}


def test_the_suite_finds_every_planted_bug(tmp_path: Path) -> None:
    """The tests themselves, without the generated questions, see each of them."""
    assert PROMISES.keys() == SABOTAGES.keys()
    classes = {name: f"SABOTAGES[{name!r}].spoil(MemoryBackend())" for name in SABOTAGES}
    passed = [name for name, holds in _outcomes(tmp_path, classes).items() if holds]
    assert passed == []


def test_the_suite_passes_what_is_handed_on(tmp_path: Path) -> None:
    assert _outcomes(tmp_path, {"handed on": "Spoiled(MemoryBackend(), PassedOn)"}) == {
        "handed on": True
    }
