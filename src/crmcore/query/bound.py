"""Questions that were checked: names resolved, constants canonical, scope joined in.

Made by `bind` alone and understood by every backend. Constants are normal forms at the
scale of what they are compared with, never empty. What each node means is defined by
`crmcore.query.evaluate`.
"""

from __future__ import annotations

from typing import Final, Literal

from attrs import frozen

from crmcore.kinds import Kind
from crmcore.schema import Field, Module
from crmcore.schema.field import STAMPS

BoundComparator = Literal["==", "!=", "<", "<=", ">", ">="]
MatchHow = Literal["contains", "starts_with", "ends_with", "like"]


class BoundNode:
    """A part of a bound expression."""

    __slots__ = ()


@frozen
class Step:
    """One hop along the to-one link `link` to `target`.

    Where the target does not fulfil `visible` (bound over the target), the path is empty.
    """

    link: Field
    target: Module
    visible: BoundNode


@frozen(cache_hash=True)
class Ref(BoundNode):
    """The value of `field` at the end of `steps`; empty where a step leads nowhere."""

    steps: tuple[Step, ...]
    field: Field

    @property
    def kind(self) -> Kind:
        """The kind of the field at the end."""
        return self.field.kind


@frozen
class Const(BoundNode):
    """A constant in the normal form of `kind`."""

    value: object
    kind: Kind


@frozen
class Arith(BoundNode):
    """Arithmetic of formulas, computed in Python only; an empty operand gives empty."""

    operator: str
    left: BoundNode
    right: BoundNode
    kind: Kind


@frozen
class Apply(BoundNode):
    """A function of formulas, computed in Python only."""

    function: str
    arguments: tuple[BoundNode, ...]
    kind: Kind


@frozen
class Always(BoundNode):
    """True, or false, of every record."""

    holds: bool


@frozen(cache_hash=True)
class AllOf(BoundNode):
    """Every term holds."""

    terms: tuple[BoundNode, ...]


@frozen(cache_hash=True)
class AnyOf(BoundNode):
    """Some term holds."""

    terms: tuple[BoundNode, ...]


@frozen
class Negation(BoundNode):
    """The exact complement of `term`."""

    term: BoundNode


@frozen
class Comparison(BoundNode):
    """`left comparator right`: false where an operand is empty, `!=` being the complement of `==`.

    Texts order by (search key cut at 200, value), choices by option position.
    """

    comparator: BoundComparator
    left: BoundNode
    right: BoundNode


@frozen
class IsEmpty(BoundNode):
    """Nothing stands there."""

    operand: BoundNode


@frozen(cache_hash=True)
class Within(BoundNode):
    """The value is one of `values` (normal forms)."""

    operand: Ref
    values: tuple[object, ...]


@frozen
class Match(BoundNode):
    """The search key of a sorted text contains, starts with, ends with or equals `key`."""

    how: MatchHow
    operand: Ref
    key: str


@frozen
class HasCodes(BoundNode):
    """A set holds all (or any) of `codes`."""

    operand: Ref
    how: Literal["all", "any"]
    codes: tuple[str, ...]


@frozen(cache_hash=True)
class Related(BoundNode):
    """How many records of `child` whose `link` leads here are visible and fulfil `where`.

    Counted from the record at the end of `steps`; where that is empty, there are none.
    """

    steps: tuple[Step, ...]
    child: Module
    link: Field
    visible: BoundNode
    where: BoundNode
    comparator: BoundComparator
    count: int


TRUE: Final = Always(True)
FALSE: Final = Always(False)


def both(first: BoundNode, second: BoundNode) -> BoundNode:
    """A node that holds where both do."""
    if first == TRUE or second == FALSE:
        return second
    if second == TRUE or first == FALSE:
        return first
    return AllOf((first, second))


@frozen
class BoundOrder:
    """One term of an order; empty is smallest."""

    ref: Ref
    descending: bool = False


@frozen
class BoundQuery:
    """A list of records of `module`, as value tuples in the order of `columns`.

    `where` is the asker's condition, `scope` what he may see. They differ under `as_of`
    (a sealed position): `where` is asked of the version valid then, `scope` of the
    record's current (if removed: last) version. `after` holds the order values and the
    id of the last record of the page before. The id breaks ties, in the direction of the
    last order term. With `versions`, all current and former versions are read instead,
    with the endings (`ended_by`, `removed`) as further columns, ordered by id and version;
    `touched_by` then keeps those that one of these change sets began or ended.
    """

    module: Module
    columns: tuple[Ref, ...]
    where: BoundNode = TRUE
    scope: BoundNode = TRUE
    order: tuple[BoundOrder, ...] = ()
    after: tuple[object, ...] | None = None
    limit: int | None = None
    as_of: int | None = None
    versions: bool = False
    touched_by: tuple[str, ...] | None = None


@frozen
class BoundBucket:
    """Days, weeks, months … of a date, or of an instant in a zone.

    `offsets` are pairs (from this millisecond on, offset to UTC in milliseconds) in
    ascending order; the first starts before every instant. Empty for dates.
    """

    unit: str
    starts: int
    offsets: tuple[tuple[int, int], ...]


@frozen
class BoundGroup:
    """One dimension of a summary."""

    ref: Ref
    bucket: BoundBucket | None = None


@frozen
class BoundMeasure:
    """One figure: count (of records, or of values of `ref`), count_distinct, sum, min, max."""

    function: Literal["count", "count_distinct", "sum", "min", "max"]
    ref: Ref | None = None
    where: BoundNode = TRUE


@frozen
class BoundSummary:
    """Groups and figures over `module`, as tuples (group values…, figures…) in no stated order.

    Without groups there is exactly one row. Sums are exact (`int`, `Decimal`, `timedelta`),
    over nothing empty; money of any currency is summed per code as a tuple of `Money`.
    """

    module: Module
    groups: tuple[BoundGroup, ...]
    measures: tuple[BoundMeasure, ...]
    where: BoundNode = TRUE
    scope: BoundNode = TRUE
    as_of: int | None = None


_STAMP_REFS: Final = {stamp.name: Ref((), stamp) for stamp in STAMPS}
ID_REF: Final = _STAMP_REFS["id"]


def stamp_ref(name: str) -> Ref:
    """The ref of a stamp, such as `id` or `version`."""
    return _STAMP_REFS[name]


def full_columns(module: Module) -> tuple[Ref, ...]:
    """Refs of all stored columns of `module`, in layout order."""
    found: tuple[Ref, ...] | None = module.__dict__.get("_full_columns")
    if found is None:
        found = (*_STAMP_REFS.values(), *(Ref((), one) for one in module.stored))
        module.__dict__["_full_columns"] = found
    return found


def by_id(record: str) -> BoundNode:
    """Holds for the record of that id."""
    return Comparison("==", ID_REF, Const(record, ID_REF.kind))


def by_ids(records: tuple[str, ...]) -> BoundNode:
    """Holds for the records of those ids."""
    return Within(ID_REF, records)
