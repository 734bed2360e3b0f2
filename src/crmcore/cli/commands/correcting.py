"""`update`, `history` and `undo`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from crmcore import editing
from crmcore.cli.command import argument, command, flag, number, option
from crmcore.cli.commands.asking import print_rows
from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK, REFUSED
from crmcore.cli.lessons import trusting
from crmcore.cli.naming import linked_titles, record_named
from crmcore.cli.screen import one_line, plain
from crmcore.editing import Preview
from crmcore.errors import Invalid, Language, NotFound
from crmcore.query import ast
from crmcore.schema import Module
from crmcore.tables import TableColumn
from crmcore.tables.shown import Presentation, shower
from crmcore.work import Change, FieldFate, Undone, Workspace


@command(
    "update",
    trusting.UPDATE,
    argument("module"),
    argument("where", required=False),
    option("--set", many=True, metavar="FIELD=VALUE"),
    flag("--all-records"),
    flag("--dry-run"),
    option("--op-id", metavar="NAME"),
)
def update(
    desk: Desk,
    module: str,
    where: str | None,
    set: tuple[str, ...],
    all_records: bool,
    dry_run: bool,
    op_id: str | None,
) -> int:
    """Change many records."""
    changes = _changes(desk, set)
    if where is None and not all_records:
        raise desk.bad(
            "WHERE",
            "give a condition, or --all-records",
            "请给出条件，或用 --all-records",
        )
    crm = desk.workspace()
    found = editing.preview(crm, module, where, changes)
    show_preview(desk, found)
    if found.problems:
        raise Invalid(found.problems)
    if dry_run:
        desk.screen.data(_previewed(found))
        desk.screen.note(
            desk.tongue("nothing was changed (--dry-run)", "未作任何修改（--dry-run）")
        )
        return OK
    done = editing.update(crm, module, where, changes, op_id=op_id)
    desk.screen.data({"operation": done.operation, "changed": done.count, "steps": done.steps})
    desk.screen.line(
        desk.tongue(f"{done.count:,} records changed", f"已修改 {done.count:,} 条记录")
    )
    if done.operation is not None:
        desk.screen.note(
            desk.tongue("take it back: crmcore undo ", "撤销：crmcore undo ") + done.operation
        )
    return OK


def _changes(desk: Desk, texts: tuple[str, ...]) -> dict[str, object]:
    if not texts:
        raise desk.bad(
            "--set", "say what to change: --set FIELD=VALUE", "请说明修改内容：--set 字段=值"
        )
    found: dict[str, object] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise desk.bad("--set", "write FIELD=VALUE", "请写成 字段=值")
        found[name.strip()] = value.strip() or None
    return found


def show_preview(desk: Desk, found: Preview) -> None:
    """How many records are found and change, and the first of them."""
    desk.screen.line(
        desk.tongue(
            f"{found.count:,} records found, {found.changing:,} change",
            f"找到 {found.count:,} 条记录，其中 {found.changing:,} 条将改变",
        )
    )
    if len(found.sample):
        desk.screen.table(found.sample)
        left = found.changing - len(found.sample)
        if left > 0:
            desk.screen.note(desk.tongue(f"… and {left:,} more", f"……还有 {left:,} 条"))


def _previewed(found: Preview) -> dict[str, object]:
    sample = plain(found.sample)
    return {"found": found.count, "changing": found.changing, "sample": sample}


@command(
    "history",
    trusting.HISTORY,
    argument("module", required=False),
    argument("record", required=False),
    number("--limit", least=1, default=20),
)
def history(desk: Desk, module: str | None, record: str | None, limit: int) -> None:
    """Operations, or the changes of one record."""
    crm = desk.workspace()
    if module is None:
        _operations(desk, crm, limit)
        return
    if record is None:
        raise desk.bad("RECORD", "which record?", "请指明是哪条记录")
    definition = crm.schema.module(module)
    changes = crm.history(definition.name, record_named(desk, crm, definition, record))
    zone = ZoneInfo(crm.configuration.setting("zone", "UTC"))
    present = Presentation(desk.tongue.language, linked_titles(crm, definition, changes), zone)
    desk.screen.data({"changes": [_change(definition, one) for one in changes]})
    for one in changes:
        moment = one.moment.astimezone(zone).replace(tzinfo=None).isoformat(" ", "seconds")
        user = crm.configuration.users.get(one.user)
        who = user.name if user is not None else one.user
        what = _kind(desk, one.kind)
        desk.screen.line(f"{moment}  {who}  {what}  v{one.version}  {one.operation}", "bold")
        for name, (before, after) in one.fields.items():
            desk.screen.line(f"    {_difference(definition, present, name, before, after)}")


def _kind(desk: Desk, kind: str) -> str:
    words = {
        "created": desk.tongue("created", "新建"),
        "updated": desk.tongue("changed", "修改"),
        "removed": desk.tongue("removed", "删除"),
    }
    return words[kind]


def _difference(
    module: Module, present: Presentation, name: str, before: object, after: object
) -> str:
    one = module.by_name[name]
    column = TableColumn(name, one.label, one.kind)
    show: Callable[[object], str] = shower(column, present)
    label = one.label.shown(present.language, name)
    former = "" if before is None else one_line(show(before))
    latter = "—" if after is None else one_line(show(after))
    return f"{label}: {former} → {latter}" if former else f"{label}: {latter}"


def _change(module: Module, one: Change) -> dict[str, object]:
    kinds = {name: module.by_name[name].kind for name in one.fields}
    fields = {
        name: [None if value is None else kinds[name].to_json(value) for value in pair]
        for name, pair in one.fields.items()
    }
    return {
        "kind": one.kind,
        "version": one.version,
        "user": one.user,
        "moment": one.moment.isoformat(),
        "operation": one.operation,
        "position": one.position,
        "fields": fields,
    }


def _operations(desk: Desk, crm: Workspace, limit: int) -> None:
    zone = ZoneInfo(crm.configuration.setting("zone", "UTC"))
    users = crm.configuration.users
    page = crm.find("crm_operation", order="moment desc", limit=limit)
    rows: list[dict[str, object]] = []
    for one in page:
        moment = one["moment"]
        assert isinstance(moment, datetime)
        user = users.get(str(one["user"]))
        rows.append(
            {
                "moment": moment.astimezone(zone).replace(tzinfo=None).isoformat(" ", "seconds"),
                "operation": one["op_id"],
                "kind": one["kind"],
                "state": one["state"],
                "user": one["user"] if user is None else user.name,
                "reason": one["reason"],
            }
        )
    desk.screen.data({"operations": rows})
    if not rows:
        hint = page.hint or desk.tongue("no operations", "没有操作")
        desk.screen.line(hint)
        return
    heads = {
        "moment": desk.tongue("when", "时间"),
        "operation": desk.tongue("operation", "操作号"),
        "kind": desk.tongue("kind", "类型"),
        "state": desk.tongue("state", "状态"),
        "user": desk.tongue("who", "用户"),
        "reason": desk.tongue("why", "原因"),
    }
    words = {
        "done": desk.tongue("done", "完成"),
        "running": desk.tongue("unfinished", "未完成"),
    }
    for row in rows:
        row["state"] = words.get(str(row["state"]), row["state"])
    print_rows(desk, heads, rows)


@command(
    "undo",
    trusting.UNDO,
    argument("operation", required=False),
    flag("--last"),
    flag("--preview"),
)
def undo(desk: Desk, operation: str | None, last: bool, preview: bool) -> int:
    """Take an operation back."""
    crm = desk.workspace()
    if (operation is None) != last:
        raise desk.bad(
            "OPERATION", "name one operation, or --last", "请给出一个操作号，或用 --last"
        )
    found = operation if operation is not None else _last(crm)
    done = crm.undo(found, preview=preview)
    desk.screen.data({**done.to_json(), "preview": preview})
    show_undone(desk, done, preview)
    return REFUSED if done.impossible else OK


_NOT_UNDOABLE = ("create", "configure", "recompute", "demo")


def _last(crm: Workspace) -> str:
    where = ast.Not(
        ast.Compare("in", ast.Name("kind"), ast.Items([ast.Value(one) for one in _NOT_UNDOABLE]))
    )
    page = crm.find("crm_operation", where, order="moment desc", limit=1)
    if not page:
        raise NotFound("nothing_to_undo")
    return str(page[0]["op_id"])


def show_undone(desk: Desk, done: Undone, preview: bool) -> None:
    """What an undo did, or would do."""
    tongue, records = desk.tongue, len({(one.module, one.record) for one in done.restored})
    desk.screen.line(
        tongue(
            f"{records:,} records {'would be ' if preview else ''}brought back,"
            f" {len(done.kept):,} later edits kept, {len(done.impossible):,} impossible",
            f"{'将' if preview else '已'}恢复 {records:,} 条记录，"
            f"保留之后的修改 {len(done.kept):,} 处，无法恢复 {len(done.impossible):,} 处",
        )
    )
    for fates, what in (
        (done.kept, tongue("kept", "保留")),
        (done.impossible, tongue("impossible", "无法恢复")),
    ):
        for one in fates[:10]:
            desk.screen.line(f"  {what}: {_fate(one, tongue.language)}")


def _fate(one: FieldFate, language: Language) -> str:
    where = ".".join(part for part in (one.module, one.field) if part)
    return f"{where} {one.record} {one.message(language)}".rstrip()
