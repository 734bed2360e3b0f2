"""What a chart shows: heights, ticks, numbers, gaps, titles."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmcore.charts import bar, funnel, line
from crmcore.errors import Invalid

SVG = "{http://www.w3.org/2000/svg}"
LABELS = ["甲", "乙", "丙"]

numbers = (
    st.none()
    | st.integers()
    | st.decimals()
    | st.floats()
    | st.sampled_from(
        [
            Decimal("1E+300000"),
            Decimal("-9E+999999999"),
            Decimal("-1E-300000"),
            Decimal("1E+999999999999999999"),
            Decimal("12345678901234567890123456789012345678.9012345678901234567890"),
            10**400,
            Decimal("NaN"),
            Decimal("-Infinity"),
            float("inf"),
        ]
    )
)


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314


def texts(picture: str) -> list[str]:
    return [node.text or "" for node in parsed(picture).iter(f"{SVG}text")]


def tips(picture: str) -> list[str]:
    return [node.text or "" for node in parsed(picture).iter(f"{SVG}title")][1:]


def bars(picture: str) -> list[tuple[float, float]]:
    """Top and height of each bar; the card is the first rectangle."""
    found = list(parsed(picture).iter(f"{SVG}rect"))[1:]
    return [(float(node.attrib["y"]), float(node.attrib["height"])) for node in found]


@pytest.mark.parametrize("horizontal", [False, True])
def test_bars_are_as_long_as_their_numbers(horizontal: bool) -> None:
    values = [Decimal("100"), Decimal("50.0"), 25, -50, 0, None]
    picture = bar(list("abcdef"), values, horizontal=horizontal)
    side = "width" if horizontal else "height"
    found = [float(node.attrib[side]) for node in parsed(picture).iter(f"{SVG}rect")][1:]
    assert found[0] == pytest.approx(2 * found[1], abs=0.05)
    assert found[1] == pytest.approx(2 * found[2], abs=0.05)
    assert found[3] == pytest.approx(found[1], abs=0.05)
    assert found[4:] == [0, 0]


def test_bars_below_zero_hang_from_the_axis() -> None:
    (up, tall), (down, _) = bars(bar(["a", "b"], [3, -3]))
    assert up + tall == pytest.approx(down, abs=0.05)


def test_lying_bars_below_zero_point_to_the_left() -> None:
    picture = bar(["a", "b"], [3, -3], horizontal=True)
    right, left = list(parsed(picture).iter(f"{SVG}rect"))[1:]
    reached = float(left.attrib["x"]) + float(left.attrib["width"])
    assert reached == pytest.approx(float(right.attrib["x"]), abs=0.05)


def test_ticks_are_round_and_hold_all_numbers() -> None:
    shown = texts(bar(LABELS, [Decimal("12345678.9"), 1, -2000000], title="T"))
    ticks = ["-500万", "0", "500万", "1,000万", "1,500万"]
    assert [text for text in shown if text in ticks] == ticks


def test_counts_have_whole_ticks() -> None:
    assert not [text for text in texts(bar(LABELS, [1, 2, 2])) if "." in text]


def test_small_numbers_keep_their_digits() -> None:
    shown = texts(bar(LABELS, [Decimal("0.0012"), Decimal("0.002"), 0]))
    assert {"0.0012", "0.002"} <= set(shown)


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (9999, "9,999", "9,999"),
        (Decimal("1234.567"), "1,234.57", "1,234.57"),
        (12345, "1.23万", "12.34K"),
        (-123456789, "-1.23亿", "-123.46M"),
        (5 * 10**9, "50亿", "5B"),
        (10**16, "1E+16", "1E+16"),
        (Decimal("0.00000012"), "1.2E-7", "1.2E-7"),
        (0.1, "0.1", "0.1"),
        (None, "–", "–"),
        (float("nan"), "–", "–"),
    ],
)
def test_numbers_are_short_beside_the_mark(value: float | Decimal | None, zh: str, en: str) -> None:
    assert zh in texts(bar(["a"], [value], language="zh"))
    assert en in texts(bar(["a"], [value], language="en"))
    assert zh in texts(funnel(["a"], [value], language="zh"))


def test_pointing_at_a_mark_tells_all_digits() -> None:
    value = Decimal("1234567.891")
    assert tips(bar(["甲"], {"今年": [value]}, unit="元")) == ["甲\n今年\n1,234,567.891元"]
    assert tips(line(["甲"], [value], unit="元")) == ["甲\n1,234,567.891元"]
    assert tips(funnel(["甲", "乙"], [value, 1], unit="元"))[0] == "甲\n1,234,567.891元"


def test_a_gap_interrupts_the_line() -> None:
    picture = line(list("abcde"), [1, 2, None, 3, 4])
    [path] = parsed(picture).iter(f"{SVG}path")
    assert re.sub(r"[0-9. ]", "", path.attrib["d"]) == "MLML"
    assert len(list(parsed(picture).iter(f"{SVG}circle"))) == 4


def test_a_long_line_still_shows_numbers_between_gaps() -> None:
    values = [None, 5, None] + [1] * 300
    picture = line([str(i) for i in range(303)], values)
    assert len(list(parsed(picture).iter(f"{SVG}circle"))) == 1


def test_a_line_far_from_zero_is_not_flat() -> None:
    heights = re.findall(
        r"[ML][\d.]+ ([\d.]+)",
        next(parsed(line(LABELS, [1000, 1001, 1002])).iter(f"{SVG}path")).attrib["d"],
    )
    assert float(heights[0]) - float(heights[2]) > 100


def test_funnel_tells_the_share_of_the_stage_before() -> None:
    shown = texts(funnel(["线索", "报价", "赢单", "退"], [200, 100, 33, None]))
    assert "50%" in shown
    assert "33%" in shown
    widths = []
    for node in parsed(funnel(LABELS, [200, 100, 50])).iter(f"{SVG}path"):
        xs = [float(x) for x in re.findall(r"[ML]([\d.]+) ", node.attrib["d"])]
        widths.append(max(xs) - min(xs))
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.05)
    assert widths[1] == pytest.approx(2 * widths[2], abs=0.05)


def test_a_stage_larger_than_the_one_before_does_not_widen_the_band_above() -> None:
    first, second = parsed(funnel(["a", "b"], [50, 100])).iter(f"{SVG}path")
    upper, _, lower, _ = re.findall(r"[ML][\d.]+ ([\d.]+)", first.attrib["d"])
    assert (
        float(upper) < float(lower) < float(re.findall(r"M[\d.]+ ([\d.]+)", second.attrib["d"])[0])
    )
    tops = [float(x) for x in re.findall(r"[ML]([\d.]+) ", first.attrib["d"])]
    assert tops[1] - tops[0] == pytest.approx(tops[2] - tops[3], abs=0.05)


Draw = Callable[..., str]
ALL: list[Draw] = [bar, line, funnel, lambda *a, **k: bar(*a, horizontal=True, **k)]


@pytest.mark.parametrize("draw", ALL)
def test_pictures_have_a_name_and_say_what_they_show(draw: Draw) -> None:
    root = parsed(draw(LABELS, [3, 2, 1], title="销售漏斗"))
    assert root.attrib["role"] == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == "销售漏斗"
    assert root[1].text == "甲: 3; 乙: 2; 丙: 1"


@pytest.mark.parametrize("draw", ALL)
def test_without_data_it_says_so(draw: Draw) -> None:
    assert "没有数据" in texts(draw([], []))
    assert "no data" in texts(draw([], [], language="en"))
    parsed(draw(LABELS, [None, None, None]))
    parsed(draw(LABELS, [0, 0, 0]))


@pytest.mark.parametrize("draw", ALL)
def test_numbers_that_do_not_match_the_labels_are_refused(draw: Draw) -> None:
    with pytest.raises(Invalid) as caught:
        draw(LABELS, [1, 2])
    assert caught.value.code == "chart_length"
    assert "3" in caught.value.message("zh")


@pytest.mark.parametrize("draw", ALL)
@given(st.lists(numbers, min_size=1, max_size=6))
@example([Decimal("-9E+999999999"), 1])
@example([Decimal("1E-999999999"), Decimal("2E-999999999")])
@example([Decimal("1E+100"), Decimal(10) ** 100 + 1])
def test_any_number_can_be_drawn_on_the_card(draw: Draw, values: list[object]) -> None:
    picture = draw([f"第{i}" for i in range(len(values))], values)
    root = parsed(picture)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for node in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(node.attrib.get(name, 0)) <= width
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(node.attrib.get(name, 0)) <= height
    assert draw([f"第{i}" for i in range(len(values))], values) == picture


def test_many_labels_are_thinned_and_marks_are_not() -> None:
    picture = bar([f"第{i}天" for i in range(500)], list(range(500)))
    assert len(bars(picture)) == 500
    assert len(texts(picture)) < 60


def test_light_and_dark_are_both_legible() -> None:
    picture = bar(LABELS, [1, 2, 3])
    style = next(parsed(picture).iter(f"{SVG}style")).text or ""
    assert "prefers-color-scheme: dark" in style
    for name in re.findall(r"\.(crmcore-\w+)", style):
        used = [n for n in parsed(picture).iter() if n.attrib.get("class") == name]
        assert used, name
        assert all("fill" in n.attrib or "stroke" in n.attrib for n in used), "light by attribute"
