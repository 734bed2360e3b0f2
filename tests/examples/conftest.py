"""What is in the folder of examples, as modules."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parents[2] / "examples" / "apps"


def example(name: str) -> ModuleType:
    """The example called so, loaded anew."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    # Annotations of its classes are looked up there.
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made
