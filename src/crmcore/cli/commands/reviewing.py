"""`access`: reviews of rights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from crmcore import evolving, reviewing
from crmcore.access import Duty, DutyRule
from crmcore.cli.command import argument, command, flag, number, option
from crmcore.cli.commands.campaigning import campaign
from crmcore.cli.desk import Desk, moment
from crmcore.cli.exits import OK, REFUSED
from crmcore.cli.lessons import reviewing as lessons
from crmcore.explaining.explanation import operation_named
from crmcore.reviewing.sides import Side
from crmcore.work import Workspace

_DAYS: Final = 90
_PAIR: Final = 2
_NOW: Final = ("now", "现在")


@frozen
class _Asked:
    """An action with its words and options."""

    desk: Desk
    words: Sequence[str]
    file: str | None
    days: int
    modules: Sequence[str]
    out: str | None
    reason: str | None
    tell: bool


@command(
    "access",
    lessons.ACCESS,
    argument("action"),
    argument("words", many=True, required=False),
    option("--file", metavar="FILE"),
    number("--days", least=1),
    option("--module", many=True),
    option("--out", metavar="FILE"),
    option("--reason"),
    flag("--tell"),
)
def access(
    desk: Desk,
    action: str,
    words: tuple[str, ...],
    file: str | None,
    days: int | None,
    module: tuple[str, ...],
    out: str | None,
    reason: str | None,
    tell: bool,
) -> int:
    """Review rights."""
    if action not in ACTIONS:
        raise desk.bad("action", f"one of {', '.join(ACTIONS)}", f"可用：{'、'.join(ACTIONS)}")
    return ACTIONS[action](_Asked(desk, words, file, days or _DAYS, module, out, reason, tell))


def _matrix(asked: _Asked) -> int:
    desk, language = asked.desk, asked.desk.tongue.language
    found = reviewing.matrix(desk.workspace(), subjects=asked.words, modules=asked.modules)
    desk.screen.data(found.to_json())
    if asked.out is not None:
        found.to_xlsx(asked.out, language)
        desk.screen.note(desk.tongue(f"wrote {asked.out}", f"已写入 {asked.out}"))
        return OK
    for title, table in (
        (("operations", "功能权限"), found.functions(language)),
        (("records", "数据权限"), found.records(language)),
        (("fields", "字段权限"), found.field_levels(language)),
    ):
        if len(table):
            desk.screen.heading(desk.tongue(*title))
            desk.screen.table(table)
    return OK


def _diff(asked: _Asked) -> int:
    desk, language = asked.desk, asked.desk.tongue.language
    if not 1 <= len(asked.words) <= _PAIR:
        raise desk.bad("diff", "give OLD and NEW", "请给出旧与新")
    crm = desk.workspace()
    sides = [_side(desk, crm, word) for word in (*asked.words, "now")[:_PAIR]]
    found = reviewing.difference(crm, *sides)
    desk.screen.data(found.to_json())
    if found.is_empty:
        desk.screen.line(desk.tongue("nobody gains or loses anything", "无人增减权限"))
    for title, table in (
        (("operations", "操作"), found.table(language)),
        (("fields", "字段"), found.field_table(language)),
        (("users", "用户"), found.person_table(language)),
        (("records at once", "单次记录数"), found.limit_table(language)),
    ):
        if len(table):
            desk.screen.heading(desk.tongue(*title))
            desk.screen.table(table)
    return OK


def _side(desk: Desk, crm: Workspace, word: str) -> Side:
    if word in _NOW:
        return None
    path = Path(word)
    return evolving.read_files(path) if path.exists() else moment(desk, crm, word)


def _assert(asked: _Asked) -> int:
    desk = asked.desk
    texts = list(asked.words)
    if len(texts) > 1 and not any(" " in text for text in texts):
        texts = [" ".join(texts)]
    if asked.file is not None:
        texts += reviewing.assertions_in(Path(asked.file).read_text("utf-8-sig"))
    if not texts:
        raise desk.bad("assert", "give assertions, or --file", "请给出断言或 --file")
    found = reviewing.check(desk.workspace(), texts)
    desk.screen.data({"ok": all(one.holds for one in found), "found": [i.to_json() for i in found]})
    for one in found:
        mark, style = ("✓", None) if one.holds else ("✗", "red")
        desk.screen.line(f"{mark} {one.message(desk.tongue.language)}", style)
    return OK if all(one.holds for one in found) else REFUSED


def _unused(asked: _Asked) -> int:
    desk = asked.desk
    found = reviewing.unused(desk.workspace(), asked.days)
    desk.screen.data(found.to_json())
    desk.screen.table(found.table(desk.tongue.language))
    told = ", ".join(found.untraced)
    desk.screen.note(
        desk.tongue(
            f"not judged, since they leave no trace of their own: {told}",
            f"以下操作不留痕迹，未作判断：{told}",
        )
    )
    return OK


def _expiring(asked: _Asked) -> int:
    desk = asked.desk
    crm = desk.workspace()
    found = reviewing.expiring(crm, asked.days)
    table = reviewing.expiring_table(crm, found, desk.tongue.language)
    ends = [
        {"entry": one.entry, "holder": one.holder_name, "until": str(one.until)} for one in found
    ]
    desk.screen.data({"expiring": ends})
    desk.screen.table(table)
    return OK


def _duties(asked: _Asked) -> int:
    desk = asked.desk
    crm = desk.workspace()
    found = reviewing.conflicts(crm)
    told = [
        {"rule": one.rule.name, "user": one.name, "duties": [" ".join(p[::-1]) for p in one.places]}
        for one in found
    ]
    desk.screen.data({"conflicts": told})
    if not found:
        desk.screen.line(desk.tongue("nobody breaks a rule", "无人违反规则"))
        return OK
    desk.screen.table(reviewing.conflict_table(crm, found, desk.tongue.language))
    return REFUSED


def _separate(asked: _Asked) -> int:
    desk = asked.desk
    if len(asked.words) <= _PAIR:
        raise desk.bad("separate", "give a name and duties", "请给出名称与职责")
    name, *texts = asked.words
    duties = [_duty(desk, text) for text in texts]
    done = reviewing.separate(desk.workspace(), DutyRule(name, duties, not asked.tell))
    return _done(desk, done)


def _duty(desk: Desk, text: str) -> Duty:
    operation, _, module = text.partition(" ")
    return Duty(operation_named(operation), module.strip() or "*")


def _unite(asked: _Asked) -> int:
    desk = asked.desk
    if len(asked.words) != 1:
        raise desk.bad("unite", "give the name of a rule", "请给出规则名称")
    return _done(desk, reviewing.unite(desk.workspace(), asked.words[0]))


def _done(desk: Desk, operation: str) -> int:
    desk.screen.data({"operation": operation})
    desk.screen.line(
        desk.tongue(f"take back: crmcore undo {operation}", f"撤销：crmcore undo {operation}")
    )
    return OK


ACTIONS: Final[Mapping[str, Callable[[_Asked], int]]] = {
    "matrix": _matrix,
    "diff": _diff,
    "assert": _assert,
    "unused": _unused,
    "expiring": _expiring,
    "campaign": lambda asked: campaign(asked.desk, asked.words, asked.days, asked.reason),
    "duties": _duties,
    "separate": _separate,
    "unite": _unite,
}
"""What can be reviewed, by name."""
