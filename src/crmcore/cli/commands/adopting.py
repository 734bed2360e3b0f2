"""`adopt`: what lies in tables of a host, and whether one of them would do."""

from __future__ import annotations

from collections.abc import Iterable

from crmcore.cli.command import argument, command, flag, one_of, option
from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK, REFUSED
from crmcore.cli.lessons.adopting import ADOPT
from crmcore.storage.misfits import Misfit
from crmcore.work.adopting import Terms
from crmcore.work.inspecting import misfits
from crmcore.work.rostering import has_host_users


@command(
    "adopt",
    ADOPT,
    argument("module", required=False),
    argument("table", required=False),
    flag("--check"),
    option("--key", metavar="COLUMN"),
    one_of("--key-form", choices=("integer", "uuid", "text")),
    option("--row-version", metavar="COLUMN"),
    option("--column", many=True, metavar="FIELD=COLUMN"),
    option("--zone", metavar="ZONE"),
    option("--exact", many=True, metavar="FIELD"),
)
def adopt_(
    desk: Desk,
    module: str | None,
    table: str | None,
    check: bool,
    key: str | None,
    key_form: str | None,
    row_version: str | None,
    column: tuple[str, ...],
    zone: str | None,
    exact: tuple[str, ...],
) -> int:
    """List what is adopted, or what does not fit."""
    if module is None and not check:
        return _listed(desk)
    if module is None or table is None or not check:
        raise desk.bad(
            "--check",
            "name a module, a table, and --check; programs adopt by crm.adopt(…)",
            "请给出模块、表和 --check；绑定由程序通过 crm.adopt(…) 完成",
        )
    crm = desk.workspace()
    name = crm.schema.module(module).name
    terms: Terms = {
        "key": key,
        "key_form": key_form,
        "version": row_version,
        "fields": _columns(desk, column),
        "zone": zone,
        "exact": exact,
    }
    return _checked(desk, misfits(crm, name, table, terms))


def _listed(desk: Desk) -> int:
    crm = desk.workspace()
    found = [one for one in crm.configuration.modules() if one.keeping == "adopted"]
    users = has_host_users(crm.configuration)
    desk.screen.data({"modules": [one.name for one in found], "users": users})
    for one in found:
        label = one.label.shown(desk.tongue.language, one.name)
        desk.screen.line(f"{one.name}  {label}" if label != one.name else one.name)
    if users:
        desk.screen.line(
            desk.tongue("users come from a table of the application", "用户来自应用的表")
        )
    if not found and not users:
        desk.screen.line(desk.tongue("nothing is adopted", "没有绑定任何表"))
    return OK


def _columns(desk: Desk, given: Iterable[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for one in given:
        name, mark, column = one.partition("=")
        if not mark or not name.strip():
            raise desk.bad("--column", f"{one!r}: write FIELD=COLUMN", f"{one!r}：请写 字段=列")
        found[name.strip()] = column.strip() or None
    return found


def _checked(desk: Desk, found: list[Misfit]) -> int:
    desk.screen.data(
        {
            "misfits": [
                {
                    "code": one.code,
                    "column": one.column,
                    "field": one.field,
                    "rows": one.count,
                    "samples": [
                        {
                            "key": None if key is None else str(key),
                            "message": why.message(desk.tongue.language),
                        }
                        for key, why in one.samples
                    ],
                }
                for one in found
            ]
        }
    )
    for one in found:
        desk.screen.line(one.message(desk.tongue.language))
    number = len(found)
    if number:
        text = desk.tongue(f"{number} things do not fit", f"{number} 处不符合")
    else:
        text = desk.tongue("the table fits", "该表符合")
    desk.screen.line(text)
    return REFUSED if found else OK
