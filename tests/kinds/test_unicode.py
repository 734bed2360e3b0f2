"""The search key: every rule of it, and the same key under every Python."""

from __future__ import annotations

import hashlib
import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmcore.kinds import order_key, search_key
from crmcore.kinds.unassigned import unassigned_ranges
from crmcore.kinds.unicode import SORT_KEY_LENGTH, UNICODE_VERSION, composed, fold, nfc

# What the fold of Unicode 14.0 gives; made once, true under every later Python.
GOLDEN_CHARACTERS = "db6bef962141e113433e2ff6f3cc374461c5afa7eaf123ba2978110c94ae20f6"
GOLDEN_SEQUENCES = "b0524781966d771f55818c4b3a4812b4065eac30080d02254065cc762d0ce470"
GOLDEN_COMPOSED = "e96c086dd325a20b28419147a8c4de2cb83007b4318d94f8ed11e457b3db73f6"

PRIVATE_USE = range(0xF0000, 0x110000)


def assigned() -> Iterator[str]:
    """Every character of Unicode 14.0 but surrogates and the private planes."""
    start = 0
    for first, last in (*unassigned_ranges(), (PRIVATE_USE.start, sys.maxunicode)):
        for code in range(start, min(first, PRIVATE_USE.start)):
            if not 0xD800 <= code < 0xE000:
                yield chr(code)
        start = last + 1


def newer() -> Iterator[str]:
    """The edges of every run that Unicode 14.0 left unassigned, and what came with 15.0."""
    for first, last in unassigned_ranges():
        yield chr(first)
        yield chr(last)
    for first, last in ((0x1E030, 0x1E06D), (0x1E4D0, 0x1E4F9), (0x11F00, 0x11F59)):
        yield from map(chr, range(first, last + 1))
    yield from "\u0ece\U00010efd\U00010efe\U00010eff\U0001e08f"


def digest(texts: Iterator[str]) -> str:
    found = hashlib.sha256()
    for text in texts:
        found.update(text.encode() + b"\0")
    return found.hexdigest()


def test_the_fold_of_every_character_is_pinned() -> None:
    characters = list(assigned())
    assert len(characters) > 150_000
    assert digest(map(fold, characters)) == GOLDEN_CHARACTERS


def sequences() -> Iterator[str]:
    """Letters of many scripts around every mark and every character that came later."""
    later = list(newer())
    marks = [c for c in assigned() if unicodedata.category(c)[0] == "M"]
    assert len(marks) > 2_000
    for character in (*marks, *later):
        for base in "aαиかת한":
            yield f"{base}\u0323{character}\u0301{base}"


def test_the_fold_of_marks_and_of_later_characters_is_pinned() -> None:
    assert digest(map(fold, sequences())) == GOLDEN_SEQUENCES


def test_the_normal_form_of_marks_and_of_later_characters_is_pinned() -> None:
    assert digest(map(nfc, sequences())) == GOLDEN_COMPOSED
    assert digest(map(composed, sequences())) == GOLDEN_COMPOSED


def test_the_table_of_unassigned_characters_is_that_of_unicode_14() -> None:
    table = {code for first, last in unassigned_ranges() for code in range(first, last + 1)}
    here = {c for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) == "Cn"}
    assert here <= table
    if unicodedata.unidata_version == f"{UNICODE_VERSION}.0":
        assert here == table
    assert len(table) == 829_834


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ABC", "abc"),
        ("ＡＢＣ１２", "abc12"),
        ("①㈱ﬁ", "1(株)fi"),
        ("Straße", "strasse"),
        ("ΣΑΣ", "σασ"),
        ("İstanbul", "istanbul"),
        ("Kelvin \u212a", "kelvin k"),
        ("Société Générale", "societe generale"),
        ("Ångström", "angstrom"),
        ("Ở Đâu", "o đau"),
        ("ό,τι", "ο,τι"),
        ("Ёлка Йод", "елка иод"),
        ("e\u0301\u0323", "e"),
        ("a\ufe0f", "a"),
        ("が ぱ", "が ぱ"),
        ("か\u3099", "が"),
        ("a\u3099\u0301", "a\u3099"),
        ("ｶﾞ", "ガ"),
        ("קֹ", "קֹ"),
        ("เก่ง", "เก่ง"),
        ("葛\U000e0100", "葛\U000e0100"),
        ("한글", "한글"),
        ("\u1112\u1161\u11ab", "한"),
        ("  北京\u3000 公司\t\n有限 ", "北京 公司 有限"),
        ("a\u00a0\u2003b", "a b"),
        ("客户", "客户"),
        ("", ""),
        (" ", " "),
        ("\u3000", "\u3000"),
    ],
)
def test_the_rules_of_the_key(text: str, key: str) -> None:
    assert search_key(text) == key


@given(st.text())
@example("\u0345α")
@example("\u1e9e\u0130")
def test_a_key_is_its_own_key(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)


@given(st.text(min_size=1))
def test_a_key_is_never_empty_and_equals_for_equal_texts(text: str) -> None:
    assert search_key(text)
    assert search_key(unicodedata.normalize("NFD", text)) == search_key(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_remembering_a_key_changes_nothing(text: str) -> None:
    assert search_key(text) == fold(text) == search_key(text)


def test_an_order_looks_at_two_hundred_code_points_and_search_at_all() -> None:
    long = "É" * 500
    assert search_key(long) == "e" * 500
    assert order_key(long) == "e" * SORT_KEY_LENGTH
    assert order_key("short") == "short"


_KNOWN = frozenset(assigned())


@given(st.text().map(lambda text: "".join(c for c in text if c in _KNOWN)))
@example("e\u0323\u0301 \u1112\u1161\u11ab")
def test_the_normal_form_is_that_of_unicode_where_all_is_known(text: str) -> None:
    assert nfc(text) == unicodedata.normalize("NFC", text)
