"""Versions overwritten in place, each with a tombstone that keeps what the chain says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import define, field

from crmcore.archive.definitions import Definitions, Reading, reading
from crmcore.archive.ledger import ChangeSetFacts, Ledger
from crmcore.archive.modules import ArchivedModule
from crmcore.archive.tombstones import digest_left
from crmcore.query.bound import BoundQuery, Ref, Within, full_columns, stamp_ref
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import STAMPS
from crmcore.schema.reserved import CHANGE_SET, DEFINITION, OPERATION, TOMBSTONE
from crmcore.storage import Erase
from crmcore.work.committing import told_of
from crmcore.work.journal import FORM, rewrite_mark
from crmcore.work.session import Session, chunks
from crmcore.work.transaction import Unit

Scrub = Callable[[ArchivedModule, Row], Row]
"""From the values of a version to those that are left of it."""

_SALT = 7


@define
class Overwriting:
    """Overwrites versions within a unit of work, in the name of the erasure `erasure`."""

    unit: Unit
    erasure: str
    count: int = 0
    _ledger: Ledger = field(factory=Ledger)
    _definitions: Definitions | None = None

    @property
    def _session(self) -> Session:
        return self.unit.session

    def overwrite(self, module: ArchivedModule, rows: Iterable[Row], scrub: Scrub) -> None:
        """Leave of `rows` (with endings) what `scrub` leaves; others stay as they are.

        Of live rows that have versions only the columns that are out of use since a kind
        changed: the others were changed through the door.
        """
        width, is_kept = module.width, module.module.keeping == "history"
        in_use = layout_of(module.module).stored
        pairs: list[tuple[Row, Row]] = []
        for row in rows:
            made = scrub(module, row[:width])
            if row[width] is None and is_kept:
                made = (*row[:in_use], *made[in_use:])
            if made != row[:width]:
                salt = self.unit.journal.salt()
                pairs.append((row, (*made[:_SALT], salt, *made[_SALT + 1 :])))
        if not pairs:
            return
        self._learn({str(row[6]) for row, _ in pairs})
        stones = [self._stone(module, row, made) for row, made in pairs]
        live = [made for row, made in pairs if row[width] is None]
        former = [made for row, made in pairs if row[width] is not None]
        self._session.transaction.apply([Erase(module.whole, live, former)])
        self._bury(stones)
        self.count += len(pairs)

    def _stone(self, module: ArchivedModule, row: Row, made: Row) -> Mapping[str, object]:
        """The tombstone of a version, as it was and as it is left."""
        facts = self._facts(str(row[6]))
        assert self._definitions is not None
        written = self._definitions.reading(facts, module) or reading(module, module.module)
        start, names = len(STAMPS), module.whole.stored
        gone = [one.number for n, one in enumerate(names) if row[start + n] != made[start + n]]
        mark = rewrite_mark(str(row[_SALT]))
        return {
            "erasure": self.erasure,
            "module": module.module.name,
            "record": row[0],
            "of_version": row[1],
            "fields": gone,
            "commitments": [one.hex() for one in _commitments(facts, mark, written, row)],
            "mark": mark,
            "left": digest_left(written, made),
        }

    def _facts(self, change_set: str) -> ChangeSetFacts:
        journal = self.unit.journal
        if change_set == journal.change_set:
            schema = self._session.configuration.people_digest
            return ChangeSetFacts(change_set, 0, None, FORM, schema, "", "", None, {})
        return self._ledger.sets[change_set]

    def _learn(self, ids: set[str]) -> None:
        """Read what is told of change sets, and the definitions once."""
        if self._definitions is None:
            query = BoundQuery(DEFINITION, (stamp_ref("change_set"),), versions=True)
            ids = ids | {str(row[0]) for row in self._session.rows(query)}
        rows = self._session.stored_rows(CHANGE_SET, sorted(ids - self._ledger.sets.keys()))
        for row in rows.values():
            found = ChangeSetFacts.of(row)
            self._ledger.sets[found.id] = found
        if self._definitions is None:
            self._definitions = Definitions.read(self._session, self._ledger)

    def _bury(self, stones: Sequence[Mapping[str, object]]) -> None:
        """Write tombstones; one that is there already keeps what was committed at first."""
        door, known = self.unit.system_door, self._known(stones)
        fresh = [one for one in stones if (one["record"], one["of_version"]) not in known]
        if fresh:
            door.create(TOMBSTONE, fresh)
        changes = []
        for one in stones:
            row = known.get((one["record"], one["of_version"]))
            if row is not None:
                before = row[layout_of(TOMBSTONE).index["fields"]]
                fields = sorted({*before, *one["fields"]})  # type: ignore[misc]
                left = {"left": one["left"], "erasure": self.erasure, "fields": fields}
                changes.append((str(row[0]), None, left))
        if changes:
            door.update(TOMBSTONE, changes)

    def _known(self, stones: Sequence[Mapping[str, object]]) -> dict[tuple[object, object], Row]:
        index = layout_of(TOMBSTONE).index
        record = Ref((), TOMBSTONE.by_name["record"])
        ids = sorted({str(one["record"]) for one in stones})
        found: dict[tuple[object, object], Row] = {}
        for some in chunks(ids):
            where = Within(record, some)
            for row in self._session.rows(BoundQuery(TOMBSTONE, full_columns(TOMBSTONE), where)):
                found[row[index["record"]], row[index["of_version"]]] = row
        return found


def _commitments(facts: ChangeSetFacts, mark: str, written: Reading, row: Row) -> list[bytes]:
    """What the change set of a version committed to for it, as far as it can be told of it."""
    if written.module.name == OPERATION.name:
        return [bytes.fromhex(told_of(row[: layout_of(OPERATION).stored]))]
    made = written.project(row)
    rewriting = facts.rewrites.get((written.module.name, mark))
    if rewriting is not None:
        return [written.rewrite(rewriting.fields, made)]
    return written.commitments(facts.form, made)
