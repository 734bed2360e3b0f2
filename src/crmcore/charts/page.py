"""The card on which every chart is drawn, and the texts on it."""

from __future__ import annotations

from typing import Final, Literal

from crmcore.charts.data import Data, Words
from crmcore.charts.markup import Element, element, render, text_width

PALETTE: Final = (
    "#3b7ddd", "#e8833a", "#2a9d8f", "#d1495b", "#8e6bbf", "#c9a227", "#5f7d95", "#7aa33a",
)  # fmt: skip
TITLE_HEIGHT: Final = 46.0
LEGEND_HEIGHT: Final = 24.0
PADDING: Final = 20.0

Anchor = Literal["start", "middle", "end"]

_FONTS: Final = (
    "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', "
    "'WenQuanYi Micro Hei', sans-serif"
)
# Light by attributes, which survive where style sheets are stripped; dark where one asks for
# it. The card brings its own ground, so that it can be read on any page.
_DARK: Final = (
    "@media (prefers-color-scheme: dark){"
    ".crmcore-card{fill:#161b22;stroke:#30363d}.crmcore-ink{fill:#e6edf3}"
    ".crmcore-soft{fill:#9aa7b5}.crmcore-grid{stroke:#2a313a}.crmcore-axis{stroke:#66717e}}"
)
_INK, _SOFT, _GRID, _AXIS = "#1f2933", "#5b6774", "#e4e8ed", "#8b96a3"


def color(index: int) -> str:
    """The color of the `index`-th series."""
    return PALETTE[index % len(PALETTE)]


def shortened(text: str, size: float, room: float) -> str:
    """`text`, cut with an ellipsis if it does not fit into `room` pixels."""
    if text_width(text, size) <= room:
        return text
    kept = text
    while kept and text_width(kept, size) + size * 0.9 > room:
        kept = kept[: len(kept) - max(1, len(kept) // 16)]
    return kept.rstrip() + "…"


def label(
    x: float,
    y: float,
    text: str,
    *,
    size: float = 12.0,
    anchor: Anchor = "start",
    soft: bool = False,
    bold: bool = False,
    turned: float = 0.0,
) -> Element:
    """A text at its base line; every label has the same attributes, whatever it says."""
    return element(
        "text",
        text,
        x=x,
        y=y,
        class_="crmcore-soft" if soft else "crmcore-ink",
        fill=_SOFT if soft else _INK,
        font_size=size,
        font_weight="600" if bold else "400",
        text_anchor=anchor,
        transform=f"rotate({turned:g} {x:.2f} {y:.2f})",
    )


def rule(x1: float, y1: float, x2: float, y2: float, *, axis: bool = False) -> Element:
    """A line of the grid, or an axis."""
    return element(
        "line",
        x1=x1,
        y1=y1,
        x2=x2,
        y2=y2,
        class_="crmcore-axis" if axis else "crmcore-grid",
        stroke=_AXIS if axis else _GRID,
        stroke_width=1,
    )


def tip(*lines: str) -> Element:
    """What is shown when one points at a mark, and read aloud."""
    return element("title", "\n".join(line for line in lines if line))


def legend(data: Data, width: float) -> Element:
    """One colored square and name per series; nothing for a lone series without name."""
    if not data.named:
        return element("g")
    room = (width - 2 * PADDING) / len(data.names)
    children: list[Element] = []
    x = PADDING
    for index, name in enumerate(data.names):
        shown = shortened(name, 12, max(room - 26, 12))
        square = element("rect", x=x, y=TITLE_HEIGHT, width=11, height=11, rx=2, fill=color(index))
        children += [square, label(x + 16, TITLE_HEIGHT + 10, shown, soft=True)]
        x += min(room, 34 + text_width(shown, 12))
    return element("g", *children)


def nothing(words: Words, width: float, height: float) -> Element:
    """What stands in the middle of a chart without data."""
    return label(width / 2, height / 2, words.of("没有数据", "no data"), anchor="middle", soft=True)


def page(words: Words, data: Data, width: float, height: float, *body: Element) -> str:
    """The whole picture as SVG text."""
    card = element(
        "rect", x=0.5, y=0.5, width=width - 1, height=height - 1, rx=8,
        class_="crmcore-card", fill="#ffffff", stroke="#dfe4ea",
    )  # fmt: skip
    shown = shortened(words.title, 16, width - 2 * PADDING)
    heading = label(PADDING, 30, shown, size=16, bold=True)
    return render(
        element(
            "svg",
            element("title", words.title or words.of("图表", "chart")),
            element("desc", data.described(words)),
            element("style", _DARK),
            card,
            heading,
            *body,
            xmlns="http://www.w3.org/2000/svg",
            role="img",
            viewBox=f"0 0 {width:g} {height:g}",
            width=width,
            height=height,
            font_family=_FONTS,
        )
    )
