"""What a chart shows: labels and one or more series of numbers, checked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from attrs import evolve, frozen

from crmcore.charts.markup import clean, text_width
from crmcore.charts.numbers import Number, compact, exact, finite
from crmcore.errors import Invalid, Language

Values = Sequence[Number | None] | Mapping[str, Sequence[Number | None]]
"""The numbers of one series, or of several by name; `None` is a gap."""


@frozen
class Words:
    """The texts around a chart, cleaned."""

    title: str
    label_axis: str
    value_axis: str
    unit: str
    language: Language

    def short(self, value: Decimal | None) -> str:
        """`value` as it stands beside its mark."""
        return "–" if value is None else compact(value, self.language) + self.unit

    def fitting(self, values: Iterable[Decimal | None], size: float, room: float) -> Words | None:
        """These words if every number fits into `room` pixels, without unit if only so they do.

        `None` if the numbers alone do not fit: whether numbers are shown does not depend on
        what the unit says.
        """
        shown = list(values)
        for words in (self, evolve(self, unit="")):
            if all(text_width(words.short(value), size) <= room for value in shown):
                return words
        return None

    def full(self, value: Decimal | None) -> str:
        """`value` with all its digits."""
        return "–" if value is None else exact(value) + self.unit

    def of(self, zh: str, en: str) -> str:
        """The one of two texts that is in the language of the chart."""
        return zh if self.language == "zh" else en


@frozen
class Data:
    """`columns[s][i]` is the number of series `names[s]` at `labels[i]`.

    `named` says whether there is a legend: a lone series without name has none.
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    columns: tuple[tuple[Decimal | None, ...], ...]
    named: bool

    @property
    def known(self) -> list[Decimal]:
        """All numbers that are there."""
        return [value for column in self.columns for value in column if value is not None]

    def described(self, words: Words) -> str:
        """The data as a sentence, for people who listen: the first twenty labels."""
        shown = [
            f"{label}: " + ", ".join(words.short(column[index]) for column in self.columns)
            for index, label in enumerate(self.labels[:20])
        ]
        return "; ".join(shown) + ("; …" if len(self.labels) > 20 else "")


def make_words(
    title: str, label_axis: str, value_axis: str, unit: str, language: Language
) -> Words:
    """Cleaned texts."""
    return Words(clean(title), clean(label_axis), clean(value_axis), clean(unit), language)


def make_data(labels: Sequence[object], values: Values) -> Data:
    """Data of `labels` and `values`; raises `Invalid` (`chart_length`) if they do not match."""
    named = dict(values) if isinstance(values, Mapping) else {"": values}
    for column in named.values():
        if len(column) != len(labels):
            raise Invalid("chart_length", labels=len(labels), values=len(column))
    return Data(
        labels=tuple("–" if label is None else clean(str(label)) for label in labels),
        names=tuple(clean(str(name)) for name in named),
        columns=tuple(tuple(finite(value) for value in column) for column in named.values()),
        named=isinstance(values, Mapping),
    )
