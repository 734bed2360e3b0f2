"""`crmcore privacy retention`: what is due by the rules, and doing it."""

from __future__ import annotations

from attrs import asdict

from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK, REFUSED
from crmcore.errors import Problem
from crmcore.privacy import retention
from crmcore.privacy.retention import Preview


def tell_retention(desk: Desk, *, is_meant: bool) -> int:
    """What is due by each rule; with `is_meant` it is done."""
    return _apply(desk) if is_meant else _preview(desk)


def _preview(desk: Desk) -> int:
    found = retention.preview(desk.workspace())
    desk.screen.data({"rules": [_plain(one, desk) for one in found]})
    if not found:
        desk.screen.line(desk.tongue("there are no rules", "没有保留期限规则"))
    for one in found:
        rule = one.rule
        desk.screen.line(f"{rule.name}: {rule.module}, {rule.where} → {rule.action}", "bold")
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
