"""The names that a program outside may rely on, and that an attacker may call (V21).

`python -m tests.architecture.surface` writes them anew: what changes is looked at by people.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import crmcore

GOLDEN = Path(__file__).with_name("surface.txt")
ROOF = ("cli", "testing")
"""What programs run, and what tests are made of, is no surface of a workspace."""


def surface() -> list[str]:
    """One line for each public name, and one for each public member of a public class."""
    lines = [f"crmcore.{name}" for name in crmcore.__all__]
    for found in pkgutil.iter_modules(crmcore.__path__):
        if found.name in ROOF or found.name.startswith("_"):
            continue
        module = importlib.import_module(f"crmcore.{found.name}")
        for name in _public(module):
            lines.append(f"crmcore.{found.name}.{name}")
            lines += [f"crmcore.{found.name}.{name}.{one}" for one in _members(module, name)]
    return sorted(set(lines))


def _public(module: object) -> list[str]:
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return list(listed)
    name = getattr(module, "__name__", "")
    return [
        one
        for one, found in vars(module).items()
        if not one.startswith("_") and getattr(found, "__module__", None) == name
    ]


def _members(module: object, name: str) -> Iterator[str]:
    """The public methods and properties of a class of ours; fields belong to its constructor."""
    one = getattr(module, name)
    if inspect.isclass(one):
        for member in sorted(vars(one)):
            found = inspect.getattr_static(one, member)
            is_field = inspect.ismemberdescriptor(found)
            if not member.startswith("_") and not is_field:
                yield member


if __name__ == "__main__":
    GOLDEN.write_text("\n".join(surface()) + "\n", encoding="utf-8")
