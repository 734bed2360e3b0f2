"""The closed list of functions of formulas: what they take and what they give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from crmcore.kinds import DecimalKind, Integer, Kind, LongText, Text
from crmcore.query import ast
from crmcore.query.bind.refusal import refusal

NUMBER: Final = DecimalKind(digits=18)
TEXT: Final = LongText()
WHOLE: Final = Integer()


@frozen
class Function:
    """How many arguments, of which families (none stated: any), and the kind of the result.

    Without a kind of its own the result is of the kind of the arguments.
    """

    least: int
    most: int
    result: Kind | None = None
    accepts: tuple[str, ...] = ()


_COMPARABLE: Final = ("number", "date", "datetime", "duration", "wall_time")

FUNCTIONS: Final[dict[str, Function]] = {
    "round": Function(1, 2, NUMBER, ("number",)),
    "abs": Function(1, 1, NUMBER, ("number",)),
    "min": Function(2, 20, accepts=_COMPARABLE),
    "max": Function(2, 20, accepts=_COMPARABLE),
    "if": Function(3, 3),
    "coalesce": Function(2, 20),
    "concat": Function(1, 20, TEXT),
    "length": Function(1, 1, WHOLE, ("text",)),
    # Of days only: which year a moment lies in depends on the zone.
    "year": Function(1, 1, WHOLE, ("date",)),
    "month": Function(1, 1, WHOLE, ("date",)),
    "day": Function(1, 1, WHOLE, ("date",)),
}


def result_kind(name: str, kinds: Sequence[Kind | None], node: ast.Node) -> Kind:
    """The kind that function `name` gives for arguments of `kinds` (`None`: an empty constant).

    Raises `QueryError`: `not_comparable` for arguments of the wrong kind, `not_a_condition`.
    """
    function = FUNCTIONS[name]
    known = [kind for kind in kinds if kind is not None]
    if name == "if":
        if kinds[0] is None or kinds[0].name != "boolean":
            raise refusal("not_a_condition", node)
        known = known[1:]
    for kind in known:
        if function.accepts and kind.family not in function.accepts:
            raise refusal("not_comparable", node, left=name, right=kind.name)
    return function.result or _common(known, node)


def _common(kinds: Sequence[Kind], node: ast.Node) -> Kind:
    if not kinds:
        return NUMBER
    first = kinds[0]
    for kind in kinds:
        if kind.family != first.family:
            raise refusal("not_comparable", node, left=first.name, right=kind.name)
    if first.family == "number":
        return NUMBER
    return TEXT if isinstance(first, (Text, LongText)) else first
