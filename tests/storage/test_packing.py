"""Normal forms are packed and come back exactly."""

from __future__ import annotations

import pytest

from crmcore.kinds import Canonical, Json
from crmcore.storage.packing import pack, unpack
from crmcore.testing.asking import exact
from crmcore.testing.canonical import Sample, samples


@pytest.mark.parametrize("sample", samples(), ids=lambda one: one.name)
def test_every_canonical_value_comes_back(sample: Sample) -> None:
    for value in sample.values:
        found = unpack(pack(value))
        assert (type(found), exact(found)) == (type(value), exact(value))
    assert exact(unpack(pack(sample.values))) == exact(sample.values)


def test_rows_keys_and_versions_come_back() -> None:
    version = ((None, 0, False, "", "真", b"\x00\xff", ((), ("a",))), "by", 1)
    assert exact(unpack(pack(version))) == exact(version)


def test_what_is_typed_is_told_from_what_is_not() -> None:
    assert pack("a") != pack(Canonical("a", "A"))


def test_plain_json_comes_back_in_its_normal_form() -> None:
    plain = {"a": [1, 2.5, None, True, {"tuple": ["b"]}], "": {}}
    found = unpack(pack(plain))
    assert found == plain
    assert type(found) is type(Json().normalize(plain))


@pytest.mark.parametrize("value", [object(), float("nan"), {"a": float("inf")}, {1}, (1, {2})])
def test_what_is_no_normal_form_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        pack(value)
