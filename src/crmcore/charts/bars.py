"""Bar charts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from crmcore.charts.axes import Area, draw_axes, make_area
from crmcore.charts.data import Data, Values, Words, make_data, make_words
from crmcore.charts.lying import lying_bars
from crmcore.charts.markup import Element, element
from crmcore.charts.numbers import make_scale
from crmcore.charts.page import color, label, legend, nothing, page, tip
from crmcore.errors import Language


def bar(
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
    horizontal: bool = False,
) -> str:
    """A bar chart as SVG text.

    `values` has one number per label, or is a mapping from names of series to such numbers,
    drawn side by side; `None` is a gap. `unit` follows every number, `width` and `height`
    are in pixels. `horizontal` bars leave room for long labels; their number makes the height.
    The same arguments give the same text. Raises `Invalid` (`chart_length`) if there are not
    as many numbers as labels.
    """
    words = make_words(title, label_axis, value_axis, unit, language)
    data = make_data(labels, values)
    if not data.labels or not data.columns:
        return page(words, data, width, height, nothing(words, width, height))
    if horizontal:
        return lying_bars(words, data, width)
    area = make_area(data, words, make_scale(data.known, from_zero=True), width, height)
    marks = element("g", *_bars(area, data, words))
    drawn = (legend(data, width), draw_axes(area, data, words), marks)
    return page(words, data, width, height, *drawn)


def _bars(area: Area, data: Data, words: Words) -> list[Element]:
    thickness = min(area.slot * 0.72 / len(data.columns), 64.0)
    room = area.slot + 2 if len(data.columns) == 1 else thickness - 2
    told_by = words.fitting((v for column in data.columns for v in column), 11, room)
    drawn = []
    for index, name in enumerate(data.labels):
        start = area.x(index) - thickness * len(data.columns) / 2
        for series, column in enumerate(data.columns):
            x = start + series * thickness
            told = tip(name, data.names[series], words.full(column[index]))
            mark = _bar(area, x, thickness, column[index], color(series))
            drawn.append(element("g", told, mark))
            if told_by:
                drawn.append(_value(area, x + thickness / 2, column[index], told_by))
    return drawn


def _bar(area: Area, x: float, thickness: float, value: Decimal | None, fill: str) -> Element:
    zero = area.y(Decimal(0))
    end = zero if value is None else area.y(value)
    gap = min(1.0, thickness * 0.08)
    return element(
        "rect",
        x=x + gap,
        y=min(zero, end),
        width=max(thickness - 2 * gap, 0.5),
        height=abs(end - zero),
        rx=min(2.0, thickness / 6),
        fill=fill,
    )


def _value(area: Area, x: float, value: Decimal | None, words: Words) -> Element:
    below = value is not None and value < 0
    y = area.y(Decimal(0) if value is None else value) + (13 if below else -5)
    return label(x, y, words.short(value), size=11, anchor="middle")
