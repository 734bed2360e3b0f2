"""`privacy`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from crmcore import privacy
from crmcore.cli.command import argument, command, flag, option
from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK
from crmcore.cli.lessons.privacy import PRIVACY
from crmcore.cli.naming import record_named
from crmcore.cli.retaining import tell_retention
from crmcore.errors import Invalid, Problem
from crmcore.privacy import Erasure
from crmcore.work import Workspace

_LONGEST: Final = 64_000_000


@command(
    "privacy",
    PRIVACY,
    argument("action"),
    argument("module", required=False),
    argument("record", required=False),
    argument("values", required=False, many=True),
    option("--out", metavar="FILE"),
    option("--reason", metavar="TEXT"),
    flag("--yes"),
    flag("--apply"),
)
def privacy_(
    desk: Desk,
    action: str,
    module: str | None,
    record: str | None,
    values: tuple[str, ...],
    out: str | None,
    reason: str | None,
    yes: bool,
    apply: bool,
) -> int:
    """What the law asks for a person."""
    whole: Mapping[str, Callable[[], int]] = {
        "retention": lambda: tell_retention(
            desk, [*(one for one in (module, record) if one), *values], reason, is_meant=apply
        ),
        "erasures": lambda: _erasures(desk, out),
        "replay": lambda: _replay(desk, module),
    }
    if action in whole:
        return whole[action]()
    known: Mapping[str, Callable[[Workspace, str, str], int]] = {
        "export": lambda crm, name, one: _export(desk, crm, name, one, out),
        "correct": lambda crm, name, one: _correct(desk, crm, name, one, values, reason),
        "restrict": lambda crm, name, one: _restrict(desk, crm, name, one, reason),
        "release": lambda crm, name, one: _release(desk, crm, name, one, reason),
        "anonymise": lambda crm, name, one: _erase(desk, crm, action, name, one, reason, yes),
        "erase": lambda crm, name, one: _erase(desk, crm, action, name, one, reason, yes),
    }
    if action not in known:
        names = (*known, *whole)
        raise desk.bad("action", f"one of {', '.join(names)}", f"可用：{'、'.join(names)}")
    if module is None or record is None:
        raise desk.bad("record", "name a module and a record", "请指定模块和记录")
    crm = desk.workspace()
    definition = crm.schema.module(module)
    return known[action](crm, definition.name, record_named(desk, crm, definition, record))


def _export(desk: Desk, crm: Workspace, module: str, record: str, out: str | None) -> int:
    found = privacy.export(crm, module, record)
    _written(desk, found.to_json(), out)
    if out is not None:
        for part in found.parts:
            desk.screen.line(f"{part.how:9} {part.module}: {len(part.versions)}")
    return OK


def _correct(
    desk: Desk,
    crm: Workspace,
    module: str,
    record: str,
    values: tuple[str, ...],
    reason: str | None,
) -> int:
    given = dict(_pair(desk, one) for one in values)
    privacy.correct(crm, module, record, given, reason=reason)
    desk.screen.data({"record": record})
    desk.screen.line(desk.tongue("corrected", "已更正"))
    return OK


def _pair(desk: Desk, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise desk.bad("values", f"field=value, not {text}", f"应为 字段=值，而非 {text}")
    return name.strip(), value


def _restrict(desk: Desk, crm: Workspace, module: str, record: str, reason: str | None) -> int:
    privacy.restrict(crm, module, record, reason=reason)
    desk.screen.data({"record": record, "restricted": True})
    desk.screen.line(desk.tongue("stored, and nothing else", "仅保存，不作其他处理"))
    return OK


def _release(desk: Desk, crm: Workspace, module: str, record: str, reason: str | None) -> int:
    privacy.release(crm, module, record, reason=reason)
    desk.screen.data({"record": record, "restricted": False})
    desk.screen.line(desk.tongue("in use again", "已恢复处理"))
    return OK


def _erase(
    desk: Desk,
    crm: Workspace,
    action: str,
    module: str,
    record: str,
    reason: str | None,
    is_meant: bool,
) -> int:
    if not is_meant:
        for part in privacy.export(crm, module, record).parts:
            desk.screen.line(f"{part.how:9} {part.module}: {len(part.versions)}")
        raise desk.bad("yes", "say --yes to erase it for good", "确认永久删除请加 --yes")
    done = (privacy.erase if action == "erase" else privacy.anonymise)(
        crm, module, record, reason=reason
    )
    _tell(desk, done)
    return OK


def _tell(desk: Desk, done: Erasure) -> None:
    physical = Problem(done.physical).message(desk.tongue.language)
    records, mentions = dict(done.records), {name: len(ids) for name, ids in done.mentions.items()}
    facts = {"erasure": done.id, "versions": done.versions, "records": records}
    desk.screen.data({**facts, "mentions": dict(done.mentions), "physical": physical})
    said = desk.tongue(f"{done.versions} versions erased", f"已删除 {done.versions} 个版本")
    desk.screen.line(f"{said}; {physical}")
    for name, count in mentions.items():
        left = desk.tongue(f"{name}: {count} more name the person", f"{name}：另有 {count} 条提及")
        desk.screen.line(left, "yellow")


def _erasures(desk: Desk, out: str | None) -> int:
    listed = privacy.erasures(desk.workspace())
    _written(desk, privacy.erasures_to_json(listed), out)
    return OK


def _replay(desk: Desk, file: str | None) -> int:
    if file is None:
        raise desk.bad("module", "name the file with the erasures", "请指定删除清单文件")
    try:
        data = json.loads(Path(file).read_text("utf-8")[:_LONGEST])
    except (ValueError, RecursionError):
        raise Invalid("not_erasures") from None
    done = privacy.replay(desk.workspace(), privacy.erasures_from_json(data))
    desk.screen.data({"replayed": len(done)})
    said = desk.tongue(f"{len(done)} erasures carried out", f"已重新执行 {len(done)} 项删除")
    desk.screen.line(said)
    return OK


def _written(desk: Desk, data: Mapping[str, object], out: str | None) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=1, default=str)
    if out is None:
        desk.screen.data(dict(data))
        desk.screen.line(text)
        return
    Path(out).write_text(text + "\n", "utf-8")
    desk.screen.data({"file": out})
