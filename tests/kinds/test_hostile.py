"""Whatever is handed over: a normal form or `Invalid`, soon, and an error that can be told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from tests.kinds.strategies import ACCEPTED, HOSTILE

from crmcore.errors import CrmError, Invalid
from crmcore.kinds import Kind

KINDS = list(ACCEPTED)
# A hundred times what is expected: a busy machine is no defect, a bomb takes minutes.
SECONDS = 5.0


def told(act: Callable[[object], object], value: object) -> object | None:
    """What `act` makes of `value`; `None` after a refusal that can be told and kept."""
    try:
        return act(value)
    except Invalid as refusal:
        error = refusal
    assert error.problems[0].message("zh") != error.code, "the code has no sentence"
    assert len(error.message("en")) < 2_000
    json.dumps(error.to_dict()).encode()
    assert error.problems == error.problems
    kept = error.problems[0].params.values()
    assert all(item is None or isinstance(item, str | int) for item in kept), "a foreign object"
    return None


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_a_hostile_value_is_refused_or_taken_but_nothing_else(kind: Kind) -> None:
    for name, value in HOSTILE.items():
        begun = time.perf_counter()
        normal = told(kind.normalize, value)
        assert time.perf_counter() - begun < SECONDS, name
        if normal is not None:
            assert kind.normalize(normal) == normal, name
            hash(kind.identity(normal))
            json.dumps(kind.to_json(normal)).encode()


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_a_hostile_json_form_is_refused_or_taken_but_nothing_else(kind: Kind) -> None:
    for name, value in HOSTILE.items():
        begun = time.perf_counter()
        told(kind.from_json, value)
        for pair in ({"value": value, "typed": value}, {"amount": value, "currency": value}):
            told(kind.from_json, pair)
            told(kind.normalize, pair)
        assert time.perf_counter() - begun < SECONDS, name


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_nothing_is_empty_but_none_and_blank_text(kind: Kind) -> None:
    assert kind.normalize(None) is None
    assert kind.from_json(None) is None
    assert kind.to_json(None) is None
    if kind.name != "json":
        for blank in ("", " ", "\u3000\u00a0\n\t"):
            assert kind.normalize(blank) is None, blank


def test_zero_and_false_are_not_empty() -> None:
    taken = 0
    for kind in KINDS:
        for value in (0, False):
            try:
                normal = kind.normalize(value)
            except CrmError:
                continue
            taken += 1
            assert normal is not None, kind
    assert taken >= 6


def test_a_boolean_is_no_number() -> None:
    refused = [kind for kind in KINDS if kind.shape in ("integer", "scaled", "milliseconds")]
    assert len(refused) >= 8
    for kind in refused:
        for value in (True, False):
            with pytest.raises(Invalid):
                kind.normalize(value)
