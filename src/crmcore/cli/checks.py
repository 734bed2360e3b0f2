"""What can be checked of a store from outside: its chain, its digest, its records."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from crmcore.access import System
from crmcore.cli.language import Tongue
from crmcore.query.bound import BoundOrder, BoundQuery, IsEmpty, Negation, Ref, full_columns
from crmcore.records import layout_of
from crmcore.schema.reserved import CHANGE_SET
from crmcore.storage import Intent
from crmcore.work import Workspace
from crmcore.work.digests import counted_content
from crmcore.work.sealing import Head, head_of, sealed_row, unsealed
from crmcore.work.session import Session

_START = "0" * 64
_MILLISECOND = timedelta(milliseconds=1)


@frozen
class Check:
    """One thing that was looked at, and what was found."""

    name: str
    title: str
    finding: str
    is_bad: bool = False


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
    ]


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
