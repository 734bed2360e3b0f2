"""The style budgets hold, and each check can fail."""

from __future__ import annotations

import pytest
from tests.architecture import budgets, catalogue, sinks
from tests.architecture.documentation import undocumented
from tests.architecture.exceptions import EXCEPTIONS
from tests.architecture.sources import SRC, Check, findings, snippet, sources, verdict

CHECKS: list[Check] = [
    budgets.file_size,
    budgets.function_size,
    budgets.class_size,
    budgets.vague_names,
    budgets.metaclasses,
    budgets.unannotated,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_source_keeps_the_budget(check: Check) -> None:
    problems = verdict(findings(check, sources()), EXCEPTIONS)
    assert not problems, f"\n{problems}"


def test_every_public_name_is_documented() -> None:
    problems = verdict(undocumented(sources()), EXCEPTIONS)
    assert not problems, f"\n{problems}"


def test_every_folder_of_the_source_is_a_package() -> None:
    folders = {file.parent for file in SRC.rglob("*.py")}
    missing = [str(f.relative_to(SRC)) for f in folders if not (f / "__init__.py").exists()]
    assert not missing, f"without __init__.py: {sorted(missing)}"


def test_the_front_door_stays_small() -> None:
    door = next(source for source in sources() if source.path == "crmcore/__init__.py")
    names = budgets.exported_names(door)
    assert len(names) <= budgets.PUBLIC_NAMES, f"{len(names)} names: {names}"
    assert len(set(names)) == len(names)


def test_every_written_exception_is_still_needed_and_has_a_reason() -> None:
    found = [finding for check in CHECKS for finding in findings(check, sources())]
    found += undocumented(sources())
    found += sinks.all_findings(sources())
    found += catalogue.all_findings(sources())
    needed = {(finding.rule, finding.where) for finding in found}
    stale = [key for key, reason in EXCEPTIONS.items() if key not in needed or not reason.strip()]
    assert not stale, f"remove from exceptions.py: {stale}"


LONG_FUNCTION = "def long() -> None:\n" + "    print(1)\n" * budgets.FUNCTION_LINES
BIG_CLASS = "class Big:\n" + "".join(
    f"    def m{number}(self) -> None: ...\n" for number in range(budgets.PUBLIC_METHODS + 1)
)


@pytest.mark.parametrize(
    ("check", "code", "path"),
    [
        (budgets.file_size, "x = 1\n" * (budgets.FILE_LINES + 1), "crmcore/a.py"),
        (budgets.function_size, LONG_FUNCTION, "crmcore/a.py"),
        (budgets.function_size, f"class C:\n    {LONG_FUNCTION.replace('    ', ' ' * 8)}", "a.py"),
        (budgets.class_size, BIG_CLASS, "crmcore/a.py"),
        (budgets.vague_names, "", "crmcore/query/utils.py"),
        (budgets.vague_names, "", "crmcore/helpers/text.py"),
        (budgets.vague_names, "", "crmcore/_common.py"),
        (budgets.vague_names, "class WorkManager: ...", "crmcore/a.py"),
        (budgets.vague_names, "class AbstractKind: ...", "crmcore/a.py"),
        (budgets.metaclasses, "class Model(metaclass=Registry): ...", "crmcore/a.py"),
        (budgets.metaclasses, "class Registry(type): ...", "crmcore/a.py"),
        (budgets.unannotated, "def f(x): ...", "crmcore/a.py"),
        (budgets.unannotated, "def f(x: int, *rest) -> None: ...", "crmcore/a.py"),
        (budgets.unannotated, "class C:\n    def m(self): ...", "crmcore/a.py"),
    ],
)
def test_a_broken_budget_is_seen(check: Check, code: str, path: str) -> None:
    assert findings(check, [snippet(code, path)])


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (budgets.file_size, "x = 1\n" * budgets.FILE_LINES),
        (budgets.function_size, LONG_FUNCTION.replace("print(1)", '"""One line."""', 1)),
        (budgets.class_size, BIG_CLASS.replace("m0", "_m0")),
        (budgets.vague_names, "class Service_Agreement: ..."),
        (budgets.metaclasses, "class Port(Protocol): ..."),
        (budgets.unannotated, "class C:\n    def m(self, *a: int, **k: int) -> None: ..."),
    ],
)
def test_what_keeps_the_budget_passes(check: Check, code: str) -> None:
    assert not findings(check, [snippet(code)])


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("x = 1", ""),
        ('"""Doc."""\ndef f() -> None: ...', "f"),
        ('"""Doc."""\nclass C: ...', "C"),
        ('"""Doc."""\nclass C:\n    """Doc."""\n    def m(self) -> None: ...', "C.m"),
        ('"""Doc."""\nif True:\n    def f() -> None: ...', "f"),
    ],
)
def test_an_undocumented_name_is_seen(code: str, name: str) -> None:
    where = f"crmcore/example.py::{name}".rstrip(":")
    assert [finding.where for finding in undocumented([snippet(code)])] == [where]


def test_an_override_is_documented_by_what_it_overrides() -> None:
    port = snippet(
        '"""D."""\nclass Port:\n    """D."""\n    def m(self) -> None:\n        """D."""'
    )
    good = snippet('"""D."""\nclass Mine(port.Port[int]):\n    """D."""\n    def m(self): ...')
    bad = snippet('"""D."""\nclass Mine(Other):\n    """D."""\n    def m(self): ...')
    assert not list(undocumented([port, good]))
    assert list(undocumented([port, bad]))


def test_a_written_exception_silences_one_finding_only() -> None:
    found = findings(budgets.vague_names, [snippet("class AManager: ...\nclass BManager: ...")])
    exceptions = {("vague-class", "crmcore/example.py::AManager"): "so named by the standard"}
    assert verdict(found, {}).count("\n") == 1
    assert verdict(found, exceptions).endswith("BManager says nothing by its name")
