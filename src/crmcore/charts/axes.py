"""The two axes of bar and line charts."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

from attrs import frozen

from crmcore.charts.data import Data, Words
from crmcore.charts.markup import Element, element, text_width
from crmcore.charts.numbers import Scale, compact
from crmcore.charts.page import (
    LEGEND_HEIGHT,
    PADDING,
    TITLE_HEIGHT,
    label,
    rule,
    shortened,
)

_SIZE: Final = 12.0
_ANGLE: Final = -35.0
_LONGEST_TURNED: Final = 120.0
_NARROWEST_SLOT: Final = 24.0


@frozen
class Area:
    """Where marks are drawn: the pixels of the four sides, and what they mean."""

    left: float
    top: float
    right: float
    bottom: float
    scale: Scale
    count: int

    @property
    def slot(self) -> float:
        """The pixels that one label has."""
        return (self.right - self.left) / max(self.count, 1)

    def x(self, index: int) -> float:
        """The middle of the slot of the `index`-th label."""
        return self.left + (index + 0.5) * self.slot

    def y(self, value: Decimal) -> float:
        """The height at which `value` stands."""
        return self.bottom - self.scale.at(value) * (self.bottom - self.top)

    @property
    def every(self) -> int:
        """Every how many labels one is written, so that they do not run into each other."""
        return max(1, math.ceil(_NARROWEST_SLOT / self.slot))


def make_area(data: Data, words: Words, scale: Scale, width: float, height: float) -> Area:
    """The area that leaves room for title, legend, ticks, labels and names of axes."""
    widest = max(text_width(tick, _SIZE) for tick in _tick_texts(scale, words))
    left = PADDING + max(widest, 24.0) + 10
    top = TITLE_HEIGHT + (LEGEND_HEIGHT if data.named else 0) + 26
    area = Area(left, top, width - PADDING, height - PADDING, scale, len(data.labels))
    below = 22.0
    if _turned(data, area):
        longest = max(text_width(text, _SIZE) for text in data.labels)
        below = 14 + min(longest, _room(area)) * math.sin(math.radians(-_ANGLE))
    if words.label_axis:
        below += 20
    return Area(left, top, width - PADDING, height - PADDING + 4 - below, scale, area.count)


def draw_axes(area: Area, data: Data, words: Words) -> Element:
    """Grid, ticks, labels and the names of both axes."""
    children = []
    for tick, text in zip(area.scale.ticks(), _tick_texts(area.scale, words), strict=True):
        y = area.y(tick)
        children.append(rule(area.left, y, area.right, y))
        children.append(label(area.left - 8, y + 4, text, anchor="end", soft=True))
    zero = area.y(Decimal(0)) if area.scale.low <= 0 <= area.scale.high else area.bottom
    children.append(rule(area.left, zero, area.right, zero, axis=True))
    children += _labels(area, data)
    middle, foot = (area.left + area.right) / 2, _foot(area, data)
    label_axis = shortened(words.label_axis, _SIZE, area.right - area.left)
    value_axis = shortened(words.value_axis, _SIZE, area.right - PADDING)
    children.append(label(middle, foot, label_axis, anchor="middle", soft=True))
    children.append(label(PADDING, area.top - 14, value_axis, soft=True))
    return element("g", *children)


def _foot(area: Area, data: Data) -> float:
    if not _turned(data, area):
        return area.bottom + 38
    longest = min(max(text_width(text, _SIZE) for text in data.labels), _room(area))
    return area.bottom + 30 + longest * math.sin(math.radians(-_ANGLE))


def _labels(area: Area, data: Data) -> list[Element]:
    turned = _turned(data, area)
    shown = []
    for index in range(0, area.count, area.every):
        x, text = area.x(index), data.labels[index]
        if turned:
            text = shortened(text, _SIZE, _room(area, index))
            shown.append(label(x + 4, area.bottom + 16, text, anchor="end", turned=_ANGLE))
        else:
            shown.append(label(x, area.bottom + 18, text, anchor="middle"))
    return shown


def _turned(data: Data, area: Area) -> bool:
    room = area.slot * area.every - 6
    return any(text_width(text, _SIZE) > room for text in data.labels[:: area.every])


def _room(area: Area, index: int = 0) -> float:
    """How long a turned label may be without leaving the card on the left."""
    return min(_LONGEST_TURNED, (area.x(index) - 6) / math.cos(math.radians(_ANGLE)))


def _tick_texts(scale: Scale, words: Words) -> list[str]:
    return [compact(tick, words.language) for tick in scale.ticks()]
