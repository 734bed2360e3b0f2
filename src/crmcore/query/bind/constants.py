"""Constants in the normal form of what they are compared with."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Final

from crmcore.errors import Invalid, QueryError
from crmcore.kinds import (
    AnyMoney,
    Choice,
    DateTime,
    Duration,
    Json,
    Kind,
    Link,
    LongText,
    MoneyKind,
    MultiChoice,
    MultiLink,
    Text,
    is_record_id,
)
from crmcore.kinds.number import INT64, MAX_DIGITS
from crmcore.query.bound import (
    FALSE,
    TRUE,
    BoundComparator,
    BoundNode,
    Comparison,
    Const,
    IsEmpty,
    Negation,
    Ref,
)

_ANY_TEXT: Final = LongText(max_length=20_000)
_EXACT: Final = Context(prec=80)
_ALONE: Final = (AnyMoney, MultiChoice, MultiLink, Json)
"""Kinds that compare with themselves alone, if at all."""


def constant(ref: Ref, value: object, position: int) -> object | None:
    """`value` in the normal form of the kind of `ref`; `None` where it is empty.

    Raises `QueryError` where it cannot be such a value.
    """
    try:
        return _normal(ref.kind, value)
    except Invalid as error:
        raise refused(error, position, ref.field.name) from None


def refused(error: Invalid, position: int, field: str | None = None) -> QueryError:
    """What is wrong with a constant, as a refusal of the question that holds it."""
    problem = error.problems[0]
    return QueryError(
        "constant_refused",
        field=field,
        position=position,
        reason=problem.message("en"),
        reason_zh=problem.message("zh"),
    )


def _normal(kind: Kind, value: object) -> object | None:
    if value is None:
        return None
    if isinstance(kind, (Text, LongText)):
        return _text(kind, value)
    if isinstance(kind, MultiChoice):
        return _codes(kind, value)
    if isinstance(kind, Choice):
        return kind.resolve(value)
    if isinstance(value, bool) and kind.name != "boolean":
        kind.refuse("constant_kind", value)
    if kind.family == "number" and isinstance(value, str):
        # '10' == 10 is a type error: text is not a number in a question.
        kind.refuse("not_a_number", value)
    if isinstance(kind, DateTime) and isinstance(value, date) and not isinstance(value, datetime):
        kind.refuse("date_is_no_instant", value)
    if isinstance(kind, Duration) and not isinstance(value, timedelta):
        kind.refuse("not_a_duration", value)
    return kind.normalize(value)


def _text(kind: Text | LongText, value: object) -> str | None:
    if not isinstance(value, str):
        kind.refuse("not_text", value)
    # A text beyond the length of the field is no mistake: nothing equals it.
    text = _ANY_TEXT.normalize(value)
    if text is None or isinstance(kind, LongText):
        return text
    return text.strip() or None


def _codes(kind: MultiChoice, value: object) -> tuple[str, ...] | None:
    items = value if isinstance(value, (tuple, list)) else [value]
    codes = {kind.resolve(item) for item in items if item is not None}
    return tuple(sorted(code for code in codes if code is not None)) or None


def means_title(ref: Ref, value: object) -> bool:
    """Whether a link is compared with a text that is no id: then its title is meant."""
    is_link = isinstance(ref.kind, Link) and not isinstance(ref.kind, MultiLink)
    return is_link and ref.field.name != "id" and isinstance(value, str) and not is_record_id(value)


def is_number(value: object) -> bool:
    """Whether a constant is a number; a boolean is none."""
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def numeric_comparison(ref: Ref, comparator: BoundComparator, number: int | Decimal) -> BoundNode:
    """`ref comparator number` with the number brought to the scale of the field.

    A number between two values that the field can hold is moved to the nearer one
    without changing the answer; one beyond all values decides by itself.
    """
    scale = ref.kind.scale
    exact = Decimal(number)
    if ref.kind.shape == "integer":
        low, high = Decimal(-INT64), Decimal(INT64 - 1)
    else:
        high = Decimal(10**MAX_DIGITS - 1).scaleb(-scale)
        low = -high
    if exact > high or exact < low:
        return _decided(comparator, Negation(IsEmpty(ref)), above=exact > high)
    unit = Decimal(1).scaleb(-scale)
    floor = exact.quantize(unit, ROUND_FLOOR, _EXACT)
    if floor == exact:
        return Comparison(comparator, ref, Const(_as(ref.kind, floor), ref.kind))
    if comparator in ("==", "!="):
        return FALSE if comparator == "==" else TRUE
    ceiling = exact.quantize(unit, ROUND_CEILING, _EXACT)
    if comparator in ("<", "<="):
        return Comparison("<=", ref, Const(_as(ref.kind, floor), ref.kind))
    return Comparison(">=", ref, Const(_as(ref.kind, ceiling), ref.kind))


def _as(kind: Kind, number: Decimal) -> object:
    if kind.shape == "integer":
        return int(number)
    return number if number else number.copy_abs()


def _decided(comparator: BoundComparator, not_empty: BoundNode, *, above: bool) -> BoundNode:
    if comparator == "==":
        return FALSE
    if comparator == "!=":
        return TRUE
    return not_empty if (comparator in ("<", "<=")) == above else FALSE


def comparable(left: Kind, right: Kind) -> bool:
    """Whether two fields may be compared with each other, on every backend alike."""
    if isinstance(left, _ALONE) or isinstance(right, _ALONE):
        return type(left) is type(right) and not isinstance(left, Json)
    if isinstance(left, Choice) or isinstance(right, Choice):
        return isinstance(left, Choice) and isinstance(right, Choice)
    if isinstance(left, MoneyKind) and isinstance(right, MoneyKind):
        return left.currency == right.currency and left.scale == right.scale
    return left.shape == right.shape and left.scale == right.scale and left.comparable(right)
