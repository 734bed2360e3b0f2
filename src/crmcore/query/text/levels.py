"""How tightly operators bind: one table for reading and writing."""

from __future__ import annotations

from typing import Final

LOWEST, OR, AND, NOT, COMPARE, SUM, PRODUCT = 0, 1, 2, 3, 4, 5, 6
"""The levels, loosest first."""

LEVELS: Final[dict[str, int]] = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "not in", "not"), COMPARE),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/", "%"), PRODUCT),
}
"""Operators that stand between two operands (`not` as the first word of `not in`)."""
