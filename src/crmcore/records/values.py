"""Values from their canonical JSON to their normal form, by the shapes of their kinds.

Limits that a kind states for new values do not hold for those that were there before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from crmcore.kinds import Kind, Money
from crmcore.kinds.contact import canonical
from crmcore.kinds.money import MONEY_SCALE
from crmcore.kinds.opaque import Json
from crmcore.kinds.temporal import FIRST_INSTANT, LAST_INSTANT

Read = Callable[[Any], object]

_ID: Final = re.compile("[0-9a-f]{32}")
_MINUTES: Final = re.compile("[0-9]{2}:[0-9]{2}")
_LONGEST: Final = 2**63
_MILLISECOND: Final = timedelta(milliseconds=1)
_JSON: Final = Json(large=True)

INSTANT: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z"


class Unreadable(ValueError):
    """A value, or the line that it stands in, is not what was written once."""


def scaled_pattern(scale: int) -> str:
    """What a number of so many decimal places looks like."""
    return rf"-?[0-9]{{1,19}}\.[0-9]{{{scale}}}" if scale else "-?[0-9]{1,19}"


def value_reader(kind: Kind) -> Read:
    """From the JSON of a value of `kind` to the value; it raises `Unreadable`, `ValueError`."""
    if kind.shape == "scaled":
        return _scaled_reader(kind.scale)
    return _READERS[kind.shape]


def _scaled_reader(scale: int) -> Read:
    pattern = re.compile(scaled_pattern(scale))

    def read(data: Any) -> Decimal:
        if type(data) is not str or pattern.fullmatch(data) is None:
            raise Unreadable("no number of this scale")
        return Decimal(data)

    return read


def read_text(data: Any) -> str:
    """A text without NUL and lone surrogates; raises `Unreadable`, `ValueError`."""
    if type(data) is not str or "\0" in data:
        raise Unreadable("no text")
    data.encode()
    return data


def _read_typed(data: Any) -> str:
    if type(data) is str:
        return read_text(data)
    if type(data) is not dict or data.keys() != {"value", "typed"}:
        raise Unreadable("no text beside what was typed")
    return canonical(read_text(data["value"]), read_text(data["typed"]))


def _read_integer(data: Any) -> int:
    if type(data) is not int or not -_LONGEST <= data < _LONGEST:
        raise Unreadable("no integer")
    return data


def _read_boolean(data: Any) -> bool:
    if type(data) is not bool:
        raise Unreadable("neither true nor false")
    return data


def _read_date(data: Any) -> date:
    return date.fromisoformat(read_text(data))


@lru_cache(4096)
def read_instant(data: Any) -> datetime:
    """A moment as archives write it; raises `Unreadable`, `ValueError`."""
    found = datetime.fromisoformat(read_text(data))
    if not FIRST_INSTANT <= found <= LAST_INSTANT:
        raise Unreadable("no instant")
    return found


def _read_minutes(data: Any) -> time:
    if _MINUTES.fullmatch(read_text(data)) is None:
        raise Unreadable("no time of day")
    return time.fromisoformat(data)


def _read_milliseconds(data: Any) -> timedelta:
    return _read_integer(data) * _MILLISECOND


def _read_money(data: Any) -> Money:
    if type(data) is not dict or data.keys() != {"amount", "currency"}:
        raise Unreadable("no money")
    amount = _read_amount(data["amount"])
    assert isinstance(amount, Decimal)
    return Money(amount, read_text(data["currency"]))


def _read_id(data: Any) -> str:
    if type(data) is not str or _ID.fullmatch(data) is None:
        raise Unreadable("no id")
    return data


def _read_codes(data: Any) -> tuple[str, ...]:
    if type(data) is not list or not data:
        raise Unreadable("no set")
    return tuple([read_text(one) for one in data])


_read_amount = _scaled_reader(MONEY_SCALE)

_READERS: Final[Mapping[str, Read]] = {
    "text": read_text,
    "typed": _read_typed,
    "integer": _read_integer,
    "boolean": _read_boolean,
    "date": _read_date,
    "instant": read_instant,
    "minutes": _read_minutes,
    "milliseconds": _read_milliseconds,
    "money": _read_money,
    "id": _read_id,
    "codes": _read_codes,
    "json": _JSON.normalize,
}
