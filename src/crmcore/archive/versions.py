"""Every version in the store, held against what its change set committed to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import define, field

from crmcore.archive.definitions import (
    Conversion,
    Definitions,
    Reading,
    conversions,
    reading,
)
from crmcore.archive.ledger import ChangeSetFacts, Ledger, Rewriting
from crmcore.archive.modules import ArchivedModule
from crmcore.archive.tombstones import Tombstone, Tombstones, digest_left
from crmcore.errors import CrmError, Problem
from crmcore.query.bound import TRUE, BoundQuery, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import (
    digest_text,
    lasting,
    layout_of,
    record_digest,
    removal_commitment,
)
from crmcore.schema import Module
from crmcore.schema.reserved import AUDIT_ENTRY, CHANGE_SET, OPERATION, STEP
from crmcore.work.committing import told_of
from crmcore.work.journal import rewrite_mark
from crmcore.work.sealing import Head
from crmcore.work.session import Session

_APART: Final = frozenset({AUDIT_ENTRY.name, CHANGE_SET.name, OPERATION.name})

UNREADABLE: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    CrmError,
    LookupError,
    TypeError,
    ValueError,
)
"""What comes of reading versions that were never written by us: they may be anything."""


@define
class VersionCheck:
    """Goes through all versions of all modules, and adds up what they commit to."""

    session: Session
    ledger: Ledger
    definitions: Definitions
    head: Head
    tombstones: Tombstones = field(factory=dict)
    versions: int = 0
    content: int = 0
    erased: list[tuple[str, str, str]] = field(factory=list)
    _last: Row = ()
    _present: Reading | None = None
    _groups: dict[tuple[str, str], bytes] = field(factory=dict)
    _conversions: dict[tuple[int, int], list[Conversion]] = field(factory=dict)

    def run(self) -> None:
        """Collects what is amiss in the ledger's problems."""
        self.look()
        self.ledger.check_roots()
        if self.ledger.is_whole:
            self._check_operations()
            self._check_content()

    def look(self) -> None:
        """Go through all versions, for what they commit to."""
        for module in self.definitions.modules:
            if module.module.name not in _APART:
                self._check_module(module)

    def _check_module(self, module: ArchivedModule) -> None:
        name = module.module.name
        self._last = ()
        present = self.session.schema.by_name.get(name)
        is_people = not name.startswith("crm_")
        is_told = present is not None and is_people and self.ledger.is_whole
        self._present = reading(module, present) if present and is_told else None
        query = BoundQuery(module.whole, module.columns, TRUE, TRUE, versions=True)
        for row in self.session.rows(query):
            self.versions += 1
            self._check_order(module, row)
            self._check_version(module, row)
            self._last = row
        self._check_order(module, ())

    def _check_order(self, module: ArchivedModule, row: Row) -> None:
        """Versions of a record count from 1, and each is ended by the one that follows."""
        name, width, last = module.module.name, module.width, self._last
        is_same = bool(last) and bool(row) and last[0] == row[0]
        if last:
            ended_by, is_removed = last[width], bool(last[width + 1])
            wanted = row[6] if is_same and not is_removed else None
            if is_removed:
                self._check_removal(module.module, last, ended_by)
            elif ended_by != wanted:
                self._amiss("audit_wrong_ending", name, last)
        wanted_number = last[1] + 1 if is_same else 1  # type: ignore[operator]
        is_begun = is_same or self.ledger.is_whole
        if row and is_begun and row[1] != wanted_number:
            self._amiss("audit_version_gap", name, row)

    def _check_removal(self, module: Module, row: Row, ended_by: object) -> None:
        facts = self.ledger.set_of(ended_by, module.name, row[0])
        if facts is not None and facts.form > 1:
            found = removal_commitment(module, row[0], row[1])
            self._add(facts, [found], module.name, row[0])

    def _check_version(self, module: ArchivedModule, row: Row) -> None:
        name = module.module.name
        if self._present is not None and row[module.width] is None:
            whole = self._present.project(row)
            self.content += record_digest(self._present.encode(whole))
        facts = self.ledger.set_of(row[6], name, row[0])
        if facts is None or (facts.form == 1 and name == STEP.name):
            return
        found = self.definitions.reading(facts, module)
        if found is None:
            self._amiss("audit_unknown_schema", name, row)
            return
        tombstone = self.tombstones.get((name, str(row[0]), row[1]))
        if self._is_purged(found.module):
            facts.is_purged = True
            return
        if tombstone is not None:
            self._check_erased(facts, tombstone, found, row)
            return
        if self._present is not None and row[module.width] is None:
            self._check_converted(module, found, row)
        place = (name, rewrite_mark(str(row[7])))
        rewriting = facts.rewrites.get(place)
        if rewriting is not None:
            self._check_rewritten(facts, rewriting, place, found, row)
            return
        self._commit(facts, found, found.project(row))

    def _is_purged(self, written: Module) -> bool:
        """Whether values that a version under this definition held were purged since."""
        gone = self.session.configuration.purged
        places = {(one.field, one.generation) for one in gone if one.module == written.number}
        return any((one.number, one.generation) in places for one in written.stored)

    def _check_converted(self, module: ArchivedModule, written: Reading, row: Row) -> None:
        """Where a kind changed since, the live value is what the committed one converts to."""
        assert self._present is not None
        place = (id(self._present), id(written))
        if place not in self._conversions:
            present = self._present
            self._conversions[place] = conversions(self.session, module, written, present)
        for old, new, convert in self._conversions[place]:
            if row[new] not in (convert(row[old]), row[old]):
                self._amiss("audit_conversion", module.module.name, row)

    def _commit(self, facts: ChangeSetFacts, written: Reading, row: Row) -> None:
        if facts.form == 1:
            facts.share(rewrite_mark(str(row[7])))
        self._add(facts, written.commitments(facts.form, row), written.module.name, row[0])

    def _add(
        self, facts: ChangeSetFacts, commitments: Iterable[bytes], module: str, record: object
    ) -> None:
        for one in commitments:
            self.ledger.add(facts, one)
        facts.name(module, record)

    def _check_erased(
        self, facts: ChangeSetFacts, tombstone: Tombstone, written: Reading, row: Row
    ) -> None:
        """Of an erased version stands what the erasure left, and what was committed to it."""
        name = written.module.name
        if digest_left(written, row) != tombstone.left:
            self._amiss("audit_erased_differs", name, row)
        self.erased.append((tombstone.erasure, name, str(row[0])))
        if facts.form == 1:
            facts.share(tombstone.mark)
        rewriting = facts.rewrites.get((name, tombstone.mark))
        if rewriting is not None:
            rewriting.found += 1
            self._add_rewrite(facts, (name, tombstone.mark), tombstone.commitments[0], row)
            return
        self._add(facts, tombstone.commitments, name, row[0])

    def _check_rewritten(
        self,
        facts: ChangeSetFacts,
        rewriting: Rewriting,
        place: tuple[str, str],
        written: Reading,
        row: Row,
    ) -> None:
        """A rewritten version is the one before it, with the constants."""
        rewriting.found += 1
        module, index = written.module, layout_of(written.module).index
        made, former = written.project(row), self._last
        before = written.project(former) if former and former[0] == row[0] else ()
        kept = [one.name for one in lasting(module) if one.name not in rewriting.fields]
        places = [*(index[name] for name in kept), 2, 3]
        if not before or any(made[one] != before[one] for one in places):
            self._amiss("audit_rewritten", module.name, row)
        self._add_rewrite(facts, place, written.rewrite(rewriting.fields, made), row)

    def _add_rewrite(
        self, facts: ChangeSetFacts, place: tuple[str, str], found: bytes, row: Row
    ) -> None:
        """All versions of one rewrite have one commitment."""
        group = facts.id, place[1]
        if group not in self._groups:
            self._groups[group] = found
            self._add(facts, [found], place[0], row[0])
        elif found != self._groups[group]:
            self._amiss("audit_rewritten", place[0], row)

    def _check_operations(self) -> None:
        """Each operation is as its last change set told, and has one version for each of them."""
        told: dict[str, set[str | None]] = {}
        counts: dict[str, int] = {}
        for facts in self.ledger.sets.values():
            told.setdefault(facts.operation, set()).add(facts.told)
            counts[facts.operation] = counts.get(facts.operation, 0) + 1
        for row in self.session.rows(BoundQuery(OPERATION, full_columns(OPERATION))):
            known = told.pop(str(row[0]), set())
            is_told = self._told(row) in known or None in known
            if not is_told or row[1] != counts.get(str(row[0])):
                self._amiss("audit_operation_differs", OPERATION.name, row)
        for missing in told:
            self._amiss("audit_operation_differs", OPERATION.name, (missing,))

    def _told(self, row: Row) -> str:
        """What the last change set of an operation told of it."""
        tombstone = self.tombstones.get((OPERATION.name, str(row[0]), row[1]))
        if tombstone is None:
            return told_of(row)
        if told_of(row) != tombstone.left:
            self._amiss("audit_erased_differs", OPERATION.name, row)
        self.erased.append((tombstone.erasure, OPERATION.name, str(row[0])))
        return tombstone.commitments[0].hex()

    def _check_content(self) -> None:
        is_known = self.head.content is not None and not self.ledger.waiting
        if is_known and self.head.content != digest_text(self.content):
            self.ledger.problems.append(Problem("audit_content_differs", {}))

    def _amiss(self, code: str, module: str, row: Row) -> None:
        self.ledger.problems.append(Problem(code, {}, module, str(row[0])))
