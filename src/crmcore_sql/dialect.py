"""What engines do differently: everything else of this package is the same for all.

An engine is supported by one file that makes a `Dialect`: how values lie in columns
(`Codec`), the few expressions that engines spell differently (`Expressions`), and how
connections, transactions and the catalogue are handled (`Sessions`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

from attrs import field, frozen
from sqlalchemy import BindParameter, ColumnElement, SelectBase, Table
from sqlalchemy import Dialect as Engine
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine

from crmcore.errors import CrmError
from crmcore.storage import Intent
from crmcore_sql.forms import Form
from crmcore_sql.rooms import Room

Expression = ColumnElement[Any]
Condition = ColumnElement[bool]
Parameter = BindParameter[Any]


class NewTable(CreateTable):
    """`CREATE TABLE` for a table of ours; a dialect may give it words of its own."""


class Codec(Protocol):
    """How each form lies in a column.

    Encodings and decodings are Python expressions over a non-empty `value`, for generated
    code that may use `names`; `value` itself where there is nothing to do.
    """

    @property
    def names(self) -> Mapping[str, object]:
        """What the expressions use."""
        ...

    def column_type(self, form: Form) -> TypeEngine[Any]:
        """The type of a column that holds `form`."""
        ...

    def encoding(self, form: Form, scale: int, value: str) -> str:
        """From a normal form to what the driver takes."""
        ...

    def decoding(self, form: Form, scale: int, value: str) -> str:
        """From what the driver gives to the normal form."""
        ...

    def list_type(self, form: Form) -> TypeEngine[Any]:
        """The type of the one parameter that carries a list of values of `form`."""
        ...

    def list_encoding(self, items: str) -> str:
        """From a list of encoded values to the one parameter that carries them."""
        ...

    def sets_encoding(self, sets: str) -> str:
        """From a list of sets of codes to the one parameter that carries them."""
        ...

    def pairs_encoding(self, items: str) -> str:
        """From a list of (amount, currency) to the one parameter that carries them, a text."""
        ...


class Expressions(Protocol):
    """Expressions that engines spell differently. None of them makes SQL of text."""

    def order_key(self, key: Expression) -> Expression:
        """The first 200 code points of a search key, in the form that indexes are made over."""
        ...

    def contains(self, key: Expression, sought: Parameter) -> Condition:
        """`sought` stands somewhere in `key`."""
        ...

    def begins(self, key: Expression, sought: Parameter, length: Parameter) -> Condition:
        """The first `length` code points of `key` are `sought`."""
        ...

    def ends(self, key: Expression, sought: Parameter, length: Parameter) -> Condition:
        """The last `length` code points of `key` are `sought`."""
        ...

    def among(self, column: Expression, values: Parameter, negated: bool = False) -> Condition:
        """`column` is one (`negated`: none) of the values that a list parameter carries."""
        ...

    def among_to_update(self, column: Expression, values: Parameter) -> Condition:
        """The same, to choose the rows of an UPDATE by a list in which nothing stands twice."""
        ...

    def selected(self, column: Expression, query: SelectBase) -> Condition:
        """`column` is one of the few values that `query` gives, never NULL; not to be negated."""
        ...

    def money_listed(
        self, amount: Expression, currency: Expression, values: Parameter
    ) -> Condition:
        """(`amount`, `currency`) is one of the pairs that a parameter carries. Never unknown."""
        ...

    def holds(self, codes: Expression, values: Parameter, how: Literal["all", "any"]) -> Condition:
        """A set holds all (any) of the codes of a list parameter; unknown without a set."""
        ...

    def exact_sum(self, number: Expression) -> tuple[Expression, ...]:
        """Sums over parts of 64-bit `number`, highest first; the others have 32 bits each."""
        ...

    def extreme(self, which: Literal["min", "max"], values: Expression) -> Expression:
        """The least or the greatest of `values`."""
        ...

    def direction(self, value: Expression, descending: bool, nullable: bool) -> Expression:
        """`value` as a term of ORDER BY in which NULL is the least."""
        ...

    def index_part(self, value: Expression) -> Expression:
        """`value`, which may be NULL, as a part of an index that serves `direction`."""
        ...

    def sortable_amount(self, amount: Expression) -> Expression:
        """A text of fixed length that sorts as the amount of money (below 10^18) does."""
        ...

    def milliseconds(self, instant: Expression) -> Expression:
        """Milliseconds from 1970-01-01 to an instant."""
        ...

    def day_number(self, day: Expression) -> Expression:
        """Days from 0000-01-01 to a date."""
        ...

    def month_of_day(self, number: Expression) -> Expression:
        """`YYYY-MM` of a day given by its number."""
        ...

    def month_of_date(self, day: Expression) -> Expression:
        """`YYYY-MM` of a date."""
        ...


@frozen
class Structure:
    """What tables there are, with their columns in order; `version` changes with them.

    Without a version, what is there must be read again each time.
    """

    version: object | None
    tables: Mapping[str, Sequence[str]]
    indexes: frozenset[str]


class Sessions(Protocol):
    """Connections, transactions and the catalogue of an engine, below SQLAlchemy."""

    def configure(self, connection: DBAPIConnection) -> None:
        """Set up a connection of our own, once."""
        ...

    def settle(self, cursor: DBAPICursor) -> None:
        """Set what a store of our own keeps for good, outside of transactions."""
        ...

    def found(self, cursor: DBAPICursor, create: bool) -> None:
        """Make sure of the server and of the place of the store; `create` makes the place.

        Raises `WorkspaceError`: `engine_too_old`, `not_utf8`, `no_such_store`.
        """
        ...

    def borrow(self, connection: DBAPIConnection) -> object:
        """Set up a connection of a host's pool; what is returned undoes it in `give_back`."""
        ...

    def give_back(self, connection: DBAPIConnection, state: object) -> None:
        """Leave a borrowed connection as it was."""
        ...

    def cursor(self, connection: Any) -> DBAPICursor:
        """A cursor that gives plain tuples, whatever the host set."""
        ...

    def begin(self, cursor: DBAPICursor, intent: Intent) -> None:
        """Begin a transaction."""
        ...

    def in_transaction(self, connection: DBAPIConnection) -> bool:
        """Whether the engine has a transaction open on the connection."""
        ...

    def enter(self, connection: DBAPIConnection, cursor: DBAPICursor, intent: Intent) -> None:
        """Make sure that a host's connection is in a real transaction, before any savepoint.

        Raises `StorageError` (`join_refused`) where its isolation is laxer than promised.
        """
        ...

    def is_broken(self, connection: DBAPIConnection) -> bool:
        """Whether the connection is of no use any more."""
        ...

    def structure_version(self, cursor: DBAPICursor, prefix: str) -> object:
        """Something that changes whenever a table does; pins the snapshot of a READ.

        Only asked where `structure` gave a version.
        """
        ...

    def lock_structure(self, cursor: DBAPICursor, prefix: str) -> None:
        """Let nobody else change tables until this transaction ends."""
        ...

    def unlock_structure(self, cursor: DBAPICursor, prefix: str) -> None:
        """Give up the lock where it outlives transactions. Called whatever has happened."""
        ...

    def keep(self, cursor: DBAPICursor) -> None:
        """Commit what was done and go on, where definitions commit by themselves."""
        ...

    def structure(self, cursor: DBAPICursor, prefix: str) -> Structure:
        """The tables and indexes whose names begin with `prefix` and `crm`."""
        ...

    def refusal(self, error: BaseException) -> CrmError | None:
        """A driver's error as ours, without values; `None` where it is no driver's error."""
        ...

    def is_violation(self, error: BaseException) -> bool:
        """Whether the error says that a unique index or a primary key is violated."""
        ...


@frozen
class Indexing:
    """What indexes of an engine can do, each with words for `Index`.

    A text of more than `longest` code points stands in no ordered index; `long_text` is an
    index that finds it. `codes` is an index over what sets hold, `None` where there is none.
    `skips_empties` where entries of an index that begin with NULL count as sorted by what
    follows; otherwise they do when the order names NULL too. `has_twins` where ordered
    indexes are made over virtual columns; see `crmcore_sql.twins`. `unites_branches`:
    for which lists; see `crmcore_sql.branches`.
    """

    skips_empties: bool
    longest: int | None = None
    long_text: Mapping[str, Any] = field(factory=dict)
    codes: Mapping[str, Any] | None = None
    has_twins: bool = False
    unites_branches: Literal["never", "pages", "entries"] = "never"


class Bulk(Protocol):
    """A faster way to add many rows than a statement for each."""

    def insert(
        self, cursor: DBAPICursor, table: Table, columns: Sequence[str], rows: Sequence[Any]
    ) -> bool:
        """Add `rows` of encoded values; `False` where this way is not for them."""
        ...


@frozen
class Dialect:
    """One engine.

    `table_options` are words for tables; `has_one_writer` where transactions that write
    exclude each other. `compiler` writes the statements, `None` for that of the engine
    that is connected to. `commits_definitions` where each definition commits by itself;
    `rehearse` then refuses steps of a catalogue that the engine would refuse half-way.
    `room` is what fits into a table; `adds_one_by_one` where each new column needs a
    statement of its own.
    """

    name: str
    codec: Codec
    expressions: Expressions
    sessions: Sessions
    table_options: Mapping[str, Any]
    has_one_writer: bool
    indexing: Indexing
    room: Room
    compiler: Engine | None = None
    bulk: Bulk | None = None
    commits_definitions: bool = False
    adds_one_by_one: bool = False
    rehearse: Callable[[Any, DBAPICursor, Sequence[Any]], None] | None = None
