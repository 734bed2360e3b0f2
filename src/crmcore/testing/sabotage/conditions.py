"""Planted bugs of conditions: what careless compilation makes of them."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, evolve

from crmcore.kinds import Canonical, LongText, Text, search_key
from crmcore.query.bound import (
    TRUE,
    AllOf,
    BoundNode,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    IsEmpty,
    Match,
    Negation,
    Ref,
    Related,
    Within,
)
from crmcore.storage import Batch
from crmcore.testing.sabotage.rewriting import (
    open_ref,
    operands,
    query_with,
    summary_with,
    unguarded,
)
from crmcore.testing.sabotage.spoiling import PassedOn


class Rewriting(PassedOn):
    """Asks another question than it was asked; `change` says which."""

    def change(self, node: BoundNode) -> BoundNode:
        """What stands in the place of a condition."""
        return node

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        return self.inner.select(query_with(query, self.change))

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        return self.inner.summarize(summary_with(query, self.change))


class ThreeValuedNot(Rewriting):
    """`not` leaves out the records whose operand is empty, as SQL does by itself."""

    def change(self, node: BoundNode) -> BoundNode:
        known: tuple[BoundNode, ...] = ()
        if isinstance(node, Negation):
            known = tuple(Negation(IsEmpty(ref)) for ref in operands(node.term))
        elif isinstance(node, Comparison) and node.comparator == "!=":
            known = tuple(Negation(IsEmpty(ref)) for ref in operands(node))
        return AllOf((node, *known)) if known else node


class TextCase(Rewriting):
    """Equal texts are those that differ in case and width alone, as some collations have it."""

    def change(self, node: BoundNode) -> BoundNode:
        if not isinstance(node, Comparison) or node.comparator not in ("==", "!="):
            return node
        left, right = node.left, node.right
        if not isinstance(left, Ref) or not isinstance(right, Const):
            return node
        if not isinstance(left.kind, (Text, LongText)) or not left.kind.sorted:
            return node
        alike = Match("like", left, search_key(str(right.value)))
        return alike if node.comparator == "==" else Negation(alike)


class LikeWildcards(Rewriting):
    """`%` and `_` in a sought text stand for anything, as in LIKE."""

    def change(self, node: BoundNode) -> BoundNode:
        if not isinstance(node, Match) or not set(node.key) & {"%", "_"}:
            return node
        parts = [part for part in node.key.replace("_", "%").split("%") if part]
        found = tuple(Match("contains", node.operand, part) for part in parts)
        return AllOf(found) if found else Negation(IsEmpty(node.operand))


class NullEqualsNull(Rewriting):
    """A comparison of two fields holds where both are empty."""

    def change(self, node: BoundNode) -> BoundNode:
        is_equality = isinstance(node, Comparison) and node.comparator == "=="
        if not is_equality or len(operands(node)) != 2:
            return node
        first, second = operands(node)
        both = AllOf((IsEmpty(first), IsEmpty(second)))
        return Negation(AllOf((Negation(node), Negation(both))))


class ExcludedEnds(Rewriting):
    """`<=` and `>=` leave out the end of the range."""

    def change(self, node: BoundNode) -> BoundNode:
        if isinstance(node, Comparison) and node.comparator == "<=":
            return evolve(node, comparator="<")
        if isinstance(node, Comparison) and node.comparator == ">=":
            return evolve(node, comparator=">")
        return node


class TypedCompared(Rewriting):
    """Mail addresses and the like are compared as they were typed."""

    def change(self, node: BoundNode) -> BoundNode:
        if isinstance(node, Comparison) and isinstance(node.right, Const):
            constant = node.right.value
            if isinstance(constant, Canonical):
                plain = Const(constant.typed, node.right.kind)
                return evolve(node, right=plain)
        return node


class ExistsCountsOne(Rewriting):
    """A count of children never exceeds one, as with a semi-join in the place of an aggregate."""

    def change(self, node: BoundNode) -> BoundNode:
        if isinstance(node, Related) and node.count > 1:
            return evolve(node, count=1)
        return node


class InDropsLast(Rewriting):
    """The last item of a list is lost, as where lists are cut at a number of parameters."""

    def change(self, node: BoundNode) -> BoundNode:
        if isinstance(node, Within) and len(node.values) > 1:
            return evolve(node, values=node.values[:-1])
        return node


class LostScope(PassedOn):
    """What someone may see is forgotten."""

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        return self.inner.select(evolve(query, scope=TRUE))

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        return self.inner.summarize(evolve(query, scope=TRUE))


class LostPathScope(Rewriting):
    """Paths lead through records that the reader may not see."""

    def change(self, node: BoundNode) -> BoundNode:
        return unguarded(node)

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        columns = tuple(open_ref(one) for one in query.columns)
        order = tuple(evolve(term, ref=open_ref(term.ref)) for term in query.order)
        return super().select(evolve(query, columns=columns, order=order))


class LostChildScope(Rewriting):
    """Children that the reader may not see are counted."""

    def change(self, node: BoundNode) -> BoundNode:
        return evolve(node, visible=TRUE) if isinstance(node, Related) else node


class ScopeOfThePast(PassedOn):
    """A past question is answered with the rights that the record had then."""

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        if query.as_of is not None:
            query = evolve(query, where=AllOf((query.where, query.scope)), scope=TRUE)
        return self.inner.select(query)


class AsOfIsBefore(PassedOn):
    """The commit at the moment asked of is left out."""

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        moment = None if query.as_of is None else query.as_of - 1
        return self.inner.select(evolve(query, as_of=moment))


@define
class ExistsMultiplies(PassedOn):
    """A record comes once for each child that fulfils an `exists`, as with a join."""

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        doubled: list[bool] = []

        def at_least_two(node: BoundNode) -> BoundNode:
            if isinstance(node, Related) and (node.comparator, node.count) == (">=", 1):
                doubled.append(True)
                return evolve(node, count=2)
            return node

        twice = query_with(query, at_least_two)
        if not doubled or query.versions:
            return self.inner.select(query)
        again = self.rows(twice)
        rows = [
            copy for row in self.rows(query) for copy in ([row, row] if row in again else [row])
        ]
        return iter([rows[: query.limit]])
