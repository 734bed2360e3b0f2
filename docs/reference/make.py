"""Writes the reference from the docstrings: python docs/reference/make.py FOLDER"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGES = (
    "crmcore",
    "crmcore.work",
    "crmcore.importing",
    "crmcore.editing",
    "crmcore.evolving",
    "crmcore.archive",
    "crmcore.accounts",
    "crmcore.audit",
    "crmcore.privacy",
    "crmcore.encrypting",
    "crmcore.tables",
    "crmcore.schema",
    "crmcore.kinds",
    "crmcore.records",
    "crmcore.access",
    "crmcore.rules",
    "crmcore.errors",
    "crmcore.storage",
    "crmcore.testing",
)


def page(package: str) -> str:
    """The reference of one package as Markdown: every public name with what it says."""
    module = importlib.import_module(package)
    lines = [f"# {package}", "", inspect.getdoc(module) or "", ""]
    for name in sorted(module.__all__):
        lines.extend(_entry(name, getattr(module, name)))
    return "\n".join(lines).rstrip() + "\n"


def _entry(name: str, found: object) -> Iterator[str]:
    yield f"## {name}{_signature(found)}"
    yield ""
    if inspect.isclass(found) or inspect.isroutine(found):
        yield inspect.getdoc(found) or ""
        yield ""
    if inspect.isclass(found):
        for method, member in sorted(vars(found).items()):
            if not method.startswith("_") and (callable(member) or isinstance(member, property)):
                text = inspect.getdoc(member)
                if text:
                    yield f"### {name}.{method}{_signature(member)}"
                    yield ""
                    yield text
                    yield ""


def _signature(found: object) -> str:
    try:
        return str(inspect.signature(found))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""


def main(folder: Path) -> None:
    """Write a page for each package into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        (folder / f"{package}.md").write_text(page(package), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reference"))
