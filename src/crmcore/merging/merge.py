"""One record of several: values chosen, links moved, the others removed, in one unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from crmcore.errors import Conflict, Invalid
from crmcore.merging.choosing import Choosing, Chosen
from crmcore.merging.moving import move_attached, move_links
from crmcore.query.evaluate import Row
from crmcore.records import Record, layout_of
from crmcore.schema import Module
from crmcore.schema.names import RESERVED_PREFIX
from crmcore.schema.reserved import MERGE
from crmcore.storage import Expect
from crmcore.work import UnitOfWork, Workspace, arguments
from crmcore.work.committing import Intention
from crmcore.work.door import Door
from crmcore.work.unit import Breaking

MOST_OTHERS: Final = 100


@frozen
class Moved:
    """`count` records of `module` whose `field` led to a merged record lead to the kept one."""

    module: str
    field: str
    count: int


@frozen
class Merged:
    """What a merge did, or would do.

    `taken` says for fields which record their value came from. `withheld` are fields that the
    kept record lacks, that another has, and that are not the user's to write: they stay with
    the history of what was removed. `parked` are requests of changes that wait for approval.
    """

    module: str
    kept: str
    others: tuple[str, ...]
    taken: Mapping[str, str]
    withheld: tuple[str, ...]
    moved: tuple[Moved, ...]
    parked: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """The same as plain JSON: a result for `Workspace.run`."""
        return {
            "module": self.module,
            "kept": self.kept,
            "others": list(self.others),
            "taken": dict(self.taken),
            "withheld": list(self.withheld),
            "moved": [[one.module, one.field, one.count] for one in self.moved],
            "parked": list(self.parked),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Merged:
        """What `to_json` told."""
        return cls(
            told["module"],
            told["kept"],
            tuple(told["others"]),
            dict(told["taken"]),
            tuple(told["withheld"]),
            tuple(Moved(*one) for one in told["moved"]),
            tuple(told["parked"]),
        )


def merge(
    work: UnitOfWork,
    module: str,
    keep: str | Record,
    others: Sequence[str | Record],
    *,
    take: Mapping[str, str] | None = None,
) -> Merged:
    """Merge `others` into the record `keep`, which stays under its id; they are removed.

    What `keep` lacks comes from the first of the others that has it; `take` names, for a
    field (name or label), the id of the record whose value is wanted instead, be it empty.
    The owner changes only if taken. Links to the others, of whatever module, lead to `keep`
    from then on, each moved by the user's own right to change it; consents go along, shares
    and teams too where he may share `keep`. One undo brings all of it back.

    Needs `merge` on all of them, `delete` on the others, `update` on `keep` where it takes a
    value. A `Record` given names the version it was looked at in. Raises `NotFound`,
    `AccessDenied`, `SchemaError`, `Invalid` (`in_use`: something unseen links to one of
    them), `Conflict`, `Duplicate`, `CapacityExceeded`.
    """
    unit = work._unit
    with Breaking(unit):
        begun = _Merge.begun(unit.door, unit.system_door, module, keep, others)
        return begun.done(take or {})


def preview(
    crm: Workspace,
    module: str,
    keep: str | Record,
    others: Sequence[str | Record],
    *,
    take: Mapping[str, str] | None = None,
) -> Merged:
    """What `merge` would do: it is done, in a transaction that is rolled back.

    Raises as `merge` does.
    """
    with UnitOfWork(crm._unit(Intention("merge"), rehearsal=True)) as work:
        return merge(work, module, keep, others, take=take)


@frozen
class _Merge:
    door: Door
    system: Door
    module: Module
    kept: Row
    others: tuple[Row, ...]

    @classmethod
    def begun(
        cls,
        door: Door,
        system: Door,
        module: str,
        keep: str | Record,
        others: Sequence[str | Record],
    ) -> _Merge:
        """The records, which the user may merge; nothing is written."""
        definition = door.session.schema.module(module)
        if definition.keeping != "history" or definition.name.startswith(RESERVED_PREFIX):
            raise Invalid("merge_of_module", name=definition.name)
        given = (keep, *others)
        ids = [arguments.record_id(_id(one), definition.name) for one in given]
        if not 1 < len(ids) <= MOST_OTHERS + 1 or len(set(ids)) < len(ids):
            raise Invalid("merge_of_nothing", module=definition.name, limit=MOST_OTHERS)
        stored = door.stored(definition, ids, "merge")
        door.check_removable(definition, ids[1:])
        for one in given:
            if isinstance(one, Record) and one.version != stored[one.id][1]:
                raise Conflict("record_changed", module=definition.name, record=one.id)
        rows = tuple(stored[one] for one in ids)
        return cls(door, system, definition, rows[0], rows[1:])

    @property
    def kept_id(self) -> str:
        return str(self.kept[0])

    @property
    def gone(self) -> list[str]:
        return [str(row[0]) for row in self.others]

    def done(self, take: Mapping[str, str]) -> Merged:
        """Everything: values are chosen before anything changes, and taken when they are free."""
        session = self.door.session
        chosen = Choosing(session, self.module, self.kept, self.others).chosen(take)
        parked = len(self.door.journal.parked)
        # Whoever links to them has committed by then, or finds them gone.
        session.transaction.apply([Expect(self.module, sorted(self.gone), alone=True)])
        moved = self._move()
        move_attached(self.door, self.system, self.module, self.kept_id, self.gone)
        if chosen.loose:
            # What the kept record itself links to is merged into it: policy lets go of that.
            self.system.update(self.module, [(self.kept_id, None, chosen.loose)])
        self.door.delete(self.module, [(str(row[0]), None) for row in self.others])
        taken = self._take(chosen)
        self._tell()
        return Merged(
            self.module.name,
            self.kept_id,
            tuple(self.gone),
            taken,
            tuple(chosen.withheld),
            moved,
            tuple(self.door.journal.parked[parked:]),
        )

    def _move(self) -> tuple[Moved, ...]:
        found = []
        for child, link in self.door.session.schema.children(self.module.name):
            count = move_links(self.door, self.module, child, link, self.kept_id, self.gone)
            if count:
                found.append(Moved(child.name, link.name, count))
        return tuple(found)

    def _take(self, chosen: Chosen) -> dict[str, str]:
        """The fields that were taken: what waits for approval was not."""
        if not chosen.values:
            return {}
        changes = [(self.kept_id, None, chosen.values)]
        row = self.door.update(self.module, changes)[0]
        index = layout_of(self.module).index
        held = {name: () if row[index[name]] is None else row[index[name]] for name in chosen.taken}
        wanted = {name: () if value is None else value for name, value in chosen.values.items()}
        return {name: source for name, source in chosen.taken.items() if held[name] == wanted[name]}

    def _tell(self) -> None:
        rows = [
            {"record": one, "module": self.module.name, "kept": self.kept_id} for one in self.gone
        ]
        self.system.create(MERGE, rows)


def _id(given: str | Record) -> str:
    return given.id if isinstance(given, Record) else given
