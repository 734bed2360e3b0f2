"""Purging: the values that changes of kind left behind are emptied, once and for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from attrs import asdict, field, frozen

from crmcore.errors import SchemaError, Stale
from crmcore.query.bound import ID_REF, BoundNode, BoundQuery, IsEmpty, Negation, Ref, both
from crmcore.schema import Module
from crmcore.storage import Purge
from crmcore.work import Workspace, configuring
from crmcore.work.committing import Intention
from crmcore.work.generations import Era, eras_of
from crmcore.work.operations import request_digest, same_request
from crmcore.work.purged import PURGED, Purged, purged_to_json
from crmcore.work.recasting import staged
from crmcore.work.sealing import seal_waiting
from crmcore.work.session import Session
from crmcore.work.stepping import new_op_id


@frozen
class PurgePart:
    """What `field` of `module` held as `kind`, in its generation `generation`.

    `live` records and `former` versions still hold a value; `only` so many live records
    hold it nowhere else: it did not convert, or the field was emptied since. Of moments
    before position `until`, where the kind changed, the module cannot be asked any more.
    """

    module: str
    field: str
    kind: str
    generation: int
    live: int
    former: int
    only: int
    until: int


def _parts(found: Iterable[PurgePart]) -> tuple[PurgePart, ...]:
    return tuple(found)


@frozen
class PurgePlan:
    """What a purge would empty, of the configuration at `revision`."""

    revision: int
    parts: tuple[PurgePart, ...] = field(default=(), converter=_parts)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to purge."""
        return not self.parts

    def to_json(self) -> dict[str, object]:
        """This plan as plain data."""
        return {"revision": self.revision, "parts": [asdict(one) for one in self.parts]}


def plan_purge(crm: Workspace, module: str | None = None, field: str | None = None) -> PurgePlan:
    """What a purge of former generations would empty: of one field, of a module, or of all.

    Nothing is written. Raises `AccessDenied` for who may not configure the workspace,
    `SchemaError` for names that are not there.
    """
    seal_waiting(crm._store.backend)
    with crm._store.reading(crm.principal) as session:
        configuring.check_right(session)
        return PurgePlan(session.configuration.revision, _found(session, module, field))


def _found(session: Session, module: str | None, name: str | None) -> Iterator[PurgePart]:
    if module is None and name is not None:
        raise SchemaError("unknown_field", module="*", name=name, suggestion=None, known="–")
    chosen = session.schema.modules if module is None else [session.schema.module(module)]
    for one in chosen:
        if one.keeping != "history" or one.retired:
            continue
        number = None if name is None else one.field(name).number
        for known, eras in eras_of(session, one).items():
            if number in (None, known):
                yield from _of_field(session, one, known, list(eras))


def _of_field(
    session: Session, module: Module, number: int, eras: list[Era]
) -> Iterator[PurgePart]:
    present = next(one for one in module.stored if one.number == number)
    known = {(one.module, one.field, one.generation) for one in session.configuration.purged}
    for era, following in pairwise(eras):
        generation = era.field.generation
        if generation == present.generation or (module.number, number, generation) in known:
            continue
        narrow, old = staged(module, era.field, "old")
        narrow, new = staged(narrow, present, "new", old)
        held: BoundNode = Negation(IsEmpty(Ref((), old)))
        live = session.count(narrow, held)
        every = sum(1 for _ in session.rows(BoundQuery(narrow, (ID_REF,), held, versions=True)))
        only = session.count(narrow, both(held, IsEmpty(Ref((), new))))
        where = (module.name, present.name, era.field.kind.name, generation)
        yield PurgePart(*where, live, every - live, only, following.position)


def purge(
    crm: Workspace, plan: PurgePlan, *, op_id: str | None = None, reason: str | None = None
) -> str | None:
    """Empty what `plan` names, in live records and former versions; the `op_id` of it.

    It cannot be undone. What the values were is `Erased` in histories; of moments before
    the change of kind the module is not answered for any more (`BeyondHorizon`). Repeated
    with the same `op_id` it answers that it was done. Raises `Stale` (`plan_stale`) where
    the configuration changed since, `AccessDenied`, `OpMismatch`.
    """
    if plan.is_empty:
        return None
    op_id = op_id or new_op_id(crm)
    request = request_digest("purge", plan.to_json())
    known = crm._operation(op_id)
    if known is not None:
        same_request(known, request, crm._user)
        return op_id
    with crm._unit(Intention("purge", request, reason=reason), op_id=op_id) as unit:
        door = unit.door
        configuring.check_right(door.session)
        found = door.session.configuration.revision
        if found != plan.revision:
            raise Stale("plan_stale", planned=plan.revision, found=found)
        configuring.hold(door.session, door.journal, plan.revision)
        gone = [_emptied(door.session, one) for one in plan.parts]
        listed = purged_to_json((*door.session.configuration.purged, *gone))
        configuring.put(unit.system_door, PURGED, listed)
        unit.result = plan.to_json()
    crm._store.refresh()
    return op_id


def _emptied(session: Session, part: PurgePart) -> Purged:
    module = session.schema.module(part.module)
    present = module.field(part.field)
    eras = eras_of(session, module)[present.number]
    era = next(one for one in eras if one.field.generation == part.generation)
    narrow, old = staged(module, era.field, "old")
    session.transaction.apply([Purge(narrow, [old.name])])
    return Purged(module.number, present.number, part.generation, part.until)
