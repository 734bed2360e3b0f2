"""Two engines are slow to make stores: of their many cases a part is tried, unless asked for more.

Every test without parameters runs on them each time, of those with parameters one case in
three; `CRMCORE_TURN=1` and `2` try the others, `CRMCORE_TRIES=deep` tries all.
"""

from __future__ import annotations

import os
import zlib

import pytest
from tests.servers.mariadb import needs_mariadb

_PARTS = 3
_SLOW_SUITES = ("tests/conformance/test_mariadb.py", "tests/conformance/test_mongodb.py")
_IS_DEEP = os.environ.get("CRMCORE_TRIES") == "deep"
_TURN = int(os.environ.get("CRMCORE_TURN", "0")) % _PARTS


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out the cases whose turn it is not."""
    left = [item for item in items if not _IS_DEEP and not _has_its_turn(item)]
    if left:
        names = {item.nodeid for item in left}
        items[:] = [item for item in items if item.nodeid not in names]
        config.hook.pytest_deselected(items=left)


def report(terminal: pytest.TerminalReporter) -> None:
    """Say what did not run."""
    if not _IS_DEEP:
        terminal.write_line(
            f"MariaDB, MongoDB: every test, of its cases part {_TURN + 1} of {_PARTS}"
            " (CRMCORE_TURN; CRMCORE_TRIES=deep for all)"
        )


def _has_its_turn(item: pytest.Item) -> bool:
    if not hasattr(item, "callspec"):
        return True
    path = item.nodeid.partition("::")[0]
    if path not in _SLOW_SUITES and not needs_mariadb(item):
        return True
    return zlib.crc32(item.nodeid.encode()) % _PARTS == _TURN
