"""Which chart shows a table, and the numbers for it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import escape
from typing import Final, Literal

from attrs import frozen

from crmcore.charts import Number, bar, funnel, line
from crmcore.errors import CapacityExceeded, Invalid
from crmcore.kinds import Choice
from crmcore.sheets import binary_target
from crmcore.tables.columns import TableColumn
from crmcore.tables.rows import Values
from crmcore.tables.shown import Presentation, shower

ChartKind = Literal["bar", "line", "funnel"]

MOST_LABELS: Final = 1_000
MOST_SERIES: Final = 30

_HOUR: Final = timedelta(hours=1)
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12, "fiscal_year": 12}
_DAYS: Final = {"day": 1, "week": 7}
_PLOTTED: Final = frozenset({"integer", "scaled", "milliseconds"})


@frozen
class Chart:
    """A drawn chart: shown by notebooks, saved as a file; `svg` is its text."""

    svg: str
    title: str = ""

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return f'<div class="crmcore-chart">{self.svg}</div>'

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes an SVG file, or a page where `path` ends with `.html`; whole or not at all."""
        text = self.svg
        if os.fspath(path).lower().endswith((".html", ".htm")):
            head = f'<meta charset="utf-8"><title>{escape(self.title)}</title>'
            text = f"<!DOCTYPE html><html><head>{head}</head><body>{text}</body></html>\n"
        with binary_target(path) as stream:
            stream.write(text.encode())


@frozen
class _Grid:
    """Keys of the label axis in order, and the numbers of each series at them."""

    keys: tuple[object, ...]
    series: Mapping[tuple[object, ...], Mapping[object, Number | None]]


def draw(
    columns: Sequence[TableColumn],
    rows: Iterable[Values],
    present: Presentation,
    kind: ChartKind | None,
    measure: int | None,
    title: str,
) -> Chart:
    """The chart of `Table.plot`; `measure` is the position of the column to draw."""
    drawn = _measure(columns, measure)
    dimensions = [place for place, one in enumerate(columns) if one.role == "dimension"]
    dated = [place for place in dimensions if columns[place].kind.shape in ("date", "instant")]
    if kind is None:
        kind = "line" if dated else "bar"
    across = (dated if kind == "line" and dated else dimensions)[:1]
    others = [place for place in dimensions if place not in across]
    grid = _ordered(_gather(rows, across, others, drawn), columns, across, kind)
    if len(grid.keys) > MOST_LABELS or len(grid.series) > MOST_SERIES:
        raise CapacityExceeded(
            "plot_too_large", labels=len(grid.keys), series=len(grid.series),
            most_labels=MOST_LABELS, most_series=MOST_SERIES,
        )  # fmt: skip
    if kind == "funnel" and len(grid.series) > 1:
        raise Invalid("plot_funnel_dimensions")
    head = columns[drawn].shown(present.language)
    texts = [shower(columns[place], present) for place in (*across, *others)]
    labels = [None if key is None else texts[0](key) if across else head for key in grid.keys]
    named: dict[str, Sequence[Number | None]] = {}
    for key, numbers in grid.series.items():
        name = _free_name(_series_name(key, texts[len(across) :]), named)
        named[name] = [numbers.get(each) for each in grid.keys]
    axis = columns[across[0]].shown(present.language) if across else ""
    return _drawn(kind, labels, named, axis, head, _unit(columns[drawn], present), title, present)


def _drawn(
    kind: ChartKind,
    labels: Sequence[object],
    series: Mapping[str, Sequence[Number | None]],
    axis: str,
    head: str,
    unit: str,
    title: str,
    present: Presentation,
) -> Chart:
    title = title or (f"{head} · {axis}" if axis else head)
    language = present.language
    if kind == "funnel":
        numbers = next(iter(series.values()), ())
        svg = funnel(
            labels, numbers, title=title, label_axis=axis, value_axis=head, unit=unit,
            language=language,
        )  # fmt: skip
    else:
        draw_it = line if kind == "line" else bar
        values = series if set(series) != {""} else series[""]
        svg = draw_it(
            labels, values, title=title, label_axis=axis, value_axis=head, unit=unit,
            language=language,
        )  # fmt: skip
    return Chart(svg, title)


def _measure(columns: Sequence[TableColumn], wanted: int | None) -> int:
    found = [
        place
        for place, one in enumerate(columns)
        if one.role == "measure" and one.kind.shape in _PLOTTED
    ]
    if wanted is None and found:
        return found[0]
    if wanted is None or wanted not in found:
        raise Invalid("plot_no_measure")
    return wanted


def _gather(
    rows: Iterable[Values], across: Sequence[int], others: Sequence[int], measure: int
) -> _Grid:
    keys: dict[object, None] = {}
    series: dict[tuple[object, ...], dict[object, Number | None]] = {}
    for row in rows:
        key = row[across[0]] if across else ""
        keys[key] = None
        name = tuple(row[place] for place in others)
        series.setdefault(name, {})[key] = _number(row[measure])
    return _Grid(tuple(keys), series)


def _number(value: object) -> Number | None:
    if isinstance(value, timedelta):
        return Decimal(value // timedelta(milliseconds=1)) / (_HOUR // timedelta(milliseconds=1))
    return value if isinstance(value, int | float | Decimal) else None


def _unit(column: TableColumn, present: Presentation) -> str:
    if column.kind.name == "percent":
        return "%"
    if column.kind.shape == "milliseconds":
        return " 小时" if present.language == "zh" else " h"
    return ""


def _series_name(key: tuple[object, ...], texts: Sequence[object]) -> str:
    shown = [
        "–" if value is None else show(value)  # type: ignore[operator]
        for value, show in zip(key, texts, strict=True)
    ]
    return " · ".join(shown)


def _free_name(name: str, taken: Mapping[str, object]) -> str:
    """`name`, or a numbered one: two records may share a title."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def _ordered(
    grid: _Grid, columns: Sequence[TableColumn], across: Sequence[int], kind: ChartKind
) -> _Grid:
    column = columns[across[0]] if across else None
    if column is None:
        return grid
    if kind == "line" and column.kind.shape in ("date", "instant"):
        return _Grid(_timeline(grid.keys, column.bucket), grid.series)
    if kind == "funnel" and isinstance(column.kind, Choice):
        positions = column.kind.positions
        found = sorted(grid.keys, key=lambda key: positions.get(str(key), len(positions)))
        return _Grid(tuple(found), grid.series)
    return grid


def _timeline(keys: Sequence[object], bucket: str | None) -> tuple[object, ...]:
    """The moments in order, with those between them that have no row, or the line would lie."""
    known = sorted(key for key in keys if isinstance(key, date))
    empty: tuple[object, ...] = tuple(key for key in keys if key is None)
    if not known or isinstance(known[0], datetime):
        return (*empty, *known)
    filled = [known[0]]
    while filled[-1] < known[-1] and len(filled) <= MOST_LABELS:
        following = _after(filled[-1], bucket)
        if following is None:
            return (*empty, *known)
        filled.append(following)
    # Where a key is none of the steps (a first week cut off), every key stays.
    return (*empty, *sorted({*filled, *known}))


def _after(day: date, bucket: str | None) -> date | None:
    try:
        if bucket in _DAYS:
            return day + timedelta(days=_DAYS[bucket])
        if bucket in _MONTHS:
            months = day.year * 12 + day.month - 1 + _MONTHS[bucket]
            return day.replace(year=months // 12, month=months % 12 + 1)
    except (OverflowError, ValueError):
        return None
    return None
