"""Unique keys as digests: equal where the values are, different wherever else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.kinds import Integer, Text, search_key
from crmcore.schema import Field, Key, Module
from crmcore.storage.unique import digests, key_hashes, value_digest
from crmcore.testing.canonical import Sample
from crmcore.testing.conformance.keys import keyed_samples
from crmcore.testing.hostile import ALIKE, HOSTILE, LONG
from crmcore.testing.rows import new_row, record_id

PAIR = Module(
    "pair",
    [Field("a", Text(), number=1), Field("b", Text(), number=2), Field("n", Integer(), number=3)],
    keys=[
        Key(("a", "b"), number=10_001),
        Key(("a", "n"), folded=True, number=10_002),
    ],
)
TEXTS = st.sampled_from([*ALIKE, *HOSTILE, *LONG]).map(Text().normalize)


def _key(number: int, **values: Any) -> bytes | None:
    row = new_row(PAIR, record_id(1), 0, values)
    return dict(key_hashes(PAIR, row))[number]


@pytest.mark.parametrize("sample", keyed_samples(), ids=lambda sample: str(sample.name))
def test_digests_are_equal_where_identities_are(sample: Sample) -> None:
    digest = value_digest(sample.kind)
    found: dict[bytes, object] = {}
    for value in sample.values:
        identity = sample.kind.identity(value)
        assert found.setdefault(digest(value), identity) == identity
    assert len(found) == len({sample.kind.identity(value) for value in sample.values})


@given(TEXTS, TEXTS)
def test_folded_digests_are_equal_where_search_keys_are(first: str, second: str) -> None:
    digest = value_digest(Text(), folded=True)
    assert (digest(first) == digest(second)) == (search_key(first) == search_key(second))


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_parts_of_a_compound_key_do_not_run_together(a: str, b: str, c: str, d: str) -> None:
    assert (_key(10_001, a=a, b=b) == _key(10_001, a=c, b=d)) == ((a, b) == (c, d))


def test_a_key_with_an_empty_part_never_collides() -> None:
    assert _key(10_001, a="x") is None
    assert _key(10_001, b="x") is None
    assert _key(10_001) is None
    assert _key(10_002, a="x") is None
    assert _key(10_002, a="x", n=0) is not None


def test_folding_leaves_parts_that_are_no_texts_alone() -> None:
    assert _key(10_002, a="\u00c4", n=1) == _key(10_002, a="a", n=1)
    assert _key(10_002, a="a", n=1) != _key(10_002, a="a", n=11)


def test_digests_are_made_once_for_a_module() -> None:
    assert digests(PAIR) is digests(PAIR)
    assert [number for number, _ in digests(PAIR)] == [10_001, 10_002]
