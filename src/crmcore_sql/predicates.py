"""Bound conditions as SQL: two-valued, negation pushed to the leaves, constants as parameters.

A positive leaf stands bare, so that an index serves it and NULL counts as false; a negated
one is `(IS NULL OR inverted)`. No condition is ever wrapped in NOT but EXISTS.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Integer, Select, false, func, literal_column, not_, select, true

from crmcore.query.bound import (
    TRUE,
    AllOf,
    Always,
    AnyOf,
    BoundNode,
    Comparison,
    Const,
    HasCodes,
    IsEmpty,
    Match,
    Negation,
    Ref,
    Related,
    Within,
)
from crmcore_sql.branches import is_sought, sought
from crmcore_sql.dialect import Condition, Expression
from crmcore_sql.forms import CURRENCY, KEY, is_sorted_text, parts
from crmcore_sql.frames import Frame
from crmcore_sql.junction import all_of, any_of
from crmcore_sql.operands import (
    COMPARE,
    COMPLEMENT,
    MIRROR,
    differs,
    equal,
    key_column,
    not_ordered,
    ordered,
    place,
    unique_key,
)
from crmcore_sql.signature import counts_existence, match_form

_NONE: Final[Expression] = literal_column("0", Integer())


def condition(frame: Frame, node: BoundNode) -> Condition:
    """`node` over the records of `frame`; NULL counts as false."""
    return _condition(frame, node, False)


def _condition(frame: Frame, node: BoundNode, negated: bool) -> Condition:
    write = _LEAVES.get(type(node))
    if write is not None:
        return write(frame, node, negated)
    if isinstance(node, (AllOf, AnyOf)):
        join = all_of if isinstance(node, AllOf) is not negated else any_of
        return join([_condition(frame, term, negated) for term in node.terms])
    if isinstance(node, Negation):
        return _condition(frame, node.term, not negated)
    raise TypeError(f"no condition: {type(node).__name__}")


def _always(frame: Frame, node: Always, negated: bool) -> Condition:
    return true() if node.holds is not negated else false()


def _comparison(frame: Frame, node: Comparison, negated: bool) -> Condition:
    left, comparator, right = node.left, node.comparator, node.right
    if isinstance(left, Const):
        left, comparator, right = right, MIRROR[comparator], left
    if not isinstance(left, Ref) or not isinstance(right, (Ref, Const)):
        raise TypeError("stores compare places, not formulas")
    first, second = place(frame, left, left.kind), place(frame, right, left.kind)
    if comparator in ("==", "!="):
        return (equal if (comparator == "==") is not negated else differs)(first, second)
    return (not_ordered if negated else ordered)(first, comparator, second)


def _is_empty(frame: Frame, node: IsEmpty, negated: bool) -> Condition:
    if not isinstance(node.operand, Ref):
        return true() if negated else false()
    column = frame.column(node.operand)
    return column.is_not(None) if negated else column.is_(None)


def _within(frame: Frame, node: Within, negated: bool) -> Condition:
    context = frame.context
    kind = node.operand.kind
    parameters, expressions = context.parameters, context.dialect.expressions
    slot = parameters.slot_of(node)
    values = parameters.listed(slot, kind, parts(kind)[0].form)
    column = frame.column(node.operand)
    if kind.shape == "money":
        found = expressions.money_listed(column, frame.column(node.operand, CURRENCY), values)
        return not_(found) if negated else found
    if negated:
        return any_of([column.is_(None), expressions.among(column, values, negated=True)])
    terms: list[Condition] = []
    key = unique_key(frame, node.operand)
    if key is not None:
        digests = parameters.digests(slot, kind)
        terms.append(expressions.among(key_column(frame, node.operand, key), digests))
    elif is_sorted_text(kind) and node.operand.field.indexed:
        keys = place(frame, node.operand, kind).order_key()
        terms.append(expressions.among(keys, parameters.order_keys(slot)))
    return all_of([*terms, expressions.among(column, values)])


def _match(frame: Frame, node: Match, negated: bool) -> Condition:
    if negated:
        return any_of([frame.column(node.operand, KEY).is_(None), _no_match(frame, node)])
    return all_of(_matched(frame, node))


def _matched(frame: Frame, node: Match) -> list[Condition]:
    parameters = frame.context.parameters
    slot, key = parameters.slot_of(node), frame.column(node.operand, KEY)
    if node.how == "like":
        sought = parameters.carry(slot, "key", "key", None)
        if node.operand.field.indexed:
            # An equation would be put to use inside of the indexed expression by SQLite,
            # which then no longer is the indexed one.
            return [*_like_served(frame, node), key >= sought, key <= sought]
        return [*_like_served(frame, node), key == sought]
    if match_form(node) == "range":
        first, behind = _range(frame, node)
        key = _prefix_key(frame, node)
        return [key >= first, key < behind]
    return [_search(frame, node)]


def _no_match(frame: Frame, node: Match) -> Condition:
    parameters = frame.context.parameters
    if node.how == "like":
        slot = parameters.slot_of(node)
        return frame.column(node.operand, KEY) != parameters.carry(slot, "key", "key", None)
    if match_form(node) == "range":
        first, behind = _range(frame, node)
        key = _prefix_key(frame, node)
        return any_of([key < first, key >= behind])
    return not_(_search(frame, node))


def _prefix_key(frame: Frame, node: Match) -> Expression:
    """The key whose range a prefix is: the one that the index is made over, if there is one."""
    ref = node.operand
    if ref.field.indexed:
        return place(frame, ref, ref.kind).order_key()
    return frame.column(ref, KEY)


def _range(frame: Frame, node: Match) -> tuple[Expression, Expression]:
    parameters = frame.context.parameters
    slot = parameters.slot_of(node)
    first = parameters.carry(slot, "key", "key", None)
    return first, parameters.carry(slot, "behind", "key", _behind)


def _behind(prefix: object) -> str:
    """The smallest text that sorts behind all texts that begin with `prefix`."""
    assert isinstance(prefix, str)
    following = ord(prefix[-1]) + 1
    # Surrogates are no characters: what follows U+D7FF is U+E000.
    return prefix[:-1] + chr(0xE000 if following == 0xD800 else following)


def _search(frame: Frame, node: Match) -> Condition:
    parameters, expressions = frame.context.parameters, frame.context.dialect.expressions
    slot, key = parameters.slot_of(node), frame.column(node.operand, KEY)
    sought = parameters.carry(slot, "key", "key", None)
    if node.how == "contains":
        return expressions.contains(key, sought)
    length = parameters.carry(slot, "length", "integer", len)  # type: ignore[arg-type]
    if node.how == "starts_with":
        return expressions.begins(key, sought, length)
    return expressions.ends(key, sought, length)


def _like_served(frame: Frame, node: Match) -> list[Condition]:
    ref, parameters = node.operand, frame.context.parameters
    slot = parameters.slot_of(node)
    key = unique_key(frame, ref, folded=True)
    if key is not None:
        return [key_column(frame, ref, key) == parameters.digest(slot, ref.kind)]
    if ref.field.indexed:
        return [place(frame, ref, ref.kind).order_key() == parameters.cut_key(slot)]
    return []


def _has_codes(frame: Frame, node: HasCodes, negated: bool) -> Condition:
    parameters = frame.context.parameters
    values = parameters.codes(parameters.slot_of(node))
    column = frame.column(node.operand)
    found = frame.context.dialect.expressions.holds(column, values, node.how)
    return any_of([column.is_(None), not_(found)]) if negated else found


def _related(frame: Frame, node: Related, negated: bool) -> Condition:
    if not negated and not frame.past and is_sought(node):
        return sought(frame, node)
    context, anchor = frame.context, frame.relation(node.steps)
    records = context.asked(node.child) if frame.past else context.present(node.child)
    child, link = Frame(context, records, frame.past), records.column(node.link)
    terms: list[Condition] = [link.is_not(None)] if frame.past else [link == anchor.id]
    if node.visible != TRUE:
        terms.append(_visible_child(child, node))
    if node.where != TRUE:
        terms.append(condition(child, node.where))
    existence = counts_existence(node)
    if existence is not None:
        wanted = existence is not negated
        if frame.past:
            return _is_among(anchor.id, _children(child, terms, link), wanted)
        found = child.exists(terms)
        return found if wanted else not_(found)
    parameters = context.parameters
    comparator = COMPLEMENT[node.comparator] if negated else node.comparator
    limit = parameters.carry(parameters.slot_of(node), "count", "integer", None)
    if frame.past:
        grouped = _children(child, terms, link, func.count()).group_by(link).subquery()
        number = select(grouped.c[1]).where(grouped.c[0] == anchor.id).scalar_subquery()
        return COMPARE[comparator](func.coalesce(number, _NONE), limit)
    return COMPARE[comparator](_children(child, terms, func.count()).scalar_subquery(), limit)


def _visible_child(child: Frame, node: Related) -> Condition:
    # The child's own joins serve: nothing but the child hangs on its visibility.
    if child.past:
        return child.visible(child.root, node.visible)
    return condition(child, node.visible)


def _children(child: Frame, terms: list[Condition], *columns: Expression) -> Select[Any]:
    return select(*columns).select_from(child.source).where(all_of(terms))


def _is_among(record: Expression, links: Select[Any], wanted: bool) -> Condition:
    """Whether children lead to `record`: they are found once for all records.

    Nothing of history is indexed by its links.
    """
    if wanted:
        return record.in_(links)
    return any_of([record.is_(None), record.not_in(links)])


_LEAVES: Final[dict[type, Callable[[Frame, Any, bool], Condition]]] = {
    Always: _always,
    Comparison: _comparison,
    IsEmpty: _is_empty,
    Within: _within,
    Match: _match,
    HasCodes: _has_codes,
    Related: _related,
}
