"""The wheel alone, without any extra: run as a script where nothing else is installed."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points, version
from importlib.util import find_spec
from pathlib import Path

import crmcore

if __name__ == "__main__":
    place = Path(crmcore.__file__).parent
    assert place.is_relative_to(sys.prefix), f"loaded from {place}, not from the wheel"
    assert (place / "py.typed").is_file(), "crmcore/py.typed is missing"
    assert (place.with_name("crmcore_sql") / "py.typed").is_file(), "no crmcore_sql/py.typed"
    assert find_spec("sqlalchemy") is None, "an extra was installed with the bare wheel"
    assert find_spec("pytest") is None, "an extra was installed with the bare wheel"
    backends = {entry.name for entry in entry_points(group="crmcore.backends")}
    assert backends == {"memory", "sqlite", "postgresql", "mariadb", "mysql", "mongodb"}, backends
    print(f"crmcore {version('crmcore')} alone: ok")
