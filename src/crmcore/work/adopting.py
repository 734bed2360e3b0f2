"""Adopted modules: bound to tables that a host owns, and what then holds no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final, Protocol, TypedDict

from attrs import evolve, frozen

from crmcore.access import System
from crmcore.errors import AccessDenied, Conflict, Problem, SchemaError, WorkspaceError
from crmcore.query.bind import Binder
from crmcore.query.bound import ID_REF, BoundQuery
from crmcore.query.evaluate import Row
from crmcore.query.mentions import modules_in
from crmcore.query.text import parse
from crmcore.rules import RollUp
from crmcore.schema import STAMPS, Module, Schema, check
from crmcore.schema.reserved import SETTING, USER
from crmcore.storage import Backend, Expect
from crmcore.storage.adopted import (
    AdoptedSource,
    AdoptedWriter,
    AdoptingTransaction,
    adopted_in,
)
from crmcore.work.configuration import Configuration
from crmcore.work.journal import Journal
from crmcore.work.rostering import HOST, MARK, has_host_users
from crmcore.work.session import Session
from crmcore.work.store import Store

if TYPE_CHECKING:
    from crmcore.work.transaction import Unit

Configure = Callable[[Schema], object]
_GROUP: Final = "crmcore.adopters"
_PEOPLE: Final = tuple(one.name for one in USER.fields if one.name not in ("name", "roles"))


class Terms(TypedDict, total=False):
    """How the columns of a host's table become a module.

    `key` is the column that tells rows apart (else the only column of the primary key),
    `key_form` what stands in it (`integer`, `uuid`, `text`; else what its type says).
    `version` is a whole number or a moment that every change of a row changes. `fields`
    names the column of a field or stamp, a column with its terms, or `None` for a field
    that is always empty; a field that is not named has the column of its own name. `zone`
    is that of moments without one. Texts of `exact` fields are in normal form, so that
    the host's indexes serve them. `writer` writes in the host's name.
    """

    key: str | None
    key_form: str | None
    version: str | None
    fields: Mapping[str, object]
    zone: str | None
    exact: Sequence[str]
    writer: AdoptedWriter | None


@frozen
class Binding:
    """A table, and the terms on which a module is to be read from it."""

    module: str
    table: object
    terms: Terms


class Adopter(Protocol):
    """Makes the source of a host's table; found by the library that a store can join.

    `others` are the sources of modules by name, which links may lead to; it grows.
    """

    def __call__(
        self,
        backend: Backend,
        module: Module,
        table: object,
        terms: Mapping[str, Any],
        others: Mapping[str, AdoptedSource],
    ) -> AdoptedSource:
        """Raises `SchemaError` where table and module do not fit."""
        ...


def source_of(
    backend: Backend, module: Module, binding: Binding, others: Mapping[str, AdoptedSource]
) -> AdoptedSource:
    """The rows of a host's table as a source; raises `WorkspaceError` (`cannot_adopt`)."""
    made: Any = binding.table
    if hasattr(made, "rows") and hasattr(made, "expect"):
        return made  # type: ignore[no-any-return]
    known = {one.name: one for one in entry_points(group=_GROUP)}
    for library in backend.capabilities.joins:
        if library in known:
            adopter: Adopter = known[library].load()
            terms: Any = binding.terms
            return adopter(backend, module, binding.table, terms, others)
    raise WorkspaceError("cannot_adopt", backend=backend.capabilities.name)


def adopt(store: Store, configure: Configure, binding: Binding) -> None:
    """Bind a module to a table in this process; see `Workspace.adopt`.

    The first time the schema is told as well, by `configure`, so that no program takes the
    module for an empty one of our own.
    """
    with store.reading(System("adopt")) as session:
        schema = session.schema
    module = schema.module(binding.module)
    made = marked(schema, module)
    check(made)
    source = source_of(store.backend, made.by_name[module.name], binding, store.adopted)
    if module.keeping != "adopted":
        configure(made)
        with store.reading(System("adopt")):
            pass  # This process knows from now on.
    store.adopted[module.name] = source


def adopt_users(store: Store, unit: Unit, table: object, terms: Terms) -> None:
    """Let the people of a host's table be users too; see `Workspace.adopt_users`.

    The first time a setting tells so, written in `unit`: no program takes the users of
    the host for strangers.
    """
    fields: dict[str, object] = dict.fromkeys(_PEOPLE)
    given = {**fields, **terms.get("fields", {}), "roles": None}
    made: Terms = {**terms, "fields": given}
    source = source_of(store.backend, USER, Binding(USER.name, table, made), store.adopted)
    if not has_host_users(store.configuration):
        with unit:
            unit.door.create(SETTING, [{"name": MARK, "value": HOST}])
    store.adopted[USER.name] = source


def marked(schema: Schema, module: Module) -> Schema:
    """`schema` with `module` kept by a host."""
    if module.keeping == "adopted":
        return schema
    return schema.with_module(evolve(module, keeping="adopted"))


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
    if problems:
        raise SchemaError(problems)


def _has_records(session: Session, module: Module) -> bool:
    query = BoundQuery(module, (ID_REF,), limit=1)
    past = evolve(query, versions=True)
    return any(next(session.rows(one), None) is not None for one in (query, past))


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

    @property
    def connection(self) -> object:
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


def _hands(session: Session, module: Module) -> _Hands:
    transaction = session.transaction
    assert isinstance(transaction, AdoptingTransaction)
    source = transaction.source(module)
    return _Hands(session, module, transaction, source, source.writer)


def created(session: Session, journal: Journal, module: Module, rows: Sequence[Row]) -> list[Row]:
    """The rows of the host after its writer made those of `rows`, in their order."""
    hands = _hands(session, module)
    assert hands.writer is not None
    connection = hands.connection
    keys = [hands.writer.create(connection, hands.values(row)) for row in rows]
    journal.handed_over(module, "created", len(rows))
    ids = [hands.source.record(key) for key in keys]
    stored = session.stored_rows(module, ids)
    return [_found(module, stored, record) for record in ids]


def updated(
    session: Session, journal: Journal, module: Module, pairs: Sequence[tuple[Row, Row]]
) -> dict[str, Row]:
    """The rows of the host after its writer changed what differs in `pairs` (new, former)."""
    hands = _hands(session, module)
    assert hands.writer is not None
    connection = hands.connection
    for row, former in pairs:
        before = hands.values(former)
        changed = {name: one for name, one in hands.values(row).items() if one != before[name]}
        hands.writer.update(connection, hands.expect(former), changed)
    journal.handed_over(module, "updated", len(pairs))
    ids = [str(row[0]) for row, _ in pairs]
    stored = session.stored_rows(module, ids)
    return {record: _found(module, stored, record) for record in ids}


def removed(session: Session, journal: Journal, module: Module, rows: Sequence[Row]) -> list[Row]:
    """Let the host's writer remove `rows`; answers them."""
    hands = _hands(session, module)
    assert hands.writer is not None
    connection = hands.connection
    for row in rows:
        hands.writer.delete(connection, hands.expect(row))
    journal.handed_over(module, "removed", len(rows))
    return list(rows)


def _found(module: Module, stored: Mapping[str, Row], record: str) -> Row:
    if record not in stored:
        raise Conflict("record_changed", module=module.name, record=record)
    return stored[record]
