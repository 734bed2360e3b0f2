"""`migrate` and `views`: what a workspace keeps in a database that others look after."""

from __future__ import annotations

from pathlib import Path

from crmcore.cli.command import argument, command, flag
from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK, REFUSED
from crmcore.cli.lessons import migrating
from crmcore.cli.places import as_url, file_of
from crmcore.errors import WorkspaceError
from crmcore.work import migrate, migration, views


@command(
    "migrate",
    migrating.MIGRATE,
    argument("store"),
    flag("--plan"),
    flag("--sql"),
    flag("--apply"),
)
def migrate_(desk: Desk, store: str, plan: bool, sql: bool, apply: bool) -> int:
    """List, write out or do what a store needs."""
    if plan + sql + apply > 1:
        raise desk.bad(
            "--plan", "one of --plan, --sql, --apply", "--plan、--sql、--apply 只能选一个"
        )
    url = _existing(store)
    if apply:
        done = migrate(url, keys=desk.keys())
        desk.screen.data({"done": list(done)})
        for step in done:
            desk.screen.line(step)
        desk.screen.line(desk.tongue(f"{len(done)} steps done", f"已完成 {len(done)} 步"))
        return OK
    found = migration(url, keys=desk.keys())
    desk.screen.data({"pending": list(found.steps), "sql": found.sql})
    if sql:
        desk.screen.line(found.sql.rstrip("\n"))
        return OK
    for step in found.steps:
        desk.screen.line(step)
    number = len(found.steps)
    desk.screen.line(desk.tongue(f"{number} steps pending", f"待执行 {number} 步"))
    return REFUSED if found.steps else OK


@command("views", migrating.VIEWS, argument("store"), flag("--drop"))
def views_(desk: Desk, store: str, drop: bool) -> None:
    """Make or drop the views of a store."""
    views(_existing(store), shown=not drop, keys=desk.keys())
    desk.screen.data({"shown": not drop})
    done = ("views dropped", "视图已删除") if drop else ("views made", "视图已建立")
    desk.screen.line(desk.tongue(*done))


def _existing(named: str) -> str:
    url = as_url(named, Path())
    path = file_of(url)
    if path is not None and not path.is_file():
        raise WorkspaceError("no_such_store", name=str(path))
    return url
