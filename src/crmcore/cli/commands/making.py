"""`init`."""

from __future__ import annotations

import json
from pathlib import Path

from crmcore.cli.command import command, flag, option
from crmcore.cli.desk import Desk
from crmcore.cli.lessons import beginning
from crmcore.cli.places import file_of
from crmcore.errors import SchemaError, WorkspaceError
from crmcore.kinds.temporal import zone_of
from crmcore.schema import Schema
from crmcore.schema.codec import schema_from_json
from crmcore.work import open_workspace


@command(
    "init",
    beginning.INIT,
    option("--schema", metavar="FILE"),
    flag("--empty"),
    option("--zone", metavar="ZONE"),
    option("--owner", metavar="NAME"),
)
def init(desk: Desk, schema: str | None, empty: bool, zone: str | None, owner: str | None) -> None:
    """Make a workspace."""
    url = desk.url()
    path = file_of(url)
    if path is not None and path.exists():
        raise WorkspaceError("workspace_exists", name=str(path))
    if zone is not None:
        zone_of(zone)
    if schema is not None:
        modules = schema_of_file(Path(schema))
    else:
        modules = Schema() if empty else standard()
    crm = desk.keep(
        open_workspace(
            url,
            create=True,
            schema=modules,
            zone=zone or "Asia/Shanghai",
            owner=owner,
            keys=desk.keys(),
        )
    )
    names = [module.name for module in crm.configuration.modules()]
    place = str(path or url)
    desk.screen.data({"workspace": place, "modules": names})
    count = len(names)
    desk.screen.line(
        desk.tongue(f"made {place} with {count} modules", f"已建立 {place}，含 {count} 个模块")
    )
    desk.screen.note(
        desk.tongue(
            f"next: crmcore import BOOK.xlsx -w {place}",
            f"下一步：crmcore import 工作簿.xlsx -w {place}",
        )
    )


def standard() -> Schema:
    """The standard modules."""
    from crmcore.schema.standard import standard_schema

    return standard_schema()


def schema_of_file(file: Path) -> Schema:
    """The schema in a JSON file; raises `SchemaError`."""
    try:
        data = json.loads(file.read_text("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SchemaError("not_json_schema", name=str(file), reason=str(error)) from None
    return schema_from_json(data)
