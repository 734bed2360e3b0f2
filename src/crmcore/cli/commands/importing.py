"""`import` and `template`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from crmcore.cli.command import argument, command, flag, one_of, option
from crmcore.cli.commands.exporting import refuse_existing
from crmcore.cli.commands.making import standard
from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK, REFUSED
from crmcore.cli.lessons import beginning
from crmcore.errors import Invalid
from crmcore.sheets import binary_target, check_target
from crmcore.work import Workspace

if TYPE_CHECKING:
    from crmcore.importing import ImportHalted, Loaded, Plan, Question
    from crmcore.importing.plans import Answer


@command(
    "import",
    beginning.IMPORT,
    argument("files", many=True),
    flag("--dry-run"),
    option("--mapping", metavar="FILE"),
    option("--module", metavar="MODULE"),
    one_of("--errors", choices=("refuse", "reject")),
    one_of("--duplicates", choices=("ask", "create", "update", "skip"), default="ask"),
    flag("--adopt"),
    option("--rejects", metavar="FILE"),
    option("--op-id", metavar="NAME"),
    flag("--create"),
)
def import_(
    desk: Desk,
    files: tuple[str, ...],
    dry_run: bool,
    mapping: str | None,
    module: str | None,
    errors: str | None,
    duplicates: str,
    adopt: bool,
    rejects: str | None,
    op_id: str | None,
    create: bool,
) -> int:
    """Bring files in."""
    if len(files) > 1 and (op_id or rejects or mapping):
        raise desk.bad(
            "FILES",
            "--op-id, --rejects and --mapping are for one file",
            "--op-id、--rejects、--mapping 只能用于单个文件",
        )
    _check_files(files, rejects)
    crm = desk.workspace_or_new(standard()) if create else desk.workspace()
    options: dict[str, Any] = {
        "duplicates": duplicates,
        "errors": errors or ("reject" if rejects else "refuse"),
        "modules": module,
        "mapping": _mapping(desk, mapping, dry_run),
        "op_id": op_id,
    }
    done: list[dict[str, object]] = []
    try:
        bad = [_one(desk, crm, name, options, adopt, dry_run, mapping, rejects, done)
               for name in files]  # fmt: skip
    finally:
        # What was imported is told even where something failed after it.
        if done:
            desk.screen.data({"files": done})
    return REFUSED if any(bad) else OK


def _check_files(files: tuple[str, ...], rejects: str | None) -> None:
    """Raise `OSError` before anything is done, where it would fail in the end."""
    for name in files:
        if not Path(name).is_file():
            raise FileNotFoundError(2, "", name)
    if rejects is not None:
        check_target(rejects)


def _one(
    desk: Desk,
    crm: Workspace,
    name: str,
    options: dict[str, Any],
    adopt: bool,
    dry_run: bool,
    mapping: str | None,
    rejects: str | None,
    done: list[dict[str, object]],
) -> bool:
    """Plan one file, and load it; adds its data to `done`. Whether something was refused."""
    from crmcore.cli.planned import loaded_data, plan_data, show_plan

    desk.screen.line(name, "bold")
    made = planned(desk, crm, name, options, adopt and not dry_run)
    show_plan(desk, crm.schema, made)
    data = plan_data(desk, made)
    bad = made.counts.refused > 0 or made.total_problems > 0
    if dry_run:
        _kept_dry(desk, crm, made, mapping, rejects)
        done.append({"file": name, "dry_run": True, **data})
        return bad
    tell_begun(desk, made, name)
    found = loaded(desk, crm, made)
    tell_loaded(desk, found)
    told: dict[str, object] = {"file": name, **data, **loaded_data(found)}
    done.append(told)
    if rejects is not None:
        told.update(loaded_data(kept_rejects(desk, crm, made, rejects)))
    return found.counts.refused > 0


def _kept_dry(
    desk: Desk, crm: Workspace, made: Plan, mapping: str | None, rejects: str | None
) -> None:
    """The files that a dry run leaves."""
    if mapping is not None and not Path(mapping).exists():
        _save_mapping(made, Path(mapping))
        desk.screen.note(desk.tongue(f"mapping written: {mapping}", f"已写出对应关系：{mapping}"))
    if rejects is not None and made.counts.refused:
        from crmcore.importing import save_rejects

        save_rejects(crm, made, rejects)
        _tell_rejects(desk, rejects)
    desk.screen.note(desk.tongue("nothing was written (--dry-run)", "未写入任何数据（--dry-run）"))


def planned(desk: Desk, crm: Workspace, name: str, options: dict[str, Any], adopt: bool) -> Plan:
    """The plan of one file; with `adopt`, what it proposes is made first."""
    from crmcore import importing
    from crmcore.cli.planned import rows_progress

    path = str(Path(name).resolve())
    with rows_progress(desk, desk.tongue("planning", "规划")) as told:
        if adopt:
            structure = importing.plan(crm, path, **options, rehearse=False)
            # What is proposed shows without trying rows; they are tried once it is there.
            return importing.adopt(crm, evolve(structure, rehearsed=True), progress=told)
        can_ask = sys.stdin.isatty() and not desk.screen.json and options["duplicates"] == "ask"
        ask = _asking(desk) if can_ask else None
        return importing.plan(crm, path, **options, ask=ask, progress=told)


def tell_begun(desk: Desk, made: Plan, name: str) -> None:
    """Before the first step: by which name the import is found again, whatever happens to it."""
    if made.options.errors == "refuse" and made.total_problems:
        return
    again = f"crmcore import {name} --op-id {made.op_id}"
    desk.screen.note(
        desk.tongue(
            f"operation {made.op_id}; if it is interrupted, go on with the same options: {again}",
            f"操作号 {made.op_id}；如中断，可用相同选项续传：{again}",
        )
    )


def loaded(desk: Desk, crm: Workspace, made: Plan) -> Loaded:
    """Carry a plan out; where it is refused, tell the rows."""
    from crmcore import importing
    from crmcore.cli.planned import problem_line, rows_progress

    try:
        with rows_progress(desk, desk.tongue("importing", "导入")) as told:
            return importing.load(crm, made, progress=told)
    except importing.ImportHalted as halted:
        if halted.written:
            for one in halted.rows[:20]:
                desk.screen.line(f"  {problem_line(desk, one)}", "yellow")
        raise _shortened(halted) from None


def _shortened(halted: ImportHalted) -> Exception:
    """The refusal without its rows, which were shown already."""
    from crmcore.errors import ImportRefused

    return ImportRefused(halted.problems[:1])


def tell_loaded(desk: Desk, found: Loaded) -> None:
    """What an import did, and how to take it back."""
    from crmcore.cli.planned import counted

    text = counted(desk, found.counts)
    desk.screen.line(desk.tongue(f"imported: {text}", f"已导入：{text}"), "green")
    desk.screen.note(
        desk.tongue("take it back: crmcore undo ", "撤销：crmcore undo ") + found.op_id
    )


def kept_rejects(desk: Desk, crm: Workspace, made: Plan, rejects: str) -> Loaded:
    """Write the refused rows of an import that is done."""
    from crmcore import importing

    found = importing.load(crm, made, rejects=rejects)
    if found.rejects:
        _tell_rejects(desk, found.rejects)
    return found


def _tell_rejects(desk: Desk, path: str) -> None:
    desk.screen.line(desk.tongue(f"rows with problems: {path}", f"问题行已写入：{path}"))


def _asking(desk: Desk) -> Any:
    settled: list[Answer] = []

    def ask(question: Question) -> Answer | None:
        if settled:
            return settled[0]
        desk.screen.note(
            desk.tongue(
                f"{question.sheet} row {question.row}: such a record exists.",
                f"{question.sheet} 第 {question.row} 行：已有这样的记录。",
            )
            + desk.tongue(
                " [u]pdate it, [s]kip the row, [c]reate another? (capital: all others too) ",
                " 更新[u]、跳过[s]、另建[c]？（大写表示其余照此）",
            )
        )
        word = sys.stdin.readline().strip()
        answers: dict[str, Answer] = {"u": "update", "s": "skip", "c": "create"}
        found = answers.get(word.lower())
        if found is not None and word.isupper():
            settled.append(found)
        return found

    return ask


def _mapping(desk: Desk, name: str | None, dry_run: bool) -> object:
    if name is None or (dry_run and not Path(name).exists()):
        return None
    from crmcore.importing.mapping import mapping_from_json

    try:
        data = json.loads(Path(name).read_text("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Invalid("not_a_mapping", reason="JSON") from None
    if not isinstance(data, dict):
        raise Invalid("not_a_mapping", reason="JSON")
    if "columns" in data and "version" in data:
        return mapping_from_json(data)
    return {
        key: mapping_from_json(value) if isinstance(value, dict) and "columns" in value else value
        for key, value in data.items()
    }


def _save_mapping(made: Plan, path: Path) -> None:
    from crmcore.importing.mapping import mapping_to_json

    data = {one.sheet: mapping_to_json(one.mapping) for one in made.sheets}
    with binary_target(path) as stream:
        stream.write(json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n")


@command(
    "template",
    beginning.TEMPLATE,
    argument("file"),
    argument("modules", many=True),
    flag("--force"),
)
def template(desk: Desk, file: str, modules: tuple[str, ...], force: bool) -> None:
    """Write an empty workbook to fill in."""
    from crmcore import importing

    path = Path(file)
    if path.suffix.lower() != ".xlsx":
        raise Invalid("unknown_ending", name=file, known=".xlsx")
    crm = desk.workspace()
    for name in modules:
        crm.schema.module(name)
    refuse_existing(path, force)
    count = importing.template(crm, modules, path, language=desk.tongue.language)
    desk.screen.data({"file": file, "sheets": count})
    desk.screen.line(desk.tongue(f"{count} sheets → {file}", f"{count} 张表 → {file}"))
