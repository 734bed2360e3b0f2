"""`access campaign`: a review from its beginning to what it takes away."""

from __future__ import annotations

from collections.abc import Sequence

from crmcore import reviewing
from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK
from crmcore.reviewing import Campaign
from crmcore.work import Workspace

_STEPS = ("list", "start", "show", "keep", "revoke", "sign")
_ALL = ("all", "全部")
_AT_ONCE = 5_000


def campaign(desk: Desk, words: Sequence[str], days: int, reason: str | None) -> int:
    """One step of a review."""
    step, *rest = words or ("list",)
    if step not in _STEPS or (step != "list" and not rest):
        known = ", ".join(_STEPS)
        raise desk.bad("campaign", f"one of {known}, and a name", f"可用：{known}，以及名称")
    crm = desk.workspace()
    if step == "list":
        return _list(desk, crm)
    name, *items = rest
    if step == "start":
        return _show(desk, reviewing.start(crm, name, days=days))
    if step == "show":
        return _show(desk, reviewing.campaign(crm, name))
    if step == "sign":
        return _sign(desk, crm, name)
    return _decide(desk, crm, name, step, items, reason)


def _list(desk: Desk, crm: Workspace) -> int:
    found = reviewing.campaigns(crm)
    desk.screen.data({"campaigns": [one.to_json() for one in found]})
    for one in found:
        left = len(one.undecided)
        told = desk.tongue(f"{left} undecided", f"{left} 项未决定")
        desk.screen.line(f"{one.id}  {one.name}  {one.state}  {told}")
    return OK


def _show(desk: Desk, found: Campaign) -> int:
    desk.screen.data(found.to_json())
    desk.screen.line(f"{found.name}  {found.state}  {found.picture}")
    if found.signature is not None:
        desk.screen.line(desk.tongue("signed: ", "签署：") + found.signature)
    if not found.is_sound:
        desk.screen.line(desk.tongue("changed since it began", "与开始时不一致"), "red")
    desk.screen.table(found.table(desk.tongue.language))
    return OK


def _decide(
    desk: Desk, crm: Workspace, name: str, step: str, items: Sequence[str], reason: str | None
) -> int:
    if list(items) in ([word] for word in _ALL):
        items = [one.id for one in reviewing.campaign(crm, name).undecided]
    if not items:
        raise desk.bad(step, "name items, or all", "请给出审查项，或 all")
    for at in range(0, len(items), _AT_ONCE):
        reviewing.decide(crm, name, items[at : at + _AT_ONCE], step, reason=reason)
    return _show(desk, reviewing.campaign(crm, name))


def _sign(desk: Desk, crm: Workspace, name: str) -> int:
    """Sign what is not signed yet, and carry out what was decided."""
    found = reviewing.campaign(crm, name)
    if found.signature is None:
        found = reviewing.close(crm, name)
    done = reviewing.carry_out(crm, found.id)
    desk.screen.data({**found.to_json(), "operation": done.operation, "revoked": done.revoked})
    desk.screen.line(desk.tongue("signed: ", "签署：") + str(found.signature))
    count = done.revoked
    desk.screen.line(desk.tongue(f"revoked: {count}", f"收回 {count} 项"))
    if done.operation is not None:
        undo = f"crmcore undo {done.operation}"
        desk.screen.line(desk.tongue(f"take back: {undo}", f"撤销：{undo}"))
    return OK
