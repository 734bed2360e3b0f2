"""The only source of time and randomness: injected, so that a test can hold both still."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from attrs import define

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the present moment."""

    def now(self) -> datetime:
        """The present instant: aware, UTC, whole milliseconds."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present instant, cut to milliseconds."""
        return from_milliseconds(time.time_ns() // 1_000_000)


@define
class ManualClock:
    """A clock that stands still until it is moved: for tests and rehearsals."""

    moment: datetime

    def now(self) -> datetime:
        """The moment this clock was set to."""
        return self.moment

    def advance(self, step: timedelta) -> None:
        """Move forward by `step`; backwards is refused with `ValueError`."""
        if step < timedelta(0):
            raise ValueError("a clock does not run backwards")
        self.moment += step


EntropySource = Callable[[int], bytes]
"""Gives n random bytes: `os.urandom`, or a seeded source in tests."""

system_entropy: EntropySource = os.urandom


def to_milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00Z of an aware instant."""
    delta = moment - _EPOCH
    return delta.days * 86_400_000 + delta.seconds * 1_000 + delta.microseconds // 1_000


def from_milliseconds(milliseconds: int) -> datetime:
    """The aware UTC instant of milliseconds since 1970-01-01T00:00Z."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
