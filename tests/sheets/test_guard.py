"""Formula injection: what is guarded, what is left alone, and that nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmcore.sheets import guard, is_formula_like, unguard

LEADS = "=+-@＝＋－＠"
TRICKS = ["", "'", "''", '"', "‘", "\u200b", "\ufeff", "\u202e", " ", "\u3000", ";", ",", "\u2060'"]

ATTACKS = [
    *(trick + lead + "cmd|' /C calc'!A0" for trick in TRICKS for lead in LEADS),
    *(trick + lead + "1+1" for trick in TRICKS for lead in "=@＝＠"),
    "\tSUM(1)",
    "\rSUM(1)",
    "\nSUM(1)",
    "\x00SUM(1)",
    "'\t=1",
    "-2+3+cmd|' /C calc'!A0",
    "+86-138-0013-8000",  # a spreadsheet subtracts
    "-1" + "0" * 100,
]

HARMLESS = [
    "",
    "-5",
    "+5",
    "-1,234.50",
    "-12%",
    "-.5",
    "-1.38E+10",
    "－５",
    "+8613800138000",
    "+86 138 0013 8000",
    "'13800138000",
    "'+8613800138000",
    "北京有限公司",
    "a=b",
    "a@b.cn",
    "“引号”",
    "'",
    "'quoted'",
    "1-2",
]

texts = st.text() | st.lists(
    st.sampled_from([*TRICKS, *LEADS, "\t", "\r\n", "\x00", "1", "a", "客户", "%", ".", ","])
).map("".join)


@pytest.mark.parametrize("text", ATTACKS)
def test_a_text_that_begins_like_a_formula_is_guarded(text: str) -> None:
    assert is_formula_like(text)
    assert guard(text) == "'" + text


@pytest.mark.parametrize("text", HARMLESS)
def test_numbers_phones_and_ordinary_texts_are_not_touched(text: str) -> None:
    assert not is_formula_like(text)
    assert guard(text) == text
    assert unguard(text) == text


@given(texts)
@example("'=1")
@example("''=1")
@example("'")
@example("'\u200b=1")
def test_unguard_takes_away_exactly_what_guard_added(text: str) -> None:
    assert unguard(guard(text)) == text


@given(texts)
def test_a_guarded_text_never_begins_with_a_sign_of_a_formula(text: str) -> None:
    safe = guard(text)
    if safe[:1] and safe[0] in LEADS + "\t\r\n\x00":
        assert not is_formula_like(text)
        assert set(safe.translate(str.maketrans("", "", "０１２３４５６７８９"))) <= set(
            "0123456789+-＋－.,%eEＥｅ．，％ "
        ), "only numbers may begin with a sign"


@given(st.integers(0, 5), st.sampled_from(ATTACKS))
def test_guards_pile_up_and_come_off_one_by_one(times: int, text: str) -> None:
    piled = text
    for _ in range(times):
        piled = guard(piled)
    for _ in range(times):
        piled = unguard(piled)
    assert piled == text
