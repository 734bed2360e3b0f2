"""From one kind to another: what a stored value becomes where its field changes its kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from crmcore.kinds import (
    AnyMoney,
    Boolean,
    Choice,
    Date,
    DateTime,
    DecimalKind,
    Integer,
    Json,
    Kind,
    Link,
    LongText,
    Money,
    MoneyKind,
    MultiChoice,
    MultiLink,
    Text,
)
from crmcore.kinds.contact import typed_form
from crmcore.kinds.temporal import zone_of

Convert = Callable[[object], object]
"""The normal form that a normal form becomes; raises `Invalid` where there is none."""

_NUMBERS: Final = (Integer, DecimalKind)
_SEPARATORS: Final = re.compile(r"[,，、;；|/\n]")
_TRUE: Final = frozenset({"true", "yes", "y", "1", "是", "对", "有"})
_FALSE: Final = frozenset({"false", "no", "n", "0", "否", "错", "无"})


def converter(old: Kind, new: Kind, zone: str) -> Convert:
    """What turns normal forms of `old` into those of `new`; days and instants meet in `zone`.

    Where nothing better is known, the value is read from the text that people see.
    """

    def convert(value: object) -> object:
        if value is None:
            return None
        return new.normalize(_given(old, new, value, zone))

    return convert


def _given(old: Kind, new: Kind, value: object, zone: str) -> object:
    """What of `value` is handed to the new kind."""
    if isinstance(new, Link):
        return _linked(old, new, value)
    if isinstance(new, Choice):
        return _chosen(old, new, value)
    if isinstance(new, Boolean):
        return _truth(old, new, value)
    if isinstance(new, Date | DateTime):
        return _moment(old, new, value, zone)
    if isinstance(new, AnyMoney | DecimalKind | Integer):
        return _number(old, new, value)
    if isinstance(new, Json):
        return old.to_json(value)
    # A text that is cut to another sort of text must say so, and not lose its end.
    return text_of(old, value, zone)


def _linked(old: Kind, new: Link, value: object) -> object:
    if not isinstance(old, Link) or old.target != new.target:
        new.refuse("not_convertible", value, old=old.name)
    if isinstance(value, tuple) and not isinstance(new, MultiLink):
        return value[0] if len(value) == 1 else new.refuse("more_than_one", len(value))
    return value


def _chosen(old: Kind, new: Choice, value: object) -> object:
    if isinstance(old, Choice):
        codes = value if isinstance(value, tuple) else (value,)
        spelled = [_option(old, new, str(code)) for code in codes]
    elif isinstance(new, MultiChoice):
        parts = _SEPARATORS.split(text_of(old, value, "UTC"))
        spelled = [part.strip() for part in parts if part.strip()]
    else:
        spelled = [text_of(old, value, "UTC")]
    if isinstance(new, MultiChoice):
        return spelled
    return spelled[0] if len(spelled) == 1 else new.refuse("more_than_one", len(spelled))


def _option(old: Choice, new: Choice, code: str) -> str:
    """The same code where there is one, else what people called it."""
    if code in new.positions:
        return code
    return next((one.shown() for one in old.options if one.code == code), code)


def _truth(old: Kind, new: Boolean, value: object) -> object:
    if isinstance(old, _NUMBERS) and value in (0, 1):
        return bool(value)
    text = text_of(old, value, "UTC").strip().casefold()
    if text in _TRUE:
        return True
    return False if text in _FALSE else new.refuse("not_convertible", value, old=old.name)


def _moment(old: Kind, new: Date | DateTime, value: object, zone: str) -> object:
    if isinstance(new, Date):
        if isinstance(value, datetime):
            return value.astimezone(zone_of(zone)).date()
        return value if isinstance(value, date) else text_of(old, value, zone)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), zone_of(zone)).astimezone(UTC)
    if isinstance(value, datetime):
        return value
    return DateTime(new.zone or zone).normalize(text_of(old, value, zone))


def _number(old: Kind, new: Kind, value: object) -> object:
    if isinstance(value, Money):
        if isinstance(new, MoneyKind) and new.currency != value.currency:
            new.refuse("not_convertible", value, old=old.name)
        return value if isinstance(new, AnyMoney) else value.amount
    if isinstance(old, MoneyKind) and isinstance(new, MoneyKind) and old.currency != new.currency:
        new.refuse("not_convertible", value, old=old.name)
    if isinstance(old, MoneyKind) and isinstance(new, AnyMoney):
        assert isinstance(value, Decimal)
        return Money(value, old.currency)
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(old, _NUMBERS) else text_of(old, value, "UTC")


def text_of(kind: Kind, value: object, zone: str) -> str:
    """What people would type for a normal form of `kind`."""
    if isinstance(kind, Text | LongText):
        return str(value)
    if isinstance(kind, Choice):
        codes = value if isinstance(value, tuple) else (value,)
        labels = {one.code: one.shown() for one in kind.options}
        return "、".join(labels.get(str(code), str(code)) for code in codes)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return _clock_text(value.astimezone(zone_of(zone)))
    if isinstance(value, Money | int | date | time):
        return value.isoformat("minutes") if isinstance(value, time) else str(value)
    if isinstance(value, str):
        return typed_form(value)
    return str(kind.to_json(value))


def _clock_text(moment: datetime) -> str:
    text = moment.replace(tzinfo=None).isoformat(" ", "milliseconds")
    return text.removesuffix(".000").removesuffix(":00")
