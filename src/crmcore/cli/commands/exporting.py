"""`export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from crmcore import exporting
from crmcore.cli.command import argument, command, flag, option
from crmcore.cli.desk import Desk, moment, order_in, paths_in
from crmcore.cli.lessons import asking
from crmcore.cli.screen import in_language, plain
from crmcore.errors import Invalid
from crmcore.sheets import binary_target

ENDINGS: Final = (".csv", ".xlsx", ".json")


@command(
    "export",
    asking.EXPORT,
    argument("module"),
    argument("file"),
    argument("where", required=False),
    option("--columns", many=True),
    option("--order", many=True),
    option("--as-of", metavar="WHEN"),
    flag("--force"),
)
def export(
    desk: Desk,
    module: str,
    file: str,
    where: str | None,
    columns: tuple[str, ...],
    order: tuple[str, ...],
    as_of: str | None,
    force: bool,
) -> None:
    """Write records into a file."""
    path, ending = Path(file), Path(file).suffix.lower()
    if ending not in ENDINGS:
        raise Invalid("unknown_ending", name=file, known=" ".join(ENDINGS))
    crm = desk.workspace()
    refuse_existing(path, force)
    table = exporting.export(
        crm,
        module,
        where,
        columns=paths_in(columns) or None,
        order=order_in(order),
        as_of=moment(desk, crm, as_of),
    )
    shown = in_language(table, desk.tongue)
    if ending == ".csv":
        shown.to_csv(path)
    elif ending == ".xlsx":
        shown.to_xlsx(path)
    else:
        text = json.dumps(plain(table), ensure_ascii=False, indent=1)
        with binary_target(path) as stream:
            stream.write(text.encode() + b"\n")
    count = len(shown)
    desk.screen.data({"file": file, "records": count})
    desk.screen.line(desk.tongue(f"{count:,} records → {file}", f"{count:,} 条记录 → {file}"))


def refuse_existing(path: Path, force: bool) -> None:
    """Raise `Invalid` (`file_exists`) where a file would be replaced unasked."""
    if path.exists() and not force:
        raise Invalid("file_exists", name=str(path))
