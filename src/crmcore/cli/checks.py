"""What can be checked of a store from outside: its chain, its digest, its records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import frozen

from crmcore.access import System
from crmcore.cli.language import Tongue
from crmcore.query.bound import (
    BoundOrder,
    BoundQuery,
    IsEmpty,
    Negation,
    Ref,
    Within,
    full_columns,
)
from crmcore.records import Record, layout_of
from crmcore.schema.reserved import CHANGE_SET, OPERATION
from crmcore.storage import Intent
from crmcore.work import Workspace
from crmcore.work.digests import counted_content
from crmcore.work.operations import Operation, operation_of
from crmcore.work.sealing import Head, head_of, sealed_row, unsealed
from crmcore.work.session import Session

_START = "0" * 64
_MILLISECOND = timedelta(milliseconds=1)


@frozen
class Check:
    """One thing that was looked at, and what was found; `more` are lines about it."""

    name: str
    title: str
    finding: str
    is_bad: bool = False
    more: tuple[str, ...] = ()


def checks(crm: Workspace, tongue: Tongue) -> list[Check]:
    """Everything that can be said of a workspace that opened."""
    waiting = _waiting(crm)
    content = crm.digest()
    with crm._store.reading(System("doctor")) as session:
        head = head_of(session.transaction)
        counted = counted_content(session)
        broken, length = chain_break(session, head)
    modules = len(list(crm.configuration.modules()))
    store = tongue(
        f"{crm.backend_name}, {modules} modules", f"{crm.backend_name}，{modules} 个模块"
    )
    sealed = (
        tongue("some waited, and were sealed now", "有未封存的变更集，现已封存")
        if waiting
        else tongue("none waits", "无待封存")
    )
    chain = (
        tongue(f"{length} change sets verified", f"{length} 个变更集核对无误")
        if broken is None
        else tongue(f"broken at position {broken}", f"在位置 {broken} 处断开")
    )
    same = content.value == counted
    kept = tongue("kept and counted digests are equal", "保存的与重新计算的摘要一致")
    if head.content is None:
        kept = tongue("not kept; counted", "未保存，已重新计算")
    differs = tongue("the kept digest is not the counted one", "保存的摘要与重新计算的不一致")
    return [
        Check("store", tongue("store", "存储"), store),
        Check("sealing", tongue("unsealed change sets", "未封存的变更集"), sealed),
        Check("chain", tongue("chain", "变更链"), chain, broken is not None),
        Check("content", tongue("content", "内容"), kept if same else differs, not same),
        _unfinished(unfinished(crm), tongue),
    ]


def unfinished(crm: Workspace) -> list[Operation]:
    """Operations of which steps are missing, oldest first, but for those that were undone."""
    state, undoes = (Ref((), OPERATION.by_name[name]) for name in ("state", "undoes"))
    layout = layout_of(OPERATION)
    with crm._store.reading(System("doctor")) as session:
        columns = full_columns(OPERATION)
        running = BoundQuery(OPERATION, columns, Within(state, ("running",)))
        found = [operation_of(Record(layout, row)) for row in session.rows(running)]
        undone: dict[str, str] = {}
        for row in session.rows(BoundQuery(OPERATION, columns, Negation(IsEmpty(undoes)))):
            undone[str(row[layout.index["undoes"]])] = str(row[0])
    found = [one for one in found if not _is_undone(one.id, undone)]
    return sorted(found, key=lambda one: one.moment)


def _is_undone(operation: str, undone: dict[str, str]) -> bool:
    """Whether an undo took it back that was not taken back itself."""
    times = 0
    while operation in undone:
        operation = undone[operation]
        times += 1
    return times % 2 == 1


def _unfinished(found: Sequence[Operation], tongue: Tongue) -> Check:
    title = tongue("operations", "操作")
    if not found:
        return Check("operations", title, tongue("none is unfinished", "没有未完成的操作"))
    lines: list[str] = []
    for one in found:
        lines.append(f"{one.moment.isoformat(' ', 'seconds')}  {one.kind}  {one.reason or ''}")
        if one.kind == "import":
            again = f"crmcore import {tongue('FILE', '文件')} --op-id {one.op_id}"
        else:
            again = f"--op-id {one.op_id}"
        lines += [
            tongue(
                f"  go on, with the options it was begun with: {again}",
                f"  续做（选项与开始时相同）：{again}",
            ),
            tongue("  or take it back: ", "  或撤销：") + f"crmcore undo {one.op_id}",
        ]
    finding = tongue(
        f"{len(found)} still running, or interrupted", f"{len(found)} 个仍在进行或已中断"
    )
    return Check("operations", title, finding, True, tuple(lines))


def _waiting(crm: Workspace) -> bool:
    transaction = crm._store.backend.begin(Intent.READ)
    try:
        return unsealed(transaction)
    finally:
        transaction.rollback()


def chain_break(session: Session, head: Head) -> tuple[int | None, int]:
    """The first position where the chain does not hold (`None`: nowhere), and its length."""
    places = layout_of(CHANGE_SET).index
    position = Ref((), CHANGE_SET.by_name["position"])
    query = BoundQuery(
        CHANGE_SET,
        full_columns(CHANGE_SET),
        Negation(IsEmpty(position)),
        order=(BoundOrder(position),),
    )
    chain, length = _START, 0
    for row in session.rows(query):
        moment = row[places["moment"]]
        assert isinstance(moment, datetime)
        # The moment was settled when it was sealed: nothing moves it again.
        before = Head(length, moment - _MILLISECOND, chain, None)
        after, _ = sealed_row(before, row)
        length += 1
        if row[places["position"]] != length or row[places["chain"]] != after.chain:
            return length, length
        chain = after.chain
    if (length, chain) != (head.position, head.chain):
        return length + 1, length
    return None, length
