"""Records of a host at the door: written by his hand alone, and what may not follow from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from attrs import evolve, frozen

from crmcore.errors import AccessDenied, Conflict, Problem, SchemaError, StorageError
from crmcore.query.bind import Binder
from crmcore.query.bound import ID_REF, BoundQuery
from crmcore.query.evaluate import Row
from crmcore.query.mentions import modules_in
from crmcore.query.text import parse
from crmcore.rules import RollUp
from crmcore.schema import STAMPS, Module, Schema
from crmcore.storage import Expect
from crmcore.storage.adopted import (
    AdoptedSource,
    AdoptedWriter,
    AdoptingTransaction,
    Wanted,
    adopted_in,
)
from crmcore.work.configuration import Configuration
from crmcore.work.journal import Journal
from crmcore.work.session import Session


def check_adopted(session: Session, former: Schema, made: Configuration) -> None:
    """Raise `SchemaError` where a module changes hands that may not, or feeds stored values.

    A module that has records, or had some, stays ours; an adopted one stays the host's.
    """
    problems: list[Problem] = []
    for module in made.schema.modules:
        before = former.by_name.get(module.name)
        if before is None or (before.keeping == "adopted") == (module.keeping == "adopted"):
            continue
        if before.keeping == "adopted":
            problems.append(Problem("stays_adopted", {}, module.name))
        elif _has_records(session, before):
            problems.append(Problem("has_records", {}, module.name))
    if adopted_in(made.schema):
        binder = Session(session.transaction, made, session.reader).policy_binder
        problems.extend(_fed_by_hosts(made, binder))
        problems.extend(_read_otherwise(session, former, made.schema))
    if problems:
        raise SchemaError(problems)


def _has_records(session: Session, module: Module) -> bool:
    query = BoundQuery(module, (ID_REF,), limit=1)
    past = evolve(query, versions=True)
    return any(next(session.rows(one), None) is not None for one in (query, past))


def _read_otherwise(session: Session, former: Schema, made: Schema) -> Iterator[Problem]:
    """Fields that a host's columns cannot become, or that no column was named for."""
    found = session.transaction
    sources = found.sources if isinstance(found, AdoptingTransaction) else {}
    for module in made.modules:
        before = former.by_name.get(module.name)
        if module.keeping != "adopted" or before is None or before.keeping != "adopted":
            continue
        known = {one.number: one for one in before.fields}
        pairs = [(known.get(one.number, one), one) for one in module.fields]
        recast = [new for old, new in pairs if old.generation != new.generation]
        for one in recast:
            yield Problem("adopted_kind", {}, module.name, None, one.name)
        source = sources.get(module.name)
        if source is None or recast or module.retired:
            continue
        try:
            source.check(module)
        except SchemaError as error:
            yield from error.problems
            continue
        if any(old.kind != new.kind for old, new in pairs):
            assert isinstance(found, AdoptingTransaction)
            for _ in source.rows(found.inner, Wanted(module)):
                pass  # A row that would not fit any more is told by its key.


def _fed_by_hosts(made: Configuration, binder: Binder) -> Iterator[Problem]:
    """Stored values that would follow from records which change without our knowing."""
    for rule in made.computed:
        if not isinstance(rule, RollUp):
            continue
        module = made.schema.module(rule.child)
        node = binder.condition(module, None if rule.where is None else parse(rule.where))
        for name, found in modules_in(BoundQuery(module, (), node)).items():
            if found.keeping == "adopted":
                params = {"target": name}
                yield Problem("adopted_source", params, rule.module, None, rule.field)


def own_session(session: Session, module: Module) -> Session:
    """`session`, of our own records alone where `module` has some of a host besides."""
    found = session.transaction
    if not isinstance(found, AdoptingTransaction) or module.name not in found.joint:
        return session
    return Session(found.inner, session.configuration, session.reader)


def check_writable(session: Session, module: Module) -> None:
    """Raise `AccessDenied` (`adopted_read_only`) where the host gave no writer."""
    if _hands(session, module).writer is None:
        raise AccessDenied("adopted_read_only", module=module.name)


@frozen
class _Hands:
    """The writer of a host, and where it writes."""

    session: Session
    module: Module
    transaction: AdoptingTransaction
    source: AdoptedSource
    writer: AdoptedWriter | None

    def lent(self) -> AbstractContextManager[object]:
        return self.source.connection(self.transaction.inner)

    def expect(self, row: Row) -> object:
        """The key of `row`, which is held as it is."""
        record, version = str(row[0]), row[1]
        assert isinstance(version, int)
        self.transaction.apply([Expect(self.module, [record], [version])])
        return self.source.key(record)

    def values(self, row: Row) -> dict[str, object]:
        names = [one.name for one in self.module.stored]
        return dict(zip(names, row[len(STAMPS) :], strict=True))

    def check(self, row: Row, given: Mapping[str, object]) -> None:
        """Raise `StorageError` where `row` holds something else than was checked and given."""
        found = self.values(row)
        for name, value in given.items():
            if found[name] != value:
                raise StorageError(
                    "writer_differs", module=self.module.name, record=str(row[0]), field=name
                )


def _hands(session: Session, module: Module) -> _Hands:
    transaction = session.transaction
    assert isinstance(transaction, AdoptingTransaction)
    source = transaction.source(module)
    return _Hands(session, module, transaction, source, source.writer)


def created(session: Session, journal: Journal, module: Module, rows: Sequence[Row]) -> list[Row]:
    """The rows of the host after its writer made those of `rows`, in their order."""
    hands = _hands(session, module)
    assert hands.writer is not None
    with hands.lent() as connection:
        keys = [hands.writer.create(connection, hands.values(row)) for row in rows]
    journal.handed_over(module, "created", len(rows))
    ids = [hands.source.record(key) for key in keys]
    if len(set(ids)) < len(ids):
        raise StorageError("writer_repeats", module=module.name)
    stored = session.stored_rows(module, ids)
    found = [_found(module, stored, record) for record in ids]
    for row, made in zip(rows, found, strict=True):
        given = {name: one for name, one in hands.values(row).items() if one is not None}
        hands.check(made, given)
    return found


def updated(
    session: Session, journal: Journal, module: Module, pairs: Sequence[tuple[Row, Row]]
) -> dict[str, Row]:
    """The rows of the host after its writer changed what differs in `pairs` (new, former)."""
    hands = _hands(session, module)
    assert hands.writer is not None
    changes: dict[str, dict[str, object]] = {}
    with hands.lent() as connection:
        for row, former in pairs:
            before = hands.values(former)
            changed = {name: one for name, one in hands.values(row).items() if one != before[name]}
            changes[str(row[0])] = changed
            hands.writer.update(connection, hands.expect(former), changed)
    journal.handed_over(module, "updated", len(pairs))
    stored = session.stored_rows(module, list(changes))
    for _, former in pairs:
        record = str(former[0])
        made = _found(module, stored, record)
        hands.check(made, changes[record])
        if changes[record] and made[1] == former[1]:
            raise StorageError("writer_version", module=module.name, record=record)
    return {record: stored[record] for record in changes}


def removed(session: Session, journal: Journal, module: Module, rows: Sequence[Row]) -> list[Row]:
    """Let the host's writer remove `rows`; answers them."""
    hands = _hands(session, module)
    assert hands.writer is not None
    with hands.lent() as connection:
        for row in rows:
            hands.writer.delete(connection, hands.expect(row))
    journal.handed_over(module, "removed", len(rows))
    left = next(iter(session.stored_rows(module, [str(row[0]) for row in rows])), None)
    if left is not None:
        raise StorageError("writer_differs", module=module.name, record=left)
    return list(rows)


def _found(module: Module, stored: Mapping[str, Row], record: str) -> Row:
    if record not in stored:
        raise Conflict("record_changed", module=module.name, record=record)
    return stored[record]
