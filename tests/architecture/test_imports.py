"""What importing the library loads, and that the contracts between its floors can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.architecture.sources import ROOT, SRC, sources

import crmcore

# typing_extensions comes with cattrs; tzdata is data, where the system has none.
ALLOWED = {"attr", "attrs", "cattr", "cattrs", "crmcore", "typing_extensions", "tzdata"}

LOADED = """
import sys
before = set(sys.modules)
import {module}
tops = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(top for top in tops - set(sys.stdlib_module_names) if top[:11] != "_sysconfigd"))
"""

# Everything but what is allowed is made impossible to import, then each module is imported.
BLOCKED = """
import importlib, sys
allowed = {allowed!r} | set(sys.stdlib_module_names)
class Block:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed and not top.startswith("_sysconfigdata"):
            raise ImportError("not allowed in the core: " + name)
sys.meta_path.insert(0, Block())
for module in {modules!r}:
    importlib.import_module(module)
"""


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False
    )


def _core_modules() -> list[str]:
    names = [".".join(source.parts).removesuffix(".__init__") for source in sources(SRC)]
    extras = ("crmcore.cli", "crmcore.testing", "crmcore.__main__", "crmcore_sql", "crmcore_mongo")
    return [name for name in names if not name.startswith(extras)]


def test_importing_the_library_loads_attrs_and_cattrs_and_nothing_else() -> None:
    done = _python(LOADED.format(module="crmcore; from crmcore import *"))
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= ALLOWED


def test_every_name_is_loaded_when_it_is_used_and_not_before() -> None:
    assert set(crmcore._PLACES) == set(crmcore.__all__)
    for name in crmcore.__all__:
        assert getattr(crmcore, name) is not None
    done = _python("import sys, crmcore; print(any(n.startswith('crmcore.') for n in sys.modules))")
    assert done.stdout == "False\n", done.stderr
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        crmcore.nothing  # noqa: B018


def test_a_library_loaded_too_much_is_seen() -> None:
    done = _python(LOADED.format(module="pytest"))
    assert not set(done.stdout.split()) <= ALLOWED


def test_every_module_of_the_core_imports_without_any_extra() -> None:
    modules = _core_modules()
    assert "crmcore.errors.problem" in modules
    done = _python(BLOCKED.format(allowed=ALLOWED, modules=modules))
    assert done.returncode == 0, done.stderr


def test_an_extra_imported_by_the_core_is_seen() -> None:
    done = _python(BLOCKED.format(allowed=ALLOWED, modules=["pytest"]))
    assert done.returncode != 0
    assert "not allowed in the core: pytest" in done.stderr


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source, to be spoiled."""
    root = tmp_path_factory.mktemp("house")
    shutil.copytree(SRC, root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    for floor in ("kinds", "storage", "access", "work"):
        (root / "src" / "crmcore" / floor).mkdir(exist_ok=True)
        (root / "src" / "crmcore" / floor / "__init__.py").touch()
    return root


def _contracts(root: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    only = ["--contract", contract] if contract else []
    code = (
        "import sys; sys.path.insert(0, 'src')\n"
        "from importlinter.cli import lint_imports_command as run; run()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "--no-logo", "--no-cache", *only],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("contract", "file", "code"),
    [
        ("layers", "crmcore/kinds/bad.py", "import crmcore.work"),
        ("layers", "crmcore/access/bad.py", "import crmcore.storage"),
        ("layers", "crmcore/newcomer/__init__.py", ""),
        ("acyclic", "crmcore/kinds/bad.py", "import crmcore.kinds.worse"),
        ("front-door", "crmcore/work/bad.py", "from crmcore import open_workspace"),
        ("no-database", "crmcore/storage/bad.py", "def f():\n    import sqlalchemy"),
        ("no-database", "crmcore/storage/bad.py", "import crmcore_sql"),
        ("adapter", "crmcore_sql/bad.py", "import crmcore.work"),
        ("adapter", "crmcore_sql/bad.py", "import crmcore"),
        ("test-tools", "crmcore/work/bad.py", "import pytest"),
        ("test-tools", "crmcore_sql/bad.py", "from hypothesis import given"),
    ],
)
def test_a_broken_contract_is_seen(house: Path, contract: str, file: str, code: str) -> None:
    bad = house / "src" / file
    bad.parent.mkdir(exist_ok=True)
    bad.write_text(code)
    worse = house / "src" / "crmcore" / "kinds" / "worse.py"
    worse.write_text("import crmcore.kinds.bad" if contract == "acyclic" else "")
    try:
        done = _contracts(house, contract)
    finally:
        bad.unlink()
        worse.unlink()
        if bad.parent.name == "newcomer":
            bad.parent.rmdir()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout or "exhaustive" in done.stdout, done.stdout + done.stderr


def test_the_contracts_are_kept() -> None:
    done = _contracts(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout
