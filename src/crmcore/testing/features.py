"""What a question is about, in words: a run that never asks some of it proves too little."""

from __future__ import annotations

from collections.abc import Iterator

from crmcore.clock import to_milliseconds
from crmcore.query.bound import (
    BoundGroup,
    BoundNode,
    BoundQuery,
    BoundSummary,
    Ref,
    Related,
    Step,
)
from crmcore.query.buckets import offset_at
from crmcore.query.mentions import parts_of
from crmcore.storage import Transaction
from crmcore.testing.asking import Ask, Listing

CHILDREN = "over children"
LINKS = "along links"
SCOPES = "with scopes"
PAST = "as of a past moment"
ORDER = "in an order"
PAGES = "page by page"
SUMS = "exact sums"
CLOCK_CHANGES = "buckets across a change of the clock"


def features(transaction: Transaction, ask: Ask, bound: BoundQuery | BoundSummary) -> Iterator[str]:
    """The features of `ask`, some of which are in the data, which `transaction` reads."""
    yield type(ask).__name__
    if bound.as_of is not None:
        yield PAST
    if ask.asker.scopes is not None:
        yield SCOPES
    nodes = list(_nodes(bound.where))
    if any(isinstance(one, Related) for one in nodes):
        yield CHILDREN
    if any(isinstance(one, Ref) and one.steps for one in (*nodes, *_places(bound))):
        yield LINKS
    if isinstance(ask, Listing) and ask.page is not None:
        yield PAGES
    if isinstance(bound, BoundQuery):
        if bound.order:
            yield ORDER
        return
    if any(one.function == "sum" for one in bound.measures):
        yield SUMS
    if any(_is_across(transaction, bound, group) for group in bound.groups):
        yield CLOCK_CHANGES


def _nodes(node: BoundNode | Step) -> Iterator[BoundNode | Step]:
    yield node
    if not isinstance(node, Step):
        for part in parts_of(node):
            yield from _nodes(part)


def _places(bound: BoundQuery | BoundSummary) -> Iterator[Ref]:
    if isinstance(bound, BoundQuery):
        yield from bound.columns
        yield from (term.ref for term in bound.order)
        return
    yield from (group.ref for group in bound.groups)
    yield from (one.ref for one in bound.measures if one.ref is not None)


def _is_across(transaction: Transaction, bound: BoundSummary, group: BoundGroup) -> bool:
    """Whether moments of both sides of a change of the clock fall into buckets."""
    if group.bucket is None or len(group.bucket.offsets) < 2:
        return False
    listing = BoundQuery(bound.module, (group.ref,), bound.where, bound.scope, as_of=bound.as_of)
    found = [row[0] for batch in transaction.select(listing) for row in batch]
    moments = [to_milliseconds(one) for one in found if one is not None]  # type: ignore[arg-type]
    return len({offset_at(group.bucket.offsets, moment) for moment in moments}) > 1
