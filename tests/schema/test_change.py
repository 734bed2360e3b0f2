"""Changes as functions from one definition to the next."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.schema.strategies import ACCOUNT, SMALL

from crmcore.errors import SchemaError
from crmcore.kinds import Choice, Labels, Option, Text
from crmcore.schema import Field, Module, Preset, check
from crmcore.schema.change import (
    add_field,
    add_key,
    add_option,
    drop_key,
    relabel,
    relabel_field,
    relabel_option,
    rename_field,
    restore_field,
    restore_module,
    restore_option,
    retire_field,
    retire_module,
    retire_option,
)

account = SMALL.module("account")


def options(module: Module) -> dict[str, bool]:
    kind = module.field("stage").kind
    assert isinstance(kind, Choice)
    return {option.code: option.retired for option in kind.options}


def test_a_renamed_field_is_found_under_its_former_name_and_label() -> None:
    renamed = rename_field(account, "region", "area", "大区")
    one = renamed.field("area")
    assert one.number == account.field("region").number
    assert one.label == Labels("大区", synonyms=("区域", "region"))
    assert renamed.field("region") == renamed.field("区域") == renamed.field("大区") == one
    assert renamed.keys[0].fields == ("name", "area")
    check(SMALL.with_module(renamed))
    back = rename_field(renamed, "area", "region")
    assert back.field("region").label.synonyms == ("区域", "area")


def test_title_and_templates_follow_a_renamed_field() -> None:
    renamed = rename_field(rename_field(account, "name", "title"), "stage", "state")
    assert renamed.title == "title"
    template = renamed.templates[0]
    assert template.fields == ("title", "state")
    assert template.required == ("title",)
    assert template.presets["state"] == "won"
    assert template.presets["owner"] == Preset("me")
    check(SMALL.with_module(renamed))


def test_a_field_without_a_number_cannot_be_renamed() -> None:
    with pytest.raises(SchemaError) as caught:
        rename_field(ACCOUNT, "region", "area")
    assert caught.value.code == "not_numbered"


def test_a_retired_field_leaves_the_templates() -> None:
    retired = retire_field(account, "阶段")
    assert "stage" not in {one.name for one in retired.live}
    assert retired.templates[0].fields == ("name",)
    assert "stage" not in retired.templates[0].presets
    check(SMALL.with_module(retired))
    assert restore_field(retired, "阶段").fields == account.fields
    with pytest.raises(SchemaError):
        retired.field("stage")
    with pytest.raises(SchemaError):
        restore_field(account, "stage")


def test_the_last_word_on_title_and_keys_is_said_first() -> None:
    for name, code in (("name", "field_is_title"), ("region", "field_in_key")):
        with pytest.raises(SchemaError) as caught:
            retire_field(account, name)
        assert caught.value.code == code
    retire_field(drop_key(account, ["客户名称", "区域"]), "region")


@pytest.mark.parametrize(
    "act",
    [
        lambda: retire_field(account, "created_at"),
        lambda: rename_field(account, "id", "number"),
        lambda: relabel_field(account, "编码", "x"),
        lambda: add_key(account, ["nothing"]),
        lambda: drop_key(account, ["code"]),
        lambda: retire_option(account, "stage", "nothing"),
        lambda: retire_option(account, "name", "x"),
        lambda: add_option(account, "stage", "x", after="nothing"),
        lambda: retire_module(SMALL, "nothing"),
        lambda: restore_module(SMALL, "nothing"),
    ],
)
def test_what_is_not_there_cannot_be_changed(act: Callable[[], object]) -> None:
    with pytest.raises(SchemaError) as caught:
        act()
    assert caught.value.message("zh") != caught.value.code


def test_options_come_retire_and_return() -> None:
    more = add_option(account, "阶段", Option("talk", "谈判"), after="first")
    more = add_option(more, "stage", "搁置")
    assert list(options(more)) == ["first", "talk", "won", "lost", "搁置"]
    retired = retire_option(more, "stage", "talk")
    assert options(retired)["talk"] is True
    assert options(restore_option(retired, "stage", "talk")) == options(more)
    check(SMALL.with_module(retired))


def test_a_new_label_leaves_the_old_one_valid() -> None:
    assert SMALL.with_module(relabel(account, "商户")).module("客户").label.zh == "商户"
    module = relabel_field(account, "amount", Labels("总额", "Total"))
    assert module.field("金额") == module.field("Total")
    kind = relabel_option(account, "stage", "won", "成单").field("stage").kind
    assert [kind.normalize(word) for word in ("成单", "赢单", "Won", "won")] == ["won"] * 4


def test_a_module_retires_and_returns() -> None:
    gone = retire_module(SMALL, "联系人")
    with pytest.raises(SchemaError):
        gone.module("contact")
    check(gone)
    assert restore_module(gone, "contact") == SMALL
    assert restore_module(SMALL, "contact") == SMALL


def test_a_field_is_added_where_it_belongs() -> None:
    module = add_field(account, Field("city", Text()), after="区域")
    assert [one.name for one in module.fields][2:4] == ["region", "city"]
    assert add_field(account, Field("city", Text())).fields[-1].name == "city"
