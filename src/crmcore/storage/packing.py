"""Normal forms as bytes and back, exact in value and type: for stores that keep bytes.

JSON, in which what JSON lacks is an object of one member that is called by its type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from crmcore.kinds import Canonical, Json, Money
from crmcore.kinds.opaque import FrozenDict, FrozenList

_PLAIN: Final = frozenset({type(None), bool, int, float, str})
_TICK: Final = timedelta.resolution
_opaque: Final = Json(large=True).normalize


def pack(value: object) -> bytes:
    """`value` as bytes: a normal form, text, bytes, plain JSON, or a tuple of such.

    Raises `TypeError` or `ValueError` for anything else.
    """
    text = json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()


def unpack(data: bytes) -> Any:
    """The value that `pack` was given; JSON comes back in its normal form."""
    return _restored(json.loads(data))


def _plain(value: object) -> object:
    sort = type(value)
    if sort in _PLAIN:
        return value
    if sort not in _FORMS:
        raise TypeError(f"{sort.__name__} is no normal form")
    return {sort.__name__: _FORMS[sort][0](value)}


def _restored(data: Any) -> Any:
    if type(data) is not dict:
        return data
    ((name, held),) = data.items()
    return _BACK[name](held)


def _money(parts: list[str]) -> Money:
    amount, currency = parts
    return Money(Decimal(amount), currency)


_Form = tuple[Callable[[Any], object], Callable[[Any], object]]
_FORMS: Final[Mapping[type, _Form]] = {
    tuple: (
        lambda members: [_plain(one) for one in members],
        lambda members: tuple([_restored(one) for one in members]),
    ),
    bytes: (bytes.hex, bytes.fromhex),
    Decimal: (str, Decimal),
    date: (date.isoformat, date.fromisoformat),
    datetime: (datetime.isoformat, datetime.fromisoformat),
    time: (time.isoformat, time.fromisoformat),
    timedelta: (lambda span: span // _TICK, lambda ticks: ticks * _TICK),
    Money: (lambda one: [str(one.amount), one.currency], _money),
    Canonical: (lambda one: [str.__str__(one), one.typed], lambda two: Canonical(*two)),
    **dict.fromkeys((FrozenDict, dict), (dict, _opaque)),
    **dict.fromkeys((FrozenList, list), (list, _opaque)),
}
_BACK: Final = {sort.__name__: back for sort, (_, back) in _FORMS.items()}
