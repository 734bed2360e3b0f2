"""Names that a spreadsheet accepts for its sheets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from crmcore.sheets.guard import is_formula_like

LONGEST_SHEET_NAME: Final = 31

_REFUSED: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_RESERVED: Final = frozenset({"history"})
_FALLBACK: Final = "Sheet"


def sheet_names(names: Iterable[str]) -> tuple[str, ...]:
    """`names` made acceptable and unique, in order.

    Refused characters become `_`, names are cut at 31 UTF-16 units, a name taken before
    (upper and lower case are one) gets ` (2)`, ` (3)`, …, one that begins like a formula a `_`.
    """
    taken: set[str] = set(_RESERVED)
    result = []
    for name in names:
        wanted = _acceptable(name)
        chosen, number = _cut(wanted, LONGEST_SHEET_NAME), 1
        while chosen.casefold() in taken:
            number += 1
            suffix = f" ({number})"
            chosen = _cut(wanted, LONGEST_SHEET_NAME - len(suffix)) + suffix
        taken.add(chosen.casefold())
        result.append(chosen)
    return tuple(result)


def _acceptable(name: str) -> str:
    cleaned = _REFUSED.sub("_", name).strip().strip("'").strip()
    if not cleaned:
        return _FALLBACK
    return "_" + cleaned if is_formula_like(cleaned) else cleaned


def _cut(name: str, units: int) -> str:
    while len(name.encode("utf-16-le")) // 2 > units:
        name = name[:-1]
    return name.rstrip().rstrip("'") or _FALLBACK
