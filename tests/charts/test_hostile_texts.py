"""Whatever labels, names and titles say, a chart has the tags and attributes of a harmless one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.charts import bar, funnel, line
from crmcore.charts.markup import element, render

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "</script><script>alert(1)</script>",
    "</title></svg><svg onload=alert(1)>",
    "</style><style>*{display:none}",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "]]><!-- <![CDATA[",
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>&b;",
    "&lt;b&gt; &#x3C;b&#x3E; &amp;",
    "\u202egnp.exe\u2066",
    "\x00\x01\x1b[31m\ud800\ufffe",
    "a\r\nb\tc",
    "{c.__globals__} {{7*7}} ${7*7} %s %(x)s",
    "长" * 5000,
    "e\u0301\u200d👩\u200d👧",
    "",
    " ",
]

Draw = Callable[[Sequence[str], str], str]


def draw_bar(labels: Sequence[str], text: str) -> str:
    return bar(labels, [3, -1, None], title=text, label_axis=text, value_axis=text, unit=text)


def draw_bars(labels: Sequence[str], text: str) -> str:
    return bar(labels, {text: [3, -1, None], text + "2": [1, 2, 3]}, title=text)


def draw_lying(labels: Sequence[str], text: str) -> str:
    return bar(labels, [3, -1, None], title=text, value_axis=text, unit=text, horizontal=True)


def draw_line(labels: Sequence[str], text: str) -> str:
    return line(labels, {text: [3, -1, None]}, title=text, label_axis=text, value_axis=text)


def draw_funnel(labels: Sequence[str], text: str) -> str:
    return funnel(labels, [3, -1, None], title=text, label_axis=text, value_axis=text, unit=text)


DRAWINGS = [draw_bar, draw_bars, draw_lying, draw_line, draw_funnel]


class Shape(HTMLParser):
    """The tags and names of attributes as a browser sees them, and the events it would run."""

    def __init__(self, picture: str) -> None:
        super().__init__()
        self.found: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self.feed(picture)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag, tuple(name for name, _ in attrs)] += 1

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    handle_comment = handle_pi = unknown_decl = handle_decl


def shape(picture: str) -> Counter[tuple[str, tuple[str, ...]]]:
    """What is in `picture`, for which a reader of XML and one of HTML have to agree."""
    root = ElementTree.fromstring(picture)  # noqa: S314
    in_xml = Counter((node.tag.split("}")[1].lower()) for node in root.iter())
    in_html = Shape(picture).found
    by_tag: Counter[str] = Counter()
    for (tag, _), count in in_html.items():
        by_tag[tag] += count
    assert by_tag == in_xml
    return in_html


@pytest.mark.parametrize("draw", DRAWINGS)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_change_nothing_but_texts(draw: Draw, text: str) -> None:
    benign = draw(["甲", "乙", "丙"], "标题")
    hostile = draw([text, text + "1", "x" + text], text)
    assert shape(hostile) == shape(benign)
    assert "\u202e" not in hostile
    assert "\x00" not in hostile


@pytest.mark.parametrize("draw", DRAWINGS)
@given(st.lists(st.text(), min_size=3, max_size=3), st.text())
def test_no_text_changes_the_structure(draw: Draw, labels: list[str], text: str) -> None:
    assert shape(draw(labels, text)) == shape(draw(["甲", "乙", "丙"], "标题"))


@pytest.mark.parametrize("draw", DRAWINGS)
def test_what_was_said_can_be_read(draw: Draw) -> None:
    root = ElementTree.fromstring(draw(['<甲> & "乙"', "b", "c"], "收入 < 支出"))  # noqa: S314
    texts = ["".join(node.itertext()) for node in root.iter()]
    assert any(text.startswith('<甲> & "乙"') for text in texts)
    assert "收入 < 支出" in texts


def test_attributes_are_escaped_too() -> None:
    picture = render(element("text", class_="a\"'><script>&", x=-0.0))
    assert picture == '<text class="a&quot;&#39;&gt;&lt;script&gt;&amp;" x="0"></text>'
