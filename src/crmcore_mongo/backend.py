"""The MongoDB backend: one workspace in one database, or under a prefix in that of a host."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Final, TypeVar

from bson.codec_options import CodecOptions
from pymongo import MongoClient, ReadPreference
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import ConfigurationError, InvalidName, InvalidURI
from pymongo.uri_parser import parse_uri

from crmcore.errors import StorageError, UnitOfWorkClosed, WorkspaceError
from crmcore.schema import Schema
from crmcore.storage import Capability, Intent, Transaction
from crmcore_mongo import preparation
from crmcore_mongo.catalogue import Catalogue
from crmcore_mongo.names import checked_prefix
from crmcore_mongo.refusals import as_ours
from crmcore_mongo.sessions import DURABLE, MAJORITY, JoinedLink, Link, LooseLink, OwnLink
from crmcore_mongo.store import Store
from crmcore_mongo.transaction import MongoTransaction

_PATIENCE_MS: Final = 10_000
_OLDEST: Final = 13
"""The protocol of MongoDB 5.0, the first whose pipelines join both by field and by stages."""

_SINGLE_DOCUMENT: Final = "crm_single_document"
_CODEC: Final[CodecOptions[Any]] = CodecOptions()
Result = TypeVar("Result")


class MongoBackend:
    """A store in a database of MongoDB; see `Backend`.

    The database of a host keeps its client and its settings; a client that is owned is
    closed by `close`. All collections are called `{prefix}crm…`. Without `atomic` no
    transactions of the server are used: see `Capability.atomic`. Raises `WorkspaceError`
    (`bad_prefix`).
    """

    def __init__(
        self,
        database: Database[Any],
        *,
        owns_client: bool = False,
        prefix: str = "",
        atomic: bool = True,
    ) -> None:
        database = database.with_options(
            codec_options=_CODEC,
            read_preference=ReadPreference.PRIMARY,
            write_concern=DURABLE,
            read_concern=MAJORITY,
        )
        self._store = Store(database, Catalogue(database, checked_prefix(prefix)), atomic)
        self._closed = False
        self._release: Callable[[], object] | None = None
        if owns_client:
            # Transactions hold the store: their client lives as long as they do.
            self._release = weakref.finalize(self._store, database.client.close)

    @property
    def capabilities(self) -> Capability:
        """See `Backend.capabilities`."""
        atomic = self._store.is_atomic
        joins = ("pymongo",) if atomic else ()
        return Capability("mongodb", True, concurrent_writers=True, joins=joins, atomic=atomic)

    def prepare(self, schema: Schema) -> None:
        """See `Backend.prepare`."""
        self._within(lambda: preparation.prepare(self._store.catalogue, schema))

    def begin(self, intent: Intent, join: object = None) -> Transaction:
        """See `Backend.begin`; `join` takes a PyMongo `ClientSession`.

        Raises `StorageError` (`cannot_join`) for anything else or a session of another client;
        the first statement raises `join_too_lax` where the host's transaction promises less than
        snapshot reads and commits by the majority with journal.
        """
        if self._closed:
            raise UnitOfWorkClosed("backend_closed")
        store = self._store
        link: Link
        if join is None:
            link = OwnLink(store.database.client) if store.is_atomic else LooseLink()
        elif not store.is_atomic:
            raise StorageError("cannot_join", backend="mongodb")
        elif isinstance(join, ClientSession) and join.client is store.database.client:
            link = JoinedLink(join)
        else:
            raise StorageError("cannot_join", backend="mongodb")
        return MongoTransaction(store, link, intent)

    def empty(self) -> tuple[str, ...]:
        """Drop the collections of all modules; their names. See `crmcore.archive.abandon`."""
        found = self._within(self._store.catalogue.empty)
        self._store.forget()
        return found

    def close(self) -> None:
        """See `Backend.close`."""
        self._closed = True
        if self._release is not None:
            self._release()

    def _within(self, run: Callable[[], Result]) -> Result:
        if self._closed:
            raise UnitOfWorkClosed("backend_closed")
        try:
            return run()
        except Exception as error:
            found = as_ours(error)
            if found is error:
                raise
            raise found from None


def open_mongo(
    target: str | Database[Any],
    *,
    create: bool = False,
    prefix: str = "",
    allow_single_document: bool = False,
) -> MongoBackend:
    """The store at a URL that names a database (`mongodb://host/crm`), or in that of a host.

    A server without transactions is refused, unless `allow_single_document` (in a URL
    `?crm_single_document=true`) accepts what is promised there: see `Capability.atomic`.
    Raises `WorkspaceError`: `bad_store_url`, `bad_prefix`, `engine_too_old`, `no_transactions`;
    without `create`, `not_a_store` for a database in which there is none; `StorageError`
    (`store_unreachable`).
    """
    is_ours = isinstance(target, str)
    if isinstance(target, str):
        url, found = _without(target, _SINGLE_DOCUMENT)
        allow_single_document = allow_single_document or found == "true"
        database = _connected(url)
    else:
        database = target
    try:
        atomic = _has_transactions(database)
        if not atomic and not allow_single_document:
            raise WorkspaceError("no_transactions")
        backend = MongoBackend(database, owns_client=is_ours, prefix=prefix, atomic=atomic)
    except Exception as error:
        if is_ours:
            database.client.close()
        raise as_ours(error) from None
    try:
        catalogue = backend._store.catalogue
        if not backend._within(catalogue.is_there) and not create:
            raise WorkspaceError("not_a_store")
    except BaseException:
        backend.close()
        raise
    return backend


def _without(url: str, option: str) -> tuple[str, str | None]:
    """`url` without an option of ours, and the option."""
    head, _, options = url.partition("?")
    pairs = [pair.partition("=") for pair in options.split("&") if pair]
    left = "&".join("".join(pair) for pair in pairs if pair[0] != option)
    found = [value for name, _, value in pairs if name == option]
    return f"{head}?{left}" if left else head, found[-1] if found else None


def _has_transactions(database: Database[Any]) -> bool:
    """Whether the server is part of a replica set or in front of some.

    Raises `WorkspaceError` (`engine_too_old`) before MongoDB 5.0.
    """
    told = database.client.admin.command("hello")
    if told["maxWireVersion"] < _OLDEST:
        found = database.client.server_info()["version"]
        raise WorkspaceError("engine_too_old", engine="MongoDB", found=found, needed="5.0")
    return "setName" in told or told.get("msg") == "isdbgrid"


def _connected(url: str) -> Database[Any]:
    try:
        parsed = parse_uri(url)
        named = parsed["database"]
        words: dict[str, Any] = {"w": "majority", "journal": True}
        for name, value in (("appname", "crmcore"), ("serverSelectionTimeoutMS", _PATIENCE_MS)):
            if name not in parsed["options"]:
                words[name] = value
        if not named:
            raise WorkspaceError("bad_store_url")
        client: MongoClient[Any] = MongoClient(url, **words)
        return client[named]
    except (InvalidURI, InvalidName, ConfigurationError, ValueError):
        raise WorkspaceError("bad_store_url") from None
