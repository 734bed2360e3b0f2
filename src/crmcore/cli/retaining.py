"""`crmcore privacy retention`: rules made and ended, what is due by them, and doing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from attrs import asdict

from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK, REFUSED
from crmcore.errors import Problem
from crmcore.privacy import retention
from crmcore.privacy.retention import Preview, RetentionAction, Rule

_NEEDED: Final = 4
_PLAIN: Final = ("list", "preview")
_USAGE: Final = (
    "list, preview, keep NAME MODULE CONDITION ACTION, or drop NAME",
    "可用：list、preview、keep 名称 模块 条件 方式、drop 名称",
)


def tell_retention(desk: Desk, words: Sequence[str], reason: str | None, *, is_meant: bool) -> int:
    """What is due by each rule; rules listed, made, ended; with `is_meant` it is done."""
    verb, *rest = words or ("preview",)
    if verb == "keep" and len(rest) == _NEEDED:
        name, module, where, action = rest
        rule = Rule(name, module, where, cast(RetentionAction, action), reason)
        return _changed(desk, retention.keep(desk.workspace(), rule))
    if verb == "drop" and len(rest) == 1:
        return _changed(desk, retention.drop(desk.workspace(), rest[0]))
    if rest or verb not in _PLAIN:
        raise desk.bad("retention", *_USAGE)
    if is_meant and verb == "preview":
        return _apply(desk)
    return _list(desk) if verb == "list" else _preview(desk)


def _changed(desk: Desk, operation: str) -> int:
    desk.screen.data({"operation": operation})
    desk.screen.line(
        desk.tongue(f"take back: crmcore undo {operation}", f"撤销：crmcore undo {operation}")
    )
    return OK


def _list(desk: Desk) -> int:
    found = retention.rules(desk.workspace())
    desk.screen.data({"rules": [asdict(one) for one in found]})
    _none(desk, found)
    for one in found:
        _heading(desk, one)
        if one.reason is not None:
            desk.screen.line(f"  {one.reason}")
    return OK


def _none(desk: Desk, found: Sequence[object]) -> None:
    if not found:
        desk.screen.line(desk.tongue("there are no rules", "没有保留期限规则"))


def _heading(desk: Desk, rule: Rule) -> None:
    desk.screen.line(f"{rule.name}: {rule.module}, {rule.where} → {rule.action}", "bold")


def _preview(desk: Desk) -> int:
    found = retention.preview(desk.workspace())
    desk.screen.data({"rules": [_plain(one, desk) for one in found]})
    _none(desk, found)
    for one in found:
        _heading(desk, one.rule)
        named = "、".join(title for _, title in one.examples)
        due = desk.tongue(f"{one.count} records due", f"{one.count} 条到期")
        desk.screen.line(f"  {due}" + (f": {named}" if named else ""))
        if one.problem is not None:
            desk.screen.line(f"  {one.problem.message(desk.tongue.language)}", "yellow")
    return REFUSED if any(one.problem is not None for one in found) else OK


def _plain(one: Preview, desk: Desk) -> dict[str, object]:
    examples = [{"id": record, "title": title} for record, title in one.examples]
    told = None if one.problem is None else one.problem.message(desk.tongue.language)
    return {**asdict(one.rule), "due": one.count, "examples": examples, "problem": told}


def _apply(desk: Desk) -> int:
    done = retention.apply(desk.workspace())
    language = desk.tongue.language
    plain = [
        {
            "name": one.rule.name,
            "done": one.count,
            "refused": [problem.message(language) for problem in one.refused],
        }
        for one in done
    ]
    desk.screen.data({"rules": plain})
    for one in done:
        said = desk.tongue(f"{one.count} records", f"{one.count} 条记录")
        desk.screen.line(f"{one.rule.name}: {one.rule.action}, {said}")
        for problem in one.refused:
            desk.screen.line(f"  {_told(problem, desk)}", "yellow")
    return REFUSED if any(one.refused for one in done) else OK


def _told(problem: Problem, desk: Desk) -> str:
    where = ".".join(part for part in (problem.module, problem.record) if part)
    return f"{where}: {problem.message(desk.tongue.language)}"
