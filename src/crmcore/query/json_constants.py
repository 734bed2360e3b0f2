"""Constants in JSON: each says its kind, and only the one canonical spelling is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from crmcore.errors import QueryError
from crmcore.query.ast import Constant
from crmcore.query.constants import constant, decimal_text, duration, seconds_text
from crmcore.query.json_reader import Place


def constant_to_json(value: Constant) -> dict[str, object]:
    """`kind` and `value` of a constant; an instant becomes UTC. Raises `QueryError`."""
    kind, content = _spelled(constant(value))
    return {"kind": kind, "value": content}


def constant_from_json(kind: Place, content: Place) -> Constant:
    """The constant of a `kind` and a `value`. Raises `QueryError`."""
    match kind.one_of(("null", "boolean", "text", *_READERS)):
        case "null":
            if content.value is not None:
                raise content.unexpected("null")
            return None
        case "boolean":
            return content.boolean()
        case "text":
            return content.text()
        case named:
            return _exact(named, content)


def _spelled(value: Constant) -> tuple[str, object]:
    match value:
        case None:
            return "null", None
        case bool():
            return "boolean", value
        case str():
            return "text", value
        case int():
            return "integer", str(value)
        case Decimal():
            return "decimal", decimal_text(value)
        case datetime():
            return "instant", value.isoformat().replace("+00:00", "Z")
        case date():
            return "date", value.isoformat()
        case time():
            return "time", value.isoformat()
        case timedelta():
            return "duration", seconds_text(value)


def _exact(kind: str, content: Place) -> Constant:
    text = content.text()
    try:
        found = constant(_READERS[kind](text))
    except (ValueError, ArithmeticError, QueryError):
        found = None
    # What is written back differently was no canonical spelling: +5, 05, 1E3, 2026-W01.
    if found is None or _spelled(found) != (kind, text):
        raise content.unexpected(kind)
    return found


def _decimal(text: str) -> Decimal:
    found = Decimal(text)
    decimal_text(found)
    return found


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is None else found.astimezone(UTC)


def _duration(text: str) -> timedelta | None:
    seconds = _decimal(text)
    return duration(int(seconds.scaleb(6))) if abs(seconds) < 10**15 else None


_READERS: Final[dict[str, Callable[[str], Constant]]] = {
    "integer": int,
    "decimal": _decimal,
    "date": date.fromisoformat,
    "instant": _instant,
    "time": time.fromisoformat,
    "duration": _duration,
}
