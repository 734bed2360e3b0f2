"""Bars that lie, beside labels that may be long."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from crmcore.charts.data import Data, Words
from crmcore.charts.markup import Element, element, text_width
from crmcore.charts.numbers import Scale, make_scale
from crmcore.charts.page import (
    LEGEND_HEIGHT,
    PADDING,
    TITLE_HEIGHT,
    color,
    label,
    legend,
    page,
    rule,
    shortened,
    tip,
)

_THICKNESS: Final = 18.0
_GAP: Final = 12.0
_HEAD: Final = 20.0


def lying_bars(words: Words, data: Data, width: float) -> str:
    """The picture of at least one label and series; its height follows from their number."""
    head = TITLE_HEIGHT + _HEAD + (LEGEND_HEIGHT if data.named else 0)
    step = _THICKNESS * len(data.columns) + _GAP
    height = head + step * len(data.labels) + PADDING - _GAP / 2
    room = width * 0.34 - PADDING
    names = max(text_width(text, 12) for text in (*data.labels, words.label_axis))
    left = PADDING + min(names, room) + 10
    scale = make_scale(data.known, from_zero=True)
    numbers = [words.short(value) for column in data.columns for value in column]
    margin = min(max(text_width(text, 11) for text in numbers) + 10, width * 0.2)
    sides = (left + (margin if scale.low < 0 else 0), width - PADDING - margin)
    zero = _place(scale, Decimal(0), sides)
    drawn = [
        label(PADDING, head - 8, shortened(words.label_axis, 12, room), soft=True),
        label(left, head - 8, shortened(words.value_axis, 12, width - left - PADDING), soft=True),
        rule(zero, head, zero, height - PADDING + _GAP / 2, axis=True),
    ]
    for index, name in enumerate(data.labels):
        top = head + index * step + _GAP / 2
        base = top + _THICKNESS * len(data.columns) / 2 + 4
        drawn.append(label(left - 10, base, shortened(name, 12, room), anchor="end"))
        for series in range(len(data.columns)):
            y = top + series * _THICKNESS
            drawn += _lying(words, data, (index, series), y, scale, sides, margin)
    return page(words, data, width, height, legend(data, width), element("g", *drawn))


def _lying(
    words: Words,
    data: Data,
    at: tuple[int, int],
    y: float,
    scale: Scale,
    sides: tuple[float, float],
    margin: float,
) -> list[Element]:
    index, series = at
    value = data.columns[series][index]
    zero = _place(scale, Decimal(0), sides)
    end = zero if value is None else _place(scale, value, sides)
    mark = element(
        "rect",
        x=min(zero, end),
        y=y + 1,
        width=abs(end - zero),
        height=_THICKNESS - 2,
        rx=2,
        fill=color(series),
    )
    told = tip(data.labels[index], data.names[series], words.full(value))
    shown = shortened(words.short(value), 11, margin - 6)
    below = value is not None and value < 0
    number = label(
        end + (-5 if below else 5),
        y + _THICKNESS / 2 + 4,
        shown,
        size=11,
        anchor="end" if below else "start",
    )
    return [element("g", told, mark), number]


def _place(scale: Scale, value: Decimal, sides: tuple[float, float]) -> float:
    return sides[0] + scale.at(value) * (sides[1] - sides[0])
