"""`verify`: whether changes and audit entries are what they were when they were written."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from crmcore.access import System
from crmcore.archive.definitions import Definitions
from crmcore.archive.ledger import Ledger
from crmcore.archive.tombstones import ErasedVersions, erased_versions, tombstones
from crmcore.archive.versions import UNREADABLE, VersionCheck
from crmcore.audit.entries import EntryCheck
from crmcore.audit.heads import AuditHead
from crmcore.errors import Problem
from crmcore.work import Workspace
from crmcore.work.configuring import check_right
from crmcore.work.sealing import head_of


@frozen
class Verification:
    """What was looked at, and what was found amiss; `problems` is empty where nothing was.

    `waiting` counts change sets that are not sealed yet: they are checked, but not chained.
    `erased` lists versions whose personal values were erased as the law asks: no damage.
    """

    changes: int
    versions: int
    entries: int
    waiting: int
    problems: tuple[Problem, ...]
    erased: tuple[ErasedVersions, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing is amiss."""
        return not self.problems


def verify(crm: Workspace, anchor: AuditHead | None = None) -> Verification:
    """Check every version, change set, operation and audit entry against both chains.

    Reads only. With an `anchor` that was kept outside, cutting the end off and writing the
    whole chain anew are found as well. Raises `AccessDenied` for who may not configure.
    """
    store = crm._store
    with store.reading(crm.principal) as session:
        check_right(session)
    ledger, entries, versions = Ledger(), EntryCheck(), 0
    erased: tuple[ErasedVersions, ...] = ()
    with store.reading(System("audit")) as session:
        try:
            head = head_of(session.transaction)
            ledger.read(session, head)
            definitions = Definitions.read(session, ledger)
            check = VersionCheck(session, ledger, definitions, head, tombstones(session))
            check.run()
            versions, erased = check.versions, erased_versions(session, check.erased)
            entries.run(session)
        except UNREADABLE as error:
            # What was never written by us may be anything, also nothing that can be read.
            name = type(error).__name__
            ledger.problems.append(Problem("audit_unreadable", {"name": name}))
    problems = [*ledger.problems, *entries.problems]
    if anchor is not None:
        problems += _anchored(ledger.chains, anchor.position, anchor.digest, "audit_anchor")
        digest = anchor.entries_digest
        problems += _anchored(entries.chains, anchor.entries, digest, "audit_entry_anchor")
    return Verification(
        len(ledger.sets),
        versions,
        len(entries.chains),
        ledger.waiting,
        tuple(problems),
        erased,
    )


def _anchored(chains: Mapping[int, str], position: int, digest: str, code: str) -> list[Problem]:
    """What speaks against the anchored `digest` at `position`."""
    if position == 0 or chains.get(position) == digest:
        return []
    return [Problem(code, {"position": position, "last": max(chains, default=0)})]
