"""Keys of a host become ids and ids keys, whatever the keys are."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.adopted.test_reading import refused

from crmcore.kinds import is_record_id
from crmcore.storage.adopted_keys import KeyCodec, KeyForm

INTEGERS = st.integers(-(2**63), 2**63 - 1)
CAPITALS = st.text("ABCXYZ0189-_./", min_size=1, max_size=23)
TEXTS = st.one_of(
    CAPITALS,
    st.text(st.characters(min_codepoint=1, max_codepoint=127), min_size=1, max_size=17),
    st.text(min_size=1, max_size=5).filter(lambda text: len(text.encode("utf-8", "replace")) < 16),
)


@given(st.integers(1, 10**6), INTEGERS, INTEGERS)
def test_numbers_keep_their_order(module: int, first: int, second: int) -> None:
    codec = KeyCodec("integer", module)
    ids = codec.record(first), codec.record(second)
    assert all(is_record_id(one) and one[12] == "8" for one in ids)
    assert (codec.key(ids[0]), codec.key(ids[1])) == (first, second)
    assert (ids[0] < ids[1]) == (first < second)


@given(st.integers(1, 10**6), st.uuids())
def test_uuids_in_any_spelling(module: int, key: UUID) -> None:
    codec = KeyCodec("uuid", module)
    record = codec.record(key)
    assert is_record_id(record)
    assert codec.key(record) == key
    assert codec.record(key.hex) == codec.record(str(key).upper()) == record


@given(TEXTS)
@example("\x00a")
@example("a\x00")
@example("0")
@example("客户-甲乙")
@example("\x01")
def test_short_texts(key: str) -> None:
    codec = KeyCodec("text", 3)
    if not key.isprintable() and key[0] == "\x00":
        refused("bad_key", lambda: codec.record(key))
        return
    if any("\ud800" <= letter <= "\udfff" for letter in key):
        refused("bad_key", lambda: codec.record(key))
        return
    record = codec.record(key)
    assert is_record_id(record)
    assert codec.key(record) == key


@given(st.sets(TEXTS.filter(lambda text: text[0] != "\x00" and text.isascii())))
def test_different_texts_have_different_ids(keys: set[str]) -> None:
    codec = KeyCodec("text", 3)
    assert len({codec.record(key) for key in keys}) == len(keys)


@given(st.integers(0, 2**128 - 1))
def test_an_id_stands_for_a_key_or_for_none(number: int) -> None:
    record = f"{number:032x}"
    for form in ("integer", "uuid", "text"):
        codec = KeyCodec(form, 5)
        key = codec.key(record)
        assert key is None or codec.record(key) == record


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ("integer", 2**63),
        ("integer", True),
        ("integer", "1"),
        ("integer", None),
        ("uuid", "no uuid"),
        ("uuid", 7),
        ("text", ""),
        ("text", 7),
        ("text", "x" * 18),
        ("text", "A" * 24),
        ("text", "客" * 6),
    ],
)
def test_other_keys_are_refused_by_name(form: KeyForm, key: object) -> None:
    error = refused("bad_key", lambda: KeyCodec(form, 1).record(key))
    assert error.problems[0].params["key"] == key


def test_two_tables_share_no_id() -> None:
    forms: tuple[tuple[KeyForm, object], ...] = (
        ("integer", 1),
        ("uuid", UUID(int=1)),
        ("text", "1"),
    )
    for form, key in forms:
        assert KeyCodec(form, 1).record(key) != KeyCodec(form, 2).record(key)
        if form != "uuid":
            assert KeyCodec(form, 2).key(KeyCodec(form, 1).record(key)) is None
