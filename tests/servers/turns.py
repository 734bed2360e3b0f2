"""Servers and disks are slow to make stores: of many cases a part is tried, if not told to do more.

Every test without parameters runs on them each time, of those with parameters a share;
`CRMCORE_TURN=1`, `2`, … try the others, `CRMCORE_TRIES=deep` tries all.
"""

from __future__ import annotations

import os
import zlib
from typing import Final

import pytest

_WRAPPED: Final = "encrypted"
"""The suite over stores that are tried without it anyway: a part of all its cases will do."""

_PARTS: Final = {
    "postgresql": 6,
    "mariadb": 16,
    "mongodb": 16,
    "mysql": 30,
    "psycopg2": 5,
    "key_value": 8,
    _WRAPPED: 12,
}
"""One case in so many is tried."""
_SUITES: Final = {
    **{f"tests/conformance/test_{engine}.py": engine for engine in _PARTS},
    "tests/encryption/test_conformance.py": _WRAPPED,
}
_RARELY: Final = "tests/conformance/test_single_document.py"
_RARE_PARTS: Final = 40
_ALWAYS: Final = ("WithoutTransactions.", "Threads.")
"""Of the suite without transactions what differs is tried each time, and little of the rest."""

_IS_DEEP: Final = os.environ.get("CRMCORE_TRIES") == "deep"
TURN: Final = int(os.environ.get("CRMCORE_TURN", "0"))
"""Which part of the cases is tried."""


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out the cases whose turn it is not."""
    left = [item for item in items if not _IS_DEEP and not _has_its_turn(item)]
    if left:
        names = {item.nodeid for item in left}
        items[:] = [item for item in items if item.nodeid not in names]
        config.hook.pytest_deselected(items=left)


def give_time(items: list[pytest.Item]) -> None:
    """What is tried in depth may take hours."""
    if _IS_DEEP:
        for item in items:
            item.add_marker(pytest.mark.timeout(0))


def report(terminal: pytest.TerminalReporter) -> None:
    """Say what did not run."""
    if not _IS_DEEP:
        shares = ", ".join(f"{engine} 1 in {parts}" for engine, parts in _PARTS.items())
        terminal.write_line(
            f"of the cases on servers and disks a part was tried: {shares}"
            " (CRMCORE_TURN for others; CRMCORE_TRIES=deep for all)"
        )


def _has_its_turn(item: pytest.Item) -> bool:
    if item.nodeid.startswith(f"{_RARELY}::"):
        tested = getattr(getattr(item, "function", None), "__qualname__", "")
        parts = 1 if tested.startswith(_ALWAYS) else _RARE_PARTS
        return zlib.crc32(item.nodeid.encode()) % parts == TURN % parts
    engine = _engine(item)
    if engine is None:
        return True
    parts = _PARTS[engine]
    return zlib.crc32(item.nodeid.encode()) % parts == TURN % parts


def _engine(item: pytest.Item) -> str | None:
    """The server that a test with parameters is tried on, if it is one."""
    suite = _SUITES.get(item.nodeid.partition("::")[0])
    if suite == _WRAPPED:
        return suite
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    texts = [value for value in parameters.values() if isinstance(value, str)]
    named = [engine for engine in _PARTS if engine in texts]
    if named or not parameters:
        return named[0] if named else None
    return suite
