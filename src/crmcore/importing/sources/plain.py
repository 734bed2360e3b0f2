"""Values of other programs as cells, and cells as JSON for the time they are put aside."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isnan

from crmcore.importing.sources.numbers import number
from crmcore.importing.sources.values import Cell, CellError, Percent, cell_error

_INTEGER_BITS = 4_096


def plain_cell(value: object) -> Cell:
    """`value` as a cell: exact types, floats as the shortest number that means them.

    NaN and the missing values of pandas are empty. Raises `TypeError` for what no cell can hold.
    """
    if value is None or isinstance(value, bool | Percent | CellError | timedelta | time):
        return value
    if isinstance(value, str):
        return str.__str__(value) or None
    if isinstance(value, int):
        fits = value.bit_length() <= _INTEGER_BITS
        return int(value) if fits else cell_error("…", "cell_not_a_number")
    if isinstance(value, float):
        return None if isnan(value) else number(repr(float(value)))
    if isinstance(value, Decimal):
        return value if value.is_finite() else cell_error(str(value), "cell_not_a_number")
    if isinstance(value, date):
        # Also datetimes; the missing one of pandas is not even equal to itself.
        return value if value == value else None
    if type(value).__name__ == "NAType":
        return None
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        unpacked: object = getattr(value, "item", type(value))()
        if type(unpacked) is not type(value):
            return plain_cell(unpacked)
    raise TypeError(type(value).__name__)


def to_json(cells: tuple[Cell, ...]) -> str:
    """`cells` as one line of ASCII."""
    return json.dumps(cells, default=_tagged, separators=(",", ":"))


def from_json(line: bytes) -> tuple[Cell, ...]:
    """The cells that `to_json` wrote."""
    return tuple(_untagged(item) if isinstance(item, dict) else item for item in json.loads(line))


def _tagged(value: object) -> dict[str, object]:
    if isinstance(value, Percent):
        return {"percent": str(value.value)}
    if isinstance(value, CellError):
        return {"error": [value.text, value.code]}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date | time):
        return {type(value).__name__: value.isoformat()}
    if isinstance(value, timedelta):
        return {"span": [value.days, value.seconds, value.microseconds]}
    raise TypeError(type(value).__name__)


_UNTAG: Mapping[str, Callable[..., Cell]] = {
    "percent": lambda text: Percent(Decimal(text)),
    "error": lambda parts: CellError(*parts),
    "decimal": Decimal,
    "moment": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "span": lambda parts: timedelta(*parts),
}


def _untagged(item: Mapping[str, object]) -> Cell:
    ((tag, value),) = item.items()
    return _UNTAG[tag](value)
