"""Rights of a role whoever holds it: what a holder is in is not known, so it is bounded.

Where a condition compares with `me`, a holder is somebody of whom nothing is known but that
he is always the same. What cannot be told of everybody is taken as true when the most that a
role allows is asked for, and as false when the least is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from crmcore.access import Rights, User
from crmcore.access.policy import parameters_of
from crmcore.access.scopes import alternatives
from crmcore.kinds import Text
from crmcore.query import ast
from crmcore.query.bind.listing import LISTS
from crmcore.query.reader import FieldCase, FieldRight, Parameter, Reader
from crmcore.query.walking import names_parameter, within

_ALWAYS: Final = ("me", "now", "today")


def anybody(now: datetime, zone: str) -> tuple[dict[str, Parameter], frozenset[object]]:
    """What `me`, `me.…`, `now` and `today` mean for somebody unknown; and the unknown values."""
    holder = User("f" * 32, "?")
    made = dict(parameters_of(holder, now, zone))
    for number, (name, one) in enumerate(made.items()):
        if name in _ALWAYS:
            continue
        text = f"\ue000{name}" if isinstance(one.kind, Text) else f"{number:02d}".rjust(32, "f")
        made[name] = Parameter(one.kind, (text,) if isinstance(one.value, tuple) else text)
    given = [one.value for name, one in made.items() if name not in ("now", "today")]
    values = [each for one in given for each in (one if isinstance(one, tuple) else (one,))]
    return made, frozenset(values)


def bounded(rights: Rights, now: datetime, zone: str, revision: int, *, most: bool) -> Reader:
    """A reader who may as much as the holder of `rights` whose rights reach farthest (or least).

    Only for `visible` and `policy` of a binder: its conditions are bounds, not answers.
    """
    parameters, _ = anybody(now, zone)
    scopes = {place: bounded_grant(one, most=most) for place, one in rights.scopes.items()}
    denials = {
        place: {name: _denial(node, most=not most) for name, node in some.items()}
        for place, some in rights.denials.items()
    }
    fields = {place: _field(one, most) for place, one in rights.fields.items()}
    return Reader("f" * 32, now, zone, parameters, scopes, False, revision, denials, fields)


def bounded_grant(node: ast.Node, *, most: bool) -> ast.Node:
    """A grant as a bound: each alternative fails by itself where a holder has no such thing."""
    terms = [
        ast.Value(False) if not most and _may_be_empty(one) else _bound(one, upward=most)
        for one in alternatives(node)
    ]
    return terms[0] if len(terms) == 1 else ast.Logic("or", terms)


def bounded_where(node: ast.Node) -> ast.Node:
    """A condition of the asker as a bound from above."""
    return _bound(node, upward=True)


def _denial(node: ast.Node, *, most: bool) -> ast.Node:
    if most and _may_be_empty(node):
        return ast.Value(True)
    return _bound(node, upward=most)


def _field(right: FieldRight, most: bool) -> FieldRight:
    """A right that depends on what a holder is in is none, or the fullest, of its cases."""
    wheres = [case.where for some in right.cases for case in some]
    wheres += [cap.where for cap in right.caps]
    if not any(_may_be_empty(one) or _bound(one, upward=True) != one for one in wheres):
        return right
    if not most:
        return FieldRight(right.level, right.mask)
    every = ast.Value(True)
    levels = {case.level: case for some in right.cases for case in some}
    best = next(levels[one] for one in ("write", "read", "masked", "hidden") if one in levels)
    return FieldRight("hidden", best.mask, ((FieldCase(every, best.level, best.mask),),))


def _bound(node: ast.Node, *, upward: bool) -> ast.Node:
    if isinstance(node, ast.Logic):
        return ast.Logic(node.connective, [_bound(one, upward=upward) for one in node.terms])
    if isinstance(node, ast.Not):
        return ast.Not(_bound(node.term, upward=not upward))
    if _is_personal(node) and not _asks_record(node):
        return ast.Value(upward)
    return node


def _may_be_empty(node: ast.Node) -> bool:
    """Whether it names what a holder may not have, such as a department."""
    return any(name[0] == "me" and len(name) > 1 for name in _names(node))


def _is_personal(node: ast.Node) -> bool:
    """Whether it depends on who holds the role."""
    called = any(isinstance(one, ast.Call) and one.function in LISTS for one in within(node))
    return called or any(name[0] == "me" for name in _names(node))


def _asks_record(node: ast.Node) -> bool:
    """Whether a comparison has a field of the record on one of its sides, or asks of lists."""
    if isinstance(node, ast.Call):
        return True
    return any(not names_parameter(name) for name in _names(node))


def _names(node: ast.Node) -> Iterable[tuple[str, ...]]:
    return (one.parts for one in within(node) if isinstance(one, ast.Name))
