"""What must hold of a store whatever happened to it."""

from __future__ import annotations

from datetime import datetime, timedelta

from crmcore import System, Workspace
from crmcore.query.bound import BoundQuery, full_columns
from crmcore.records import layout_of
from crmcore.schema.reserved import CHANGE_SET
from crmcore.work.digests import counted_content
from crmcore.work.sealing import Head, head_of, sealed_row

_PLACE = layout_of(CHANGE_SET).index


def check_whole(crm: Workspace) -> None:
    """No gap in the positions, the chain unbroken, the kept digest the counted one, no bad link."""
    positions = [one.position for one in crm.changes()]
    assert positions == list(range(1, len(positions) + 1))
    with crm._store.reading(System("check")) as session:
        assert counted_content(session) == crm.digest().value
        rows = session.rows(BoundQuery(CHANGE_SET, full_columns(CHANGE_SET)))
        ordered = sorted(rows, key=lambda row: int(str(row[_PLACE["position"]])))
        _check_chain(ordered, head_of(session.transaction))
    assert len(crm.find("deal", "account != null and account.name == null")) == 0


def _check_chain(rows: list[tuple[object, ...]], head: Head) -> None:
    """Every change set follows from the one before it, and the head from the last."""
    chain = "0" * 64
    for place, row in enumerate(rows):
        moment = row[_PLACE["moment"]]
        assert isinstance(moment, datetime)
        before = Head(place, moment - timedelta(milliseconds=1), chain, None)
        after, made = sealed_row(before, row)
        assert made[_PLACE["position"]] == row[_PLACE["position"]]
        assert made[_PLACE["chain"]] == row[_PLACE["chain"]]
        chain = after.chain
    assert (head.position, head.chain) == (len(rows), chain)
