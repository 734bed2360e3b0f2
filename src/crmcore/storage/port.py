"""The port: the nine members that a store must have, and what it may be asked to write.

A backend sees bound questions and normal forms, never a user, a rule or raw input. What
it must promise is proved by `crmcore.testing.BackendConformance`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Protocol

from attrs import frozen

from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.schema import Module, Schema

Row = tuple[object, ...]
"""Values in the order of a query's columns, or of a module's stored layout."""

Batch = Sequence[Row]


class Intent(Enum):
    """What a transaction is begun for."""

    READ = "read"
    WRITE = "write"


@frozen
class Insert:
    """New records of `module`: rows in stored layout, ids unused among live records."""

    module: Module
    rows: Sequence[Row]


@frozen
class Replace:
    """New versions: `rows` in stored layout; `versions` are the versions they replace.

    In a module that keeps history, each former version moves there whole, ended by the
    change set of its successor.
    """

    module: Module
    rows: Sequence[Row]
    versions: Sequence[int]


@frozen
class Delete:
    """Removal of `ids` at `versions` by `change_set`; history keeps them as removed."""

    module: Module
    ids: Sequence[str]
    versions: Sequence[int]
    change_set: str


@frozen
class Expect:
    """The records must exist, at `versions` where given, until the transaction ends.

    Conflicts with any concurrent change or removal of them. `alone`: nobody else expects
    them meanwhile, so that two who count their children take turns.
    """

    module: Module
    ids: Sequence[str]
    versions: Sequence[int] | None = None
    alone: bool = False


@frozen
class Rewrite:
    """Set `constants` in every record that `query` (module, where, scope) finds.

    Each gets its next version with the stamps given; the former ones move to history.
    Never used for fields that a key, a rule or a computed field reads.
    """

    query: BoundQuery
    constants: Mapping[str, object]
    change_set: str
    moment: datetime
    user: str
    salt: str


@frozen
class Derive:
    """Set the derived field `field` (a roll-up, a recomputed formula) of `ids` to `values`.

    In place: derived values make no versions; history keeps what stood there before.
    Records that are gone are passed over.
    """

    module: Module
    field: str
    ids: Sequence[str]
    values: Sequence[object]


@frozen
class Load:
    """Records and former versions as they stood elsewhere: the replay of an archive.

    Only for a store that is being restored, which nobody else reads. In this order: with
    `anew`, all records and former versions of `module` are removed; live records of `gone`,
    as far as there are any, are removed without leaving a version; `rows` (in stored
    layout, of unused ids) become live records; `former` (rows in stored layout, then the
    endings `ended_by` and `removed`) become former versions. All stamps stay as they are.
    """

    module: Module
    rows: Sequence[Row] = ()
    former: Sequence[Row] = ()
    gone: Sequence[str] = ()
    anew: bool = False


@frozen
class Purge:
    """Empty `fields` of `module` for good, in live records and former versions alike.

    In place: no version is made. Only for columns that nothing in force reads: those of
    former generations, given as a reading of `module` that holds them and no key.
    """

    module: Module
    fields: Sequence[str]


@frozen
class Erase:
    """Put `rows` (live) and `former` (versions that ended) in place of what they were.

    All in stored layout; each names the version it stands for by its id and number, and
    raises `Conflict` where there is none. In place: no version is made, and how a former
    version ended stays. Beside `Purge` the one write that reaches into history: for the
    erasure of personal values alone.
    """

    module: Module
    rows: Sequence[Row] = ()
    former: Sequence[Row] = ()


def innermost(layer: object) -> object:
    """The backend or transaction of the store itself, without what lies around it (`inner`)."""
    while (inner := getattr(layer, "inner", None)) is not None:
        layer = inner
    return layer


Write = Insert | Replace | Delete | Expect | Rewrite | Derive | Load | Purge | Erase


@frozen
class Capability:
    """What a backend is, beyond what every backend must be. Never a different answer.

    Where it is not `atomic`, each record is changed whole and under its version, and a
    transaction can be rolled back; but others see its writes before the commit, and a
    program that is cut off in between leaves a part of them. Only what `encrypts` may be
    handed values of encrypted fields; a store itself does not.
    """

    name: str
    durable: bool
    concurrent_writers: bool
    joins: tuple[str, ...] = ()
    atomic: bool = True
    encrypts: bool = False


class Transaction(Protocol):
    """One real transaction: its reads see its writes, and nothing escapes before commit.

    Used by one thread at a time. After `commit`, `rollback` or any error it is over.
    """

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        """Batches of value tuples in the order of `query.columns`, records in its order.

        Raises `StorageError` where the store fails. An iterator ends with the next `apply`.
        """
        ...

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        """Batches of tuples: group values, then measures; groups in no stated order."""
        ...

    def apply(self, writes: Sequence[Write]) -> None:
        """Write all, record by record in their order; keys are checked after each record.

        Raises `Conflict` (`record_changed`) where a version is not the current one or a
        record is missing or an id is taken, `Duplicate` (`value_taken`, with the names of
        the key's fields) where a unique key is taken, `StorageFull`, `StorageError`.
        Closes open iterators of this transaction.
        """
        ...

    def commit(self) -> None:
        """Make everything durable and visible at once; joined, that is left to the host."""
        ...

    def rollback(self) -> None:
        """Leave the store as it was; a joined transaction leaves that to its host. Idempotent."""
        ...


class Backend(Protocol):
    """A store of one workspace. May be used by many threads at once."""

    @property
    def capabilities(self) -> Capability:
        """What this store is."""
        ...

    def prepare(self, schema: Schema) -> None:
        """Create or evolve storage for `schema` (numbered): idempotent, resumable, additive.

        Adds tables, columns and key tables; never drops. Keys added to full modules are
        checked: `Duplicate` (`value_taken_in_store`) names what collides. A key that `schema`
        lacks hinders nobody who writes by it; one that was built for a schema not yet in
        force holds, whoever prepares for the former one meanwhile. Raises
        `WorkspaceError` where the store is no crmcore store or of an unknown format.
        """
        ...

    def begin(self, intent: Intent, join: object = None) -> Transaction:
        """A new transaction: READ sees one snapshot throughout, WRITE at least committed data.

        With `join`, the transaction of a host (a connection or session of its library) is
        used: its uncommitted rows are seen, and it is never committed or rolled back here.
        """
        ...

    def close(self) -> None:
        """Release what the backend holds. Idempotent."""
        ...
