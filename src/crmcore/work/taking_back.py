"""Undo as a whole: the configuration first, as it was; then records, each through the door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define, evolve, field

from crmcore.errors import CrmError, NotFound, Problem, Stale, StorageError
from crmcore.schema import Field
from crmcore.schema.codec import schema_from_json
from crmcore.schema.reserved import DEFINITION
from crmcore.work import configuring
from crmcore.work.configuring import Reconfiguration
from crmcore.work.definitions import COMPUTED, SCHEMA, computed_from_json
from crmcore.work.door import Door
from crmcore.work.erasing import ERASING
from crmcore.work.history import change_sets_of
from crmcore.work.inverting import Definitions, Inverse, inverse
from crmcore.work.operations import Operation, operation_named
from crmcore.work.recasting import OnFailure
from crmcore.work.reversal import Reversal, plan
from crmcore.work.reverting import OpenDoor, carry_out, undoing_doors
from crmcore.work.session import Session, system_session
from crmcore.work.store import Principal, Store
from crmcore.work.transaction import Unit
from crmcore.work.undoing import FieldFate, Undone, touched
from crmcore.work.unmerging import Unmerging


@define
class Undoing:
    """An operation (`op_id`) to be undone by `principal`, whose user is `user`."""

    store: Store
    principal: Principal
    unit: Callable[..., Unit]
    op_id: str
    user: str
    known: Operation | None = field(init=False, default=None)

    def preview(self) -> Undone:
        """What would be done; raises `NotFound`."""
        reversal, _, change = self._planned()
        return _told(reversal.result(), change)

    def run(self) -> Undone:
        """Do it; raises `NotFound`, `AccessDenied` where definitions are not his to change."""
        reversal, found, change = self._planned()
        assert self.known is not None
        doors = undoing_doors(self.unit, self.known.id)
        done = None
        if change is not None and found is not None:
            done = self._configuration(reversal, found, doors)
        if done is not None:
            # Records are looked at as they lie under the definitions that are back.
            impossible = reversal.impossible
            with self.store.reading(self.principal) as session:
                reversal = plan(session, self.known.id, self.op_id)
            reversal.kept.extend(found.kept if found is not None else ())
            reversal.impossible.extend(impossible)
            doors = _behind(doors)
        undone = carry_out(reversal, doors)
        self.store.refresh()
        return _told(undone, done)

    def _planned(self) -> tuple[Reversal, Inverse | None, Reconfiguration | None]:
        with self.store.reading(self.principal) as session:
            self.known = operation_named(system_session(session), self.op_id)
            known = self.known
            may = known is not None and (known.user == self.user or configuring.has_right(session))
            if known is None or not may:
                raise NotFound("no_such_operation", op_id=self.op_id)
            if known.kind in ERASING:
                gone = [FieldFate("", "", None, "erased")]
                return Reversal(self.op_id, [], Unmerging({}, ()), impossible=gone), None, None
            reversal = plan(session, known.id, self.op_id)
            if known.kind == "purge":
                reversal.impossible.append(FieldFate("", "", None, "purged"))
            found = _taken_out(system_session(session), known.id)
            if found is None:
                return reversal, None, None
            reversal.impossible.extend(_forgotten(session, found))
            configuring.check_right(session)
            reversal.kept.extend(found.kept)
            return reversal, found, self._change(session, found, reversal)

    def _change(
        self, session: Session, found: Inverse, reversal: Reversal
    ) -> Reconfiguration | None:
        """The change of configuration; `None` where what came later stands in its way."""
        try:
            return _proposed(session, found, 0)
        except CrmError as error:
            reversal.impossible.extend(_fates(found, error))
            return None

    def _configuration(
        self, reversal: Reversal, found: Inverse, doors: OpenDoor
    ) -> Reconfiguration | None:
        """Take the definitions back; what cannot be is told in `reversal`."""
        try:
            with self.store.reading(self.principal) as session:
                change = configuring.prepared(
                    self.store.backend, lambda skip: _proposed(session, found, skip)
                )
        except (Stale, StorageError):
            raise
        except CrmError as error:
            reversal.impossible.extend(_fates(found, error))
            return None
        if change.is_empty:
            return None
        with doors(0) as door:
            emptied = configuring.carry_out(door, change)
        reversal.impossible.extend(_fate(one) for one in emptied)
        return change


def _taken_out(session: Session, operation: str) -> Inverse | None:
    """The definitions without what an operation changed in them; `None` where nothing."""
    sets = change_sets_of(session, operation)
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for one in touched(session, sets, DEFINITION) if sets else ():
        for found, record in ((before, one.before), (after, one.after)):
            named = one.after or one.before
            assert named is not None
            found[str(named["name"])] = None if record is None else record["value"]
    present = session.configuration
    now = Definitions(present.schema, present.computed)
    if not after or (SCHEMA in before and before[SCHEMA] is None):
        return None
    return inverse(_definitions(before, now), _definitions(after, now), now)


def _definitions(values: dict[str, object], now: Definitions) -> Definitions:
    schema = schema_from_json(values[SCHEMA]) if SCHEMA in values else now.schema
    rules = computed_from_json(values[COMPUTED]) if COMPUTED in values else now.computed
    return Definitions(schema, rules)


def _proposed(session: Session, found: Inverse, skip: int) -> Reconfiguration:
    wanted = found.definitions

    def on_failure(module: str, name: str) -> OnFailure:
        return "empty"

    present = session.configuration
    change = configuring.proposed(present, wanted.schema, wanted.computed, on_failure, skip)
    made = [
        evolve(one, origin=found.origins.get((one.module, one.old.number)))
        for one in change.recasts
    ]
    plain = [
        evolve(one, origin=None)
        if one.origin is not None and _is_purged(session, one.module, one.origin)
        else one
        for one in made
    ]
    return evolve(change, recasts=tuple(plain))


def _is_purged(session: Session, module: str, one: Field) -> bool:
    place = (session.schema.by_name[module].number, one.number, one.generation)
    purged = session.configuration.purged
    return any(place == (gone.module, gone.field, gone.generation) for gone in purged)


def _forgotten(session: Session, found: Inverse) -> Iterator[FieldFate]:
    """Fields that go back to a kind whose values were purged: those of today are converted."""
    for (module, _), one in found.origins.items():
        if _is_purged(session, module, one):
            yield FieldFate(module, "", one.name, "purged")


def _told(done: Undone, change: Reconfiguration | None) -> Undone:
    if change is None:
        return done
    steps = [FieldFate(one.module, "", one.field, one.kind) for one in change.steps]
    return evolve(done, restored=(*steps, *done.restored))


def _fates(found: Inverse, error: CrmError) -> list[FieldFate]:
    """Why the definitions stay as they are."""
    if not found.restored:
        return []
    return [_fate(one) for one in error.problems]


def _fate(one: Problem) -> FieldFate:
    return FieldFate(one.module or "", one.record or "", one.field, one.code)


def _behind(doors: OpenDoor) -> OpenDoor:
    """Doors of the steps behind the first one, which is taken."""

    @contextmanager
    def open_door(step: int) -> Iterator[Door]:
        with doors(step + 1) as door:
            yield door

    return open_door
