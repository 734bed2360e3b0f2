"""Known gaps must fail, every test is counted, and nothing is left out in silence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crmcore.testing import (
    BackendConformance,
    Gap,
    SingleDocumentConformance,
    number_of_tests,
)
from crmcore.testing.conformance.gaps import test_names

SUITE = """
import pytest
from attrs import evolve
from crmcore.errors import StorageError
from crmcore.storage.memory import MemoryBackend
from crmcore.testing import SABOTAGES, BackendConformance, Gap

def spoiled():
    return SABOTAGES["null-order"].spoil(MemoryBackend())

class Deaf(MemoryBackend):
    def prepare(self, schema):
        raise StorageError("store_busy")

class Loose(MemoryBackend):
    @property
    def capabilities(self):
        return evolve(super().capabilities, atomic=False)

class TestGaps(BackendConformance):
    known_gaps = {gaps}

    @pytest.fixture
    def backend(self):
        return lambda name="store": {store}()
"""

SOME = "test_rollback_leaves_nothing or test_the_golden_tables or test_closing"


def _run(folder: Path, store: str, gaps: str, chosen: str = SOME) -> tuple[int, str]:
    file = folder / "test_gaps.py"
    file.write_text(SUITE.replace("{gaps}", gaps).replace("{store}", store))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rA",
        "-p",
        "no:cacheprovider",
        "-k",
        chosen,
        file,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_known_gap_that_fails_is_expected(tmp_path: Path) -> None:
    gaps = (
        '{"test_rollback_leaves_nothing": Gap.NOT_YET, "test_the_golden_tables[date]": Gap.NEVER}'
    )
    chosen = "test_rollback_leaves_nothing or (test_the_golden_tables and date)"
    code, output = _run(tmp_path, "Deaf", gaps, chosen)
    assert code == 0, output
    assert "2 xfailed" in output
    assert f"NOT_YET: {Gap.NOT_YET.value}" in output


def test_a_known_gap_that_passes_is_an_error(tmp_path: Path) -> None:
    gaps = '{"test_rollback_leaves_nothing": Gap.NOT_YET}'
    code, output = _run(tmp_path, "MemoryBackend", gaps)
    assert code == 1
    assert "1 failed" in output
    assert "XPASS(strict)" in output


def test_a_gap_of_one_case_leaves_the_others(tmp_path: Path) -> None:
    code, output = _run(tmp_path, "MemoryBackend", '{"test_the_golden_tables[date]": Gap.NOT_YET}')
    assert code == 1
    assert "1 failed" in output


def test_a_gap_must_name_a_test() -> None:
    with pytest.raises(TypeError, match="test_that_never_was"):
        type("Suite", (BackendConformance,), {"known_gaps": {"test_that_never_was": Gap.NEVER}})


def test_a_failure_shows_what_was_found(tmp_path: Path) -> None:
    code, output = _run(tmp_path, "spoiled", "{}", "test_empty_sorts_smallest")
    assert code == 1
    assert "Decimal('-1.00') != None" in output


SUITES = [
    f"test_{name}.py"
    for name in ("memory", "sqlite", "postgresql", "mariadb", "mysql", "mongodb", "key_value")
]
"""By the names of their files: those of servers are sampled, and this is not about servers."""


@pytest.mark.parametrize("name", SUITES)
def test_every_test_of_the_suite_is_collected(name: str) -> None:
    file = Path(__file__).with_name(name)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--collect-only",
        "-p",
        "no:cacheprovider",
        file,
    ]
    environment = {**os.environ, "CRMCORE_TRIES": "deep", "CRMCORE_REQUIRE": "mariadb,mysql"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    collected = [line for line in done.stdout.splitlines() if "::Test" in line]
    assert len(collected) == number_of_tests(BackendConformance)


def test_the_reduced_suite_is_collected_and_no_smaller_than_it_was() -> None:
    file = Path(__file__).with_name("test_single_document.py")
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider"]
    environment = {**os.environ, "CRMCORE_TRIES": "deep"}
    done = subprocess.run(
        [*command, file], capture_output=True, text=True, check=True, env=environment
    )
    collected = [line for line in done.stdout.splitlines() if "::Test" in line]
    assert len(collected) == number_of_tests(SingleDocumentConformance)
    whole = set(test_names(BackendConformance))
    assert whole - set(test_names(SingleDocumentConformance)) == {
        "test_nothing_is_seen_before_the_commit",
        "test_nothing_is_loaded_before_the_commit",
        "test_a_reader_keeps_its_snapshot",
        "test_readers_work_while_a_writer_is_open",
        "test_readers_see_commits_whole",
    }


def test_what_is_not_atomic_does_not_pass_as_what_is(tmp_path: Path) -> None:
    """Each suite picks its promises by the capability, and refuses the other sort of store."""
    code, output = _run(tmp_path, "Loose", "{}", "test_a_store_tells")
    assert code == 1, output
    assert "SingleDocumentConformance" in output


def test_the_suite_is_no_smaller_than_it_was() -> None:
    """A test that disappears is a promise that disappears: say so here, and in the changelog."""
    assert number_of_tests(BackendConformance) >= 427
