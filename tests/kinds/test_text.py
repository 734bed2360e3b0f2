"""Text and long text: normal form, limits, what no text may hold."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Invalid
from crmcore.kinds import Kind, LongText, Text
from crmcore.kinds.unicode import WHITE_SPACE


def code(kind: Kind, value: object) -> str:
    with pytest.raises(Invalid) as caught:
        kind.normalize(value)
    return caught.value.code


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        ("  北京 ", "北京"),
        ("\u3000北京\u00a0\u2028", "北京"),
        ("\t a b \r\n", "a b"),
        ("e\u0301", "é"),
        ("\u212b", "Å"),
        ("ＡＢ①", "ＡＢ①"),
        ("a  b", "a  b"),
        ("\u200b", "\u200b"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("\u202eevil", "\u202eevil"),
        ("0", "0"),
        (13800138000, "13800138000"),
        (-(10**18) + 1, "-999999999999999999"),
        ("", None),
        (" \u2003\u3000", None),
    ],
)
def test_the_normal_form_of_a_text(value: object, normal: str | None) -> None:
    assert Text().normalize(value) == normal


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        ("  indented\n\tline  \n\n", "  indented\n\tline"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\n\n", None),
        ("\r", None),
        ("cafe\u0301\n", "café"),
    ],
)
def test_the_normal_form_of_a_long_text(value: object, normal: str | None) -> None:
    assert LongText().normalize(value) == normal


@pytest.mark.parametrize("kind", [Text(), LongText()], ids=lambda kind: kind.name)
@pytest.mark.parametrize("bad", ["\0", "\x07", "\x1b", "\x1f", "\x7f", "\x9b", "\ud800"])
@pytest.mark.parametrize("place", ["{0}", "{0}ab", "a{0}b", "ab{0}", " {0} 中"])
def test_control_characters_and_surrogates_are_refused_anywhere(
    kind: Kind, bad: str, place: str
) -> None:
    assert code(kind, place.replace("{0}", bad)) == "forbidden_character"


def test_line_breaks_are_refused_inside_a_text_only() -> None:
    for control in "\n\t\r\x0b\x85":
        assert code(Text(), f"a{control}b") == "forbidden_character"
    for control in "\x0b\x0c\x85":
        assert code(LongText(), f"a{control}b") == "forbidden_character"


def test_length_is_counted_in_code_points_of_the_normal_form() -> None:
    kind = Text(max_length=3)
    assert kind.normalize("  👩👩👩  ") == "👩👩👩"
    assert kind.normalize("e\u0301" * 3) == "ééé"
    assert kind.normalize("\u1fbf\u0342") is not None
    assert code(kind, "abcd") == "text_too_long"
    assert code(kind, "éééé") == "text_too_long"
    assert code(kind, "e\u0301" * 4) == "text_too_long"


def test_over_length_is_refused_never_cut() -> None:
    assert Text().normalize("x" * 255) == "x" * 255
    with pytest.raises(Invalid) as caught:
        Text().normalize("x" * 256)
    assert caught.value.problems[0].params["length"] == 256
    assert caught.value.problems[0].params["limit"] == 255
    assert LongText(max_length=1_000).normalize("ab\n" * 333) is not None
    assert code(LongText(max_length=1_000), "ab\n" * 335) == "text_too_long"


def test_the_longest_shrinking_composition_is_not_taken_for_too_long() -> None:
    # One code point in normal form C may come as four.
    four = unicodedata.normalize("NFD", "\u1faf")
    assert len(four) == 4
    assert Text(max_length=10).normalize(four * 10) == "\u1faf" * 10


def test_a_flood_of_marks_is_refused_and_real_writing_is_not() -> None:
    assert code(LongText(), "a" + "\u0315\u0300" * 100_000) == "too_many_marks"
    assert code(LongText(), "\u0f40" + "\u0f73\u0f71" * 100_000) == "too_many_marks"
    vietnamese = unicodedata.normalize("NFD", "Ở Đâu ") * 20_000
    assert LongText().normalize(vietnamese) == ("Ở Đâu " * 20_000).rstrip()
    assert LongText().normalize("한글 กำ ક્ષ " * 20_000) is not None


@pytest.mark.parametrize("bad", [True, 1.5, b"x", ["x"], {"x": 1}, object()])
def test_what_is_no_text_is_refused(bad: object) -> None:
    assert code(Text(), bad) == "not_text"
    assert code(LongText(), bad) == "not_text"


@given(st.text())
def test_what_is_taken_is_trimmed_composed_and_clean(text: str) -> None:
    try:
        normal = Text().normalize(text)
    except Invalid:
        return
    if normal is None:
        assert not text.strip(WHITE_SPACE)
        return
    assert normal == normal.strip(WHITE_SPACE)
    assert unicodedata.is_normalized("NFC", normal)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in normal)
    assert 1 <= len(normal) <= 255


def test_texts_are_ordered_by_their_key_then_by_themselves() -> None:
    kind = Text()
    names = ["b", "É", "a", "e", "A", "Z", "中"]
    assert sorted(names, key=kind.sort_key) == ["A", "a", "b", "e", "É", "Z", "中"]
