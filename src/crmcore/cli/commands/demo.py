"""`demo`: the main job from end to end, told as it happens."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from crmcore import editing
from crmcore.cli.command import command, flag, number
from crmcore.cli.commands.correcting import show_preview, show_undone
from crmcore.cli.commands.importing import kept_rejects, loaded, planned, tell_loaded
from crmcore.cli.commands.making import standard
from crmcore.cli.demo import FEWEST_CUSTOMERS
from crmcore.cli.desk import Desk
from crmcore.cli.exits import FAULT, OK
from crmcore.cli.lessons import beginning
from crmcore.cli.staging import BOOK, REJECTS, STORE, prepare_stage, remember_files
from crmcore.query import ast
from crmcore.work import Workspace, open_workspace

CUSTOMERS: Final = 2_000
SEED: Final = 20_250_630
_TOP: Final = 8
_CONDITION: Final = (
    "region == 'East China' and level == 'Normal'",
    "区域 == '华东' 且 客户级别 == '普通客户'",
)
_CHANGE: Final = (("status", "Active"), ("客户状态", "成交客户"))


@command(
    "demo",
    beginning.DEMO,
    number("--customers", least=FEWEST_CUSTOMERS, default=CUSTOMERS),
    number("--seed", default=SEED),
    flag("--force"),
)
def demo(desk: Desk, customers: int, seed: int, force: bool) -> int:
    """The whole story."""
    from crmcore.cli.planned import show_plan

    tongue, screen = desk.tongue, desk.screen
    folder = Path.cwd()
    screen.heading(tongue("1. A messy workbook", "一、一份杂乱的工作簿"))
    truth = prepare_stage(folder, customers, seed, force)
    sheets = tongue(", ", "，").join(f"{name} {count:,}" for name, count in truth.rows.items())
    screen.line(tongue(f"  {BOOK}: {sheets} rows", f"  {BOOK}：{sheets} 行"))

    screen.heading(tongue("2. Import, every problem shown", "二、导入，所有问题逐一列出"))
    url = f"sqlite:///{STORE}"
    crm = desk.keep(open_workspace(url, create=True, schema=standard()))
    remember_files(crm, folder, [BOOK])
    options = {"duplicates": "ask", "errors": "reject"}
    made = planned(desk, crm, BOOK, options, adopt=True)
    show_plan(desk, crm.schema, made)
    found = loaded(desk, crm, made)
    tell_loaded(desk, found)
    kept_rejects(desk, crm, made, REJECTS)
    remember_files(crm, folder, [BOOK, REJECTS])

    _ask(desk, crm)
    digests = _correct(desk, crm)
    _next(desk)
    screen.data(
        {
            "book": BOOK,
            "store": STORE,
            "rejects": REJECTS,
            "operation": found.op_id,
            "counts": found.counts.to_dict(),
            "problem_counts": dict(made.problem_counts),
            "digests": digests,
            "equal": digests[0] == digests[2],
        }
    )
    return OK if digests[0] == digests[2] else FAULT


def _ask(desk: Desk, crm: Workspace) -> None:
    tongue = desk.tongue
    desk.screen.heading(tongue("3. Ask: the sales funnel", "三、提问：销售漏斗"))
    figures = (ast.Measure("count", name="count"), ast.Measure("sum", ("amount",), name="amount"))
    by_stage = (ast.GroupBy(("stage",)),)
    funnel = crm.summarize(ast.Summary("opportunity", by_stage, figures, total=True))
    desk.screen.table(funnel, bars=2)
    desk.screen.heading(tongue(f"   The top {_TOP} accounts", f"   前 {_TOP} 大客户"))
    order = (ast.OrderBy(("amount",), descending=True),)
    by_account = (ast.GroupBy(("account",)),)
    top = crm.summarize(ast.Summary("opportunity", by_account, figures, order=order, limit=_TOP))
    desk.screen.table(top, bars=2)


def _correct(desk: Desk, crm: Workspace) -> list[str]:
    """Change a batch and take it back; the digests before, between and after."""
    tongue, screen = desk.tongue, desk.screen
    screen.heading(tongue("4. Correct a batch, and think again", "四、批量修正，再反悔"))
    before = crm.digest().value
    screen.line(tongue(f"  digest before: {before}", f"  修改前摘要：{before}"))
    where = tongue(*_CONDITION)
    name, value = _CHANGE[0] if tongue.language == "en" else _CHANGE[1]
    module = tongue("account", "客户")
    screen.line(f'  crmcore update {module} "{where}" --set {name}={value}', "dim")
    show_preview(desk, editing.preview(crm, "account", where, {name: value}, sample=5))
    done = editing.update(crm, "account", where, {name: value}, reason="demo")
    between = crm.digest().value
    screen.line(
        tongue(
            f"  {done.count:,} records changed; digest now: {between}",
            f"  已修改 {done.count:,} 条记录；现在的摘要：{between}",
        )
    )
    if done.operation is not None:
        screen.line(f"  crmcore undo {done.operation}", "dim")
        show_undone(desk, crm.undo(done.operation), preview=False)
    after = crm.digest().value
    screen.line(tongue(f"  digest after undo: {after}", f"  撤销后摘要：{after}"))
    if before == after:
        screen.line(
            tongue("  equal: everything is as it was", "  摘要相同：一切恢复原样"), "bold green"
        )
    else:
        screen.line(tongue("  NOT equal", "  摘要不同"), "bold red")
    return [before, between, after]


def _next(desk: Desk) -> None:
    tongue, screen = desk.tongue, desk.screen
    screen.heading(tongue("5. Try next", "五、接下来可以试试"))
    lines = (
        (f"export CRMCORE_WORKSPACE={STORE}", "", ""),
        ("crmcore find 客户 \"区域 == '华东'\" --limit 5", "ask", "提问"),
        (
            "crmcore report 商机 --by 阶段 --sum 金额 --chart funnel.svg --kind funnel",
            "draw",
            "画图",
        ),
        ("crmcore export 客户 customers.xlsx", "hand over", "导出"),
        (
            f"crmcore import {REJECTS} --dry-run",
            "correct the bad rows there, then import them",
            "在其中改好问题行，再导入",
        ),
        ("crmcore history", "who did what", "谁做了什么"),
        ("crmcore doctor", "check everything", "全面检查"),
    )
    for line, english, chinese in lines:
        remark = tongue(english, chinese)
        screen.line(f"  {line}" + (f"    # {remark}" if remark else ""))
