"""Promises that were broken once: each test is what somebody saw."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.work.test_access import user

from crmcore import GroupBy, Measure, Summary
from crmcore.errors import CrmError, Invalid, NotFound, StorageError
from crmcore.importing import import_file
from crmcore.work import Workspace, journal, open_workspace, transaction
from crmcore.work.unit import UnitOfWork


def test_a_named_operation_without_effect_is_not_repeated(crm: Workspace) -> None:
    with crm.work() as work:
        account = work.create("account", {"name": "甲", "region": "east"})

    def move_east(work: UnitOfWork) -> None:
        work.update("account", account.id, {"region": "east"})

    crm.run(move_east, op_id="move")
    with crm.work() as work:
        work.update("account", account.id, {"region": "south"})
    crm.run(move_east, op_id="move")
    assert crm.get("account", account.id)["region"] == "south"
    crm.run(lambda work: None, op_id="nothing")
    assert len(crm.find("crm_operation", "op_id == 'nothing'")) == 1


def test_what_is_committed_stays_so_when_it_cannot_be_sealed(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(backend: object) -> None:
        raise StorageError("store_busy")

    with monkeypatch.context() as patch:
        patch.setattr(transaction, "seal", busy)
        with crm.work() as work:
            work.create("account", {"name": "甲"})
    assert len(crm.find("account")) == 1
    *_, last = crm.changes()
    assert last.operation == work.operation


def test_a_unit_may_end_on_another_thread(crm: Workspace) -> None:
    work = crm.work()
    work.__enter__()
    work.create("account", {"name": "甲"})
    ending = threading.Thread(target=work.__exit__, args=(None, None, None))
    ending.start()
    ending.join()
    with crm.work() as again:
        again.create("account", {"name": "乙"})
    assert len(crm.find("account")) == 2


def test_links_of_the_past_show_the_titles_of_then(crm: Workspace) -> None:
    with crm.work() as work:
        account = work.create("account", {"name": "旧名"})
        work.create("deal", {"title": "项目", "account": account})
    *_, last = crm.changes()
    with crm.work() as work:
        work.update("account", account, {"name": "新名"})
    listed = crm.find("deal", columns=["account"], as_of=last)
    assert "旧名" in listed.to_csv()
    grouped = crm.summarize(Summary("deal", [GroupBy("account")]), as_of=last)
    assert "旧名" in grouped.to_csv()
    assert "新名" in crm.find("deal", columns=["account"]).to_csv()


def test_groups_by_a_link_come_in_the_order_of_lists(crm: Workspace) -> None:
    with crm.work() as work:
        for name in ("cherry", "Banana", "apple"):
            account = work.create("account", {"name": name})
            work.create("deal", {"title": name, "account": account, "amount": 1})
    listed = [deal["title"] for deal in crm.find("deal", order="account")]
    grouped = crm.summarize(Summary("deal", [GroupBy("account")], [Measure("count")]))
    shown = [row["account"] for row in grouped.to_dicts()]
    names = {one.id: one["name"] for one in crm.find("account")}
    assert [names[one] for one in shown] == listed == ["apple", "Banana", "cherry"]


def test_removing_tells_nothing_of_what_one_may_not_see(crm: Workspace) -> None:
    with crm.work() as work:
        bare = work.create("account", {"name": "甲"})
        used = work.create("account", {"name": "乙"})
        work.create("deal", {"title": "项目", "account": used})
    rep = user(crm, "小李", "sales_rep")
    for record in (bare.id, used.id, "0" * 32):
        with pytest.raises(NotFound), rep.work() as work:
            work.delete("account", record)


def test_an_undo_tells_nothing_of_what_one_may_not_see_any_more(crm: Workspace) -> None:
    rep = user(crm, "小李", "sales_rep")
    with crm.work() as other:
        mine = other.create("account", {"name": "甲", "owner": rep.principal})
    with rep.work() as work:
        work.update("account", mine.id, {"name": "乙"})
    with crm.work() as other:
        other.update("account", mine.id, {"name": "丙", "owner": crm.principal})
    with pytest.raises(NotFound):
        rep.get("account", mine.id)
    told = rep.undo(work.operation, preview=True)
    assert not told.kept
    assert [(one.field, one.reason) for one in told.impossible] == [(None, "not_found")]


def test_an_undo_of_much_text_goes_in_smaller_steps(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "长" * 250
    with crm.work() as work:
        work.create_all("note", [{"text": text + str(n)} for n in range(60)])
    operation = work.operation
    with monkeypatch.context() as patch:
        patch.setattr(journal, "MAX_BYTES", 20_000)
        done = crm.undo(operation)
    assert not done.impossible
    assert len(done.restored) == 60
    assert len(crm.find("note")) == 0


def test_a_result_is_plain_json(crm: Workspace) -> None:
    with pytest.raises(Invalid):
        crm.run(lambda work: float("nan"), op_id="nan")


def test_opening_waits_for_no_writer(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    crm = open_workspace(url, create=True)
    with crm.work() as work:
        work.create("crm_setting", {"name": "held", "value": 1})
        other = open_workspace(url)
        assert len(other.find("crm_role")) == 4
        other.close()
    crm.close()


def test_an_import_passes_the_gate_of_policy(crm: Workspace, tmp_path: Path) -> None:
    book = tmp_path / "roles.csv"
    book.write_text('name,label_zh,grants\nevil,坏,"""junk"""\n', encoding="utf-8")
    with pytest.raises(CrmError):
        import_file(crm, book, modules="crm_role")
    assert len(crm.find("crm_role")) == 4


WRONG: list[tuple[Callable[[Workspace], object], str]] = [
    (lambda crm: crm.get("account", "\ud800"), "not_found"),
    (lambda crm: crm.get("account", []), "not_found"),  # type: ignore[call-overload]
    (lambda crm: crm.history("account", "\ud800"), "not_found"),
    (lambda crm: crm.undo(None), "bad_argument"),  # type: ignore[arg-type]
    (lambda crm: crm.undo("no such"), "no_such_operation"),
    (lambda crm: crm.run(lambda work: None, op_id=None), "bad_argument"),  # type: ignore[arg-type]
    (lambda crm: crm.run(lambda work: None, op_id="\ud800"), "forbidden_character"),
    (lambda crm: crm.run(lambda work: 1, op_id="a", request={"a": object()}), "request_not_json"),
    (lambda crm: crm.work(reason="x" * 5_000), "text_too_long"),
    (lambda crm: crm.work(origin="a\0"), "forbidden_character"),
    (lambda crm: crm.changes(after="x"), "bad_argument"),  # type: ignore[arg-type]
    (lambda crm: crm.find("account", columns=[1]), "bad_argument"),  # type: ignore[list-item]
    (lambda crm: crm.find("account", order=[1]), "bad_argument"),  # type: ignore[list-item]
    (lambda crm: crm.find("account", order=5), "bad_argument"),  # type: ignore[call-overload]
    (lambda crm: crm.summarize("x"), "bad_argument"),  # type: ignore[arg-type]
    (lambda crm: crm.digest("bogus"), "unknown_digest"),  # type: ignore[arg-type]
    (lambda crm: _create(crm, None), "not_a_record"),
    (lambda crm: _create(crm, [1]), "not_a_record"),
    (lambda crm: _create(crm, {"name": "甲", "owner": {"name": ["x"]}}), "not_a_key_value"),
]


def _create(crm: Workspace, values: object) -> None:
    with crm.work() as work:
        work.create("account", values)  # type: ignore[arg-type]


@pytest.mark.parametrize(("ask", "code"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_argument_gets_one_clear_error(
    crm: Workspace, ask: Callable[[Workspace], object], code: str
) -> None:
    with pytest.raises(CrmError) as refused:
        ask(crm)
    assert refused.value.code == code
    assert refused.value.message("zh") != code


def test_what_was_changed_and_removed_at_once_comes_back_as_its_next_version(
    crm: Workspace,
) -> None:
    with crm.work() as work:
        note = work.create("note", {"text": "一"})
    with crm.work() as work:
        work.update("note", note.id, {"text": "二"})
        work.delete("note", note.id)
    crm.undo(work.operation)
    assert crm.get("note", note.id)["text"] == "一"
    told = [(one.version, one.kind) for one in crm.history("note", note.id)]
    assert told == [(1, "created"), (2, "updated"), (2, "removed"), (3, "created")]
    assert crm.get("note", note.id).version == 3
