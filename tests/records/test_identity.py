"""Record ids: the layout of UUIDv7, sorted by time, the same whenever they are derived again."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.clock import system_entropy
from crmcore.kinds import is_record_id
from crmcore.records import derived_id, new_id

moments = st.integers(0, 2**48 - 1)
JANUARY = 1_704_412_800_000


@given(moments, st.binary(min_size=10, max_size=10))
def test_the_layout_is_that_of_rfc_9562(moment: int, tail: bytes) -> None:
    found = new_id(moment, lambda count: tail[:count])
    assert is_record_id(found)
    parsed = uuid.UUID(found)
    assert parsed.version == 7
    assert parsed.variant == uuid.RFC_4122
    assert parsed.int >> 80 == moment
    # 74 of the 80 bits that were drawn are kept.
    drawn = int.from_bytes(tail, "big")
    kept = ((parsed.int >> 64) & 0xFFF) << 62 | (parsed.int & (1 << 62) - 1)
    assert kept == drawn & (1 << 74) - 1


@given(moments, moments, st.binary(min_size=20, max_size=20))
def test_ids_sort_by_their_moment(one: int, other: int, tail: bytes) -> None:
    first = new_id(one, lambda count: tail[:count])
    second = new_id(other, lambda count: tail[-count:])
    if one != other:
        assert (first < second) == (one < other)
        assert (bytes.fromhex(first) < bytes.fromhex(second)) == (one < other)


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id(JANUARY, system_entropy) for _ in range(1_000)}) == 1_000


def test_derived_ids_are_pinned() -> None:
    assert derived_id(JANUARY, b"key", 0, 0) == "018cd6eb64007de0a62a537a25c3cfed"
    assert derived_id(JANUARY, b"key", 12, 345) == "018cd6eb64007732b6a2d48e78c9cbaf"


@given(moments, st.binary(max_size=40), st.integers(0, 999), st.integers(0, 999))
def test_a_derived_id_is_the_same_again(moment: int, key: bytes, step: int, number: int) -> None:
    found = derived_id(moment, key, step, number)
    assert found == derived_id(moment, key, step, number)
    assert uuid.UUID(found).version == 7
    assert uuid.UUID(found).int >> 80 == moment
    others = [
        derived_id(moment, key + b"x", step, number),
        derived_id(moment, key, step + 1, number),
        derived_id(moment, key, step, number + 1),
    ]
    assert found not in others


def test_steps_and_numbers_are_not_mixed_up() -> None:
    places = [(1, 23), (12, 3), (123, 0), (0, 123), (23, 1)]
    assert len({derived_id(JANUARY, b"key", *place) for place in places}) == len(places)


def test_derived_ids_of_an_operation_never_meet() -> None:
    made = {
        derived_id(JANUARY, b"key", step, number) for step in range(50) for number in range(200)
    }
    assert len(made) == 10_000


@pytest.mark.parametrize("moment", [-1, 2**48, -(10**15)])
def test_a_moment_beyond_the_layout_is_refused(moment: int) -> None:
    with pytest.raises(ValueError, match="48 bits"):
        new_id(moment, system_entropy)
    with pytest.raises(ValueError, match="48 bits"):
        derived_id(moment, b"key", 0, 0)


def test_a_source_that_gives_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="10 bytes"):
        new_id(JANUARY, lambda count: b"short")
