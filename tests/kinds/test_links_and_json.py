"""Links, sets of links, opaque JSON."""

from __future__ import annotations

import json

import pytest

from crmcore.errors import Invalid
from crmcore.kinds import Json, Kind, Link, MultiLink, is_record_id

ONE = f"{1:032x}"
TWO = f"{2:032x}"


def code(kind: Kind, value: object) -> str:
    with pytest.raises(Invalid) as caught:
        kind.normalize(value)
    return caught.value.code


class Found:
    """Anything with an id, such as a record."""

    id = ONE


def test_a_link_is_an_id_or_something_that_has_one() -> None:
    kind = Link("account")
    assert kind.normalize(ONE) == kind.normalize(Found()) == ONE
    assert kind.normalize(" ") is None
    for bad in (
        "A001",
        ONE.upper().replace("0", "A"),
        ONE[:-1],
        ONE + "\n",
        1,
        {"code": "A001"},
        [],
    ):
        assert code(kind, bad) == "not_a_link"
    with pytest.raises(Invalid) as caught:
        kind.normalize("北京公司")
    assert "account" in caught.value.message("en")
    assert not is_record_id(ONE + "\n")


def test_a_set_of_links_is_sorted_and_bounded() -> None:
    kind = MultiLink("tag")
    assert kind.normalize([TWO, ONE, TWO, None]) == (ONE, TWO)
    assert kind.normalize(Found()) == kind.normalize(ONE) == (ONE,)
    assert kind.normalize([]) is None
    assert code(kind, [ONE, "x"]) == code(kind, {"code": "x"}) == "not_a_link"
    assert code(kind, [f"{number:032x}" for number in range(1_001)]) == "not_a_link"


def test_links_compare_with_links_to_the_same_module() -> None:
    assert Link("account").comparable(Link("account", "cascade"))
    assert Link("account").comparable(Link("*"))
    assert not Link("account").comparable(Link("contact"))
    assert not Link("account").comparable(MultiLink("account"))
    assert not MultiLink("account").comparable(Link("account"))
    assert MultiLink("account").comparable(MultiLink("account"))


def test_json_is_kept_as_it_came_and_cannot_be_changed() -> None:
    given = {"b": [1, 2.5, None, True, {"深": "值\n\t"}], "a": (1,)}
    found = Json().normalize(given)
    assert found == {"b": [1, 2.5, None, True, {"深": "值\n\t"}], "a": [1]}
    given["b"].append("later")  # type: ignore[union-attr]
    assert "later" not in json.dumps(found)
    assert json.loads(json.dumps(found)) == found
    assert isinstance(found, dict)
    inner = found["b"]
    for change in (
        lambda: found.update(x=1),
        lambda: found.pop("a"),
        lambda: found.__setitem__("x", 1),
        lambda: found.setdefault("x", 1),
        lambda: found.clear(),
        lambda: found.__ior__({"x": 1}),
        lambda: inner.append(1),
        lambda: inner.sort(),
        lambda: inner.__setitem__(0, 1),
        lambda: inner.__delitem__(0),
        lambda: inner.__iadd__([1]),
    ):
        with pytest.raises(TypeError):
            change()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (float("nan"), "not_json"),
        ({"x": float("inf")}, "not_json"),
        ({1: 2}, "not_json"),
        ({None: 2}, "not_json"),
        ({"a\0": 1}, "not_json"),
        (["\ud800"], "not_json"),
        ({1, 2}, "not_json"),
        (object(), "not_json"),
        (b"x", "not_json"),
        ({"x": object()}, "not_json"),
        (10**50, "number_too_large"),
        ("x" * 1_000_001, "text_too_long"),
        (["x" * 600_000] * 2, "text_too_long"),
        ([0] * 100_001, "not_json"),
        ([[0] * 400] * 400, "too_many_items"),
    ],
)
def test_what_is_no_plain_json(bad: object, reason: str) -> None:
    assert code(Json(), bad) == reason


def test_identity_is_the_canonical_text() -> None:
    kind = Json()
    assert kind.identity(kind.normalize({"b": 1, "a": [True, 1.0]})) == '{"a":[true,1.0],"b":1}'
    assert kind.identity(kind.normalize("\\u0000")) == '"\\\\u0000"'


def test_empty_json_is_not_empty_unless_null() -> None:
    for value in ({}, [], "", 0, False):
        assert Json().normalize(value) == value
    assert Json().normalize(None) is None
