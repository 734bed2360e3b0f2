"""What the runs of faults tried and found, in numbers, printed when a session ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

KEY = "faults"

Counted = Callable[[str], None]


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Counted:
    """Notes a line of numbers that a test vouches for."""

    def note(line: str) -> None:
        record_property(KEY, line)

    return note


def report(terminal: pytest.TerminalReporter) -> None:
    """Print the lines of the tests that passed."""
    for one in terminal.stats.get("passed", []):
        name = one.nodeid.rpartition("::")[2]
        for line in (value for key, value in one.user_properties if key == KEY):
            terminal.write_line(f"{name}: {line}")
