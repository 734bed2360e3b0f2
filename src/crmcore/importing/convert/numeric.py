"""Cells of columns of numbers: integers, decimals, money, percentages, ratings."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from crmcore.importing.convert.cleaning import plain
from crmcore.importing.convert.columns import Column, Reader, refusal
from crmcore.importing.convert.currencies import magnitude_and_currency
from crmcore.importing.convert.figures import Figure, read_figure
from crmcore.importing.sources.values import Cell, Percent
from crmcore.kinds import AnyMoney, DecimalKind, Integer, Money, MoneyKind, Rating, Score
from crmcore.kinds import Percent as PercentKind

_ACCEPTED: Final = "1234.5, 1,234.50, (1,234.50), ￥1,234.50, 1.2万, 壹仟元整"
_ONE: Final = Decimal(1)
_STARS: Final = frozenset("★⭐☆")


class _Figures:
    """Reads the figure in a cell, by what the column says about marks and units."""

    def __init__(self, column: Column) -> None:
        self._mark = column.format.decimal_mark
        profile = column.profile
        self._commas = profile is not None and profile.sign("comma") > 0
        self._mixed = profile is not None and len(profile.currencies) > 1
        unit = magnitude_and_currency(column.format.unit or "")
        self._factor, self._currencies = unit or (_ONE, ())

    def of(self, cell: Cell) -> Figure:
        """The figure in `cell`, in whole units; raises `Invalid`."""
        if isinstance(cell, Percent):
            return Figure(cell.value * 100, percent=True)
        figure = self._text(cell) if isinstance(cell, str) else _bare(cell)
        if figure.percent:
            return figure
        currencies = figure.currencies
        if not currencies:
            currencies = self._currencies
        elif self._currencies and not set(currencies) & set(self._currencies):
            raise refusal("unit_twice", cell, unit=self._currencies[0])
        if self._factor == 1:
            value = figure.value
        elif figure.scaled:
            raise refusal("unit_twice", cell, unit=f"×{self._factor:f}")
        else:
            value = figure.value * self._factor
        return Figure(value, "plain", currencies, figure.percent, False, figure.counted)

    def _text(self, cell: str) -> Figure:
        figure = read_figure(plain(cell), comma=self._mark == ",")
        if figure is None:
            raise refusal("number_unreadable", cell, accepted=_ACCEPTED)
        if figure.exponent and figure.value.adjusted() >= 0:
            raise refusal("digits_lost", cell)
        if figure.marks == "comma" or (
            figure.marks == "either" and self._commas and self._mark is None
        ):
            raise refusal("decimal_mark_open", cell)
        return figure

    def plain(self, cell: Cell) -> Figure:
        """A figure that is neither a percentage nor in one of several currencies."""
        figure = self.of(cell)
        if figure.percent:
            raise refusal("percent_in_number", cell)
        if self._mixed and figure.currencies:
            raise refusal("currencies_mixed", cell)
        return figure


def _bare(cell: Cell) -> Figure:
    if type(cell) is int or type(cell) is Decimal:
        return Figure(Decimal(cell))
    if isinstance(cell, float):
        return Figure(Decimal(repr(cell)))
    raise refusal("number_unreadable", cell, accepted=_ACCEPTED)


def number_reader(column: Column) -> Reader:
    """Reads whole and decimal numbers: `1,234.50`, `1.2万`, `(3)`, `壹仟`, `100人`."""
    figures, whole = _Figures(column), isinstance(column.field.kind, Integer)

    def read(cell: Cell) -> object:
        value = figures.plain(cell).value
        if whole and value == value.to_integral_value() and value.adjusted() < 20:
            return int(value)
        return value

    return read


def rating_reader(column: Column) -> Reader:
    """Reads stars and points: `4`, `4星`, `★★★★☆`, `85分`."""
    figures = _Figures(column)

    def read(cell: Cell) -> object:
        if isinstance(cell, str) and (stars := plain(cell)) and set(stars) <= _STARS:
            return Decimal(sum(star != "☆" for star in stars))
        return figures.plain(cell).value

    return read


def money_reader(column: Column) -> Reader:
    """Reads amounts in the currency of the field: `￥1,234.50`, `1.2万元`, `壹仟贰佰元整`."""
    figures, kind = _Figures(column), column.field.kind
    assert isinstance(kind, MoneyKind)
    currency = kind.currency

    def read(cell: Cell) -> object:
        figure = figures.of(cell)
        if figure.percent or figure.counted:
            raise refusal("number_unreadable", cell, accepted=_ACCEPTED)
        if figure.currencies and currency not in figure.currencies:
            raise refusal("currency_other", cell, found=figure.currencies[0], currency=currency)
        return figure.value

    return read


def any_money_reader(column: Column) -> Reader:
    """Reads amounts that name their currency; a bare ¥ means CNY, a bare $ means USD."""
    figures = _Figures(column)

    def read(cell: Cell) -> object:
        if isinstance(cell, Money):
            return cell
        figure = figures.of(cell)
        if figure.percent or figure.counted:
            raise refusal("number_unreadable", cell, accepted=_ACCEPTED)
        if not figure.currencies:
            raise refusal("currency_missing", cell)
        return Money(figure.value, figure.currencies[0])

    return read


def percent_reader(column: Column) -> Reader:
    """Reads shares: `12%`, cells shown as percentages, bare numbers by the whole column."""
    figures, declared = _Figures(column), column.format.fractions
    profile = column.profile
    points = profile is not None and profile.sign("points") > 0

    def read(cell: Cell) -> object:
        figure = figures.of(cell)
        if figure.counted or figure.currencies:
            raise refusal("number_unreadable", cell, accepted=_ACCEPTED)
        if figure.percent or declared is False or not figure.value:
            return figure.value
        if declared:
            return figure.value * 100
        if not points and abs(figure.value) <= 1:
            raise refusal("percent_open", cell)
        return figure.value

    return read


NUMERIC_READERS: Final = (
    (PercentKind, percent_reader),
    (Rating, rating_reader),
    (Score, rating_reader),
    (MoneyKind, money_reader),
    (AnyMoney, any_money_reader),
    (DecimalKind, number_reader),
    (Integer, number_reader),
)
"""Kinds of numbers and what reads their cells; the first that fits counts."""
