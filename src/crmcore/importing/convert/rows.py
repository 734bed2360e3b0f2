"""Whole rows at once: generated code with a short way for cells that are plainly written.

A generated function reads each column in a few lines of its own; only cells that are not
plainly written reach the readers. Column names and values never enter the generated text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from attrs import frozen

from crmcore.codegen import compile_function
from crmcore.errors import CrmError, Problem
from crmcore.importing.convert.columns import Column
from crmcore.importing.convert.converter import Converter, reader
from crmcore.importing.convert.showing import shown
from crmcore.importing.convert.temporal import plain_moment
from crmcore.importing.sources.values import Cell
from crmcore.kinds import (
    Boolean,
    Choice,
    Date,
    DateTime,
    DecimalKind,
    Email,
    Integer,
    Link,
    MultiLink,
    Percent,
    Phone,
    Text,
)

_SHOWN: Final = 80
_REMEMBERED: Final = 50_000
_LONGEST_REMEMBERED: Final = 100


@frozen
class CellProblem:
    """Why one cell was refused: column `index` (from 0) under `header`, and what it shows."""

    index: int
    header: str
    cell: str
    problem: Problem


Converted = tuple[dict[str, object], tuple[CellProblem, ...] | None]
"""Values by field name, `None` for empty or refused cells; and the problems, if any."""

RowConverter = Callable[[Sequence[Cell]], Converted]
"""Turns the cells of one row into values; cells beyond the end of the row are empty."""

Shortcut = Literal["text", "integer", "decimal", "date", "mail", "mobile", "moment", "never"]
"""How cells of a column look when they are plainly written."""

# Needs no mending; whether it is an address is for its kind to say.
_PLAIN_MAIL: Final = re.compile(r"[A-Za-z0-9._%+-]++@[A-Za-z0-9.-]+(?<![.-])")
_PLAIN_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")

# What stands for `cell` when it is plainly written; else the remembered or slow way follows.
_TEXT = """\
    if type(cell) is str and cell.isprintable() and "  " not in cell \\
            and "E+" not in cell and "e+" not in cell:
        v{n} = cell.strip() or None
"""
_INTEGER = """\
    if type(cell) is int:
        v{n} = cell
    elif type(cell) is str and len(cell) < 18 and cell.isascii() and cell.isdigit():
        v{n} = int(cell)
"""
_DECIMAL = """\
    if type(cell) is int or type(cell) is Decimal:
        v{n} = cell
    elif type(cell) is str and len(cell) < 18 and cell.isascii() \\
            and cell.replace(".", "", 1).isdigit():
        v{n} = Decimal(cell)
"""
_DATE = """\
    if type(cell) is date:
        v{n} = cell
"""
_MATCH = """\
    if type(cell) is str and match{n}(cell) is not None:
        v{n} = cell
"""
_MOBILE = """\
    if type(cell) is int and 13000000000 <= cell < 20000000000:
        v{n} = str(cell)
    elif type(cell) is str and match{n}(cell) is not None:
        v{n} = cell
"""
_MOMENT = """\
    if (type(cell) is datetime or type(cell) is str and len(cell) == 19) \\
            and (found := moment{n}(cell)) is not None:
        v{n} = found
"""
_NEVER = """\
    if False:
        v{n} = None
"""
_REMEMBER = """\
    elif type(cell) is str and (found := remembered{n}(cell)) is not None:
        v{n} = found
"""
_SLOW = """\
    elif cell is None:
        v{n} = None
    else:
        try:
            v{n} = slow{n}(cell)
        except CrmError as error:
            v{n} = None
            problems = [] if problems is None else problems
            problems.append(({n}, error))
"""


_CODE: Final[Mapping[Shortcut, str]] = {
    "text": _TEXT,
    "integer": _INTEGER,
    "decimal": _DECIMAL,
    "date": _DATE,
    "mail": _MATCH,
    "mobile": _MOBILE,
    "moment": _MOMENT,
    "never": _NEVER,
}


def row_converter(columns: Iterable[Column]) -> RowConverter:
    """What turns rows into values of the fields of `columns`; no two may have one field.

    The values can be given to the unit of work as they are, which brings them into normal
    form. A row with a problem is checked to the end, the limits of its kinds (lengths, ranges)
    included, so that all its problems are reported at once; in other rows those limits are
    left to the unit of work. Refused cells are `None` in the values.
    """
    columns = tuple(columns)
    names = [column.field.name for column in columns]
    if len(set(names)) < len(names):
        raise ValueError("two columns lead to one field")
    width = max((column.index for column in columns), default=-1) + 1
    scope: dict[str, object] = {
        "type": type, "int": int, "Decimal": Decimal, "date": date,
        "datetime": datetime, "str": str, "CrmError": CrmError,
        "finish": _finisher(columns), "padding": (None,) * width,
    }  # fmt: skip
    lines = ["def convert(row):", f"    if len(row) < {width}:", "        row = (*row, *padding)"]
    lines.append("    problems = None")
    for number, column in enumerate(columns):
        lines += [f"    cell = row[{column.index}]", *_lines(number, column, scope)]
        scope[f"name{number}"] = column.field.name
    pairs = ", ".join(f"name{number}: v{number}" for number in range(len(columns)))
    lines.append(f"    values = {{{pairs}}}")
    lines.append("    if problems is None:")
    lines.append("        return values, None")
    lines.append("    return values, finish(row, values, problems)")
    return compile_function("convert", "\n".join(lines) + "\n", scope)


def _lines(number: int, column: Column, scope: dict[str, object]) -> list[str]:
    """The code of one column, whose objects are put into `scope`."""
    name, pattern, remembers = shortcut(column)
    slow = reader(column)
    if pattern is not None:
        scope[f"match{number}"] = pattern.fullmatch
    if name == "moment":
        scope[f"moment{number}"] = plain_moment(column)
    if remembers:
        memory: dict[str, object] = {}
        scope[f"remembered{number}"] = memory.get
        slow = remembering(slow, memory)
    scope[f"slow{number}"] = slow
    code = _CODE[name] + (_REMEMBER if remembers else "") + _SLOW
    return code.replace("{n}", str(number)).rstrip("\n").split("\n")


def shortcut(column: Column) -> tuple[Shortcut, re.Pattern[str] | None, bool]:
    """How plainly written cells of a column look, and whether other texts are remembered."""
    kind, declared = column.field.kind, column.format
    if isinstance(kind, Text):
        return "text", None, False
    if isinstance(kind, Email):
        return "mail", _PLAIN_MAIL, True
    if isinstance(kind, Phone) and kind.region == "CN":
        return "mobile", _PLAIN_MOBILE, True
    if isinstance(kind, Date):
        return "date", None, True
    if isinstance(kind, DateTime):
        return "moment", None, True
    figures = isinstance(kind, Integer | DecimalKind) and not isinstance(kind, Percent)
    if figures and declared.unit is None and declared.decimal_mark != "," and not _commas(column):
        return ("integer" if isinstance(kind, Integer) else "decimal"), None, True
    return "never", None, isinstance(kind, _REPEATED)


_REPEATED: Final = (Choice, Boolean, Link, MultiLink, Integer, DecimalKind, Phone)


def _commas(column: Column) -> bool:
    return column.profile is not None and column.profile.sign("comma") > 0


def remembering(slow: Converter, memory: dict[str, object]) -> Converter:
    """`slow`, whose results for short texts are kept in `memory`."""

    def convert(cell: Cell) -> object:
        value = slow(cell)
        if type(cell) is str and value is not None and len(cell) <= _LONGEST_REMEMBERED:
            if len(memory) >= _REMEMBERED:
                memory.clear()
            memory[cell] = value
        return value

    return convert


def _finisher(
    columns: tuple[Column, ...],
) -> Callable[..., tuple[CellProblem, ...]]:
    """Collects the problems of a row, those of the kinds of its other cells included."""

    def finish(
        row: Sequence[Cell], values: dict[str, object], found: list[tuple[int, CrmError]]
    ) -> tuple[CellProblem, ...]:
        errors = dict(found)
        problems: list[CellProblem] = []
        for number, column in enumerate(columns):
            name, kind = column.field.name, column.field.kind
            error = errors.get(number)
            if error is None and not isinstance(kind, Link):
                try:
                    kind.normalize(values[name])
                except CrmError as refused:
                    # Whether a record may keep a retired option is for later to say.
                    if refused.code != "option_retired":
                        error, values[name] = refused, None
            if error is not None:
                cell = shown(row[column.index])[:_SHOWN]
                for problem in error.problems:
                    where = Problem(problem.code, problem.params, None, None, name)
                    problems.append(CellProblem(column.index, column.header, cell, where))
        return tuple(problems)

    return finish
