"""Funnel charts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from crmcore.charts.data import Data, Words, make_data, make_words
from crmcore.charts.markup import Element, element, length
from crmcore.charts.numbers import Number, Scale, percent
from crmcore.charts.page import (
    PADDING,
    PALETTE,
    TITLE_HEIGHT,
    label,
    nothing,
    page,
    shortened,
    tip,
)
from crmcore.errors import Language

_STAGE: Final = 46.0
_GAP: Final = 4.0
_HEAD: Final = TITLE_HEIGHT + 20


def funnel(
    labels: Sequence[object],
    values: Sequence[Number | None],
    *,
    title: str = "",
    label_axis: str = "",
    value_axis: str = "",
    unit: str = "",
    language: Language = "zh",
    width: int = 720,
) -> str:
    """A funnel as SVG text: one band per stage, with its number and share of the one before.

    Bands are as wide as their numbers; gaps and numbers below zero have no width. The height
    follows from the number of stages. Raises `Invalid` (`chart_length`) like `bar`.
    """
    words = make_words(title, label_axis, value_axis, unit, language)
    data = make_data(labels, values)
    height = _HEAD + max(len(data.labels), 3) * _STAGE + PADDING
    if not data.labels:
        return page(words, data, width, height, nothing(words, width, height))
    heads = element(
        "g",
        label(PADDING, _HEAD - 8, shortened(words.label_axis, 12, width * 0.25), soft=True),
        label(
            width * 0.76, _HEAD - 8, shortened(words.value_axis, 12, width * 0.13), soft=True
        ),
        label(
            width - PADDING, _HEAD - 8, words.of("较上一阶段", "of previous"), anchor="end",
            soft=True,
        ),
    )  # fmt: skip
    return page(words, data, width, height, heads, element("g", *_stages(data, words, width)))


def _stages(data: Data, words: Words, width: float) -> list[Element]:
    [column] = data.columns
    largest = max((value for value in column if value is not None), default=Decimal(0))
    shares = [_share(value, largest) for value in column]
    drawn = []
    for index, value in enumerate(column):
        top = _HEAD + index * _STAGE
        base = top + _STAGE / 2 + 3
        following = shares[index + 1] if index + 1 < len(shares) else shares[index]
        told = tip(data.labels[index], words.full(value), _conversion(column, index))
        band = _band(top, shares[index], following, index, len(column), width)
        name = shortened(data.labels[index], 13, width * 0.27 - PADDING)
        shown = shortened(words.short(value), 13, width * 0.14)
        drawn += [
            element("g", told, band),
            label(PADDING, base, name, size=13),
            label(width * 0.76, base, shown, size=13, bold=True),
            label(
                width - PADDING, base, _conversion(column, index), size=12, anchor="end", soft=True
            ),
        ]
    return drawn


def _share(value: Decimal | None, largest: Decimal) -> float:
    if value is None or value <= 0:
        return 0.0
    return Scale(Decimal(0), largest, largest).at(value)


def _band(
    top: float, share: float, following: float, index: int, count: int, width: float
) -> Element:
    """A band that narrows towards the width of the next one."""
    middle, full = width * 0.52, width * 0.42
    upper, lower = max(share * full, 1.5) / 2, max(min(share, following) * full, 1.5) / 2
    bottom = top + _STAGE - _GAP
    corners = ((middle - upper, top), (middle + upper, top), (middle + lower, bottom))
    last = (middle - lower, bottom)
    path = "L".join(f"{length(x)} {length(y)}" for x, y in (*corners, last))
    faded = 1 - 0.55 * index / max(count - 1, 1)
    return element("path", d=f"M{path}Z", fill=PALETTE[0], fill_opacity=faded)


def _conversion(column: Sequence[Decimal | None], index: int) -> str:
    value = column[index]
    before = column[index - 1] if index else None
    if value is None or before is None:
        return ""
    return percent(value, before) or ""
