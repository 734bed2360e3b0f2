"""`renew_keys`: everything that lies encrypted is encrypted again, under the current key.

The chain and all digests speak of values and of salted commitments to them, never of ciphers:
another cipher of the same value in the same place breaks nothing. Blind indexes are under the
workspace's own secret, which stays, so that nothing that is compared changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from attrs import define, field, frozen

from crmcore.archive.modules import archived_modules
from crmcore.archive.snapshot import schema_revisions
from crmcore.encrypting.backend import Encrypting
from crmcore.encrypting.places import Encrypted, Hidden, Laid, laid
from crmcore.encrypting.renewal import is_under, renewed
from crmcore.errors import WorkspaceError
from crmcore.query.bound import ID_REF, TRUE, BoundQuery, Ref, Within, full_columns
from crmcore.records import layout_of
from crmcore.schema import ENDINGS, Module
from crmcore.schema.reserved import HEAD
from crmcore.storage import Derive, Erase, Expect, Intent, Row, Transaction
from crmcore.work import Workspace
from crmcore.work.committing import REVISION_ID
from crmcore.work.configuring import check_right
from crmcore.work.noting import Note
from crmcore.work.operations import repeated
from crmcore.work.session import chunks

_AT_ONCE: Final = 200
_PASSES: Final = 3
"""Others write meanwhile, who may have been opened with former keys."""


@frozen
class RenewedKeys:
    """How many values were encrypted again under the key `current`, by module.

    `left` values are under other keys still: somebody who has the workspace open with an
    older file of keys wrote them meanwhile. Start him again, and renew again. Only when none
    is left may a former key be thrown away.
    """

    current: str
    values: Mapping[str, int]
    left: int = 0


def renew_keys(crm: Workspace) -> RenewedKeys:
    """Encrypt again what lies under former keys: live records, former versions and journals.

    A step is some hundred records in a transaction of its own; whoever is stopped asks again,
    and it goes on with what is left. Nothing else changes: no version, no digest, no chain.
    Archives are not reached: they have keys of their own. Raises `AccessDenied` for who may not
    configure, `WorkspaceError` (`keys_needed`, `key_missing`), `StorageError` (`bad_cipher`).
    """
    backend = crm._store.backend
    if not isinstance(backend, Encrypting):
        raise WorkspaceError("keys_needed")
    with crm._store.reading(crm.principal) as session:
        check_right(session)
        revisions = (*schema_revisions(session.transaction), session.schema)
    found = [laid(one.whole) for one in archived_modules(revisions)]
    work = _Renewing(backend, [one for one in (*found, laid(HEAD)) if one.fields])
    for _ in range(_PASSES):
        if not work.run():
            break
    left = sum(1 for _ in work.waiting())
    with crm._store.reading(crm.principal) as session:
        count = sum(work.counts.values())
        session.notes.append(Note("configuration", count=count, reason="keys_renewed"))
    return RenewedKeys(backend.keyring.current, dict(sorted(work.counts.items())), left)


@define
class _Renewing:
    """A renewal under way, over modules as they are laid down."""

    backend: Encrypting
    modules: Sequence[Laid]
    counts: dict[str, int] = field(factory=dict)

    def run(self) -> int:
        """One pass over everything; how many values were encrypted again."""
        before = sum(self.counts.values())
        for one in self.modules:
            live = list(dict.fromkeys(self._stale(one, is_former=False)))
            for some in _parted(live):
                self._note(one, repeated(partial(self._live, one, some)))
            former = list(dict.fromkeys(self._stale(one, is_former=True)))
            for some in _parted(former):
                self._note(one, repeated(partial(self._former, one, some)))
        return sum(self.counts.values()) - before

    def waiting(self) -> Iterator[str]:
        """The ids of records that have something under another key, live or former."""
        for one in self.modules:
            for is_former in (False, True):
                yield from self._stale(one, is_former=is_former)

    def _note(self, one: Laid, count: int) -> None:
        if count:
            name = one.physical.name
            self.counts[name] = self.counts.get(name, 0) + count

    def _stale(self, one: Laid, *, is_former: bool) -> Iterator[str]:
        """The ids of what is to be encrypted again; of a record once for each version."""
        if is_former and one.physical.keeping != "history":
            return
        fields = [what for name, what in one.fields.items() if name in one.physical.by_name]
        ciphers = [Ref((), one.physical.by_name[what.field.name]) for what in fields]
        ended = (Ref((), ENDINGS[0]),) if is_former else ()
        query = BoundQuery(one.physical, (ID_REF, *ciphers, *ended), TRUE, TRUE, versions=is_former)
        transaction = self.backend.inner.begin(Intent.READ)
        try:
            for batch in transaction.select(query):
                for row in batch:
                    held = zip(fields, row[1:], strict=False)
                    if (not is_former or row[-1] is not None) and any(
                        self._is_stale(what, stored) for what, stored in held
                    ):
                        yield str(row[0])
        finally:
            transaction.rollback()

    def _is_stale(self, what: Encrypted | Hidden, stored: object) -> bool:
        return stored is not None and not is_under(self.backend.keyring.current, what, stored)

    def _places(self, one: Laid, row: Row) -> list[tuple[int, str]]:
        """The places in a row of what lies under another key, with the fields."""
        index = layout_of(one.physical).index
        found = [(index[name], name) for name in one.fields if name in index]
        return [
            (place, name) for place, name in found if self._is_stale(one.fields[name], row[place])
        ]

    def _live(self, one: Laid, ids: Sequence[str]) -> int:
        """Live records: their ciphers are set in place, as derived values are."""
        transaction = self.backend.inner.begin(Intent.WRITE)
        try:
            known = [str(row[0]) for row in _rows(transaction, one.physical, ids)]
            if known:
                # From here on nobody changes them; what is read now is what they are.
                transaction.apply([Expect(one.physical, known, alone=True)])
            made: dict[str, list[tuple[str, object]]] = {}
            for row in _rows(transaction, one.physical, known):
                for place, name in self._places(one, row):
                    again = renewed(self.backend.vault(), one.fields[name], row[0], row[place])
                    made.setdefault(name, []).append((str(row[0]), again))
            for name, pairs in made.items():
                records, values = zip(*pairs, strict=True)
                transaction.apply([Derive(one.physical, name, records, values)])
            transaction.commit()
            return sum(map(len, made.values()))
        finally:
            transaction.rollback()

    def _former(self, one: Laid, ids: Sequence[str]) -> int:
        """Former versions, in the place of what they were.

        Who erases a person overwrites them too, and holds on to the configuration when he
        commits: meanwhile nobody else does, so that nothing erased comes back.
        """
        transaction = self.backend.inner.begin(Intent.WRITE)
        try:
            transaction.apply([Expect(HEAD, [REVISION_ID], alone=True)])
            made, count = list[Row](), 0
            for row in _rows(transaction, one.physical, ids, is_former=True):
                places = self._places(one, row)
                if places:
                    count += len(places)
                    again = list(row[: -len(ENDINGS)])
                    for place, name in places:
                        what = one.fields[name]
                        again[place] = renewed(self.backend.vault(), what, row[0], row[place])
                    made.append(tuple(again))
            if made:
                transaction.apply([Erase(one.physical, (), made)])
            transaction.commit()
            return count
        finally:
            transaction.rollback()


def _parted(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def _rows(
    transaction: Transaction,
    module: Module,
    ids: Sequence[str],
    *,
    is_former: bool = False,
) -> Iterator[Row]:
    """Live rows of `ids`, or former versions with their endings."""
    columns = full_columns(module)
    if is_former:
        columns = (*columns, *(Ref((), one) for one in ENDINGS))
    for some in chunks(ids):
        query = BoundQuery(module, columns, Within(ID_REF, some), TRUE, versions=is_former)
        for batch in transaction.select(query):
            for row in batch:
                if not is_former or row[-len(ENDINGS)] is not None:
                    yield row
