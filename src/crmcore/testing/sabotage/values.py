"""Planted bugs of values: what comes back is not what was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from attrs import evolve

from crmcore.kinds import Canonical, Money
from crmcore.query.bound import BoundQuery
from crmcore.storage import Batch, Insert, Replace, Write
from crmcore.testing.sabotage.spoiling import PassedOn


class Misreading(PassedOn):
    """Reads every value of a list as `read` has it."""

    def read(self, value: Any) -> Any:
        """The value that is told in the place of `value`."""
        return value

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        for batch in self.inner.select(query):
            yield [tuple(self.read(value) for value in row) for row in batch]


class DecimalThroughFloat(Misreading):
    """Decimals pass through binary floats."""

    def read(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return Decimal(repr(float(value))).quantize(value)
        if isinstance(value, Money):
            return evolve(value, amount=self.read(value.amount))
        return value


class ScaleLost(Misreading):
    """Decimals come back without the zeros at their end."""

    def read(self, value: Any) -> Any:
        return value.normalize() if isinstance(value, Decimal) else value


class DateAsInstant(Misreading):
    """Days come back as moments."""

    def read(self, value: Any) -> Any:
        if type(value) is date:
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        return value


class MillisecondsLost(Misreading):
    """Moments come back in whole seconds."""

    def read(self, value: Any) -> Any:
        return value.replace(microsecond=0) if isinstance(value, datetime) else value


class TypedForgotten(Misreading):
    """What was typed beside a canonical form is lost."""

    def read(self, value: Any) -> Any:
        return str.__str__(value) if isinstance(value, Canonical) else value


class BooleanAsInteger(Misreading):
    """Booleans come back as 0 and 1."""

    def read(self, value: Any) -> Any:
        return int(value) if isinstance(value, bool) else value


class EmptyStringNotNull(PassedOn):
    """Empty texts are kept as texts without characters."""

    def apply(self, writes: Sequence[Write]) -> None:
        self.inner.apply([self._spoiled(write) for write in writes])

    def _spoiled(self, write: Write) -> Write:
        if not isinstance(write, (Insert, Replace)):
            return write
        start = len(write.rows[0]) - len(write.module.stored)
        texts = {
            start + place
            for place, one in enumerate(write.module.stored)
            if one.kind.name in ("text", "long_text") and one.unique is None
        }
        rows = [
            tuple("" if v is None and place in texts else v for place, v in enumerate(row))
            for row in write.rows
        ]
        return evolve(write, rows=rows)


class TextCut(PassedOn):
    """Texts are cut at 40 characters without a word."""

    def apply(self, writes: Sequence[Write]) -> None:
        cut = [
            evolve(write, rows=[tuple(self._cut(value) for value in row) for row in write.rows])
            if isinstance(write, (Insert, Replace))
            else write
            for write in writes
        ]
        self.inner.apply(cut)

    def _cut(self, value: Any) -> Any:
        return value[:40] if type(value) is str else value
