"""What a first backend borrows: questions answered by looking at every row of a snapshot.

A backend that can hand over its rows needs nothing else to be right; pushing work down
makes it fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

from attrs import define, evolve, field

from crmcore.query import answer
from crmcore.query.bound import (
    ID_REF,
    TRUE,
    AllOf,
    BoundNode,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    Within,
    both,
    full_columns,
)
from crmcore.query.evaluate import Condition, Look, Row, condition
from crmcore.query.mentions import modules_in
from crmcore.records import layout_of
from crmcore.schema import ENDINGS, STAMPS, Module
from crmcore.storage.port import Batch, Replace, Rewrite

BATCH = 1_000
_CHANGE_SET = [stamp.name for stamp in STAMPS].index("change_set")

Former = tuple[Row, str, int]
"""A former version: its row, the change set that ended it, 1 if that removed the record."""


class Snapshot(Protocol):
    """All rows of a store at one moment."""

    def current(self, module: Module) -> Mapping[str, Row]:
        """Live records by id, as rows in the layout of `module`."""
        ...

    def former(self, module: Module) -> Sequence[Former]:
        """Former versions of `module`, oldest first."""
        ...

    def position(self, change_set: str) -> int | None:
        """The sealed position of a change set; `None` while it has none."""
        ...


@define
class ScanLook:
    """Finds linked records and children in a snapshot, as of `as_of` if it is given.

    `modules` are those of the question, in the revision that it was bound against.
    """

    snapshot: Snapshot
    modules: Mapping[str, Module]
    as_of: int | None = None
    _valid: dict[str, Mapping[str, Row]] = field(factory=dict)
    _children: dict[tuple[str, str], dict[str, list[Row]]] = field(factory=dict)
    _images: dict[str, Mapping[str, Row]] = field(factory=dict)
    _present: ScanLook | None = None

    @property
    def present(self) -> Look:
        """The same snapshot without a past moment."""
        if self.as_of is None:
            return self
        if self._present is None:
            self._present = ScanLook(self.snapshot, self.modules)
        return self._present

    def rows(self, module: Module) -> Mapping[str, Row]:
        """The rows of `module` that are valid at the moment asked of."""
        found = self._valid.get(module.name)
        if found is None:
            found = self.snapshot.current(module)
            if self.as_of is not None:
                found = _valid_at(self.snapshot, module, self.as_of)
            self._valid[module.name] = found
        return found

    def target(self, module: str, record: str) -> Row | None:
        """The row of a record at the moment asked of."""
        return self.rows(self.modules[module]).get(record)

    def image(self, module: str, record: str) -> Row | None:
        """The current, else the last row of a record."""
        definition = self.modules[module]
        found = self.snapshot.current(definition).get(record)
        if found is not None or self.as_of is None:
            return found
        images = self._images.get(module)
        if images is None:
            former = self.snapshot.former(definition)
            images = {str(row[0]): row for row, _, removed in former if removed}
            self._images[module] = images
        return images.get(record)

    def children(self, module: str, link: str, record: str) -> Iterable[Row]:
        """The rows of `module` that link to `record`."""
        index = self._children.get((module, link))
        if index is None:
            index = {}
            definition = self.modules[module]
            place = layout_of(definition).index[link]
            for row in self.rows(definition).values():
                if row[place] is not None:
                    index.setdefault(str(row[place]), []).append(row)
            self._children[(module, link)] = index
        return index.get(record, ())


def _valid_at(snapshot: Snapshot, module: Module, moment: int) -> dict[str, Row]:
    def began(row: Row) -> bool:
        position = snapshot.position(str(row[_CHANGE_SET]))
        return position is not None and position <= moment

    found: dict[str, Row] = {}
    for row, ended_by, _ in snapshot.former(module):
        end = snapshot.position(ended_by)
        if began(row) and (end is None or end > moment):
            found[str(row[0])] = row
    for record, row in snapshot.current(module).items():
        if began(row):
            found[record] = row
    return found


def select(query: BoundQuery, snapshot: Snapshot) -> Iterator[Batch]:
    """The answer to `query`, in batches."""
    if query.versions:
        return batches(_versions(query, snapshot))
    look = ScanLook(snapshot, modules_in(query), query.as_of)
    rows = _matching(query.module, query.where, query.scope, look)
    return batches(answer.arrange(query, rows, look))


def summarize(query: BoundSummary, snapshot: Snapshot) -> Iterator[Batch]:
    """The answer to the summary `query`, in batches."""
    look = ScanLook(snapshot, modules_in(query), query.as_of)
    rows = _matching(query.module, query.where, query.scope, look)
    return batches(iter(answer.summarize(query, rows, look)))


def batches(rows: Iterator[Row]) -> Iterator[Batch]:
    """`rows` in lists of a thousand."""
    while batch := list(islice(rows, BATCH)):
        yield batch


def _matching(module: Module, where: BoundNode, scope: BoundNode, look: ScanLook) -> Iterator[Row]:
    rows = look.rows(module)
    ids = named_ids(where)
    found = rows.values() if ids is None else [rows[one] for one in ids if one in rows]
    if look.as_of is None:
        holds = condition(both(where, scope), module)
        return (row for row in found if holds(row, look))
    return _as_of(module, found, condition(where, module), scope, look)


def _as_of(
    module: Module, rows: Iterable[Row], where: Condition, scope: BoundNode, look: ScanLook
) -> Iterator[Row]:
    allowed = condition(scope, module)
    for row in rows:
        if where(row, look):
            image = None if scope == TRUE else look.image(module.name, str(row[0]))
            if scope == TRUE or (image is not None and allowed(image, look.present)):
                yield row


def named_ids(where: BoundNode) -> tuple[str, ...] | None:
    """The ids that a condition names, if it can hold for no others."""
    if isinstance(where, Comparison) and where.left == ID_REF and where.comparator == "==":
        return (str(where.right.value),) if isinstance(where.right, Const) else None
    if isinstance(where, Within) and where.operand == ID_REF:
        return tuple(str(one) for one in where.values)
    if isinstance(where, AllOf):
        found = [ids for term in where.terms if (ids := named_ids(term)) is not None]
        return found[0] if found else None
    return None


def _versions(query: BoundQuery, snapshot: Snapshot) -> Iterator[Row]:
    module = query.module
    modules = modules_in(query)
    look = ScanLook(snapshot, modules)
    holds = condition(query.where, module)
    found: list[tuple[Row, str | None, int | None]] = [
        (row, None, None) for row in snapshot.current(module).values() if holds(row, look)
    ]
    found.extend(one for one in snapshot.former(module) if holds(one[0], look))
    if query.touched_by is not None:
        sets = frozenset(query.touched_by)
        found = [one for one in found if one[0][_CHANGE_SET] in sets or one[1] in sets]
    allowed = condition(query.scope, module)
    if query.scope != TRUE:
        past = ScanLook(snapshot, modules, as_of=0)
        found = [
            one
            for one in found
            if (image := past.image(module.name, str(one[0][0]))) is not None
            and allowed(image, look)
        ]
    found.sort(key=lambda one: one[0][:2])
    places = _version_places(query)
    for row, ended_by, removed in islice(found, query.limit):
        whole = (*row, ended_by, removed)
        yield tuple([whole[place] for place in places])


def _version_places(query: BoundQuery) -> list[int]:
    layout = layout_of(query.module)
    endings = {one.name: layout.stored + index for index, one in enumerate(ENDINGS)}
    return [
        endings.get(ref.field.name, layout.index.get(ref.field.name, 0)) for ref in query.columns
    ]


def expanded(write: Rewrite, run: Callable[[BoundQuery], Iterator[Batch]]) -> Replace:
    """The new versions that a `Rewrite` stands for."""
    module = write.query.module
    layout = layout_of(module)
    columns = evolve(write.query, columns=full_columns(module))
    rows: list[Row] = []
    versions: list[int] = []
    for batch in run(columns):
        for row in batch:
            made = list(row)
            version = row[1]
            assert isinstance(version, int)
            versions.append(version)
            made[1] = version + 1
            made[4], made[5], made[6], made[7] = (
                write.moment,
                write.user,
                write.change_set,
                write.salt,
            )
            for name, constant in write.constants.items():
                made[layout.index[name]] = constant
            rows.append(tuple(made))
    return Replace(module, rows, versions)
