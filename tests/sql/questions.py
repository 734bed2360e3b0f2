"""Random bound questions over the small world: every node, path and figure there is."""

from __future__ import annotations

from random import Random

from tests.sql.worlds import MODULES, SCHEMA, TEXTS, constant, record_id

from crmcore.kinds import Choice, Link, LongText, MultiLink, Text, search_key
from crmcore.query.bound import (
    ID_REF,
    TRUE,
    AllOf,
    Always,
    AnyOf,
    BoundBucket,
    BoundGroup,
    BoundMeasure,
    BoundNode,
    BoundOrder,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    HasCodes,
    IsEmpty,
    Match,
    Negation,
    Ref,
    Related,
    Step,
    Within,
    full_columns,
)
from crmcore.query.buckets import zone_offsets
from crmcore.schema import ENDINGS, Field, Module

ZONES = ["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
ORDERED = ("<", "<=", ">", ">=")


def is_sorted(one: Field) -> bool:
    """Whether a text can be searched in and ordered."""
    return isinstance(one.kind, (Text, LongText)) and one.kind.sorted


def to_one(module: Module) -> list[Field]:
    """The links that a path may follow."""
    return [
        one
        for one in module.stored
        if isinstance(one.kind, Link) and not isinstance(one.kind, MultiLink)
    ]


def children(module: Module) -> list[tuple[Module, Field]]:
    """The relations that lead to `module`."""
    return [pair for pair in SCHEMA.children(module.name) if pair[1] in to_one(pair[0])]


class Asking:
    """Makes questions with one source of chance."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.paths = 0

    def steps(self, module: Module, depth: int) -> tuple[tuple[Step, ...], Module]:
        """A path from `module`, most often none."""
        steps: list[Step] = []
        while self.random.random() < 0.3 and self.paths < 6:
            self.paths += 1
            link = self.random.choice(to_one(module))
            assert isinstance(link.kind, Link)
            target = SCHEMA.module(link.kind.target)
            visible = TRUE if self.random.random() < 0.5 else self.node(target, depth + 2)
            steps.append(Step(link, target, visible))
            module = target
        return tuple(steps), module

    def ref(self, module: Module, depth: int, *names: str) -> Ref:
        """A place whose kind is called one of `names` (any, if none)."""
        while True:
            steps, target = self.steps(module, depth)
            found = [one for one in target.stored if not names or one.kind.name in names]
            if found:
                return Ref(steps, self.random.choice(found))

    def node(self, module: Module, depth: int = 0) -> BoundNode:
        """A condition."""
        random = self.random
        if depth < 3 and random.random() < 0.45:
            terms = tuple(self.node(module, depth + 1) for _ in range(random.randint(0, 3)))
            return random.choice([AllOf, AnyOf])(terms)
        if random.random() < 0.2:
            return Negation(self.node(module, depth + 1))
        return self.leaf(module, depth)

    def leaf(self, module: Module, depth: int) -> BoundNode:
        """A condition without parts."""
        random = self.random
        roll = random.random()
        if roll < 0.03:
            return Always(random.random() < 0.5)
        if roll < 0.13:
            return IsEmpty(self.ref(module, depth))
        if roll < 0.25:
            return self.match(module, depth)
        if roll < 0.37:
            return self.within(module, depth)
        if roll < 0.45 and module.name == "account":
            ref = Ref((), module.by_name[random.choice(["tags", "friends"])])
            codes = constant(random, ref.field)
            assert isinstance(codes, tuple)
            return HasCodes(ref, random.choice(["all", "any"]), codes)
        if roll < 0.57 and depth < 3 and self.paths < 6:
            related = self.related(module, depth)
            if related is not None:
                return related
        return self.comparison(module, depth)

    def within(self, module: Module, depth: int) -> BoundNode:
        """`in` with some constants."""
        ref = self.ref(module, depth)
        if ref.kind.shape in ("codes", "json"):
            return IsEmpty(ref)
        if self.random.random() < 0.2:
            ids = tuple(record_id(self.random.randint(1, 12)) for _ in range(3))
            return Within(ID_REF, ids)
        count = self.random.randint(0, 3)
        found = {constant(self.random, ref.field): None for _ in range(count)}
        return Within(ref, tuple(found))

    def match(self, module: Module, depth: int) -> BoundNode:
        """A search in a sorted text."""
        steps, target = self.steps(module, depth)
        one = self.random.choice([one for one in target.stored if is_sorted(one)])
        text = self.random.choice(TEXTS)
        key = search_key(text[: self.random.choice([1, 2, 230])])
        how = self.random.choice(["contains", "starts_with", "ends_with", "like"])
        return Match(how, Ref(steps, one), key)  # type: ignore[arg-type]

    def related(self, module: Module, depth: int) -> BoundNode | None:
        """A count over children."""
        random = self.random
        steps, anchor = self.steps(module, depth)
        found = children(anchor)
        if not found:
            return None
        self.paths += 1
        child, link = random.choice(found)
        visible = TRUE if random.random() < 0.5 else self.node(child, depth + 2)
        where = TRUE if random.random() < 0.3 else self.node(child, depth + 2)
        sign = random.choice(["==", "!=", *ORDERED])
        count = random.choice([-1, 0, 1, 1, 2])
        return Related(steps, child, link, visible, where, sign, count)

    def comparison(self, module: Module, depth: int) -> BoundNode:
        """A place with a constant or with another place."""
        random = self.random
        ref = self.ref(module, depth)
        if ref.kind.shape == "json":
            return IsEmpty(ref)
        kind = ref.kind
        unsorted = isinstance(kind, (Text, LongText)) and not kind.sorted
        is_ordered = kind.ordered and not unsorted and kind.shape not in ("boolean", "id")
        signs = ["==", "!="]
        if is_ordered and not isinstance(kind, Choice):
            signs += ORDERED
        sign = random.choice(signs)
        if random.random() < 0.2:
            other = [
                one
                for one in module.stored
                if one.kind.shape == kind.shape
                and one.kind.scale == kind.scale
                and (is_sorted(one) or not isinstance(one.kind, (Text, LongText)))
                and isinstance(one.kind, Choice) == isinstance(kind, Choice)
            ]
            if other:
                return Comparison(sign, ref, Ref((), random.choice(other)))  # type: ignore[arg-type]
        return Comparison(sign, ref, Const(constant(random, ref.field), kind))  # type: ignore[arg-type]

    def scope(self, module: Module) -> BoundNode:
        """What may be seen."""
        return TRUE if self.random.random() < 0.6 else self.node(module, 1)

    def listing(self, as_of: int | None) -> BoundQuery:
        """A list with an order."""
        random = self.random
        self.paths = 0
        module = random.choice(MODULES)
        order = tuple(
            BoundOrder(self.orderable(module), random.random() < 0.5)
            for _ in range(random.randint(0, 2))
        )
        columns: tuple[Ref, ...] = full_columns(module)
        if random.random() < 0.5:
            columns = tuple(self.ref(module, 0) for _ in range(3))
        where, scope = self.node(module), self.scope(module)
        limit = random.choice([None, None, 0, 1, 3])
        return BoundQuery(
            module, (*columns, *(one.ref for one in order), ID_REF), where, scope, order,
            limit=limit, as_of=as_of,
        )  # fmt: skip

    def orderable(self, module: Module) -> Ref:
        """A place that a list can be ordered by."""
        while True:
            ref = self.ref(module, 1)
            kind = ref.kind
            unsorted = isinstance(kind, (Text, LongText)) and not kind.sorted
            if kind.ordered and not unsorted and kind.shape != "id":
                return ref

    def versions(self) -> BoundQuery:
        """All versions that fulfil a condition."""
        self.paths = 0
        module = self.random.choice(MODULES)
        columns = (*full_columns(module), *(Ref((), one) for one in ENDINGS))
        touched = None
        if self.random.random() < 0.5:
            touched = tuple(record_id(self.random.randint(1, 12)) for _ in range(3))
        return BoundQuery(
            module, columns, self.node(module), self.scope(module), versions=True,
            touched_by=touched, limit=self.random.choice([None, 3]),
        )  # fmt: skip

    def summary(self, as_of: int | None) -> BoundSummary:
        """Groups and figures."""
        random = self.random
        self.paths = 0
        module = random.choice(MODULES)
        groups = tuple(self.group(module) for _ in range(random.randint(0, 2)))
        measures = tuple(self.measure(module) for _ in range(random.randint(0, 3)))
        where = TRUE if random.random() < 0.4 else self.node(module)
        return BoundSummary(module, groups, measures, where, self.scope(module), as_of)

    def group(self, module: Module) -> BoundGroup:
        """One dimension."""
        random = self.random
        while True:
            ref = self.ref(module, 1)
            if isinstance(ref.kind, MultiLink) or ref.kind.shape == "json":
                continue
            if ref.kind.name in ("date", "datetime") and random.random() < 0.8:
                return BoundGroup(ref, self.bucket(ref))
            return BoundGroup(ref)

    def bucket(self, ref: Ref) -> BoundBucket:
        """Some unit of time."""
        units = ["day", "week", "month", "quarter", "year", "fiscal_year", "weekday"]
        starts = self.random.randint(1, 12)
        if ref.kind.name == "date":
            return BoundBucket(self.random.choice(units), starts, ())
        offsets = zone_offsets(self.random.choice(ZONES))
        return BoundBucket(self.random.choice([*units, "hour"]), starts, offsets)

    def measure(self, module: Module) -> BoundMeasure:
        """One figure."""
        random = self.random
        where = TRUE if random.random() < 0.6 else self.node(module, 2)
        function = random.choice(["count", "count", "count_distinct", "sum", "min", "max"])
        if function == "count" and random.random() < 0.5:
            return BoundMeasure("count", None, where)
        if function == "sum":
            ref = self.ref(module, 1, "integer", "decimal", "any_money", "duration")
        elif function in ("min", "max"):
            ref = self.orderable(module)
            while ref.kind.shape == "typed":
                ref = self.orderable(module)
        else:
            ref = self.ref(module, 1)
            while function != "count" and ref.kind.name in ("json", "multi_link"):
                ref = self.ref(module, 1)
        return BoundMeasure(function, ref, where)  # type: ignore[arg-type]
