"""What holds of every kind: normal forms stay, come back from JSON, are ordered, are values."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Context, Decimal, localcontext
from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from tests.kinds.strategies import ACCEPTED

from crmcore.errors import Invalid
from crmcore.kinds import Canonical, Kind, Money

kinds = st.sampled_from(list(ACCEPTED))


def normal_of(kind: Kind, data: DataObject) -> object | None:
    try:
        return kind.normalize(data.draw(ACCEPTED[kind]))
    except Invalid:
        assume(False)
        raise


def same(one: object, other: object) -> bool:
    """Equal in value, type, and all that equality leaves out."""
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one.as_tuple() == other.as_tuple()
    if isinstance(one, Money) and isinstance(other, Money):
        return same(one.amount, other.amount)
    if isinstance(one, Canonical) and isinstance(other, Canonical):
        return one.typed == other.typed
    return repr(one) == repr(other)


@given(kinds, st.data())
def test_a_normal_form_is_its_own_normal_form(kind: Kind, data: DataObject) -> None:
    normal = normal_of(kind, data)
    assert same(kind.normalize(normal), normal)


@given(kinds, st.data())
def test_a_normal_form_comes_back_from_json(kind: Kind, data: DataObject) -> None:
    normal = normal_of(kind, data)
    text = json.dumps(kind.to_json(normal), allow_nan=False)
    assert same(kind.from_json(json.loads(text)), normal)


@given(kinds, st.data())
def test_a_normal_form_is_a_value(kind: Kind, data: DataObject) -> None:
    normal = normal_of(kind, data)
    assume(normal is not None)
    assert hash(normal) == hash(copy.deepcopy(normal))
    assert same(copy.deepcopy(normal), normal)
    assert same(pickle.loads(pickle.dumps(normal)), normal)  # noqa: S301
    assert hash(kind.identity(normal)) == hash(kind.identity(kind.normalize(normal)))


@given(kinds, st.data())
def test_the_order_is_total_and_agrees_with_identity(kind: Kind, data: DataObject) -> None:
    found = [normal_of(kind, data) for _ in range(3)]
    assume(None not in found)
    for one, other, third in permutations(found):
        first, second, last = kind.sort_key(one), kind.sort_key(other), kind.sort_key(third)
        equal = kind.identity(one) == kind.identity(other)
        assert (first == second) == equal
        assert (first < second) + (second < first) + equal == 1  # type: ignore[operator]
        if first <= second <= last:  # type: ignore[operator]
            assert first <= last  # type: ignore[operator]


@given(kinds, st.data())
def test_the_decimal_context_of_the_host_changes_nothing(kind: Kind, data: DataObject) -> None:
    value = data.draw(ACCEPTED[kind])
    try:
        expected = kind.normalize(value)
    except Invalid:
        expected = Invalid
    hostile = Context(prec=1, Emax=1, Emin=0, traps=list(Context().flags))
    with localcontext(hostile):
        try:
            found = kind.normalize(value)
            assert found is None or json.dumps(kind.to_json(found))
        except Invalid:
            found = Invalid
    assert same(found, expected)


def test_every_kind_is_put_to_the_test() -> None:
    untested = set(_leaves(Kind)) - {type(kind) for kind in ACCEPTED}
    assert {kind.__name__ for kind in untested if kind.__module__.startswith("crmcore.")} <= {
        "Kind",
        "TypedKind",
    }


def _leaves(kind: type[Kind]) -> list[type[Kind]]:
    return [kind, *(found for below in kind.__subclasses__() for found in _leaves(below))]


@pytest.mark.parametrize("kind", list(ACCEPTED), ids=repr)
def test_a_kind_is_compared_by_content_and_never_changes(kind: Kind) -> None:
    assert kind == copy.deepcopy(kind)
    assert hash(kind) == hash(copy.deepcopy(kind))
    with pytest.raises(AttributeError):
        kind.max_length = 3  # type: ignore[attr-defined]
