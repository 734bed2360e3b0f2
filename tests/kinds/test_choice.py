"""Options: codes, labels, retirement, order by position."""

from __future__ import annotations

import pytest

from crmcore.errors import Invalid
from crmcore.kinds import Choice, Kind, Labels, MultiChoice, Option

STAGES = (
    Option("first", Labels("初步接触", "First contact")),
    Option("analysis", Labels("需求分析", "Analysis", ("需求",))),
    Option("old", Labels("旧阶段", "Old"), retired=True),
    Option("won", Labels("赢单", "Won")),
)
CHOICE = Choice(options=STAGES)
MULTI = MultiChoice(options=STAGES)


def code(kind: Kind, value: object) -> str:
    with pytest.raises(Invalid) as caught:
        kind.normalize(value)
    return caught.value.code


def test_an_option_is_named_by_code_or_by_any_label() -> None:
    for spelling in ("analysis", " 需求分析 ", "Analysis", "需求"):
        assert CHOICE.normalize(spelling) == "analysis"
    assert CHOICE.normalize("  ") is None


def test_a_refusal_lists_what_may_be_chosen() -> None:
    with pytest.raises(Invalid) as caught:
        CHOICE.normalize("签约")
    assert caught.value.code == "not_an_option"
    assert caught.value.problems[0].params["accepted"] == "初步接触、需求分析、赢单"
    assert "签约" in caught.value.message("zh")
    for bad in (1, True, ["won"], b"won"):
        assert code(CHOICE, bad) == "not_an_option"


def test_a_retired_option_is_readable_but_not_writable() -> None:
    assert code(CHOICE, "old") == code(CHOICE, "旧阶段") == "option_retired"
    assert code(MULTI, ["won", "old"]) == "option_retired"
    assert CHOICE.from_json("old") == "old"
    assert MULTI.from_json(["old", "won"]) == ("old", "won")
    assert CHOICE.resolve("旧阶段") == "old"


def test_a_json_form_is_a_code_never_a_label() -> None:
    for kind, data in ((CHOICE, "赢单"), (MULTI, ["赢单"]), (MULTI, "won"), (CHOICE, ["won"])):
        with pytest.raises(Invalid):
            kind.from_json(data)


def test_a_label_of_two_options_is_ambiguous_but_a_retired_one_gives_way() -> None:
    twice = Choice(options=[Option("a", Labels("同")), Option("b", Labels("同")), "c"])
    assert code(twice, "同") == "option_ambiguous"
    again = Choice(options=[Option("a", Labels("同"), retired=True), Option("b", Labels("同"))])
    assert again.normalize("同") == "b"
    crossed = Choice(options=[Option("a", Labels("b")), Option("b", Labels("x"))])
    assert crossed.normalize("b") == "b"


def test_options_are_ordered_by_position() -> None:
    assert sorted(["won", "analysis", "old", "first"], key=CHOICE.sort_key) == [
        "first",
        "analysis",
        "old",
        "won",
    ]
    assert MULTI.in_option_order(("analysis", "first", "won")) == ("first", "analysis", "won")


def test_a_set_is_stored_by_code_without_repetition() -> None:
    assert MULTI.normalize(["赢单", "won", "first", ""]) == ("first", "won")
    assert MULTI.normalize({"won"}) == MULTI.normalize("won") == ("won",)
    assert MULTI.normalize([]) is None
    assert MULTI.normalize(["", None]) is None
    assert code(MULTI, {"won": 1}) == code(MULTI, 5) == "not_a_set"


def test_bare_texts_become_options_and_one_text_is_no_list() -> None:
    assert Choice(options=["电话", "微信"]).normalize("电话") == "电话"
    assert Choice(options=["e\u0301"]).normalize("é") == "é"
    with pytest.raises(TypeError):
        Choice(options="电话")
