"""The meaning of lists and summaries: orders, pages, groups and exact figures over rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Final

from attrs import define, field, frozen

from crmcore.errors import CapacityExceeded
from crmcore.kinds import Kind, Money
from crmcore.kinds.money import MONEY_SCALE
from crmcore.query.bound import (
    ID_REF,
    TRUE,
    BoundMeasure,
    BoundOrder,
    BoundQuery,
    BoundSummary,
    Ref,
)
from crmcore.query.buckets import bucket_of
from crmcore.query.evaluate import Condition, Look, Place, Row, condition, value

MAX_SUM_DIGITS: Final = 38
MAX_DURATION_DIGITS: Final = 16
"""Of milliseconds: some 317,000 years."""

_MILLISECOND: Final = timedelta(milliseconds=1)


def _key(ref: Ref) -> Callable[[object], tuple[object, ...]]:
    order = ref.kind.sort_key

    def key(found: object) -> tuple[object, ...]:
        return (0,) if found is None else (1, order(found))

    return key


@frozen
class _Term:
    place: Place
    key: Callable[[object], tuple[object, ...]]
    descending: bool


def _terms(query: BoundQuery) -> list[_Term]:
    descending = query.order[-1].descending if query.order else False
    orders = (*query.order, BoundOrder(ID_REF, descending))
    return [_Term(value(one.ref, query.module), _key(one.ref), one.descending) for one in orders]


def arrange(query: BoundQuery, rows: Iterable[Row], look: Look) -> Iterator[Row]:
    """The columns of `rows` (which fulfil the query) in its order, behind its cursor."""
    terms = _terms(query)
    found = list(rows)
    if query.after is not None:
        bounds = [term.key(part) for term, part in zip(terms, query.after, strict=True)]
        found = [row for row in found if _is_after(terms, bounds, row, look)]
    for term in reversed(terms):
        place, key = term.place, term.key
        found.sort(key=lambda row: key(place(row, look)), reverse=term.descending)
    places = [value(column, query.module) for column in query.columns]
    for row in islice(found, query.limit):
        yield tuple([place(row, look) for place in places])


def _is_after(terms: list[_Term], bounds: list[tuple[object, ...]], row: Row, look: Look) -> bool:
    for term, bound in zip(terms, bounds, strict=True):
        here = term.key(term.place(row, look))
        if here != bound:
            return (here < bound) if term.descending else (here > bound)
    return False


def summarize(query: BoundSummary, rows: Iterable[Row], look: Look) -> list[Row]:
    """Groups and figures over `rows`, which fulfil the summary."""
    groups = [_group_place(query, index) for index in range(len(query.groups))]
    figures = [
        (
            value(one.ref, query.module) if one.ref is not None else None,
            None if one.where == TRUE else condition(one.where, query.module),
        )
        for one in query.measures
    ]
    found: dict[Row, list[_Figure]] = {}
    if not groups:
        found[()] = [_figure(measure) for measure in query.measures]
    for row in rows:
        key = tuple([group(row, look) for group in groups])
        kept = found.get(key)
        if kept is None:
            kept = found[key] = [_figure(measure) for measure in query.measures]
        _count_row(kept, figures, row, look)
    return [(*key, *(figure.result() for figure in kept)) for key, kept in found.items()]


def _count_row(
    kept: list[_Figure],
    figures: list[tuple[Place | None, Condition | None]],
    row: Row,
    look: Look,
) -> None:
    for figure, (place, where) in zip(kept, figures, strict=True):
        if where is None or where(row, look):
            figure.add(True if place is None else place(row, look))


def _group_place(query: BoundSummary, index: int) -> Place:
    group = query.groups[index]
    place, identity = value(group.ref, query.module), group.ref.kind.identity
    bucket = group.bucket

    def read(row: Row, look: Look) -> object:
        found = place(row, look)
        if found is None:
            return None
        return identity(found) if bucket is None else bucket_of(bucket, found)  # type: ignore[arg-type]

    return read


@define
class _Figure:
    """One figure while it is being counted."""

    kind: Kind | None
    count: int = 0

    def add(self, found: object) -> None:
        self.count += found is not None

    def result(self) -> object:
        return self.count


@define
class _Distinct(_Figure):
    seen: set[object] = field(factory=set)

    def add(self, found: object) -> None:
        if found is not None:
            assert self.kind is not None
            self.seen.add(self.kind.identity(found))

    def result(self) -> object:
        return len(self.seen)


@define
class _Extreme(_Figure):
    largest: bool = False
    best: object = None

    def add(self, found: object) -> None:
        if found is None:
            return
        assert self.kind is not None
        if self.best is None:
            self.best = found
            return
        here, best = self.kind.sort_key(found), self.kind.sort_key(self.best)
        if (here > best) if self.largest else (here < best):  # type: ignore[operator]
            self.best = found

    def result(self) -> object:
        return self.best


@define
class _Sum(_Figure):
    totals: dict[str, int] = field(factory=dict)

    def add(self, found: object) -> None:
        if found is not None:
            code = found.currency if isinstance(found, Money) else ""
            self.totals[code] = self.totals.get(code, 0) + whole_units(self.kind, found)

    def result(self) -> object:
        if not self.totals:
            return None
        assert self.kind is not None
        if self.kind.shape == "money":
            return tuple(
                Money(scaled_decimal(checked_total(total), MONEY_SCALE), code)
                for code, total in sorted(self.totals.items())
            )
        return sum_of_units(self.kind, self.totals[""])


def whole_units(kind: Kind | None, amount: object) -> int:
    """`amount` of `kind` as an integer of its smallest units: exact, whatever is added."""
    if isinstance(amount, timedelta):
        return amount // _MILLISECOND
    if isinstance(amount, Money):
        return unscaled(amount.amount, MONEY_SCALE)
    if isinstance(amount, Decimal):
        assert kind is not None
        return unscaled(amount, kind.scale)
    assert isinstance(amount, int)
    return amount


def sum_of_units(kind: Kind, total: int) -> object:
    """A sum of smallest units as a value of `kind` (not money of any currency).

    Raises `CapacityExceeded` where it has more than 38 digits, as a duration more than 16.
    """
    if kind.shape == "milliseconds":
        return checked_total(total, MAX_DURATION_DIGITS) * _MILLISECOND
    checked_total(total)
    return total if kind.shape == "integer" else scaled_decimal(total, kind.scale)


def checked_total(total: int, limit: int = MAX_SUM_DIGITS) -> int:
    """`total` if it has at most `limit` digits; else `CapacityExceeded`."""
    if abs(total) >= 10**limit:
        raise CapacityExceeded("sum_too_large", limit=limit)
    return total


def unscaled(number: Decimal, scale: int) -> int:
    """`number` × 10^scale as an exact integer; it has at most `scale` digits behind the point."""
    sign, digits, exponent = number.as_tuple()
    whole: int = int("".join(map(str, digits))) * 10 ** (scale + int(exponent))
    return -whole if sign else whole


def scaled_decimal(whole: int, scale: int) -> Decimal:
    """The decimal `whole` ÷ 10^scale with exactly `scale` digits behind the point."""
    text = str(abs(whole)).rjust(scale + 1, "0")
    point = len(text) - scale
    digits = f"{text[:point]}.{text[point:]}" if scale else text
    return Decimal(f"-{digits}" if whole < 0 else digits)


def _figure(measure: BoundMeasure) -> _Figure:
    kind = None if measure.ref is None else measure.ref.kind
    if measure.function == "count_distinct":
        return _Distinct(kind)
    if measure.function == "sum":
        return _Sum(kind)
    if measure.function in ("min", "max"):
        return _Extreme(kind, largest=measure.function == "max")
    return _Figure(kind)
