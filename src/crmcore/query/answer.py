"""The meaning of lists and summaries: orders, pages, groups and exact figures over rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import islice

from attrs import define, field, frozen

from crmcore.errors import CapacityExceeded
from crmcore.kinds import Kind, Money
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
    totals: dict[str, object] = field(factory=dict)

    def add(self, found: object) -> None:
        if found is None:
            return
        code = found.currency if isinstance(found, Money) else ""
        amount = found.amount if isinstance(found, Money) else found
        self.totals[code] = _plus(self.totals.get(code), amount)

    def result(self) -> object:
        if not self.totals:
            return None
        assert self.kind is not None
        if self.kind.shape == "money":
            pairs = sorted(self.totals.items())
            return tuple(Money(checked_sum(amount), code) for code, amount in pairs)  # type: ignore[arg-type]
        return checked_sum(self.totals[""])


def _plus(total: object, amount: object) -> object:
    # Decimals are added as integers of their scale: contexts would round long sums.
    if total is None:
        return amount
    if isinstance(total, Decimal):
        assert isinstance(amount, Decimal)
        return _add_exactly(total, amount)
    return total + amount  # type: ignore[operator]


def _add_exactly(first: Decimal, second: Decimal) -> Decimal:
    scale = -min(int(first.as_tuple().exponent), int(second.as_tuple().exponent))
    return scaled_decimal(unscaled(first, scale) + unscaled(second, scale), scale)


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


def checked_sum(total: object) -> object:
    """`total` if it has at most 38 digits; else `CapacityExceeded`."""
    if isinstance(total, timedelta):
        return total
    if isinstance(total, Decimal):
        size = len(total.as_tuple().digits)
    else:
        size = len(str(abs(total)))  # type: ignore[arg-type]
    if size > 38:
        raise CapacityExceeded("sum_too_large", limit=38)
    return total


def _figure(measure: BoundMeasure) -> _Figure:
    kind = None if measure.ref is None else measure.ref.kind
    if measure.function == "count_distinct":
        return _Distinct(kind)
    if measure.function == "sum":
        return _Sum(kind)
    if measure.function in ("min", "max"):
        return _Extreme(kind, largest=measure.function == "max")
    return _Figure(kind)
