"""Cells of columns of times of day and of durations."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import Final

from crmcore.importing.convert.cleaning import plain
from crmcore.importing.convert.columns import Column, Reader, refusal
from crmcore.importing.convert.currencies import TIME_UNITS
from crmcore.importing.convert.datetext import read_clock
from crmcore.importing.convert.durations import read_duration
from crmcore.importing.sources.values import Cell

_DAY: Final = timedelta(days=1)
_DAY_MINUTES: Final = 1_440
_MINUTE: Final = Decimal(60_000)
_ACCEPTED: Final = "90, 1:30, 1小时30分, 90 min"


def clock_reader(column: Column) -> Reader:
    """Reads times of day: `9:30`, `下午3点半`, `3:30 PM`, time cells."""
    serials = column.format.serials is not None

    def read(cell: Cell) -> object:
        if isinstance(cell, time):
            return cell
        if isinstance(cell, timedelta) and timedelta() <= cell < _DAY:
            return time(cell.seconds // 3_600, cell.seconds // 60 % 60, cell.seconds % 60)
        if serials and type(cell) is Decimal and 0 <= cell < 1:
            minutes = round(cell * _DAY_MINUTES)
            return time(minutes // 60 % 24, minutes % 60)
        found = read_clock(plain(cell)) if isinstance(cell, str) else None
        if found is None or found[1] is not None or found[0].second or found[0].microsecond:
            raise refusal("time_unreadable", cell, accepted="9:30, 下午3点半, 3:30 PM")
        return found[0]

    return read


def duration_reader(column: Column) -> Reader:
    """Reads lengths of time: `1小时30分`, `1:30` (hours), `90 min`; bare numbers are minutes.

    A unit in the format (`小时`, `h`, `天`) is the unit of bare numbers instead.
    """
    unit = TIME_UNITS.get((column.format.unit or "").strip().upper(), _MINUTE)

    def read(cell: Cell) -> object:
        if isinstance(cell, timedelta):
            return cell
        if isinstance(cell, time):
            return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)
        if type(cell) is int or type(cell) is Decimal:
            milliseconds: Decimal | None = Decimal(cell) * unit
        else:
            milliseconds = read_duration(plain(cell), unit) if isinstance(cell, str) else None
        if milliseconds is None or not abs(milliseconds) <= 10**15:
            raise refusal("duration_unreadable", cell, accepted=_ACCEPTED)
        if milliseconds != milliseconds.to_integral_value():
            raise refusal("duration_unreadable", cell, accepted=_ACCEPTED)
        return timedelta(milliseconds=int(milliseconds))

    return read
