"""A record: a mapping that never changes, known by labels too, safe to print."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.schema.strategies import SMALL

from crmcore.errors import SchemaError
from crmcore.kinds import Link, Phone, Text
from crmcore.records import Record, layout_of
from crmcore.schema import STAMPS, Field, Module

ME = f"{7:032x}"
MOMENT = datetime(2024, 1, 5, tzinfo=UTC)
CONTACT = SMALL.module("contact")


def record(module: Module, number: int = 1, version: int = 1, **values: object) -> Record:
    """A record of `module` as a store would give it."""
    layout = layout_of(module)
    stamps = (f"{number:032x}", version, MOMENT, ME, MOMENT, ME, f"{9:032x}", f"{8:032x}")
    return Record(layout, (*stamps, *(values.get(name) for name in layout.columns[len(STAMPS) :])))


one = record(CONTACT, name="张三", account=f"{5:032x}")


def test_a_record_is_a_mapping_of_the_live_fields() -> None:
    assert isinstance(one, Mapping)
    assert list(one) == ["name", "account", "born_on"]
    assert len(one) == 3
    assert dict(one) == {"name": "张三", "account": f"{5:032x}", "born_on": None}
    assert {**one} == dict(one.items())
    assert list(one.values()) == [one[name] for name in one]
    assert one.get("name") == "张三"
    assert one.get("nothing") is None
    assert one.get("nothing", 5) == 5


def test_labels_are_keys_too_and_so_are_the_stamps_that_people_may_see() -> None:
    assert one["姓名"] == one["name"] == "张三"
    assert one["生日"] is None
    assert "姓名" in one
    assert "created_at" in one
    assert one["id"] == one.id == f"{1:032x}"
    assert one["创建时间"] == one.created_at == one.updated_at == MOMENT
    assert one["version"] == one.version == 1
    assert one.created_by == one.updated_by == ME
    assert one.module == "contact"


@pytest.mark.parametrize("name", ["nothing", "", "salt", "change_set", "字段", "name\0", 5, None])
def test_what_is_not_there_is_a_key_error_that_explains_itself(name: str) -> None:
    assert name not in one
    with pytest.raises(KeyError) as caught:
        one[name]
    assert isinstance(caught.value, SchemaError)
    assert caught.value.code in ("unknown_field", "name_reserved")
    assert "KeyError" not in str(caught.value)


def test_a_mistyped_key_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(SchemaError) as caught:
        one["acount"]
    assert caught.value.problems[0].params["suggestion"] == "account"


def test_a_record_never_changes() -> None:
    for name in ("id", "module", "name", "_row", "anything"):
        with pytest.raises(AttributeError):
            setattr(one, name, "x")
        with pytest.raises(AttributeError):
            delattr(one, name)
    with pytest.raises(TypeError):
        one["name"] = "x"  # type: ignore[index]
    assert copy.copy(one) is one
    assert copy.deepcopy({"a": one})["a"] is one


def test_a_record_survives_a_journey_between_processes() -> None:
    back = pickle.loads(pickle.dumps(one))  # noqa: S301
    assert back == one
    assert back["姓名"] == "张三"
    assert repr(back) == repr(one)


def test_records_are_equal_by_module_id_version_and_values() -> None:
    same = record(CONTACT, name="张三", account=f"{5:032x}")
    assert same == one
    assert hash(same) == hash(one)
    others = [
        record(CONTACT, 2, name="张三", account=f"{5:032x}"),
        record(CONTACT, 1, 2, name="张三", account=f"{5:032x}"),
        record(CONTACT, name="李四", account=f"{5:032x}"),
        record(evolve(CONTACT, name="person"), name="张三", account=f"{5:032x}"),
    ]
    assert all(other != one for other in others)
    assert one != dict(one)
    assert len({one, same, *others}) == 5


def test_the_title_is_what_people_call_it() -> None:
    assert one.title() == "张三"
    assert record(CONTACT).title() == f"{1:032x}"
    assert record(evolve(CONTACT, title=None), name="张三").title() == f"{1:032x}"


@given(st.text(max_size=300))
def test_printing_a_record_is_safe_whatever_it_holds(text: str) -> None:
    shown = repr(record(CONTACT, name=text))
    assert all(character.isprintable() for character in shown)
    assert len(shown) < 400
    assert shown.startswith(f"<contact {1:032x} v1 name=")


def test_printing_a_record_shows_what_is_there() -> None:
    assert repr(record(CONTACT)) == f"<contact {1:032x} v1 >"
    assert "name='张三'" in repr(one)
    assert "born_on" not in repr(one)
    phone = Phone().normalize("138 0013 8000")
    module = Module("m", [Field("phone", Phone()), Field("text", Text())])
    assert "\x1b" not in repr(record(module, phone=phone, text="\x1b[31m"))
    assert "x" * 200 not in repr(record(module, text="x" * 1_000_000))


def test_retired_fields_are_hidden_and_linked_ones_come_last() -> None:
    fields = [
        Field("region", Text(), computed="linked"),
        *(evolve(one, retired=one.name == "born_on") for one in CONTACT.fields),
        Field("owner", Link("crm_user")),
    ]
    module = evolve(CONTACT, fields=fields)
    layout = layout_of(module)
    assert layout.columns[len(STAMPS) :] == ("name", "account", "owner", "region")
    assert layout.stored == len(STAMPS) + 3
    assert layout.names == ("region", "name", "account", "owner")
    found = record(module, name="张三", region="华东")
    assert list(found) == ["region", "name", "account", "owner"]
    assert found["region"] == "华东"
    assert layout_of(module) is layout
    with pytest.raises(KeyError):
        found["born_on"]
