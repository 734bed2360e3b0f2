"""Line charts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from crmcore.charts.axes import Area, draw_axes, make_area
from crmcore.charts.data import Data, Values, Words, make_data, make_words
from crmcore.charts.markup import Element, element, length
from crmcore.charts.numbers import make_scale
from crmcore.charts.page import color, label, legend, nothing, page, tip
from crmcore.errors import Language

_MOST_DOTS: Final = 120


def line(
    labels: Sequence[object],
    values: Values,
    *,
    title: str = "",
    label_axis: str = "",
    value_axis: str = "",
    unit: str = "",
    language: Language = "zh",
    width: int = 720,
    height: int = 400,
) -> str:
    """A line chart as SVG text; the arguments are those of `bar`.

    A gap (`None`) interrupts the line. The value axis begins at zero unless all numbers
    are far from it. Raises `Invalid` (`chart_length`) like `bar`.
    """
    words = make_words(title, label_axis, value_axis, unit, language)
    data = make_data(labels, values)
    if not data.labels or not data.columns:
        return page(words, data, width, height, nothing(words, width, height))
    area = make_area(data, words, make_scale(data.known, from_zero=False), width, height)
    marks = [_series(area, data, words, series) for series in range(len(data.columns))]
    drawn = (legend(data, width), draw_axes(area, data, words), *marks)
    return page(words, data, width, height, *drawn)


def _series(area: Area, data: Data, words: Words, series: int) -> Element:
    column = data.columns[series]
    children = [
        element(
            "path",
            d=_path(area, column),
            fill="none",
            stroke=color(series),
            stroke_width=2.2,
            stroke_linejoin="round",
            stroke_linecap="round",
        )
    ]
    dotted = area.count <= _MOST_DOTS
    told_by = words.fitting(column, 11, area.slot + 2) if len(data.columns) == 1 else None
    for index, value in enumerate(column):
        if value is None or not (dotted or _alone(column, index)):
            continue
        x, y = area.x(index), area.y(value)
        told = tip(data.labels[index], data.names[series], words.full(value))
        children.append(element("circle", told, cx=x, cy=y, r=3.2, fill=color(series)))
        if told_by:
            children.append(label(x, y - 9, told_by.short(value), size=11, anchor="middle"))
    return element("g", *children)


def _path(area: Area, column: Sequence[Decimal | None]) -> str:
    steps = []
    pen = "M"
    for index, value in enumerate(column):
        if value is None:
            pen = "M"
            continue
        steps.append(f"{pen}{length(area.x(index))} {length(area.y(value))}")
        pen = "L"
    return "".join(steps)


def _alone(column: Sequence[Decimal | None], index: int) -> bool:
    """Whether a number has a gap on either side, so that no line shows it."""
    before = column[index - 1] if index else None
    after = column[index + 1] if index + 1 < len(column) else None
    return before is None and after is None
