"""What an archive proves by itself: its versions are those that its chain of changes tells of.

Read as a store is read, so that archives and stores are held against the chain alike. What is
large passes by; the few definitions are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, cast

from attrs import define, evolve, field

from crmcore.access.policy import system_reader
from crmcore.archive.anchors import AuditHead
from crmcore.archive.definitions import Definitions
from crmcore.archive.ledger import Ledger
from crmcore.archive.manifest import head_in
from crmcore.archive.modules import ArchivedModule
from crmcore.archive.reading import Archive
from crmcore.archive.snapshot import schema_revisions
from crmcore.archive.spooling import Spool
from crmcore.archive.tombstones import tombstones
from crmcore.archive.versions import UNREADABLE, VersionCheck
from crmcore.errors import Invalid, Problem, SourceError
from crmcore.query.bound import TRUE, BoundQuery, Ref
from crmcore.query.evaluate import Row
from crmcore.schema import STAMPS, Schema
from crmcore.schema.reserved import (
    CHANGE_SET,
    DEFINITION,
    DEPARTMENT,
    ROLE,
    ROLE_ASSIGNMENT,
    SETTING,
    TERRITORY,
    TOMBSTONE,
    USER,
    with_reserved,
)
from crmcore.storage import Batch, Intent, Load, Transaction
from crmcore.storage.memory import MemoryBackend
from crmcore.storage.unique import digests
from crmcore.work.configuration import Configuration
from crmcore.work.definitions import load_configuration
from crmcore.work.purged import PURGED, Purged, purged_from_json
from crmcore.work.session import Session

_SMALL: Final = frozenset(
    one.name
    for one in (
        DEFINITION,
        ROLE,
        USER,
        SETTING,
        DEPARTMENT,
        TERRITORY,
        ROLE_ASSIGNMENT,
        TOMBSTONE,
    )
)
_SET: Final = [one.name for one in STAMPS].index("change_set")
_DIGEST: Final = 32
_SHOWN: Final = 10
_BAD: Final = (*UNREADABLE, RecursionError)


def check_chain(archive: Archive, anchor: AuditHead | None = None) -> None:
    """Raise `SourceError` (`archive_contradicts`) where versions and chain disagree.

    Also where it could not be loaded: definitions that are none, a unique value held twice.
    Of an increment, what it adds is looked at. With an `anchor` the chain must lead through it
    (`archive_not_anchored`). Needs an archive whose bytes are in order.
    """
    try:
        problems = _problems(archive, anchor)
    except SourceError:
        raise
    except _BAD as error:
        problems = [Problem("audit_unreadable", {"name": type(error).__name__})]
    if problems:
        first = Problem("archive_contradicts", {"file": archive.name})
        raise SourceError([first, *problems[:_SHOWN]])


def _problems(archive: Archive, anchor: AuditHead | None) -> Sequence[Problem]:
    manifest, source = archive.manifest, _Passing(archive)
    session, head = source.session(), head_in(manifest)
    ledger = Ledger()
    if not manifest.is_whole:
        ledger = Ledger(evolve(ledger.last, position=manifest.after, chain=manifest.chain_after))
    ledger.read(session, head)
    if anchor is not None and not ledger.leads_through(anchor.position, anchor.digest):
        raise SourceError("archive_not_anchored", file=archive.name, position=anchor.position)
    # Within an increment the schema does not change: what is silent about it means the last.
    definitions = Definitions.read(session, ledger, archive.revisions[::-1])
    VersionCheck(session, ledger, definitions, head, tombstones(session)).run()
    return [*ledger.problems, *source.shared()]


@define
class _Passing:
    """The archive as a transaction that reads: answers what is asked to hold it against its chain.

    Definitions, and the change sets that made them, lie in a store in memory.
    """

    archive: Archive
    modules: Mapping[str, ArchivedModule] = field(init=False)
    kept: MemoryBackend = field(factory=MemoryBackend)
    _keys: Spool = field(factory=lambda: Spool(_DIGEST))

    def __attrs_post_init__(self) -> None:
        self.modules = {one.module.name: one for one in self.archive.modules}

    def session(self) -> Session:
        """The session of a system that looks; raises `CrmError` where nothing could be opened."""
        self._keep()
        schema = with_reserved(self.archive.revisions[-1])
        moment = head_in(self.archive.manifest).moment
        if self.archive.manifest.is_whole:
            known = self.kept.begin(Intent.READ)
            configuration = load_configuration(known, 1)
            if schema_revisions(known) != self.archive.revisions or configuration.schema != schema:
                raise Invalid("not_a_schema", reason="revisions")
        else:
            configuration = Configuration(schema, revision=1, purged=self._purged())
        reader = system_reader(moment, configuration.setting("zone", "UTC"), 1)
        return Session(cast(Transaction, self), configuration, reader)

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        """See `Transaction.select`: everything of a module in its order, or what is kept."""
        name = query.module.name
        if name in _SMALL or (name == CHANGE_SET.name and query.where != TRUE):
            return self.kept.begin(Intent.READ).select(query)
        return self._passing(query)

    def _passing(self, query: BoundQuery) -> Iterator[Batch]:
        module = self.modules.get(query.module.name)
        if module is None:
            # Older archives know nothing of newer modules.
            return
        known = {_column(one): place for place, one in enumerate(module.columns)}
        places = [known.get(_column(one), -1) for one in query.columns]
        is_same = places == list(range(len(module.columns)))
        for rows in self._rows(module):
            self._note_keys(module, rows)
            yield (
                rows
                if is_same
                else [
                    tuple([row[place] if place >= 0 else None for place in places]) for row in rows
                ]
            )

    def _rows(self, module: ArchivedModule) -> Iterator[list[Row]]:
        for place, chunk, lines in self.archive.chunks(module.module.name):
            assert chunk.module == module.module.name
            yield self.archive.rows(module, place, lines)

    def _keep(self) -> None:
        self.kept.prepare(with_reserved(Schema()))
        writing = self.kept.begin(Intent.WRITE)
        sets: set[object] = set()
        for name in _SMALL & self.modules.keys():
            module = self.modules[name]
            for rows in self._rows(module):
                writing.apply([_load(module, rows)])
                sets |= {row[_SET] for row in rows} if name == DEFINITION.name else set()
        module = self.modules[CHANGE_SET.name]
        for rows in self._rows(module):
            writing.apply([_load(module, [row for row in rows if row[0] in sets])])
        writing.commit()

    def _purged(self) -> tuple[Purged, ...]:
        """What the definitions that an increment holds say was purged."""
        found: object = None
        names = ("name", "value")
        columns = tuple(Ref((), DEFINITION.by_name[one]) for one in names)
        for batch in self.kept.begin(Intent.READ).select(BoundQuery(DEFINITION, columns)):
            found = next((value for name, value in batch if name == PURGED), found)
        return purged_from_json(found)

    def _note_keys(self, module: ArchivedModule, rows: Sequence[Row]) -> None:
        for number, digest in digests(module.module):
            for row in rows:
                held = digest(row) if row[module.width] is None else None
                if held is not None:
                    own = f"{module.module.number} {number} ".encode() + held
                    part = hashlib.sha256(own).digest()
                    self._keys.add(part[0], part)

    def shared(self) -> Iterator[Problem]:
        """Unique values that more than one live record has."""
        for bucket in self._keys.sorted_buckets():
            if any(one == other for one, other in pairwise(bucket)):
                yield Problem("archive_shares_key", {})


def _load(module: ArchivedModule, rows: Sequence[Row]) -> Load:
    width = module.width
    live = [row[:width] for row in rows if row[width] is None]
    return Load(module.whole, live, [row for row in rows if row[width] is not None])


def _column(ref: Ref) -> tuple[object, int]:
    one = ref.field
    return (one.number if one.number > 0 else one.name), one.generation
