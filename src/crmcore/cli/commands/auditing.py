"""`audit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from crmcore.audit import head, verdicts, verify
from crmcore.cli.anchors import anchor as found_anchor
from crmcore.cli.command import argument, command, number, option
from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK, REFUSED
from crmcore.cli.lessons import auditing
from crmcore.cli.screen import plain

_SHOWN: Final = 50
_COLUMNS: Final = (
    "position",
    "moment",
    "kind",
    "user",
    "module",
    "record",
    "fields",
    "count",
    "reason",
)


@command(
    "audit",
    auditing.AUDIT,
    argument("action"),
    argument("where", required=False),
    option("--anchor", metavar="HEAD"),
    number("--limit", least=1),
)
def audit(desk: Desk, action: str, where: str | None, anchor: str | None, limit: int | None) -> int:
    """Look at what was remembered."""
    known: Mapping[str, Callable[[], int]] = {
        "entries": lambda: _entries(desk, where, limit or _SHOWN),
        "head": lambda: _head(desk),
        "verify": lambda: _verify(desk, anchor),
        "watch": lambda: _watch(desk),
    }
    if action not in known:
        raise desk.bad("action", f"one of {', '.join(known)}", f"可用：{'、'.join(known)}")
    return known[action]()


def _entries(desk: Desk, where: str | None, limit: int) -> int:
    crm = desk.workspace()
    columns = list(_COLUMNS)
    table = crm.find("crm_audit_entry", where, columns=columns, order="position desc", limit=limit)
    desk.screen.data({"entries": plain(table)})
    desk.screen.table(table)
    return OK


def _head(desk: Desk) -> int:
    found = head(desk.workspace())
    desk.screen.data({"head": str(found), "position": found.position, "entries": found.entries})
    desk.screen.line(str(found))
    return OK


def _verify(desk: Desk, anchor: str | None) -> int:
    found = verify(desk.workspace(), None if anchor is None else found_anchor(anchor))
    language = desk.tongue.language
    told = [one.to_dict(language) for one in found.problems]
    counts = {"changes": found.changes, "versions": found.versions, "entries": found.entries}
    erased = [
        {"module": one.module, "record": one.record, "versions": one.versions,
         "by": one.user, "at": one.moment.isoformat()}
        for one in found.erased
    ]  # fmt: skip
    desk.screen.data({"ok": found.is_sound, **counts, "problems": told, "erased": erased})
    for one in found.problems:
        place = one.where()
        text = one.message(language)
        desk.screen.line(f"✗ {place}: {text}" if place else f"✗ {text}", "red")
    for part in found.erased:
        gone = desk.tongue(
            f"{part.module} {part.record}: {part.versions} versions erased at {part.moment:%F}",
            f"{part.module} {part.record}：{part.moment:%F} 删除了 {part.versions} 个版本",
        )
        desk.screen.line(gone)
    looked = desk.tongue(
        f"{found.changes} change sets, {found.versions} versions, {found.entries} audit entries",
        f"{found.changes} 个变更集、{found.versions} 个版本、{found.entries} 条审计记录",
    )
    sound = desk.tongue("as they were written", "与写入时相同")
    broken = desk.tongue("not as they were written", "与写入时不同")
    desk.screen.line(f"{looked}: {sound if found.is_sound else broken}")
    return OK if found.is_sound else REFUSED


def _watch(desk: Desk) -> int:
    crm = desk.workspace()
    found = [one for one in verdicts(crm) if one.findings]
    language = desk.tongue.language
    users = crm.configuration.users
    told: list[dict[str, object]] = []
    for one in found:
        name = users[one.user].name if one.user in users else one.user
        reasons = [finding.message(language) for finding in one.findings]
        told.append({"user": name, "decision": one.decision, "reasons": reasons})
        desk.screen.line(f"{name}: {one.decision}", "red" if one.decision == "block" else "yellow")
        for reason in reasons:
            desk.screen.line(f"    {reason}")
    desk.screen.data({"verdicts": told})
    if not found:
        desk.screen.line(desk.tongue("nobody stands out", "没有异常"))
    return REFUSED if found else OK
