"""Buckets of time: integers and months of local days, which Python turns into dates.

Days count from 0000-01-01, so that every division is of positive numbers and cuts the
same way on every engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Integer, Text, case, func, literal_column
from sqlalchemy import cast as sql_cast

from crmcore.query.bound import BoundBucket, Ref
from crmcore_sql.dialect import Expression
from crmcore_sql.frames import Frame

Finish = Callable[[Any], object]

# Written out, not bound: engines divide and cast bound numbers differently.
_ZERO: Final[Expression] = literal_column("0", Integer())
_ONE: Final[Expression] = literal_column("1", Integer())
_TWO: Final[Expression] = literal_column("2", Integer())
_THREE: Final[Expression] = literal_column("3", Integer())
_FOUR: Final[Expression] = literal_column("4", Integer())
_FIVE: Final[Expression] = literal_column("5", Integer())
_SIX: Final[Expression] = literal_column("6", Integer())
_SEVEN: Final[Expression] = literal_column("7", Integer())
_DAY: Final[Expression] = literal_column("86400000", Integer())
_HOUR: Final[Expression] = literal_column("3600000", Integer())
_TO_1970: Final = 62_167_219_200_000
_BEFORE_YEAR_1: Final = 365
"""What the day number of a date exceeds its ordinal by."""


def bucketed(frame: Frame, ref: Ref, bucket: BoundBucket) -> tuple[Expression, Finish]:
    """The expression to group by, and the function from its values to buckets."""
    column, expressions = frame.column(ref), frame.context.dialect.expressions
    if bucket.offsets:
        instant = expressions.milliseconds(column)
        local = instant + _offset(frame, instant, bucket.offsets)
        day, month = local // _DAY, expressions.month_of_day(local // _DAY)
    else:
        local = column
        day, month = expressions.day_number(column), expressions.month_of_date(column)
    match bucket.unit:
        case "hour":
            return local % _DAY // _HOUR, _as_it_is
        case "day":
            return day, _date_of_day
        case "week":
            return day - _weekday(day), _date_of_day
        case "weekday":
            return _weekday(day) + _ONE, _as_it_is
        case "month":
            return month, _date_of_month
        case "quarter":
            return _quarter(month), _date_of_quarter
        case "year":
            return _year(month), _date_of_year
    return _fiscal_year(frame, month, bucket.starts), _date_of_fiscal_year(bucket.starts)


def _offset(frame: Frame, value: Expression, offsets: Sequence[tuple[int, int]]) -> Expression:
    """From an instant to local milliseconds since the year 0, as a balanced CASE."""
    fixed = frame.context.parameters.fixed
    if len(offsets) == 1:
        return fixed(offsets[0][1] + _TO_1970, "integer")
    middle = len(offsets) // 2
    earlier = _offset(frame, value, offsets[:middle])
    later = _offset(frame, value, offsets[middle:])
    return case((value < fixed(offsets[middle][0], "integer"), earlier), else_=later)


def _weekday(day: Expression) -> Expression:
    """0 for Monday; the year 0 began on a Saturday."""
    return (day + _FIVE) % _SEVEN


def _year(month: Expression) -> Expression:
    return sql_cast(func.substr(month, _ONE, _FOUR, type_=Text()), Integer)


def _month(month: Expression) -> Expression:
    return sql_cast(func.substr(month, _SIX, _TWO, type_=Text()), Integer)


def _quarter(month: Expression) -> Expression:
    return _year(month) * _FOUR + (_month(month) - _ONE) // _THREE


def _fiscal_year(frame: Frame, month: Expression, starts: int) -> Expression:
    first = frame.context.parameters.fixed(starts, "integer")
    return _year(month) - case((_month(month) < first, _ONE), else_=_ZERO)


def _as_it_is(found: int) -> int:
    return found


def _date_of_day(number: int) -> date:
    return date.fromordinal(number - _BEFORE_YEAR_1)


def _date_of_month(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)


def _date_of_quarter(number: int) -> date:
    return date(number // 4, number % 4 * 3 + 1, 1)


def _date_of_year(year: int) -> date:
    return date(year, 1, 1)


def _date_of_fiscal_year(starts: int) -> Finish:
    def finish(year: int) -> date:
        # There is no year 0: what would begin in it begins with the calendar.
        return date(year, starts, 1) if year >= 1 else date(1, 1, 1)

    return finish
