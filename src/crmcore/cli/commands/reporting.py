"""`report`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from crmcore.cli.command import argument, command, flag, number, one_of, option
from crmcore.cli.desk import Desk, moment, paths_in
from crmcore.cli.lessons import asking
from crmcore.cli.screen import in_language, plain
from crmcore.kinds import Link
from crmcore.query import ast
from crmcore.query.text import parse
from crmcore.schema import Field, Schema
from crmcore.tables import Table
from crmcore.tables.plots import ChartKind

UNITS: Final = ("day", "week", "month", "quarter", "year", "weekday", "hour")
_DATED: Final = ("date", "instant")


@command(
    "report",
    asking.REPORT,
    argument("module"),
    option("--by", many=True, metavar="FIELD"),
    one_of("--bucket", choices=UNITS),
    flag("--count"),
    option("--count-distinct", many=True, metavar="FIELD"),
    option("--sum", many=True, metavar="FIELD"),
    option("--avg", many=True, metavar="FIELD"),
    option("--min", many=True, metavar="FIELD"),
    option("--max", many=True, metavar="FIELD"),
    option("--where", metavar="CONDITION"),
    number("--top", least=1),
    flag("--total"),
    option("--chart", metavar="FILE"),
    one_of("--kind", choices=("bar", "line", "funnel")),
    option("--as-of", metavar="WHEN"),
)
def report(
    desk: Desk,
    module: str,
    by: tuple[str, ...],
    bucket: str | None,
    count: bool,
    where: str | None,
    top: int | None,
    total: bool,
    chart: str | None,
    kind: ChartKind | None,
    as_of: str | None,
    **figures: tuple[str, ...],
) -> None:
    """Groups and figures."""
    crm = desk.workspace()
    if chart is not None and Path(chart).suffix.lower() not in (".svg", ".html", ".htm"):
        raise desk.bad(
            "--chart", "the file must end with .svg or .html", "文件须以 .svg 或 .html 结尾"
        )
    schema = crm.schema
    asked = ast.Summary(
        module,
        tuple(_groups(desk, schema, module, by, bucket)),
        tuple(_measures(schema, module, count, figures)),
        None if where is None else parse(where),
        total=total,
    )
    if top is not None:
        first = asked.measures[0]
        assert isinstance(first, ast.Measure)
        order = (ast.OrderBy((first.name or "",), descending=True),)
        asked = ast.Summary(module, asked.by, asked.measures, asked.where, order, top, asked.total)
    table = crm.summarize(asked, as_of=moment(desk, crm, as_of))
    if chart is not None:
        _without_total(in_language(table, desk.tongue), total).plot(kind).save(chart)
    desk.screen.data({"rows": plain(table), "chart": chart})
    bars = len(asked.by) if len(asked.by) == 1 else None
    desk.screen.table(table, bars=bars)
    if chart is not None:
        desk.screen.note(desk.tongue(f"chart: {chart}", f"图表：{chart}"))


def _groups(
    desk: Desk, schema: Schema, module: str, by: tuple[str, ...], bucket: str | None
) -> list[ast.GroupBy]:
    paths = paths_in(by)
    dated = [
        place
        for place, path in enumerate(paths)
        if (found := field_at(schema, module, path)) is not None and found.kind.shape in _DATED
    ]
    if bucket is not None and not dated:
        raise desk.bad("--bucket", "no date is grouped by (--by)", "--by 中没有日期字段")
    cut = dated[0] if dated and bucket is not None else None
    return [
        ast.GroupBy(path, ast.Bucket(bucket) if place == cut and bucket else None)
        for place, path in enumerate(paths)
    ]


def _measures(
    schema: Schema, module: str, count: bool, figures: dict[str, tuple[str, ...]]
) -> list[ast.Measure]:
    made = [ast.Measure("count", name="count")] if count else []
    for function in ("count_distinct", "sum", "avg", "min", "max"):
        for path in paths_in(figures[function]):
            found = field_at(schema, module, path)
            name = "_".join((*path[:-1], path[-1] if found is None else found.name))
            made.append(ast.Measure(function, path, name=f"{function}_{name}"))
    return made or [ast.Measure("count", name="count")]


def field_at(schema: Schema, module: str, path: tuple[str, ...]) -> Field | None:
    """The field at the end of a dotted path; `None` where a link leads nowhere."""
    definition = schema.module(module)
    for part in path[:-1]:
        kind = definition.field(part).kind
        if not isinstance(kind, Link) or kind.target not in schema.by_name:
            return None
        definition = schema.by_name[kind.target]
    return definition.field(path[-1])


def _without_total(table: Table, total: bool) -> Table:
    has_dimension = any(column.role == "dimension" for column in table.columns)
    return table[:-1] if total and has_dimension and len(table) else table
