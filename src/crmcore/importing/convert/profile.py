"""The profile of a column: what its cells, taken together, tell about how to read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from crmcore.importing.convert.evidence import Form, Sign, Trait, trait_of
from crmcore.importing.convert.formats import DateOrder
from crmcore.importing.convert.showing import shown
from crmcore.importing.sources.values import Cell
from crmcore.kinds import AnyMoney, Date, DateTime, DecimalKind, Integer
from crmcore.kinds import Percent as PercentKind
from crmcore.schema import Field

MAX_DISTINCT: Final = 200
"""So many different values are counted; of columns with more only their number is unknown."""

MAX_EXAMPLES: Final = 5
_SHOWN: Final = 60
_REMEMBERED: Final = 4_096
_A_DATE: Final = Trait("date")
_A_NUMBER: Final = Trait("decimal")


def _counts(given: Mapping[str, int]) -> Mapping[str, int]:
    return MappingProxyType(dict(sorted(given.items())))


@frozen
class ColumnProfile:
    """What the cells of a column tell together.

    `cells` counts all of them, `forms` by form, `signs` by the signs that they showed,
    `currencies` by the currency that they named. `examples` are the first different texts,
    shortened. `width` is the length of the longest text in code points, `scale` the most digits
    behind a point. `distinct` counts every value, or is `None` where there are more than 200.
    """

    cells: int = 0
    forms: Mapping[str, int] = field(factory=dict, converter=_counts)
    signs: Mapping[str, int] = field(factory=dict, converter=_counts)
    currencies: Mapping[str, int] = field(factory=dict, converter=_counts)
    examples: tuple[str, ...] = ()
    width: int = 0
    scale: int = 0
    distinct: Mapping[str, int] | None = None

    def count(self, *forms: Form) -> int:
        """How many cells have one of `forms`."""
        return sum(self.forms.get(form, 0) for form in forms)

    def sign(self, sign: Sign) -> int:
        """How many cells showed `sign`."""
        return self.signs.get(sign, 0)

    @property
    def filled(self) -> int:
        """How many cells are neither empty nor errors."""
        return self.cells - self.count("empty", "error")

    @property
    def date_order(self) -> DateOrder | None:
        """The order that all dates such as 13/01/2024 agree on; `None` where they do not."""
        day_first, month_first = self.sign("first_is_day"), self.sign("second_is_day")
        if bool(day_first) == bool(month_first):
            return None
        return "dmy" if day_first else "mdy"

    @property
    def mixed_dates(self) -> bool:
        """Whether 13/01/2024 and 01/13/2024 both occur."""
        return bool(self.sign("first_is_day") and self.sign("second_is_day"))

    @property
    def counts_days(self) -> bool:
        """Whether numbers of the column count days since 1900.

        They do where every filled cell is such a number, and where most cells are dates: a
        cell among them has merely lost its format.
        """
        serials = self.sign("serial")
        dates = self.count("date", "datetime")
        return serials > 0 and (self.filled == serials or 2 * dates > self.filled)


class ColumnProfiler:
    """Builds a profile cell by cell, in bounded memory."""

    def __init__(self, field: Field | None = None) -> None:
        """With `field`: only what reading its values needs to know.

        Then there are no examples, widths and distinct values, and cells that are plainly
        written all count as one form, `decimal` or `date`.
        """
        self._values = field is None
        self._plain, self._plain_trait = _plainly_written(field)
        self._plainly = 0
        self._cells = 0
        self._traits: Counter[Trait] = Counter()
        self._known: dict[str, Trait] = {}
        self._distinct: dict[str, int] | None = {}
        self._examples: dict[str, None] = {}
        self._width = self._scale = 0

    def add(self, cell: Cell) -> None:
        """Take `cell` into account."""
        self._cells += 1
        if type(cell) is str:
            if self._plain is not None and self._plain(cell):
                self._plainly += 1
                return
            trait = self._known.get(cell)
            if trait is None:
                trait = trait_of(cell)
                if len(self._known) < _REMEMBERED and len(cell) <= _SHOWN:
                    self._known[cell] = trait
        else:
            trait = trait_of(cell)
        self._traits[trait] += 1
        if self._values and trait.form not in ("empty", "error"):
            self._note(shown(cell), trait)

    def _note(self, text: str, trait: Trait) -> None:
        self._width = max(self._width, len(text))
        if trait.form in ("decimal", "money", "percent"):
            self._scale = max(self._scale, _scale(text))
        if self._distinct is not None:
            key = text[:_SHOWN]
            self._distinct[key] = self._distinct.get(key, 0) + 1
            if len(self._distinct) > MAX_DISTINCT:
                self._distinct = None
        if len(self._examples) < MAX_EXAMPLES:
            self._examples.setdefault(_shortened(text))

    def profile(self) -> ColumnProfile:
        """What has been seen so far."""
        forms: Counter[str] = Counter()
        signs: Counter[str] = Counter()
        currencies: Counter[str] = Counter()
        traits = self._traits.copy()
        if self._plainly:
            traits[self._plain_trait] += self._plainly
        for trait, count in traits.items():
            forms[trait.form] += count
            if trait.currency is not None:
                currencies[trait.currency] += count
            for sign in trait.signs:
                signs[sign] += count
        distinct = None if self._distinct is None else MappingProxyType(dict(self._distinct))
        return ColumnProfile(
            self._cells,
            forms,
            signs,
            currencies,
            tuple(self._examples),
            self._width,
            self._scale,
            distinct if self._values else None,
        )


def profile_column(cells: Iterable[Cell], field: Field | None = None) -> ColumnProfile:
    """The profile of `cells`, in one pass and bounded memory.

    With `field`: only what reading values of that field needs to know, which is faster.
    """
    profiler = ColumnProfiler(field)
    if field is None or needs_profile(field):
        for cell in cells:
            profiler.add(cell)
    return profiler.profile()


def needs_profile(field: Field) -> bool:
    """Whether reading cells of `field` depends on the rest of their column.

    It does for dates (the order of day and month, serials), percentages (fractions or points)
    and numbers (the decimal mark); such columns are to be profiled whole, not from a sample.
    """
    return isinstance(field.kind, Date | DateTime | PercentKind | DecimalKind | Integer | AnyMoney)


def _plainly_written(field: Field | None) -> tuple[Callable[[str], bool] | None, Trait]:
    """A quick look that recognizes the common way of writing values of `field`."""
    if field is not None and isinstance(field.kind, Date | DateTime):
        return _is_plain_date, _A_DATE
    if field is not None and needs_profile(field) and not isinstance(field.kind, PercentKind):
        return _is_plain_number, _A_NUMBER
    return None, _A_NUMBER


def _is_plain_date(text: str) -> bool:
    return text[:4].isdecimal() and text[4:5] in ("-", "/", "年")


def _is_plain_number(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).isdigit()


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _scale(text: str) -> int:
    behind = text.rpartition(".")[2] if "." in text else ""
    digits = 0
    for mark in behind:
        if not mark.isdigit():
            break
        digits += 1
    return digits
