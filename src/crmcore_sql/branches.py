"""Disjunctions whose every branch an index serves: sought branch by branch.

Whether some share of a record names me can be asked record by record, or the other way: the
few entries that an index finds for me tell the records. Then every branch of `own or shared`
is served by an index. SQLite joins such branches itself (`OR`), but sorts all of them for a
page in the order of ids; PostgreSQL joins no list of ids with what another index finds. For
these they are written as one list of ids (`UNION ALL`).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Select, select, union_all

from crmcore.kinds.reference import ANY_RECORD
from crmcore.query.bound import (
    TRUE,
    AllOf,
    AnyOf,
    BoundNode,
    Comparison,
    Const,
    Ref,
    Related,
    Step,
    Within,
)
from crmcore_sql.dialect import Condition, Expression
from crmcore_sql.frames import Frame
from crmcore_sql.junction import all_of
from crmcore_sql.placing import has_index
from crmcore_sql.signature import counts_existence

_ID: Final = -1
"""The number of the stamp that is the id."""

_MOST_BRANCHES: Final = 16


def is_sought(node: Related) -> bool:
    """Whether `node` asks if there is an entry, and an index leads to the entries it means.

    Entries are what may speak of records of any module, such as shares.
    """
    is_entry = getattr(node.link.kind, "target", None) == ANY_RECORD
    is_there = counts_existence(node) is True
    return is_entry and is_there and node.visible == TRUE and _is_served(node.where)


def _is_served(node: BoundNode) -> bool:
    """Whether the records that fulfil `node` are found without looking at all others."""
    if isinstance(node, AllOf):
        return any(map(_is_served, node.terms))
    if isinstance(node, AnyOf):
        return all(map(_is_served, node.terms))
    if isinstance(node, Within):
        return _has_index(node.operand)
    if isinstance(node, Comparison) and node.comparator == "==":
        is_constant = isinstance(node.right, Const)
        return is_constant and isinstance(node.left, Ref) and _has_index(node.left)
    return isinstance(node, Related) and is_sought(node)


def _has_index(ref: Ref) -> bool:
    is_id = ref.field.number == _ID
    return not ref.steps and (is_id or (ref.field.number > 0 and has_index(ref.field)))


def sought(frame: Frame, node: Related) -> Condition:
    """The record is one of those that the entries tell of that `node` means."""
    selected = frame.context.dialect.expressions.selected
    return selected(_anchor_id(frame, node.steps), _told(frame, node))


def _told(frame: Frame, node: Related) -> Select[tuple[object]]:
    """What the entries tell of that `node` means."""
    context = frame.context
    child = Frame(context, context.present(node.child))
    terms = [] if node.where == TRUE else [context.condition(child, node.where)]
    link = child.root.column(node.link)
    return select(link).select_from(child.source).where(all_of(terms))


def _anchor_id(frame: Frame, steps: tuple[Step, ...]) -> Expression:
    """The id of the record at the end of `steps`; where everybody sees it, as the link has it."""
    if steps and steps[-1].visible == TRUE:
        return frame.relation(steps[:-1]).column(steps[-1].link)
    return frame.relation(steps).id


def united(frame: Frame, node: BoundNode, *, is_page: bool) -> Condition | None:
    """`node` as one list of the ids that its branches find, where that serves; else `None`.

    Over live records alone; `is_page` where the first ones in the order of ids are wanted.
    """
    is_several = isinstance(node, AnyOf) and 2 <= len(node.terms) <= _MOST_BRANCHES
    if not isinstance(node, AnyOf) or not is_several or not _is_served(node):
        return None
    unites = frame.context.dialect.indexing.unites_branches
    if unites == "never" or not (is_page if unites == "pages" else _has_entries(node)):
        return None
    branches = [_branch(frame, one) for one in node.terms]
    return frame.context.dialect.expressions.selected(frame.root.id, union_all(*branches))


def _has_entries(node: BoundNode) -> bool:
    if isinstance(node, (AllOf, AnyOf)):
        return any(map(_has_entries, node.terms))
    return isinstance(node, Related)


def _branch(frame: Frame, node: BoundNode) -> Select[tuple[object]]:
    """The ids that one branch finds."""
    if isinstance(node, Related) and not node.steps:
        return _told(frame, node)
    context = frame.context
    own = Frame(context, context.present(frame.root.tables.module))
    found = context.condition(own, node)
    return select(own.root.id).select_from(own.source).where(found)
