"""Whole rows in normal form at once: the lane of rows in which nothing is wrong.

Most rows of most files have no problem. For these, reading a cell and bringing its value into
the form that is stored are one step, and what was read before is remembered in that form. A
row that cannot go this way takes the careful one (`rows`), which says everything about it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from crmcore.codegen import compile_function
from crmcore.errors import CrmError
from crmcore.importing.convert.columns import Column, LinkText
from crmcore.importing.convert.converter import Converter, reader
from crmcore.importing.convert.rows import Shortcut, remembering, shortcut
from crmcore.importing.convert.temporal import plain_moment
from crmcore.importing.sources.values import Cell
from crmcore.kinds import Email, Kind, Link, Postcode, Text, Url
from crmcore.kinds.contact import canonical

Taken = tuple[dict[str, object], list[object], dict[str, LinkText | tuple[LinkText, ...]]]
"""Given values by field name, all values in their places, texts of links by field name."""

NormalConverter = Callable[[Sequence[Cell]], Taken | None]
"""Turns the cells of one row into values in normal form; `None` where that fails."""

_UNFLOODED: Final = 2_000

_TEXT: Final = """\
    if type(cell) is str and len(cell) <= limit{n} and cell.isprintable() \\
            and (cell.isascii() or is_normal("NFC", cell)) and "  " not in cell \\
            and "E+" not in cell and "e+" not in cell:
        v = cell.strip() or None
"""
_INTEGER: Final = """\
    if type(cell) is str and len(cell) < 18 and cell.isascii() and cell.isdigit():
        v = normal{n}(int(cell))
    elif type(cell) is int:
        v = normal{n}(cell)
"""
_DECIMAL: Final = """\
    if type(cell) is str and len(cell) < 18 and cell.isascii() \\
            and cell.replace(".", "", 1).isdigit():
        v = normal{n}(Decimal(cell))
    elif type(cell) is int or type(cell) is Decimal:
        v = normal{n}(cell)
"""
_DATE: Final = """\
    if type(cell) is date:
        v = cell
"""
_ITSELF: Final = """\
    if type(cell) is str and itself{n}(cell) is not None:
        v = cell
"""
_MOBILE: Final = """\
    if type(cell) is str and match{n}(cell) is not None:
        v = canonical("+86" + cell, cell)
    elif type(cell) is int and 13000000000 <= cell < 20000000000:
        v = normal{n}(str(cell))
"""
_MOMENT: Final = """\
    if (type(cell) is datetime or type(cell) is str and len(cell) == 19) \\
            and (found := moment{n}(cell)) is not None:
        v = normal{n}(found)
"""
_NEVER: Final = """\
    if False:
        v = None
"""
_REMEMBER: Final = """\
    elif type(cell) is str and (found := remembered{n}(cell)) is not None:
        v = found
"""
_REST: Final = """\
    elif cell is None:
        v = None
    else:
        v = slow{n}(cell)
    if v is not None:
        given[name{n}] = v
        values[{place}] = v
"""
_REST_OF_LINK: Final = """\
    elif cell is None:
        v = None
    else:
        v = slow{n}(cell)
    if v is not None and v != ():
        texts[name{n}] = v
"""
_CODE: Final[Mapping[Shortcut, str]] = {
    "text": _TEXT,
    "integer": _INTEGER,
    "decimal": _DECIMAL,
    "date": _DATE,
    "mail": _NEVER,
    "mobile": _MOBILE,
    "moment": _MOMENT,
    "never": _NEVER,
}


# Texts of a kind that are their own normal form.
_LABEL: Final = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ITSELVES: Final[tuple[tuple[type[Kind], re.Pattern[str]], ...]] = (
    (Email, re.compile(rf"(?=.{{1,200}}$)[a-z0-9_%+-]{{1,64}}@(?:{_LABEL}\.)+{_LABEL}")),
    (Url, re.compile(rf"(?=.{{1,200}}$)https://(?:{_LABEL}\.)+{_LABEL}(?:/[A-Za-z0-9_.~/-]+)?")),
    (Postcode, re.compile("[0-9]{6}")),
)


def normal_converter(
    columns: Iterable[Column], places: Mapping[str, int], width: int
) -> NormalConverter:
    """What turns rows into values of the fields of `columns`, in normal form.

    Values of links are texts. `places` are those of the fields among `width` values.
    """
    columns = tuple(columns)
    cells = max((column.index for column in columns), default=-1) + 1
    scope: dict[str, object] = {
        "type": type, "int": int, "Decimal": Decimal, "date": date, "datetime": datetime,
        "str": str, "CrmError": CrmError, "is_normal": unicodedata.is_normalized,
        "canonical": canonical, "padding": (None,) * cells, "empty": (None,) * width, "list": list,
    }  # fmt: skip
    body: list[str] = []
    for number, column in enumerate(columns):
        body.append(f"    cell = row[{column.index}]")
        body += _lines(number, column, places, scope)
        scope[f"name{number}"] = column.field.name
    lines = ["def convert(row):", f"    if len(row) < {cells}:", "        row = (*row, *padding)"]
    lines += ["    given, values, texts = {}, list(empty), {}", "    try:"]
    lines += [f"    {line}" for line in body] or ["        pass"]
    lines += ["    except CrmError:", "        return None", "    return given, values, texts"]
    return compile_function("convert", "\n".join(lines) + "\n", scope)


def _lines(
    number: int, column: Column, places: Mapping[str, int], scope: dict[str, object]
) -> list[str]:
    """The code of one column, whose objects are put into `scope`."""
    kind = column.field.kind
    name, pattern, remembers = shortcut(column)
    code = _CODE[name]
    itself = next((known for one, known in _ITSELVES if isinstance(kind, one)), None)
    if itself is not None:
        code, scope[f"itself{number}"] = _ITSELF, itself.fullmatch
    slow = reader(column)
    if not isinstance(kind, Link):
        slow = _normalizing(slow, kind.normalize)
    scope[f"normal{number}"] = kind.normalize
    if isinstance(kind, Text):
        scope[f"limit{number}"] = min(kind.max_length, _UNFLOODED)
    if pattern is not None:
        scope[f"match{number}"] = pattern.fullmatch
    if name == "moment":
        scope[f"moment{number}"] = plain_moment(column)
    if remembers:
        memory: dict[str, object] = {}
        scope[f"remembered{number}"] = memory.get
        slow = remembering(slow, memory)
    scope[f"slow{number}"] = slow
    code += _REMEMBER if remembers else ""
    code += _REST_OF_LINK if isinstance(kind, Link) else _REST
    place = str(places.get(column.field.name, -1))
    return code.replace("{n}", str(number)).replace("{place}", place).rstrip("\n").split("\n")


def _normalizing(read: Converter, normalize: Converter) -> Converter:
    def convert(cell: Cell) -> object:
        value = read(cell)
        return None if value is None else normalize(value)  # type: ignore[arg-type]

    return convert
