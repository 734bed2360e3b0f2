"""Opening a workspace by URL or engine; a new store gets its owner, roles and schema."""

from __future__ import annotations

import getpass

from crmcore.access import ADMINISTRATOR, READY_ROLES, SYSTEM_USER, role_values
from crmcore.access.policy import system_reader
from crmcore.clock import Clock, EntropySource, SystemClock, system_entropy
from crmcore.encrypting import Keyring
from crmcore.errors import WorkspaceError
from crmcore.query.bound import BoundQuery, by_id, stamp_ref
from crmcore.records import new_id
from crmcore.schema import Schema, check
from crmcore.schema.codec import schema_to_json
from crmcore.schema.reserved import (
    DEFINITION,
    HEAD,
    ROLE,
    SETTING,
    USER,
    with_reserved,
)
from crmcore.schema.size import check_size
from crmcore.storage import Backend, Insert, Intent, Transaction
from crmcore.storage.adopted import storable
from crmcore.work.checking import Evolve, hold_still
from crmcore.work.committing import (
    HEAD_ID,
    REVISION_ID,
    Intention,
    reserved_row,
    stamped,
    stored_row,
    write_commit,
)
from crmcore.work.configuration import Configuration
from crmcore.work.definitions import SCHEMA, load_configuration
from crmcore.work.door import Door
from crmcore.work.journal import Journal
from crmcore.work.locking import check_keys, refuse_locked, unlocked
from crmcore.work.sealing import seal
from crmcore.work.session import Session
from crmcore.work.store import Store

_GROUP = "crmcore.backends"


def open_backend(target: object, *, create: bool) -> Backend:
    """The backend that a URL, an engine or a backend itself names; raises `WorkspaceError`."""
    # A tenth of the time that importing the library takes.
    from importlib.metadata import entry_points

    if isinstance(target, str):
        scheme = target.partition("://")[0].partition("+")[0]
        found = {one.name: one for one in entry_points(group=_GROUP)}
        if scheme not in found:
            raise WorkspaceError("unknown_scheme", url=target, known=", ".join(sorted(found)))
        made: Backend = found[scheme].load()(target, create=create)
        return made
    # Of some drivers' objects every attribute is there.
    if hasattr(type(target), "begin") and hasattr(type(target), "capabilities"):
        return target  # type: ignore[return-value]
    found = {one.name: one for one in entry_points(group=_GROUP)}
    opened: Backend = found["sqlite"].load()(target, create=create)
    return opened


def open_store(
    target: object,
    *,
    create: bool,
    schema: Schema | None,
    zone: str,
    owner: str | None,
    clock: Clock | None,
    entropy: EntropySource | None,
    evolve: Evolve = "apply",
    keys: Keyring | None = None,
) -> tuple[Store, str]:
    """The store of `target` and the id of the user it is opened for; see `open_workspace`."""
    if create and evolve == "check":
        raise WorkspaceError("check_creates_nothing")
    backend = unlocked(open_backend(target, create=create), keys)
    reserved = with_reserved(Schema())
    store = Store(
        backend, clock or SystemClock(), entropy or system_entropy, Configuration(reserved)
    )
    if evolve == "check":
        hold_still(store)
    else:
        backend.prepare(reserved)
    refuse_locked(backend)
    # Who opens what is there waits for no writer.
    if not _is_workspace(backend):
        if not create:
            raise WorkspaceError("not_a_workspace")
        _founded(store, schema, zone, owner or _local_name())
    with_configuration(store)
    return store, owner_of(store)


def _is_workspace(backend: Backend) -> bool:
    transaction = backend.begin(Intent.READ)
    try:
        return bool(_revisions(transaction))
    finally:
        transaction.rollback()


def _founded(store: Store, schema: Schema | None, zone: str, owner: str) -> None:
    """Make the workspace, unless somebody else was faster."""
    transaction = store.backend.begin(Intent.WRITE)
    try:
        if not _revisions(transaction):
            _create(store, transaction, schema, zone, owner)
            transaction.commit()
    finally:
        transaction.rollback()
    seal(store.backend)


def _revisions(transaction: Transaction) -> list[object]:
    query = BoundQuery(HEAD, (stamp_ref("version"),), by_id(REVISION_ID))
    found: list[object] = [row for batch in transaction.select(query) for row in batch]
    # A head and nothing in force: an archive is being replayed here.
    if not found and stored_row(transaction, HEAD, HEAD_ID) is not None:
        raise WorkspaceError("restoring")
    return found


def with_configuration(store: Store) -> None:
    """Load the configuration in force and prepare storage for its schema."""
    transaction = store.backend.begin(Intent.READ)
    try:
        found = load_configuration(transaction, store.revision(transaction))
    finally:
        transaction.rollback()
    check_keys(store.backend, found.schema)
    store.backend.prepare(storable(found.schema))
    store.configuration = found


def owner_of(store: Store) -> str:
    """The local owner whom the settings name, else the system."""
    named = store.configuration.settings.get("owner")
    if isinstance(named, str):
        return named
    return SYSTEM_USER


def _local_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "owner"


def _create(
    store: Store, transaction: Transaction, schema: Schema | None, zone: str, owner: str
) -> None:
    wanted = full_schema(schema)
    check_keys(store.backend, wanted)
    now = store.clock.now()
    operation = new_id(int(now.timestamp() * 1000), store.entropy)
    journal = Journal(now, store.entropy, operation, operation, now)
    reader = system_reader(now, zone, 1)
    configuration = Configuration(store.configuration.schema, revision=1)
    session = Session(transaction, configuration, reader)
    transaction.apply([Insert(HEAD, _heads(journal, store.entropy))])
    transaction.apply([Insert(USER, [_system_user(journal)])])
    door = Door(session, journal)
    roles = door.create(
        ROLE,
        [
            {name: value for name, value in role_values(role).items() if value is not None}
            for role in READY_ROLES
        ],
    )
    administrator = next(row[0] for row in roles if row[8] == ADMINISTRATOR.name)
    person = {"name": owner, "login": owner, "roles": [administrator]}
    made = door.create(USER, [person])[0]
    door.create(
        SETTING,
        [
            {"name": "zone", "value": zone},
            {"name": "currency", "value": "CNY"},
            {"name": "owner", "value": made[0]},
        ],
    )
    door.create(DEFINITION, [{"name": SCHEMA, "value": schema_to_json(wanted)}])
    write_commit(session, journal, Intention("create", reason="new workspace"))


def full_schema(schema: Schema | None) -> Schema:
    """`schema` with the reserved modules, numbered and checked; raises `SchemaError`."""
    made = with_reserved(schema or Schema())
    check(made)
    check_size(made)
    return made


def _heads(journal: Journal, entropy: EntropySource) -> list[tuple[object, ...]]:
    values: dict[str, object] = {
        "position": 0,
        "moment": journal.moment,
        "chain": "0" * 64,
        "content": "0" * 64,
        "key": entropy(32).hex(),
    }
    head = reserved_row(HEAD, stamped(HEAD, HEAD_ID, journal, SYSTEM_USER), values)
    revision = reserved_row(HEAD, stamped(HEAD, REVISION_ID, journal, SYSTEM_USER), {})
    return [head, revision]


def _system_user(journal: Journal) -> tuple[object, ...]:
    stamps = stamped(USER, SYSTEM_USER, journal, SYSTEM_USER)
    journal_row = reserved_row(USER, stamps, {"name": "system", "login": "system", "active": False})
    journal.created(USER, journal_row)
    return journal_row
