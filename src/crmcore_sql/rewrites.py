"""Setting constants in all records that a condition finds, without reading them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from attrs import evolve
from sqlalchemy import Dialect as Engine
from sqlalchemy import insert, literal_column, select, update
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.types import Integer

from crmcore.query.bound import ID_REF, BoundQuery, Ref
from crmcore.schema import ENDINGS, STAMPS, Field
from crmcore.storage import Batch, Expect, Rewrite
from crmcore_sql.codec import encoder
from crmcore_sql.dialect import Condition, Dialect, Expression
from crmcore_sql.forms import parts
from crmcore_sql.layout import ModuleTables
from crmcore_sql.names import MAIN
from crmcore_sql.parameters import Parameters
from crmcore_sql.siblings import completion, moving

_VERSION_REF: Final = Ref((), STAMPS[1])
_STAMPS: Final = {stamp.name: stamp for stamp in STAMPS}
_CHUNK: Final = 10_000
_ONE: Final[Expression] = literal_column("1", Integer())
_ZERO: Final[Expression] = literal_column("0", Integer())


def touches_key(write: Rewrite) -> bool:
    """Whether a unique key reads one of the fields that are set."""
    keys = write.query.module.unique_keys
    return any(name in write.constants for key in keys for name in key.fields)


def rewrite(
    write: Rewrite,
    run: Callable[[BoundQuery], Iterator[Batch]],
    expect: Callable[[Expect], None],
    cursor: DBAPICursor,
    tables: ModuleTables,
    dialect: Dialect,
    engine: Engine,
) -> None:
    """Give every record that the query finds its next version; the former ones move away.

    Raises `Conflict` where one is changed by somebody else meanwhile.
    """
    asked = evolve(write.query, columns=(ID_REF, _VERSION_REF))
    found: list[tuple[Any, ...]] = [row for batch in run(asked) for row in batch]
    statements = _statements(write, tables, dialect, engine)
    for start in range(0, len(found), _CHUNK):
        ids, versions = zip(*found[start : start + _CHUNK], strict=True)
        expect(Expect(write.query.module, ids, versions, alone=True))
        for text, bind in statements:
            cursor.execute(text, bind((ids,)))


def _statements(
    write: Rewrite, tables: ModuleTables, dialect: Dialect, engine: Engine
) -> list[tuple[str, Callable[[Sequence[object]], Any]]]:
    parameters = Parameters(dialect.codec, {})
    table = tables.current
    listed = parameters.listed(0, ID_REF.kind, "id")
    found: Condition = dialect.expressions.among(table.c.id, listed)
    made: list[Any] = []
    if tables.history is not None:
        moved = tables.moved()
        ended_by = parameters.fixed(write.change_set, "id")
        former = select(*(table.c[name] for name in moved), ended_by, _ZERO).where(found)
        endings = [ending.name for ending in ENDINGS]
        made.append(insert(tables.history).from_select([*moved, *endings], former))
        made += [
            moving(tables, one, found)
            for one in tables.siblings.values()
            if one.history is not None
        ]
    values: dict[int, dict[Any, Any]] = {MAIN: {table.c.version: table.c.version + _ONE}}
    for one, value in _settings(write):
        for part in parts(one.kind):
            encoded = None
            if value is not None:
                encoded = encoder(dialect.codec, one.kind, part.form)(value)
            column = tables.column(one, part.suffix)
            own = values.setdefault(tables.home(column), {})
            own[tables.table_of(column).c[column]] = parameters.fixed(encoded, part.form)
    for number, own in values.items():
        target = table if number == MAIN else tables.siblings[number].current
        if number != MAIN:
            made.append(completion(tables, target, found))
        chosen = dialect.expressions.among_to_update(target.c.id, listed)
        made.append(update(target).where(chosen).values(own))
    return [parameters.compiled(statement, engine) for statement in made]


def _settings(write: Rewrite) -> Iterator[tuple[Field, object]]:
    module = write.query.module
    for name, value in write.constants.items():
        yield module.by_name[name], value
    yield _STAMPS["updated_at"], write.moment
    yield _STAMPS["updated_by"], write.user
    yield _STAMPS["change_set"], write.change_set
    yield _STAMPS["salt"], write.salt
