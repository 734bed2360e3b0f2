"""The one door: every write of every caller passes the stages below, in this order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import define

from crmcore.errors import AccessDenied, Conflict, Invalid, NotFound, Problem
from crmcore.query.bound import TRUE, BoundNode
from crmcore.query.evaluate import Condition, Row, condition
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module
from crmcore.schema.reserved import CHANGE_REQUEST
from crmcore.storage import Delete, Insert, Replace, Write
from crmcore.work import foreign
from crmcore.work.arguments import record_id
from crmcore.work.computing import Computation, roll_up, roll_up_writes
from crmcore.work.defaults import fill_defaults
from crmcore.work.journal import Journal
from crmcore.work.linking import check_links, link_writes, resolve_keys
from crmcore.work.normalizing import Values, normalizer, required_places
from crmcore.work.parking import guarded_fields, parked
from crmcore.work.permitting import allowed, check_fields, check_images, handed_over
from crmcore.work.policing import check_policy
from crmcore.work.session import Session, system_session
from crmcore.work.unchanged import is_unchanged

_STAMPS = len(STAMPS)


@define
class Draft:
    """One record on its way through the door: its former row, if any, and its new values."""

    given: Mapping[str, object]
    values: Values
    former: Row | None = None
    ordinal: int = 0


@define
class Door:
    """Carries writes of one session through the stages, in front of one journal."""

    session: Session
    journal: Journal

    def create(self, module: Module, given: Sequence[Mapping[str, object]]) -> list[Row]:
        """Make records of `given`; answers their rows. Raises before anything is written."""
        allowed = self._allowed(module, "create")
        check_fields(self.session, module, given)
        width = layout_of(module).stored - _STAMPS
        drafts = [Draft(one, [None] * width, None, number) for number, one in enumerate(given)]
        self._normalize(module, drafts)
        fill_defaults(self.session, module, [(one.given, one.values) for one in drafts])
        rows = [self.new_row(module, one.values) for one in drafts]
        return self._finish(module, rows, [], allowed)

    def update(
        self, module: Module, changes: Sequence[tuple[str, int | None, Mapping[str, object]]]
    ) -> list[Row]:
        """Change records (id, version or `None`, values); answers their new rows."""
        stored = self.stored(module, [record for record, _, _ in changes], "update")
        check_fields(self.session, module, [one[2] for one in changes], list(stored.values()))
        drafts: list[Draft] = []
        for number, (record, version, given) in enumerate(changes):
            former = stored[record]
            if version is not None and version != former[1]:
                raise Conflict("record_changed", module=module.name, record=record)
            drafts.append(Draft(given, list(former[_STAMPS:]), former, number))
        self._normalize(module, drafts)
        self.park(module, [(one.values, one.former) for one in drafts if one.former is not None])
        formers = [one.former for one in drafts if one.former is not None]
        rows = [
            self.next_row(former, one.values) for one, former in zip(drafts, formers, strict=True)
        ]
        return self._finish(module, rows, formers, self._allowed(module, "update"))

    def revert(
        self, module: Module, changes: Sequence[tuple[str, int, Mapping[str, object]]]
    ) -> list[Row]:
        """Put former normal forms (id, version, values) back: an update without conversion."""
        own = foreign.own_session(self.session, module)
        if own is not self.session:
            return Door(own, self.journal).revert(module, changes)
        stored = self.stored(module, [record for record, _, _ in changes], "update")
        check_fields(self.session, module, [one[2] for one in changes], list(stored.values()))
        self._check_reverted(module, changes)
        layout = layout_of(module)
        rows: list[Row] = []
        for record, version, values in changes:
            former = stored[record]
            if version != former[1]:
                raise Conflict("record_changed", module=module.name, record=record)
            made = list(former)
            for name, value in values.items():
                made[layout.index[name]] = value
            rows.append(self.next_row(former, made[_STAMPS:]))
        formers = [stored[record] for record, _, _ in changes]
        return self._finish(module, rows, formers, self._allowed(module, "update"))

    def restore(self, module: Module, rows: Sequence[Row]) -> list[Row]:
        """Make removed records again, with their ids and values, as new versions of them."""
        allowed = self._allowed(module, "restore")
        made = self._finish(module, [self._again(row) for row in rows], [], allowed)
        ids = [str(row[0]) for row in made]
        for rule in self.session.configuration.counting(module.name):
            child = self.session.schema.module(rule.child)
            self._apply(roll_up(self.session, child, rule, ids))
        return made

    def check_removable(self, module: Module, ids: Sequence[str]) -> None:
        """Raise `NotFound` or `AccessDenied` where one of `ids` is not theirs to remove."""
        self.stored(module, ids, "delete")

    def delete(self, module: Module, records: Sequence[tuple[str, int | None]]) -> list[Row]:
        """Remove records; answers their last rows. Links to them are the caller's matter."""
        ids = [record for record, _ in records]
        own = foreign.own_session(self.session, module)
        if own is not self.session and set(ids) <= own.stored_rows(module, ids).keys():
            return Door(own, self.journal).delete(module, records)
        stored = self.stored(module, ids, "delete")
        for record, version in records:
            if version is not None and version != stored[record][1]:
                raise Conflict("record_changed", module=module.name, record=record)
        rows = [stored[record] for record, _ in records]
        if module.keeping == "adopted":
            return foreign.removed(self.session, self.journal, module, rows)
        for row in rows:
            self.journal.after(row)
            self.journal.removed(module, row)
        ids, versions = [str(row[0]) for row in rows], [row[1] for row in rows]
        write = Delete(module, ids, versions, self.journal.change_set)  # type: ignore[arg-type]
        self._apply([write])
        self._apply(roll_up_writes(self.session, module, rows, []))
        return rows

    # Stage 1 and 4: access.

    def _allowed(self, module: Module, operation: str) -> BoundNode:
        scope = allowed(self.session, module, operation)
        if module.keeping == "adopted":
            foreign.check_writable(self.session, module)
        return scope

    def stored(self, module: Module, ids: Sequence[str], operation: str) -> dict[str, Row]:
        """The rows of records that may be seen and worked on; `NotFound`, `AccessDenied`."""
        scope = self.session.binder.visible(module, "read")
        for record in ids:
            record_id(record, module.name)
        stored = self.session.stored_rows(module, ids, scope)
        for record in ids:
            if record not in stored:
                raise NotFound("not_found", module=module.name, record=record)
        self._check_images(module, list(stored.values()), self._allowed(module, operation))
        return stored

    def _check_images(self, module: Module, rows: Sequence[Row], scope: BoundNode) -> None:
        if scope == TRUE:
            return
        holds: Condition = condition(scope, module)
        look = self.session.look()
        for row in rows:
            if not holds(row, look):
                raise AccessDenied("outside_scope", module=module.name, record=row[0])

    def _check_handing_over(
        self, module: Module, rows: Sequence[Row], formers: Sequence[Row]
    ) -> None:
        moved = handed_over(module, rows, formers)
        if moved:
            self._check_images(module, moved, self._allowed(module, "transfer"))

    def _check_reverted(
        self, module: Module, changes: Sequence[tuple[str, int, Mapping[str, object]]]
    ) -> None:
        """Raise `AccessDenied` where what needs approval would be put back without it."""
        guarded = guarded_fields(self.session, module)
        if any(guarded & set(values) for _, _, values in changes):
            self.stored(module, [record for record, _, _ in changes], "approve")

    def park(self, module: Module, pairs: Sequence[tuple[Values, Row]]) -> None:
        """Take out of new values (beside former rows) what somebody else must approve first."""
        requests = parked(self.session, module, pairs)
        if requests:
            system = Door(system_session(self.session), self.journal)
            rows = system.create(CHANGE_REQUEST, requests)
            self.journal.parked.extend(str(row[0]) for row in rows)

    # Stage 2: normal forms, links by natural key.

    def _normalize(self, module: Module, drafts: Sequence[Draft]) -> None:
        convert = normalizer(module).normalize
        problems: list[Problem] = []
        for draft in drafts:
            found = convert(draft.given, draft.values)
            if found:
                problems.extend(_located(found, draft, len(drafts)))
        problems.extend(resolve_keys(self.session, module, [one.values for one in drafts]))
        if problems:
            raise Invalid(problems)

    # Stage 3 to 8: computed values, new image, validation, writes.

    def _finish(
        self, module: Module, rows: list[Row], formers: Sequence[Row], scope: BoundNode
    ) -> list[Row]:
        self._check_handing_over(module, rows, formers)
        check_links(self.session, module, rows, formers)
        computation = Computation.of(self.session, module)
        if computation is not None:
            look = self.session.look()
            rows = [computation.applied(row, look) for row in rows]
        self._check_images(module, rows, scope)
        check_images(self.session, module, rows, formers)
        self._validate(module, rows)
        if not formers:
            return self.insert(module, rows)
        return self.replace(module, rows, formers)

    def _validate(self, module: Module, rows: Sequence[Row]) -> None:
        problems: list[Problem] = []
        required = required_places(module)
        for row in rows:
            for place, name in required:
                if row[place + _STAMPS] is None:
                    problems.append(Problem("required", {}, module.name, str(row[0]), name))
        if problems:
            raise Invalid(problems)
        check_policy(module, rows)

    def insert(self, module: Module, rows: list[Row]) -> list[Row]:
        """Last stages of `create`: write rows that passed the others."""
        expectations = link_writes(self.session, module, rows, [])
        if module.keeping == "adopted":
            self._apply(expectations)
            return foreign.created(self.session, self.journal, module, rows)
        for row in rows:
            self.journal.created(module, row)
        self._apply([*expectations, Insert(module, rows)])
        self._apply(roll_up_writes(self.session, module, [], rows))
        return rows

    def replace(self, module: Module, rows: list[Row], formers: Sequence[Row]) -> list[Row]:
        """Last stages of `update`: write the rows that differ; the others answer as they were."""
        pairs = [
            (row, former)
            for row, former in zip(rows, formers, strict=True)
            if not is_unchanged(module, row, former)
        ]
        kept = {str(row[0]): row for row, _ in pairs}
        if pairs:
            changed, before = [row for row, _ in pairs], [former for _, former in pairs]
            expectations = link_writes(self.session, module, changed, before)
            if module.keeping == "adopted":
                self._apply(expectations)
                kept = foreign.updated(self.session, self.journal, module, pairs)
                return [kept.get(str(former[0]), former) for former in formers]
            for row, former in pairs:
                self.journal.updated(module, former, row)
            versions = [former[1] for former in before]
            write = Replace(module, changed, versions)  # type: ignore[arg-type]
            self._apply([*expectations, write])
            self._apply(roll_up_writes(self.session, module, before, changed))
        return [kept.get(str(former[0]), former) for former in formers]

    def new_row(self, module: Module, values: Values, record: str | None = None) -> Row:
        """The row of a new record with `values`; takes the next id where none was taken."""
        journal, user = self.journal, self.session.reader.user
        moment = journal.moment
        stamps = (record or journal.next_id(), 1, moment, user, moment, user)
        return (*stamps, journal.change_set, journal.salt(), *values)

    def next_row(self, former: Row, values: Values) -> Row:
        """The row of the version after `former` with `values`."""
        journal = self.journal
        journal.after(former)
        version = former[1] + 1  # type: ignore[operator]
        stamps = (former[0], version, former[2], former[3], journal.moment)
        user = self.session.reader.user
        return (*stamps, user, journal.change_set, journal.salt(), *values)

    def _again(self, row: Row) -> Row:
        return self.next_row(row, list(row[_STAMPS:]))

    def _apply(self, writes: Sequence[Write]) -> None:
        if writes:
            self.session.transaction.apply(writes)


def check_transfer(door: Door, module: Module, formers: Sequence[Row]) -> None:
    """Raise `AccessDenied` where one of the records may not get another owner."""
    door._check_images(module, formers, door._allowed(module, "transfer"))


def _located(found: Sequence[Problem], draft: Draft, count: int) -> list[Problem]:
    record = str(draft.former[0]) if draft.former else (str(draft.ordinal) if count > 1 else None)
    return [Problem(one.code, one.params, one.module, record, one.field) for one in found]
