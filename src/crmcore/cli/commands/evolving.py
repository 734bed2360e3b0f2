"""`pull`, `plan`, `apply` and `purge`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from crmcore import evolving
from crmcore.cli.command import argument, command, flag, one_of, option
from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK, REFUSED
from crmcore.cli.lessons import evolving as lessons
from crmcore.errors import CrmError, Invalid, SchemaError
from crmcore.evolving import Applied, Document, Plan

FOLDER: Final = "config"


@command(
    "pull",
    lessons.PULL,
    argument("file", required=False),
    one_of("--format", choices=evolving.FORMATS, default="yaml"),
    flag("--force"),
)
def pull(desk: Desk, file: str | None, format: str, force: bool) -> None:
    """Write the configuration into files."""
    path = Path(file or FOLDER)
    found = evolving.pull(desk.workspace())
    if not force:
        _refuse_edited(path, found)
    written = evolving.write_files(found, path, format)
    desk.screen.data({"files": [str(one) for one in written]})
    count = len(written)
    desk.screen.line(
        desk.tongue(
            f"wrote {path}" + (f": {count} files" if count > 1 else ""),
            f"已写入 {path}" + (f"：{count} 个文件" if count > 1 else ""),
        )
    )
    desk.screen.note(
        desk.tongue(f"edit, then look: crmcore plan {path}", f"编辑后预览：crmcore plan {path}")
    )


def _refuse_edited(path: Path, found: Document) -> None:
    """Raise `Invalid` where files hold what is not in force: nobody's edits get lost."""
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    try:
        known: Document | None = evolving.read_files(path)
    except CrmError:
        known = None
    if known != found:
        raise Invalid("files_differ", name=path.name)


@command("plan", lessons.PLAN, argument("file", required=False), option("--out", metavar="FILE"))
def plan(desk: Desk, file: str | None, out: str | None) -> int:
    """Show what files would change."""
    path = Path(file or FOLDER)
    crm = desk.workspace()
    found = evolving.plan(crm, _document(path))
    show_plan(desk, found)
    desk.screen.data(found.to_json())
    if out is not None:
        text = json.dumps(found.to_json(), ensure_ascii=False, indent=2)
        Path(out).write_text(text + "\n", "utf-8", newline="\n")
        desk.screen.note(
            desk.tongue(
                f"apply it: crmcore apply --plan {out}", f"应用：crmcore apply --plan {out}"
            )
        )
    return REFUSED if found.blocking else OK


def _document(path: Path) -> Document:
    if not path.exists():
        raise FileNotFoundError(2, "", str(path))
    return evolving.read_files(path)


def show_plan(desk: Desk, found: Plan) -> None:
    """The steps of a plan and its consequences."""
    desk.screen.line(evolving.plan_text(found, desk.tongue.language))


@command(
    "apply",
    lessons.APPLY,
    argument("file", required=False),
    option("--plan", metavar="FILE"),
    option("--op-id", metavar="NAME"),
    option("--reason", metavar="TEXT"),
)
def apply(
    desk: Desk, file: str | None, plan: str | None, op_id: str | None, reason: str | None
) -> int:
    """Put files, or a stored plan, into force."""
    if file is not None and plan is not None:
        raise desk.bad(
            "--plan", "give files or a stored plan, not both", "请只给出文件或已保存的计划之一"
        )
    crm = desk.workspace()
    if plan is not None:
        found = _stored(Path(plan))
    else:
        found = evolving.plan(crm, _document(Path(file or FOLDER)))
    show_plan(desk, found)
    done = evolving.apply(crm, found, op_id=op_id, reason=reason)
    desk.screen.data(_data(done))
    _show_applied(desk, done)
    return REFUSED if done.refused else OK


def _stored(file: Path) -> Plan:
    try:
        return evolving.plan_from_json(json.loads(file.read_text("utf-8-sig")))
    except (ValueError, RecursionError):
        raise SchemaError("not_a_stored_plan") from None


def _data(done: Applied) -> dict[str, object]:
    return {
        "operation": done.operation,
        "steps": done.steps,
        "records": done.records,
        "emptied": done.emptied,
        "refused": [one.to_dict() for one in done.refused],
    }


def _show_applied(desk: Desk, done: Applied) -> None:
    if done.operation is None:
        return
    parts = [desk.tongue("applied", "已应用")]
    if done.records:
        parts.append(
            desk.tongue(f"{done.records:,} records rewritten", f"改写 {done.records:,} 条记录")
        )
    if done.emptied:
        parts.append(
            desk.tongue(
                f"{done.emptied:,} values did not convert", f"{done.emptied:,} 个值未能转换"
            )
        )
    if done.refused:
        count = len(done.refused)
        parts.append(desk.tongue(f"{count:,} records were refused", f"{count:,} 条记录被拒绝"))
    desk.screen.line()
    desk.screen.line(desk.tongue(", ", "，").join(parts))
    for one in done.refused[:10]:
        desk.screen.line(f"  {one.module} {one.record}: {one.message(desk.tongue.language)}")
    desk.screen.note(
        desk.tongue("take it back: crmcore undo ", "撤销：crmcore undo ") + done.operation
    )


@command(
    "purge",
    lessons.PURGE,
    argument("module", required=False),
    argument("field", required=False),
    flag("--apply"),
    option("--reason", metavar="TEXT"),
)
def purge(
    desk: Desk, module: str | None, field: str | None, apply: bool, reason: str | None
) -> None:
    """Show, or empty, what changes of kind left behind."""
    crm = desk.workspace()
    found = evolving.plan_purge(crm, module, field)
    desk.screen.line(evolving.purge_text(found, desk.tongue.language))
    done = evolving.purge(crm, found, reason=reason) if apply else None
    desk.screen.data({**found.to_json(), "operation": done})
    if done is not None:
        desk.screen.line(desk.tongue("purged", "已清除"))
    elif not found.is_empty:
        desk.screen.note(
            desk.tongue("for good: crmcore purge --apply", "彻底清除：crmcore purge --apply")
        )
