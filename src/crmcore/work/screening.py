"""What a reader is shown of rows: hidden fields are not there, masked values lie under masks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from crmcore.access import masked
from crmcore.access.masks import FULL
from crmcore.access.opening import decided
from crmcore.query.bind.showing import is_masked
from crmcore.query.bound import (
    FALSE,
    ID_REF,
    TRUE,
    BoundNode,
    BoundQuery,
    Ref,
    by_ids,
    full_columns,
    stamp_ref,
)
from crmcore.query.evaluate import Row
from crmcore.query.reader import FieldCase, FieldRight
from crmcore.records import Record, layout_of
from crmcore.schema import ENDINGS, STAMPS, Module
from crmcore.schema.field import STAMP_NAMES
from crmcore.work.counting import counted_anew, withheld
from crmcore.work.session import Session, chunks

Masks = Mapping[int, FieldRight | None]
"""Place → the right to what stands there; `None` for the stamps of an update."""


def seen_columns(session: Session, module: Module) -> tuple[Ref, ...]:
    """The stored columns of `module` that the reader knows of, in the layout of that."""
    shown = session.binder.shown(module)
    if shown is module:
        return full_columns(module)
    own = [module.by_name[one.name] for one in shown.stored]
    return (*(stamp_ref(one.name) for one in STAMPS), *(Ref((), one) for one in own))


def masks_of(session: Session, module: Module, refs: Sequence[Ref]) -> Masks:
    """Which of the columns `refs` are shown under a mask, or not of every record."""
    reader = session.reader
    if reader.system or not reader.fields:
        return {}
    found: dict[int, FieldRight | None] = {}
    for place, ref in enumerate(refs):
        owner = ref.steps[-1].target if ref.steps else module
        if is_masked(reader, owner, ref.field):
            is_stamp = ref.field.name in STAMP_NAMES
            found[place] = None if is_stamp else reader.field_right(owner.name, ref.field.name)
    return found


def screened(
    session: Session, module: Module, rows: Sequence[Row], refs: Sequence[Ref], id_place: int = 0
) -> Sequence[Row]:
    """`rows` (of the columns `refs`) as the reader is shown them."""
    masks = masks_of(session, module, refs)
    if not masks or not rows:
        return rows
    ids = sorted({str(row[id_place]) for row in rows})
    levels = _Levels(session, module, ids)
    covers: dict[int, Callable[[str, object], object]] = {}
    for place, right in masks.items():
        ref = refs[place]
        if right is None:
            covers[place] = _last_seen(session, module, ids, ref, refs[id_place])
        else:
            covers[place] = levels.covering(right) if not ref.steps else _worst(right)
    made: list[Row] = []
    for row in rows:
        values = list(row)
        for place, cover in covers.items():
            values[place] = cover(str(row[id_place]), row[place])
        made.append(tuple(values))
    return made


def shown_record(session: Session, module: Module, row: Row) -> Record:
    """A stored row, as it came through the door, as the record that the reader is shown."""
    shown = session.binder.shown(module)
    refs = seen_columns(session, module)
    hidden = withheld(session, module, refs)
    if shown is module and not hidden:
        return Record(layout_of(module), row)
    index = layout_of(module).index
    seen = tuple(row[index[ref.field.name]] for ref in refs)
    counted = counted_anew(session, [seen], hidden, 0)
    return Record(layout_of(shown), tuple(screened(session, module, counted, refs)[0]))


Difference = Mapping[str, tuple[object, object]]


def fields_told(
    session: Session, module: Module, record: str
) -> Callable[[Difference], Difference]:
    """What of changes of `record` is told, as far as the reader may know its fields today."""
    binder = session.binder
    shown = binder.shown(module)
    # What a roll-up held then was counted over more than the reader sees, or it would tell
    # of a version that hidden fields alone made.
    is_whole = shown is module
    partial = {
        one.name
        for one in module.stored
        if one.computed == "roll_up" and not (is_whole and not binder.is_partial(module, one))
    }
    if shown is module and not partial:
        return lambda fields: fields
    levels = _Levels(session, module, [record], removed=True)
    rights = {
        one.name: levels.right(session.reader.field_right(module.name, one.name), record)
        for one in shown.live
        if one.name not in partial
    }

    def told(fields: Difference) -> Difference:
        found: dict[str, tuple[object, object]] = {}
        for name, (before, after) in fields.items():
            right = rights.get(name)
            if right is not None and right.is_known:
                found[name] = (before, after)
            elif right is not None and right.level == "masked":
                covered = masked(right.mask, before), masked(right.mask, after)
                # That something changed under a mask is told as little as what.
                if covered[0] != covered[1]:
                    found[name] = covered
        return found

    return told


def _worst(right: FieldRight) -> Callable[[str, object], object]:
    """Behind a link, whatever differs from record to record is shown as of the least open one."""

    def cover(_record: str, value: object) -> object:
        return masked(right.mask, value) if right.level == "masked" else FULL

    return cover


@frozen
class _Levels:
    """How far fields of `module` are open in each of the records `ids`.

    Removed ones are among them only with `removed`; what they were last decides.
    """

    session: Session
    module: Module
    ids: Sequence[str]
    removed: bool = False

    def covering(self, right: FieldRight) -> Callable[[str, object], object]:
        """What is shown of a value of a record under `right`."""
        if not right.is_conditional:
            return _worst(right)
        cases = self._case_of(right)

        def cover(record: str, value: object) -> object:
            found = cases(record)
            if found.is_known:
                return value
            return masked(found.mask, value) if found.level == "masked" else FULL

        return cover

    def right(self, right: FieldRight, record: str) -> FieldRight | FieldCase:
        """What `right` comes to for one record."""
        return self._case_of(right)(record) if right.is_conditional else right

    def _case_of(self, right: FieldRight) -> Callable[[str], FieldCase]:
        binder, module = self.session.binder, self.module
        asked = {(one.where, False) for some in right.cases for one in some}
        asked |= {(one.where, True) for one in right.caps}
        holding = {
            (where, denial): self._where(binder.policy(module, where, denial=denial))
            for where, denial in asked
        }

        def found(record: str) -> FieldCase:
            return decided(right, lambda one, denial: record in holding[one.where, denial])

        return found

    def _where(self, condition: BoundNode) -> frozenset[str]:
        """Those of the records that fulfil `condition`, asked of the store in one question."""
        if condition in (TRUE, FALSE):
            return frozenset(self.ids if condition == TRUE else ())
        as_of = None if self.removed else self.session.as_of
        columns, among = (ID_REF,), self.removed
        return frozenset(
            str(row[0])
            for some in chunks(self.ids)
            for row in self.session.rows(
                BoundQuery(
                    self.module, columns, by_ids(some), condition, as_of=as_of, versions=among
                )
            )
        )


def _last_seen(
    session: Session, module: Module, ids: Sequence[str], ref: Ref, _id: Ref
) -> Callable[[str, object], object]:
    """When, or by whom, something of a record changed last that the reader may know of.

    A change of hidden fields alone is none to him.
    """
    name = ref.field.name
    if ref.steps:
        return lambda _record, _value: None
    last: dict[str, object] = {}
    known = [
        one
        for one in module.stored
        if session.reader.field_right(module.name, one.name).is_known
        # Roll-ups make no versions, and differ between those that others make.
        and one.computed != "roll_up"
    ]
    columns = [stamp_ref(one) for one in ("id", "version", name)]
    columns += [Ref((), one) for one in (*known, *ENDINGS)]
    upto = _versions_at(session, module, ids)
    before: Row | None = None
    for some in chunks(ids):
        query = BoundQuery(module, tuple(columns), by_ids(some), versions=True)
        for row in session.rows(query):
            record, version = str(row[0]), row[1]
            if record in upto and version > upto[record]:  # type: ignore[operator]
                continue
            is_next = before is not None and before[0] == row[0]
            values = row[3 : 3 + len(known)]
            if not is_next or before is None or before[3 : 3 + len(known)] != values:
                last[record] = row[2]
            before = row
    return lambda record, value: last.get(record, value)


def _versions_at(session: Session, module: Module, ids: Sequence[str]) -> Mapping[str, object]:
    """The versions that a past session sees; nothing for the present."""
    if session.as_of is None:
        return {}
    columns = (ID_REF, stamp_ref("version"))
    return {
        str(row[0]): row[1]
        for some in chunks(ids)
        for row in session.rows(BoundQuery(module, columns, by_ids(some), as_of=session.as_of))
    }
