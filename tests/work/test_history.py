"""History, undo, as-of, the feed and the digests keep their word."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.work.conftest import ACCOUNT, COMPUTED, DEAL, NOTE, Schema

from crmcore import GroupBy, Measure, Summary, System, Workspace, open_workspace
from crmcore.clock import ManualClock
from crmcore.errors import BeyondHorizon, NotFound
from crmcore.work.digests import counted_content


def made_two(crm: Workspace) -> tuple[str, str]:
    with crm.work() as work:
        first = work.create("account", {"code": "A1", "name": "甲", "amount": 5})
        second = work.create("account", {"code": "A2", "name": "乙", "region": "east"})
    return first.id, second.id


def test_history_tells_who_what_and_when(crm: Workspace, clock: ManualClock) -> None:
    first, _ = made_two(crm)
    clock.advance(timedelta(days=1))
    with crm.work() as work:
        work.update("account", first, {"name": "丙"})
        work.delete("account", first)
    changes = crm.history("account", first)
    assert [one.kind for one in changes] == ["created", "updated", "removed"]
    assert changes[1].fields == {"name": ("甲", "丙")}
    assert changes[1].user == crm.principal
    assert changes[1].moment == clock.now()
    assert changes[1].position == changes[2].position == changes[0].position + 1  # type: ignore[operator]
    with pytest.raises(NotFound):
        crm.history("account", "f" * 32)


def test_undo_restores_the_content_digest(crm: Workspace) -> None:
    first, second = made_two(crm)
    before = crm.digest()
    with crm.work() as work:
        work.update("account", first, {"name": "丙", "amount": None})
        work.delete("account", second)
        third = work.create("account", {"code": "A3", "name": "丁"})
        work.create("deal", {"title": "d", "account": third.id})
        operation = work.operation
    after = crm.digest()
    assert after.value != before.value
    preview = crm.undo(operation, preview=True)
    assert crm.digest() == after
    undone = crm.undo(operation)
    assert (preview.restored, undone.kept, undone.impossible) == (undone.restored, (), ())
    assert crm.digest().value == before.value


def test_undo_of_an_undo_is_the_operation_again(crm: Workspace) -> None:
    first, _ = made_two(crm)
    with crm.work() as work:
        work.update("account", first, {"name": "丙"})
        work.create("account", {"code": "A3", "name": "丁"})
        operation = work.operation
    after = crm.digest()
    crm.undo(operation)
    last = list(crm.changes())[-1]
    undo = crm.find("crm_operation", f"id == '{last.operation}'")[0]["op_id"]
    crm.undo(str(undo))
    assert crm.digest().value == after.value


def test_later_edits_survive_an_undo_and_are_named(crm: Workspace) -> None:
    first, second = made_two(crm)
    with crm.work() as work:
        work.update("account", first, {"name": "丙", "amount": 9})
        work.update("account", second, {"name": "戊"})
        third = work.create("account", {"code": "A3", "name": "丁"})
        operation = work.operation
    with crm.work() as work:
        work.update("account", first, {"name": "later"})
        work.update("account", third.id, {"name": "kept"})
        work.delete("account", second)
    undone = crm.undo(operation)
    assert {(one.record, one.field) for one in undone.kept} == {
        (first, "name"), (third.id, None), (second, None),
    }  # fmt: skip
    found = crm.get("account", first)
    assert (found["name"], found["amount"]) == ("later", Decimal("5.00"))
    assert crm.get("account", third.id)["name"] == "kept"


def test_what_cannot_be_brought_back_is_said(crm: Workspace) -> None:
    first, second = made_two(crm)
    with crm.work() as work:
        work.update("account", first, {"code": None})
        work.update("account", second, {"name": "戊"})
        operation = work.operation
    with crm.work() as work:
        work.create("account", {"code": "A1", "name": "thief"})
    undone = crm.undo(operation)
    assert [(one.record, one.reason) for one in undone.impossible] == [(first, "value_taken")]
    assert crm.get("account", second)["name"] == "乙"


def test_an_account_in_use_since_is_not_undone_away(crm: Workspace) -> None:
    with crm.work() as work:
        account = work.create("account", {"name": "甲"})
        other = work.create("account", {"name": "乙"})
        operation = work.operation
    with crm.work() as work:
        work.create("deal", {"title": "d", "account": account.id})
    undone = crm.undo(operation)
    assert [(one.record, one.reason) for one in undone.impossible] == [(account.id, "in_use")]
    with pytest.raises(NotFound):
        crm.get("account", other.id)


def test_as_of_answers_from_the_past(crm: Workspace, clock: ManualClock) -> None:
    first, second = made_two(crm)
    then = clock.now()
    clock.advance(timedelta(days=30))
    with crm.work() as work:
        work.update("account", first, {"name": "丙", "amount": 50})
        work.delete("account", second)
    past = crm.find("account", "amount == 5 or region == 'east'", as_of=then, order="name")
    assert {one["name"] for one in past} == {"甲", "乙"}
    assert crm.get("account", first, as_of=then)["name"] == "甲"
    total = Summary("account", (), (Measure("count"), Measure("sum", "amount")))
    assert list(crm.summarize(total, as_of=then).rows()) == [(2, Decimal("5.00"))]
    assert list(crm.summarize(total).rows()) == [(1, Decimal("50.00"))]
    assert len(crm.find("account", as_of=clock.now())) == 1
    for moment in (clock.now() + timedelta(days=1), then - timedelta(days=3650), 10_000):
        with pytest.raises(BeyondHorizon):
            crm.find("account", as_of=moment)


def test_the_feed_is_gap_free_and_honours_origins(crm: Workspace) -> None:
    start = crm.digest().position
    first, _ = made_two(crm)
    with crm.work(origin="erp") as work:
        work.update("account", first, {"name": "丙"})
    with crm.work() as work:
        work.delete("account", first)
    feed = list(crm.changes(after=start))
    assert [one.position for one in feed] == [start + 1, start + 2, start + 3]
    assert [[entry.kind for entry in one.entries] for one in feed] == [
        ["created", "created"], ["updated"], ["removed"],
    ]  # fmt: skip
    others = [one.position for one in crm.changes(after=start, origin_not="erp")]
    assert others == [start + 1, start + 3]


def test_run_has_one_effect_and_one_result(crm: Workspace) -> None:
    def make(work: object) -> str:
        return work.create("account", {"name": "甲"}).id  # type: ignore[attr-defined]

    first = crm.run(make, op_id="k", request={"a": 1})
    assert crm.run(make, op_id="k", request={"a": 1}) == first
    assert len(crm.find("account")) == 1
    with pytest.raises(Exception, match="op_id"):
        crm.run(make, op_id="k", request={"a": 2})


_names = st.sampled_from(["甲", "乙", "丙", "丁"])
_edits = st.lists(
    st.tuples(
        st.sampled_from(["make", "rename", "price", "drop", "deal"]), st.integers(0, 5), _names
    ),
    min_size=1,
    max_size=8,
)


def apply(crm: Workspace, edits: list[tuple[str, int, str]]) -> str:
    with crm.work() as work:
        for what, pick, name in edits:
            accounts = work.find("account", order="id")
            if what == "make" or not len(accounts):
                work.create("account", {"name": name})
                continue
            chosen = accounts[pick % len(accounts)]
            if what == "rename":
                work.update("account", chosen.id, {"name": name})
            elif what == "price":
                work.update("account", chosen.id, {"amount": pick})
            elif what == "deal":
                title = f"{name}{pick}{len(work.find('deal'))}"
                work.create("deal", {"title": title, "account": chosen.id})
            elif not len(work.find("deal", f"account == '{chosen.id}'")):
                work.delete("account", chosen.id)
        return work.operation


@settings(max_examples=25)
@given(before=_edits, edits=_edits)
def test_undo_is_the_inverse_of_any_operation(
    before: list[tuple[str, int, str]], edits: list[tuple[str, int, str]]
) -> None:
    crm = open_workspace(schema=Schema([ACCOUNT, DEAL, NOTE]))
    crm.configure(computed=COMPUTED)
    apply(crm, before)
    digest, roll_ups = crm.digest(), crm.find("account", columns=["id", "deals"], order="id")
    position = digest.position
    operation = apply(crm, edits)
    if crm.digest().position == position:
        return  # what changes nothing is no operation
    undone = crm.undo(operation)
    assert undone.kept == ()
    assert undone.impossible == ()
    assert crm.digest().value == digest.value
    assert crm.find("account", columns=["id", "deals"], order="id") == roll_ups
    past = crm.find("account", columns=["id", "name", "amount"], order="id", as_of=position)
    assert past == crm.find("account", columns=["id", "name", "amount"], order="id")
    with crm._store.reading(System("test")) as session:
        assert counted_content(session) == digest.value


def test_configuration_changes_are_versions_too(crm: Workspace) -> None:
    from attrs import evolve

    from crmcore import Field
    from crmcore.kinds import Text

    made_two(crm)
    position = crm.digest().position
    account = crm.schema.module("account")
    wider = evolve(account, fields=[*account.fields, Field("hobby", Text(), "兴趣爱好")])
    steps = crm.configure(crm.schema.with_module(wider))
    assert [str(one) for one in steps] == ["add_field account.hobby"]
    with crm.work() as work:
        work.update("account", work.find("account", order="id")[0].id, {"兴趣爱好": "围棋"})
    assert len(crm.find("account", "hobby == '围棋'")) == 1
    assert "hobby" not in crm.find("account", as_of=position)[0]
    retired = evolve(
        wider, fields=[evolve(one, retired=one.name == "hobby") for one in wider.fields]
    )
    crm.configure(crm.schema.with_module(retired))
    with pytest.raises(Exception, match="hobby"):
        crm.find("account", "hobby == '围棋'")
    crm.configure(crm.schema.with_module(wider))
    assert len(crm.find("account", "hobby == '围棋'")) == 1


def test_groups_show_what_the_records_say(crm: Workspace) -> None:
    first, second = made_two(crm)
    with crm.work() as work:
        for number, (account, stage) in enumerate(
            [(first, "won"), (first, "new"), (second, "won")]
        ):
            work.create(
                "deal",
                {"title": f"d{number}", "account": account, "stage": stage, "amount": number + 1},
            )
    by_stage = Summary(
        "商机",
        [GroupBy("阶段")],
        [Measure("count"), Measure("sum", "amount"), Measure("avg", "amount")],
    )
    rows = list(crm.summarize(by_stage).rows())
    assert [row[:3] for row in rows] == [("new", 1, Decimal("2.00")), ("won", 2, Decimal("4.00"))]
    assert rows[1][3] == Decimal("2.000000")


def test_values_that_moved_move_back(crm: Workspace) -> None:
    first, second = made_two(crm)
    with crm.work() as work:
        third = work.create("account", {"code": "A3", "name": "丁"}).id
    before = crm.digest()
    with crm.work() as work:
        work.delete("account", first)
        again = work.create("account", {"code": "A1", "name": "新"})
        work.create("deal", {"title": "d", "account": again.id})
        work.update("account", second, {"code": "A9"})
        work.update("account", third, {"code": "A2"})
        operation = work.operation
    undone = crm.undo(operation)
    assert undone.impossible == ()
    assert crm.digest().value == before.value
    assert crm.get("account", first)["code"] == "A1"
    assert (crm.get("account", second)["code"], crm.get("account", third)["code"]) == ("A2", "A3")
