"""Bugs planted within an adapter: one of its functions does what careless code would do.

A name that is no longer there is an error, so that no slip goes on without biting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from attrs import frozen

from crmcore.query.bound import Comparison

Make = Callable[[Any], Any]


@frozen
class Slip:
    """A planted bug: in `module` the member at `path` becomes what `make` makes of it.

    The path leads through attributes, and by its last part into a mapping, where that is one.
    """

    name: str
    what: str
    backend: str
    module: str
    path: tuple[Any, ...]
    make: Make

    @contextmanager
    def planted(self) -> Iterator[None]:
        """As long as the adapter is broken."""
        owner: Any = import_module(self.module)
        for part in self.path[:-1]:
            owner = getattr(owner, part)
        last = self.path[-1]
        if isinstance(owner, dict):
            true = owner[last]
            owner[last] = self.make(true)
        else:
            true = getattr(owner, last)
            setattr(owner, last, self.make(true))
        try:
            yield
        finally:
            if isinstance(owner, dict):
                owner[last] = true
            else:
                setattr(owner, last, true)


def _through_float(number: Any) -> int:
    return int(float(str(number)))


SLIPS: Final[dict[str, Slip]] = {
    one.name: one
    for one in (
        Slip(
            "sql-negation-of-unknown",
            "A negated comparison leaves it to SQL what becomes of NULL.",
            "sqlite",
            "crmcore_sql.predicates",
            ("_LEAVES", Comparison),
            lambda true: (
                lambda frame, node, negated: (
                    ~true(frame, node, False) if negated else true(frame, node, False)
                )
            ),
        ),
        Slip(
            "sql-prefix-without-end",
            "What begins with a text ends where it begins.",
            "sqlite",
            "crmcore_sql.predicates",
            ("_behind",),
            lambda _true: lambda prefix: prefix,
        ),
        Slip(
            "sqlite-scale-lost",
            "Scaled numbers are read without their scale.",
            "sqlite",
            "crmcore_sql.sqlite",
            ("_Codec", "decoding"),
            lambda true: lambda self, form, _scale, value: true(self, form, 0, value),
        ),
        Slip(
            "postgresql-empties-last",
            "Orders leave it to PostgreSQL where empties stand.",
            "postgresql",
            "crmcore_sql.postgresql",
            ("_Expressions", "direction"),
            lambda _true: (
                lambda _self, value, descending, _nullable: (
                    value.desc() if descending else value.asc()
                )
            ),
        ),
        Slip(
            "mariadb-always-ascending",
            "Orders forget their direction.",
            "mariadb",
            "crmcore_sql.mariadb_expressions",
            ("MariadbExpressions", "direction"),
            lambda _true: lambda _self, value, _descending, _nullable: value.asc(),
        ),
        Slip(
            "mongo-negation-lost",
            "A filter is not negated.",
            "mongodb",
            "crmcore_mongo.filters",
            ("none_of",),
            lambda _true: lambda term: term,
        ),
        Slip(
            "mongo-prefix-without-end",
            "What begins with a text ends where it begins.",
            "mongodb",
            "crmcore_mongo.filters",
            ("_behind",),
            lambda _true: lambda prefix: prefix,
        ),
        Slip(
            "mongo-path-unguarded",
            "A $lookup leads to what the reader may not see.",
            "mongodb",
            "crmcore_mongo.frames",
            ("Frame", "_visible_stages"),
            lambda _true: lambda _self, _module, _visible: [],
        ),
        Slip(
            "mongo-float-encoded",
            "Decimals are scaled as binary floats before they are stored.",
            "mongodb",
            "crmcore_mongo.codec",
            ("_NAMES", "scaled"),
            lambda _true: lambda value, scale: int(float(value) * 10**scale),
        ),
        Slip(
            "mongo-float-sums",
            "Sums are read as binary floats.",
            "mongodb",
            "crmcore_mongo.figures",
            ("added",),
            lambda true: lambda found: _through_float(true(found)),
        ),
    )
}
"""Bugs within adapters by name; each bites on one backend."""
