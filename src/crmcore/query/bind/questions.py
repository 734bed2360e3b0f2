"""Questions: lists and summaries bound for a reader, scope joined in outside his part."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Final

from attrs import evolve, field, frozen

from crmcore.errors import QueryError
from crmcore.kinds import Date, DateTime, Json, Kind, Link, LongText, MultiLink, Text
from crmcore.kinds.reference import MAX_CASCADE
from crmcore.query import ast
from crmcore.query.bind.comparisons import negated, title
from crmcore.query.bind.paths import Scope, resolve, walk
from crmcore.query.bind.people import People, by_people
from crmcore.query.bind.predicate import predicate
from crmcore.query.bind.refusal import refuse_encrypted
from crmcore.query.bind.showing import is_masked, shown_to
from crmcore.query.bind.values import EmptyParameter
from crmcore.query.bound import (
    FALSE,
    TRUE,
    AnyOf,
    BoundBucket,
    BoundGroup,
    BoundMeasure,
    BoundNode,
    BoundOrder,
    Ref,
    both,
)
from crmcore.query.buckets import DATE_UNITS, NUMBER_UNITS, zone_offsets
from crmcore.query.reader import EVERYTHING, Reader
from crmcore.schema import Field, Module, Schema

LinkedPath = Callable[[Module, Field], tuple[str, ...] | None]
Known = tuple[str, int, tuple[int, ...]]
"""A module, and which conditions grant and deny: the same for several operations."""

CountedModule = Callable[[Module, Field], str | None]
_MEASURES: Final = ("count", "count_distinct", "sum", "min", "max", "avg")


@frozen
class Binder:
    """Checks questions against a schema for one reader.

    `linked` tells which path a linked computed field stands for, `counted` which module a
    roll-up counts; `is_past` is true of questions about a past moment. `known` keeps what
    was bound of policy, by module and conditions; who shares it between binders sees to it
    that schema, parameters of the reader and `people` are the same. With `people` what may
    be seen is bound as lists of people, which ask nobody's record; see `by_people`.
    """

    schema: Schema
    reader: Reader
    linked: LinkedPath = lambda _module, _field: None
    counted: CountedModule = lambda _module, _field: None
    is_past: bool = False
    known: MutableMapping[Known, BoundNode] = field(factory=dict, eq=False, repr=False)
    seen: MutableMapping[str, Module] = field(factory=dict, eq=False, repr=False)
    people: People | None = field(default=None, eq=False, repr=False)

    def shown(self, module: Module) -> Module:
        """`module` as the reader knows it: without hidden fields, masked ones being texts."""
        if self.reader.system or not self.reader.fields:
            return module
        if self.is_past:
            return shown_to(self.reader, module)
        found = self.seen.get(module.name)
        if found is None:
            found = self.seen[module.name] = shown_to(self.reader, module)
        return found

    def withheld(self, module: Module, one: Field) -> str | None:
        """Why the reader cannot ask about the field `one`, which he knows of; `None` if he can.

        A masked field would tell what the mask covers.
        """
        if is_masked(self.reader, module, one):
            return "field_withheld"
        return "roll_up_withheld" if self.is_partial(module, one) else None

    def is_partial(self, module: Module, one: Field) -> bool:
        """Whether the stored value of the roll-up `one` is not what the reader may know.

        It is not where he may not see all that it counts, nor of a past moment.
        """
        if one.computed != "roll_up":
            return False
        child = self.counted(module, one)
        return self.is_past or (
            child is not None and self.visible(self.schema.by_name[child]) != TRUE
        )

    def scope(self, module: Module, *, formula: bool = False) -> Scope:
        """Where the names of a question over `module` are looked up."""
        return Scope(
            self.schema,
            self.reader,
            module,
            self._seen,
            self.linked,
            predicate,
            self.withheld,
            self.shown,
            formula,
        )

    def visible(self, module: Module, operation: str = "read") -> BoundNode:
        """Which records of `module` the operation may touch; nothing without a grant."""
        if self.reader.system:
            return TRUE
        granted = self.reader.scope(module.name, operation)
        if granted is None:
            return FALSE
        denied = self.reader.denials.get((module.name, operation), {})
        if granted == EVERYTHING and not denied:
            return TRUE
        place = module.name, id(granted), tuple(map(id, denied.values()))
        found = self.known.get(place)
        if found is None:
            found = self.policy(module, granted)
            for one in denied.values():
                found = both(found, negated(self.policy(module, one, denial=True)))
            if self.people is not None:
                found = by_people(found, self.people)
            self.known[place] = found
        return found

    def policy(self, module: Module, condition: ast.Node, *, denial: bool = False) -> BoundNode:
        """A condition of policy over `module`: it fails closed.

        Where it cannot be told, a grant does not hold and a denial does. A denial may follow
        as many links as a removal does: what goes with a record may be denied with it.
        """
        scope = self.policy_scope(module)
        if denial:
            scope = evolve(scope, most_links=MAX_CASCADE)
        try:
            return predicate(scope, condition) if denial else _policy(scope, condition)
        except EmptyParameter:
            return TRUE
        except QueryError:
            # It may name a field that a past moment did not have.
            if self.is_past:
                return TRUE if denial else FALSE
            raise

    def policy_scope(self, module: Module) -> Scope:
        """Where names of policy are looked up: what a path leads through is not hidden from it."""
        return Scope(
            self.schema,
            self.reader,
            module,
            _all,
            self.linked,
            predicate,
            _open,
            _whole,
            policy=True,
        )

    def _seen(self, module: Module) -> BoundNode:
        return self.visible(module)

    def condition(self, module: Module, where: ast.Node | None) -> BoundNode:
        """`where` as a bound condition over `module`; nothing means everything."""
        return TRUE if where is None else predicate(self.scope(module), where)

    def column(self, module: Module, path: tuple[str, ...]) -> Ref:
        """The place that a column path names, to be shown: withheld fields too.

        Who shows them masks them; a withheld roll-up is one of `module` itself alone.
        """
        scope = self.scope(module)
        if not path:
            return resolve(scope, path)
        steps, last = walk(scope, path[:-1], 0)
        one = scope.known_field(last, path[-1], 0)
        is_own = self.is_partial(last, one) and not steps
        if one.stored and (is_own or is_masked(self.reader, last, one)):
            return Ref(steps, one)
        return resolve(self.scope(module), path)

    def order(self, module: Module, term: ast.OrderBy) -> BoundOrder:
        """One term of an order; a link is ordered by the title of its target."""
        scope = self.scope(module)
        ref = resolve(scope, term.path)
        kind = ref.kind
        if isinstance(kind, Link) and not isinstance(kind, MultiLink) and ref.field.name != "id":
            ref = title(scope, ref, None)
            kind = ref.kind
        refuse_encrypted(ref)
        unsorted = isinstance(kind, (Text, LongText)) and not kind.sorted
        if unsorted or not kind.ordered:
            raise QueryError("not_ordered", field=ref.field.name, kind=kind.name)
        return BoundOrder(ref, term.descending)

    def group(self, module: Module, group: ast.GroupBy) -> BoundGroup:
        """One dimension of a summary."""
        ref = resolve(self.scope(module), group.path)
        refuse_encrypted(ref)
        if isinstance(ref.kind, (Json, MultiLink)):
            raise QueryError("not_groupable", field=ref.field.name, kind=ref.kind.name)
        if group.bucket is None:
            return BoundGroup(ref)
        return BoundGroup(ref, self._bucket(ref.kind, group.bucket))

    def _bucket(self, kind: Kind, bucket: ast.Bucket) -> BoundBucket:
        known = (*DATE_UNITS, *NUMBER_UNITS)
        if bucket.unit not in known:
            raise QueryError("unknown_bucket", name=bucket.unit, known=", ".join(known))
        if not isinstance(kind, (Date, DateTime)):
            raise QueryError("bucket_kind", kind=kind.name)
        if not 1 <= bucket.starts <= 12:
            raise QueryError("out_of_range", value=bucket.starts, minimum=1, maximum=12)
        if isinstance(kind, Date):
            if bucket.unit == "hour":
                raise QueryError("bucket_kind", kind=kind.name)
            return BoundBucket(bucket.unit, bucket.starts, ())
        offsets = zone_offsets(bucket.zone or self.reader.zone)
        return BoundBucket(bucket.unit, bucket.starts, offsets)

    def measure(self, module: Module, measure: ast.Measure) -> tuple[BoundMeasure, ...]:
        """The stored figures that one asked figure is made of (an average is sum and count)."""
        name = measure.function
        if name not in _MEASURES:
            raise QueryError("unknown_measure", name=name, known=", ".join(_MEASURES))
        where = self.condition(module, measure.where)
        if not measure.path:
            if name != "count":
                raise QueryError("argument_count", function=name, count=1)
            return (BoundMeasure("count", None, where),)
        ref = resolve(self.scope(module), measure.path)
        if name != "count":
            refuse_encrypted(ref)
        self._check_measure(name, ref)
        if name == "avg":
            return (BoundMeasure("sum", ref, where), BoundMeasure("count", ref, where))
        return (BoundMeasure(name, ref, where),)  # type: ignore[arg-type]

    def _check_measure(self, name: str, ref: Ref) -> None:
        kind = ref.kind
        allowed = name == "count" or (
            name == "count_distinct" and not isinstance(kind, (Json, MultiLink))
        )
        if name == "sum":
            allowed = kind.family in ("number", "duration") or kind.shape == "money"
        elif name == "avg":
            allowed = kind.family in ("number", "duration")
        elif name in ("min", "max"):
            unsorted = isinstance(kind, (Text, LongText)) and not kind.sorted
            allowed = kind.ordered and not unsorted and kind.shape not in ("id", "typed")
        if not allowed:
            raise QueryError("measure_kind", field=ref.field.name, function=name, kind=kind.name)


def _all(_module: Module) -> BoundNode:
    return TRUE


def _open(_module: Module, _field: Field) -> None:
    return None


def _whole(module: Module) -> Module:
    return module


def _policy(scope: Scope, granted: ast.Node) -> BoundNode:
    """A grant as a condition; each of its alternatives fails closed by itself."""
    if isinstance(granted, ast.Logic) and granted.connective == "or":
        terms = [_policy(scope, term) for term in granted.terms]
        kept = [term for term in terms if term != FALSE]
        if TRUE in kept:
            return TRUE
        return _any(kept)
    try:
        return predicate(scope, granted)
    except EmptyParameter:
        return FALSE


def _any(terms: list[BoundNode]) -> BoundNode:
    if not terms:
        return FALSE
    return terms[0] if len(terms) == 1 else AnyOf(tuple(terms))
