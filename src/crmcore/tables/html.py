"""A table as HTML for a notebook: everything escaped, nothing that runs."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from crmcore.tables.columns import TableColumn
from crmcore.tables.plaintext import safe_text
from crmcore.tables.rows import Values
from crmcore.tables.shown import Presentation, is_number, shower

_LONGEST: Final = 300
_RIGHT: Final = ' style="text-align:right"'
_LEFT: Final = ' style="text-align:left"'


def html_table(
    columns: Sequence[TableColumn],
    rows: Sequence[Values],
    count: int,
    present: Presentation,
) -> str:
    """The header, `rows` and a line that says how many of `count` they are."""
    showers = [shower(column, present) for column in columns]
    aligned = [_RIGHT if is_number(column.kind) else _LEFT for column in columns]
    head = "".join(
        f'<th scope="col"{align}>{_escaped(column.shown(present.language))}</th>'
        for column, align in zip(columns, aligned, strict=True)
    )
    body = []
    for row in rows:
        cells = "".join(
            f"<td{align}>{'' if value is None else _escaped(show(value))}</td>"
            for show, value, align in zip(showers, row, aligned, strict=True)
        )
        body.append(f"<tr>{cells}</tr>")
    return (
        f'<table class="crmcore-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>"
        f"<p>{_extent(len(rows), count, len(columns), present)}</p>"
    )


def _escaped(text: str) -> str:
    short = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return escape(safe_text(short), quote=True)


def _extent(shown: int, count: int, width: int, present: Presentation) -> str:
    if present.language == "zh":
        first = f"前 {shown:,} 行，" if shown < count else ""
        return f"{first}共 {count:,} 行 × {width:,} 列"
    first = f"first {shown:,} of " if shown < count else ""
    rows, cols = "row" if count == 1 else "rows", "column" if width == 1 else "columns"
    return f"{first}{count:,} {rows} × {width:,} {cols}"
