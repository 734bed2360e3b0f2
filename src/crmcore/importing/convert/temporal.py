"""Cells of columns of dates and moments: order and calendar come from the whole column."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from crmcore.errors import Invalid
from crmcore.importing.convert.cleaning import plain
from crmcore.importing.convert.columns import Column, Reader, refusal
from crmcore.importing.convert.datetext import DateText, read_date
from crmcore.importing.convert.formats import DateOrder
from crmcore.importing.sources.values import Cell
from crmcore.kinds import DateTime
from crmcore.kinds.temporal import zone_of

_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_MOMENT: Final = re.compile(r"[0-9]{4}([-/])[0-9]{2}\1[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}")
_MIDNIGHT: Final = time()
_ORIGIN: Final = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}
_LAST_SERIAL: Final = 2_958_465
_UNREAL_SERIAL: Final = 60
_DAY: Final = Decimal(86_400_000)
_REMEMBERED: Final = 20_000
_ACCEPTED: Final = "2024-01-05, 2024/1/5, 2024年1月5日"


class _Days:
    """Reads the day and the time of day in a cell, by what the column says."""

    def __init__(self, column: Column, unreadable: Callable[[Cell], Invalid]) -> None:
        self._unreadable = unreadable
        self._years_from = column.format.years_from
        profile = column.profile
        self._declared: DateOrder | None = column.format.date_order
        self._order: DateOrder | None = self._declared or (
            profile.date_order if profile is not None else None
        )
        self._mixed = profile is not None and profile.mixed_dates
        counts = profile is not None and profile.counts_days
        self._serials = column.format.serials or (1900 if counts else None)

    def of(self, cell: Cell) -> tuple[date, time, DateText | None]:
        """The day and time of day in `cell`; raises `Invalid`."""
        if isinstance(cell, datetime):
            return cell.date(), cell.timetz(), None
        if isinstance(cell, date):
            return cell, _MIDNIGHT, None
        if type(cell) is int or type(cell) is Decimal:
            return self._number(cell, cell)
        if not isinstance(cell, str):
            raise self._unreadable(cell)
        text = plain(cell)
        found = read_date(text)
        if found is None:
            if text.isdecimal() and len(text) <= 7:
                return self._number(cell, int(text))
            raise self._unreadable(cell)
        return self._day(cell, found), found.clock or _MIDNIGHT, found

    def _number(self, cell: Cell, number: int | Decimal) -> tuple[date, time, DateText | None]:
        found = read_date(str(number)) if type(number) is int else None
        if found is not None:
            return self._day(cell, found), _MIDNIGHT, found
        if self._serials is None:
            raise refusal("date_serial", cell)
        if not 1 <= number <= _LAST_SERIAL:
            raise self._unreadable(cell)
        day, milliseconds = divmod(round(Decimal(number) * _DAY), int(_DAY))
        if self._serials == 1900 and day == _UNREAL_SERIAL:
            raise refusal("date_unreal", cell)
        if self._serials == 1900 and day < _UNREAL_SERIAL:
            day += 1
        clock = datetime.combine(date.min, _MIDNIGHT) + timedelta(milliseconds=milliseconds)
        return _ORIGIN[self._serials] + timedelta(days=day), clock.time(), None

    def _day(self, cell: Cell, found: DateText) -> date:
        first, second, third = found.parts
        if found.layout == "month":
            raise refusal("date_incomplete", cell)
        if found.layout == "numeric" and first != second:
            order = None if self._order == "ymd" else self._order
            year, month, day = self._ordered(cell, order, found.parts)
        elif found.layout == "numeric":
            year, month, day = third, second, first
        elif found.layout == "short":
            if self._years_from is None:
                raise refusal("date_short_year", cell)
            year, month, day = self._ordered(cell, found.order or self._declared, found.parts)
            year = self._years_from + (year - self._years_from) % 100
        else:
            year, month, day = found.parts
        try:
            return date(year, month, day)
        except ValueError:
            raise refusal("date_unreal", cell) from None

    def _ordered(
        self, cell: Cell, order: DateOrder | None, parts: tuple[int, int, int]
    ) -> tuple[int, int, int]:
        """The parts as year, month and day."""
        first, second, third = parts
        if order is None:
            if self._mixed:
                raise refusal("date_order_mixed", cell)
            raise refusal("date_order_open", cell)
        if order == "ymd":
            return first, second, third
        return (third, second, first) if order == "dmy" else (third, first, second)


def _no_date(cell: Cell) -> Invalid:
    return refusal("date_unreadable", cell, accepted=f"{_ACCEPTED}, 20240105, 5-Jan-2024")


def _no_moment(cell: Cell) -> Invalid:
    accepted = "2024-01-05 10:30, 2024年1月5日 10:30, 2024-01-05T10:30:00+08:00"
    return refusal("instant_unreadable", cell, accepted=accepted)


def date_reader(column: Column) -> Reader:
    """Reads days: `2024年1月5日`, `2024/1/5`, `20240105`, `5-Jan-2024`, date cells."""
    days, cut = _Days(column, _no_date), column.format.cut_time

    def read(cell: Cell) -> object:
        if isinstance(cell, str) and _ISO_DAY.fullmatch(cell):
            try:
                return date.fromisoformat(cell)
            except ValueError:
                raise refusal("date_unreal", cell) from None
        day, clock, _ = days.of(cell)
        if clock != _MIDNIGHT and not cut:
            raise refusal("date_with_time", cell)
        return day

    return read


class LocalZone:
    """Turns times of day in one zone into UTC; the offset of a day is looked up once."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._offsets: dict[date, timedelta | None] = {}

    def instant(self, moment: datetime) -> datetime:
        """`moment`, which has no zone, in UTC; of two equal times of day the first."""
        day = moment.date()
        offset = self._offsets.get(day)
        if offset is not None:
            return moment.replace(tzinfo=UTC) - offset
        if day not in self._offsets and len(self._offsets) < _REMEMBERED:
            self._offsets[day] = self._whole_day(day)
        return moment.replace(tzinfo=self._zone)

    def _whole_day(self, day: date) -> timedelta | None:
        """The offset of `day`, if all its moments have one and none is near an end of time."""
        if not date(2, 1, 1) < day < date(9998, 1, 1):
            return None
        start = datetime.combine(day, _MIDNIGHT, self._zone)
        around = (start - timedelta(1), start, start + timedelta(1), start + timedelta(2))
        offsets = {moment.replace(fold=fold).utcoffset() for moment in around for fold in (0, 1)}
        return offsets.pop() if len(offsets) == 1 else None


def instant_reader(column: Column) -> Reader:
    """Reads moments, those without a zone in the zone of the format, else of the field."""
    days, zone = _Days(column, _no_moment), _zone(column)

    def read(cell: Cell) -> object:
        day, clock, text = days.of(cell)
        offset = text.offset if text is not None else clock.tzinfo
        moment = datetime.combine(day, clock)
        if offset is not None:
            return moment.replace(tzinfo=offset)
        if zone is None:
            raise refusal("zone_missing", cell)
        return zone.instant(moment)

    return read


def plain_moment(column: Column) -> Callable[[str | datetime], datetime | None]:
    """A short way for cells with a moment and for texts such as `2024-01-05 10:30:00`.

    It returns `None` for all that needs a closer look.
    """
    zone = _zone(column)

    def read(cell: str | datetime) -> datetime | None:
        if zone is None:
            return None
        if isinstance(cell, datetime):
            return zone.instant(cell) if cell.tzinfo is None else None
        if _ISO_MOMENT.fullmatch(cell) is None:
            return None
        try:
            return zone.instant(datetime.fromisoformat(cell.replace("/", "-")))
        except ValueError:
            return None

    return read


def _zone(column: Column) -> LocalZone | None:
    kind = column.field.kind
    assert isinstance(kind, DateTime)
    name = column.format.zone or kind.zone
    return LocalZone(zone_of(name)) if name is not None else None
