"""Rows that are records already: by unique keys, in the store and in the file itself."""

from __future__ import annotations

import pytest

from crmcore.importing import import_file, load, plan
from crmcore.work import Workspace

from .conftest import book, csv, values

FIRST = csv("客户编号,客户名称,税号,金额\nA1,甲,TAX-1,1\nA2,乙,TAX-2,2")
SECOND = csv("客户编号,客户名称,税号,金额\nA1,甲改,,10\nA3,丙,TAX-3,3")


@pytest.fixture
def filled(crm: Workspace) -> Workspace:
    """A workspace with two accounts."""
    import_file(crm, FIRST)
    return crm


def counts(crm: Workspace, source: bytes, **options: object) -> dict[str, int]:
    """What becomes of the rows, without zeros, as planned and as loaded."""
    made = plan(crm, source, errors="reject", **options)  # type: ignore[arg-type]
    planned = {name: count for name, count in made.counts.to_dict().items() if count}
    done = load(crm, made).counts.to_dict()
    assert {name: count for name, count in done.items() if count} == planned
    return planned


def test_update_changes_what_is_given_and_keeps_the_rest(filled: Workspace) -> None:
    assert counts(filled, SECOND, duplicates="update") == {"create": 1, "update": 1}
    found = values(filled, "account", "code", "name", "tax")
    assert found == [("A1", "甲改", "TAX-1"), ("A2", "乙", "TAX-2"), ("A3", "丙", "TAX-3")]


def test_skip_leaves_the_record_as_it_is(filled: Workspace) -> None:
    assert counts(filled, SECOND, duplicates="skip") == {"create": 1, "skip": 1}
    assert values(filled, "account", "code", "name")[0] == ("A1", "甲")


def test_create_refuses_what_unique_keys_forbid(filled: Workspace) -> None:
    made = plan(filled, SECOND, duplicates="create")
    assert [(one.place(), one.code) for one in made.problems] == [("bytes!A2", "value_taken")]


def test_ask_never_waits_but_lists_the_choice(filled: Workspace) -> None:
    assert counts(filled, SECOND) == {"create": 1, "ask": 1}
    made = plan(filled, SECOND)
    assert [one.code for one in made.problems] == ["duplicate_found"]
    assert "更新" in made.problems[0].message("zh")


def test_the_same_file_twice_changes_nothing(filled: Workspace) -> None:
    before, shape = filled.digest(), filled.digest("shape")
    assert counts(filled, FIRST) == {"unchanged": 2}
    assert counts(filled, FIRST, duplicates="update") == {"unchanged": 2}
    assert counts(filled, FIRST, duplicates="skip") == {"skip": 2}
    assert filled.digest().value == before.value
    assert filled.digest("shape").value == shape.value


def test_folded_keys_match_whatever_their_width_and_case(filled: Workspace) -> None:
    source = csv("客户名称,税号\n甲二,ｔａｘ-1")
    assert counts(filled, source, duplicates="update") == {"update": 1}
    assert values(filled, "account", "code", "name")[0] == ("A1", "甲二")


def test_keys_of_two_records_are_refused(filled: Workspace) -> None:
    source = csv("客户编号,客户名称,税号\nA1,甲,TAX-2")
    made = plan(filled, source, duplicates="update")
    assert [one.code for one in made.problems] == ["matches_several"]


def test_a_key_twice_in_the_file(crm: Workspace) -> None:
    source = csv("客户编号,客户名称\nA1,甲\nA1,甲后\nA2,乙")
    assert [one.place() for one in plan(crm, source).problems] == ["bytes!A3"]
    assert [one.code for one in plan(crm, source, duplicates="create").problems] == ["value_taken"]
    assert counts(crm, source, duplicates="skip") == {"create": 2, "skip": 1}


def test_a_record_of_the_file_is_updated_later_in_the_same_file(crm: Workspace) -> None:
    source = csv("客户编号,客户名称,金额\nA1,甲,1\nA2,乙,2\nA1,甲后,\nA1,甲末,9")
    assert counts(crm, source, duplicates="update") == {"create": 2, "update": 2}
    found = values(crm, "account", "code", "name", "amount")
    assert [(code, name, str(amount)) for code, name, amount in found] == [
        ("A1", "甲末", "9.00"), ("A2", "乙", "2.00"),
    ]  # fmt: skip
    record = next(one for one in crm.find("account") if one["code"] == "A1")
    assert [one.kind for one in crm.history(record)] == ["created", "updated", "updated"]


def test_compound_keys_match_when_all_parts_agree(filled: Workspace) -> None:
    source = book(联系人=[["姓名", "客户", "年龄"], ["张三", "甲", 30], ["张三", "乙", 40],
                       ["李四", None, 50]])  # fmt: skip
    assert counts(filled, source, duplicates="update") == {"create": 3}
    # The key of 李四 has an empty part: it never collides.
    again = book(联系人=[["姓名", "客户", "年龄"], ["张三", "甲", 31], ["李四", None, 51]])
    assert counts(filled, again, duplicates="update") == {"create": 1, "update": 1}
    assert len(filled.find("contact")) == 4


def test_rows_without_a_key_are_known_by_all_that_they_say(filled: Workspace) -> None:
    source = book(联系人=[["姓名", "年龄"], ["王五", 50], ["王五", 51], ["王五", 50]])
    assert counts(filled, source) == {"create": 2, "unchanged": 1}
    assert counts(filled, source) == {"unchanged": 3}
    assert counts(filled, source, duplicates="create") == {"create": 3}


def test_an_empty_cell_overwrites_nothing_and_takes_the_default(filled: Workspace) -> None:
    source = csv("客户编号,客户名称,状态,金额\nA1,甲,,\nA9,新,,")
    assert counts(filled, source, duplicates="update") == {"create": 1, "unchanged": 1}
    assert values(filled, "account", "code", "status")[-1] == ("A9", "new")
