"""`merge`."""

from __future__ import annotations

from collections.abc import Mapping

from crmcore import merging
from crmcore.cli.command import argument, command, flag, option
from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK
from crmcore.cli.language import Tongue
from crmcore.cli.lessons.merging import MERGE
from crmcore.cli.naming import record_named
from crmcore.merging import Merged
from crmcore.schema import Module
from crmcore.work import UnitOfWork, Workspace
from crmcore.work.stepping import new_op_id


@command(
    "merge",
    MERGE,
    argument("module"),
    argument("keep"),
    argument("others", many=True),
    option("--take", many=True, metavar="FIELD=RECORD"),
    flag("--dry-run"),
    option("--op-id", metavar="NAME"),
)
def merge(
    desk: Desk,
    module: str,
    keep: str,
    others: tuple[str, ...],
    take: tuple[str, ...],
    dry_run: bool,
    op_id: str | None,
) -> int:
    """Make one record of several."""
    crm = desk.workspace()
    definition = crm.schema.module(module)
    name = definition.name
    kept, *gone = (record_named(desk, crm, definition, one) for one in (keep, *others))
    wanted = _wanted(desk, crm, definition, take)
    if dry_run:
        told = merging.preview(crm, name, kept, gone, take=wanted).to_json()
    else:
        op_id = op_id or new_op_id(crm)

        def work_on(work: UnitOfWork) -> object:
            return merging.merge(work, name, kept, gone, take=wanted).to_json()

        request = {"module": name, "keep": kept, "others": gone, "take": wanted}
        told = crm.run(work_on, op_id=op_id, kind="merge", request=request)
    found = Merged.from_json(told)
    desk.screen.data({**found.to_json(), "operation": None if dry_run else op_id})
    _show(desk, crm, found, dict(zip((kept, *gone), (keep, *others), strict=True)), dry_run)
    if not dry_run:
        line = desk.tongue("take it back: crmcore undo ", "撤销：crmcore undo ")
        desk.screen.note(f"{line}{op_id}")
    return OK


def _wanted(desk: Desk, crm: Workspace, module: Module, texts: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, sign, record = text.partition("=")
        if not sign or not name.strip() or not record.strip():
            raise desk.bad("--take", "write FIELD=RECORD", "请写成 字段=记录")
        found[name.strip()] = record_named(desk, crm, module, record.strip())
    return found


def _show(
    desk: Desk, crm: Workspace, found: Merged, names: Mapping[str, str], dry_run: bool
) -> None:
    """What happened, with the records called as they were on the command line."""
    tongue, count = desk.tongue, len(found.others)
    kept = names.get(found.kept, found.kept)
    told = [
        tongue(
            f"{count} records {'would be' if dry_run else 'were'} merged into {kept}",
            f"{'将把' if dry_run else '已把'} {count} 条记录合并到 {kept}",
        )
    ]
    for name, source in found.taken.items():
        label, of = _label(tongue, crm, found.module, name), names.get(source, source)
        told.append(tongue(f"  {label}: from {of}", f"  {label}：取自 {of}"))
    for name in found.withheld:
        label = _label(tongue, crm, found.module, name)
        told.append(
            tongue(f"  {label}: not yours to write, stays empty", f"  {label}：您无权填写，仍为空")
        )
    for one in found.moved:
        module = crm.schema.module(one.module).label.shown(tongue.language, one.module)
        label = f"{module} · {_label(tongue, crm, one.module, one.field)}"
        told.append(tongue(f"  {label}: {one.count:,} moved", f"  {label}：转移 {one.count:,} 条"))
    if found.parked:
        waiting = len(found.parked)
        told.append(tongue(f"  {waiting} changes wait for approval", f"  {waiting} 项修改等待审批"))
    for line in told:
        desk.screen.line(line)


def _label(tongue: Tongue, crm: Workspace, module: str, name: str) -> str:
    return crm.schema.module(module).by_name[name].label.shown(tongue.language, name)
