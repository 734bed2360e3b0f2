"""`find` and `describe`."""

from __future__ import annotations

from collections.abc import Iterable

from crmcore.cli.command import argument, command, number, option
from crmcore.cli.desk import Desk, moment, order_in, paths_in
from crmcore.cli.lessons import asking
from crmcore.cli.screen import joined, plain
from crmcore.kinds import Choice, Kind, Link
from crmcore.query import ast
from crmcore.reviewing.wording import classification_word
from crmcore.schema import Field, Module
from crmcore.tables import Table
from crmcore.tables.plaintext import display_width
from crmcore.work import Workspace

DEFAULT_LIMIT = 50
_WIDE = 200


@command(
    "find",
    asking.FIND,
    argument("module"),
    argument("where", required=False),
    option("--columns", many=True),
    option("--order", many=True),
    number("--limit", default=DEFAULT_LIMIT),
    option("--after", metavar="CURSOR"),
    option("--as-of", metavar="WHEN"),
)
def find(
    desk: Desk,
    module: str,
    where: str | None,
    columns: tuple[str, ...],
    order: tuple[str, ...],
    limit: int,
    after: str | None,
    as_of: str | None,
) -> None:
    """List records."""
    crm = desk.workspace()
    when = moment(desk, crm, as_of)
    terms = order_in(order)
    page = crm.find(module, where, order=terms, limit=limit or None, after=after, as_of=when)
    if columns:
        wanted = paths_in(columns)
        table = crm.find(
            module, where, columns=wanted, order=terms, limit=limit or None, after=after, as_of=when
        )
    else:
        table = page.table()
    desk.screen.data({"records": plain(table), "next": page.next})
    if not len(table):
        desk.screen.line(desk.tongue("nothing found", "没有找到记录"))
        if page.hint:
            desk.screen.note(page.hint)
        return
    shown, left_out = (table, 0) if columns else _fitting(desk, table)
    desk.screen.table(shown)
    _footer(desk, len(table), left_out, page.next)


def _footer(desk: Desk, count: int, left_out: int, following: str | None) -> None:
    text = desk.tongue(f"{count:,} records", f"{count:,} 条记录")
    if left_out:
        text += desk.tongue(
            f", {left_out} more columns (--columns)", f"，另有 {left_out} 列未显示（--columns）"
        )
    desk.screen.note(text)
    if following:
        desk.screen.note(
            desk.tongue(f"more: --after {following}", f"还有更多：--after {following}")
        )


def _fitting(desk: Desk, table: Table) -> tuple[Table, int]:
    """The columns that hold something and find room, and how many were left out."""
    rows = list(table.rows())
    used = [
        place
        for place, column in enumerate(table.columns)
        if column.name != "id" and any(row[place] is not None for row in rows)
    ]
    kept = used
    width = desk.screen.out.width if desk.screen.out.is_terminal else _WIDE
    while len(kept) > 2 and _width(desk, _part(table, kept)) > width:
        kept = kept[:-1]
    return _part(table, kept), len(used) - len(kept)


def _width(desk: Desk, table: Table) -> int:
    return max(display_width(line) for line in desk.screen.lines(table))


def _part(table: Table, places: list[int]) -> Table:
    columns = [table.columns[place] for place in places]
    rows = [tuple(row[place] for place in places) for row in table.rows()]
    return Table.from_batches(
        columns, [rows], titles=table._titles, language=table.language, zone=table.zone
    )


@command("describe", asking.DESCRIBE, argument("module", required=False))
def describe(desk: Desk, module: str | None) -> None:
    """Show modules, fields, options."""
    crm = desk.workspace()
    if module is None:
        _modules(desk, crm)
    else:
        _fields(desk, crm.schema.module(module))


def _modules(desk: Desk, crm: Workspace) -> None:
    found: list[dict[str, object]] = []
    for module in crm.configuration.modules():
        # What a host keeps is asked by his programs, which know where.
        is_ours = module.keeping != "adopted"
        count = crm.summarize(ast.Summary(module.name))[0]["count"] if is_ours else None
        label = module.label.shown(desk.tongue.language, module.name)
        found.append({"name": module.name, "label": label, "records": count})
    desk.screen.data({"modules": found})
    heads = {
        "name": desk.tongue("name", "名称"),
        "label": desk.tongue("label", "标签"),
        "records": desk.tongue("records", "记录数"),
    }
    print_rows(desk, heads, found)


def _fields(desk: Desk, module: Module) -> None:
    found = [_field(desk, module, one) for one in module.live]
    desk.screen.data({"module": module.name, "fields": found})
    heads = {
        "name": desk.tongue("name", "名称"),
        "label": desk.tongue("label", "标签"),
        "kind": desk.tongue("kind", "类型"),
        "notes": desk.tongue("notes", "说明"),
    }
    title = module.label.shown(desk.tongue.language, module.name)
    desk.screen.line(f"{title} ({module.name})", "bold")
    print_rows(desk, heads, found)


def _field(desk: Desk, module: Module, one: Field) -> dict[str, object]:
    tongue = desk.tongue
    told = classification_word(one.classification, tongue.language)
    facts = [
        (one.name == module.title, tongue("title", "标题")),
        (one.required, tongue("required", "必填")),
        (one.unique is not None, tongue("unique", "唯一")),
        (one.computed is not None, tongue("computed", "自动计算")),
        (one.classification != "internal", told),
    ]
    notes = [text for holds, text in facts if holds]
    detail = _detail(desk, one.kind)
    return {
        "name": one.name,
        "label": one.label.shown(tongue.language, one.name),
        "kind": one.kind.name,
        "notes": joined([*notes, detail] if detail else notes, tongue),
        "required": one.required,
        "unique": one.unique,
        "classification": one.classification,
        "options": _options(desk, one.kind),
    }


def _options(desk: Desk, kind: Kind) -> list[str] | None:
    if not isinstance(kind, Choice):
        return None
    return [option.shown(desk.tongue.language) for option in kind.options]


def _detail(desk: Desk, kind: Kind) -> str:
    options = _options(desk, kind)
    if options is not None:
        shown = options[:12] + (["…"] if len(options) > 12 else [])
        return " | ".join(shown)
    return f"→ {kind.target}" if isinstance(kind, Link) else ""


def print_rows(desk: Desk, heads: dict[str, str], rows: Iterable[dict[str, object]]) -> None:
    """Rows of plain values under `heads`, aligned."""
    cells = [list(heads.values())]
    cells += [["" if row[name] is None else str(row[name]) for name in heads] for row in rows]
    widths = [max(map(display_width, column)) for column in zip(*cells, strict=True)]
    for place, line in enumerate(cells):
        padded = [
            text + " " * (width - display_width(text))
            for text, width in zip(line, widths, strict=True)
        ]
        desk.screen.line("  ".join(padded).rstrip(), "bold" if place == 0 else None)
