"""Engines that speak MySQL's protocol and are not MariaDB, as far as they have been tried: seekdb.

Their collations pad texts with blanks, so texts lie as bytes of UTF-8, which are compared
and ordered as code points are. All else is as on MariaDB: lists travel as JSON, orders go
by virtual columns, each definition is committed by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from sqlalchemy.dialects.mysql import CHAR, MEDIUMTEXT, VARCHAR
from sqlalchemy.dialects.mysql.base import MySQLCompiler, MySQLDialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import String, TypeEngine

from crmcore_sql.dialect import Dialect, Indexing
from crmcore_sql.forms import LISTED, Form
from crmcore_sql.mariadb import MariadbCodec
from crmcore_sql.mariadb_bulk import Rows
from crmcore_sql.mariadb_expressions import ListOf, MariadbExpressions, divided
from crmcore_sql.mariadb_rehearsal import rehearse
from crmcore_sql.mariadb_room import ROOM
from crmcore_sql.mysql_sessions import MysqlSessions

COLLATION: Final = "utf8mb4_bin"
_CODES: Final = {"charset": "utf8mb4", "collation": COLLATION}
_BYTES: Final = 4
"""Of a code point, at most."""


class Utf8(String):
    """A text of so many code points, or of any length, that lies as its bytes."""

    cache_ok = True

    def shortened(self, length: int) -> Utf8:
        """The type of its beginning."""
        return Utf8(length)

    def result_processor(self, dialect: Any, coltype: object) -> Any:
        """See `TypeEngine.result_processor`: drivers give bytes."""
        return as_text


def as_text(value: object) -> object:
    """The text that `value` spells, where it is bytes."""
    return value.decode() if isinstance(value, bytes) else value


@compiles(Utf8)
def _utf8(element: Utf8, compiler: Any, **_: object) -> str:
    return "MEDIUMBLOB" if element.length is None else f"VARBINARY({element.length * _BYTES})"


_TEXT: Final = Utf8()
# What is never followed by a blank, so that padding changes nothing.
_TYPES: Final[Mapping[Form, TypeEngine[Any]]] = {
    "text": _TEXT,
    "typed": _TEXT,
    "key": _TEXT,
    "currency": VARCHAR(64, **_CODES),
    "id": CHAR(32, **_CODES),
    "digest": CHAR(64, **_CODES),
    "codes": MEDIUMTEXT(**_CODES),
    "json": MEDIUMTEXT(**_CODES),
}
_LISTED: Final[Mapping[Form, TypeEngine[Any]]] = {
    "text": Utf8(LISTED),
    "key": Utf8(200),
    "json": _TEXT,
}


class _Codec(MariadbCodec):
    """As on MariaDB, in other columns."""

    def column_type(self, form: Form) -> TypeEngine[Any]:
        """See `Codec.column_type`."""
        found = _TYPES.get(form)
        return super().column_type(form) if found is None else found

    def list_type(self, form: Form) -> TypeEngine[Any]:
        """See `Codec.list_type`."""
        return ListOf(_LISTED.get(form, self.column_type(form)))


class _Compiler(MySQLCompiler):
    """What takes code points of a text takes them of the text that the bytes spell."""

    def visit_floordiv_binary(self, binary: Any, operator: Any, **words: Any) -> str:
        """Without fractions."""
        return divided(self, binary, **words)

    def visit_left_func(self, fn: Any, **words: Any) -> str:
        """The beginning of a text."""
        return self._part("LEFT", fn, **words)

    def visit_right_func(self, fn: Any, **words: Any) -> str:
        """The end of a text."""
        return self._part("RIGHT", fn, **words)

    def visit_cast(self, cast: Any, **words: Any) -> str:
        """A number that becomes a text compares as ours do; bytes become the text they spell."""
        if isinstance(cast.clause.type, Utf8):
            return f"CONVERT({self.process(cast.clause, **words)} USING utf8mb4)"
        made = super().visit_cast(cast, **words)
        if not isinstance(cast.type, String):
            return made
        return f"{made.removesuffix(')')} CHARACTER SET utf8mb4) COLLATE {COLLATION}"

    def _part(self, name: str, fn: Any, **words: Any) -> str:
        text, length = (self.process(one, **words) for one in fn.clauses)
        if not isinstance(next(iter(fn.clauses)).type, Utf8):
            return f"{name}({text}, {length})"
        return f"CAST({name}(CONVERT({text} USING utf8mb4), {length}) AS BINARY)"


class MysqlCompiling(MySQLDialect):
    """Writes the statements."""

    statement_compiler = _Compiler
    supports_statement_cache = False


def mysql() -> Dialect:
    """An engine that speaks MySQL's protocol; a store is the database that is connected to."""
    compiler = MysqlCompiling(paramstyle="format")
    return Dialect(
        name="mysql",
        codec=_Codec(),
        expressions=MariadbExpressions(),
        sessions=MysqlSessions(),
        table_options={"mysql_charset": "utf8mb4", "mysql_collate": COLLATION},
        has_one_writer=False,
        indexing=Indexing(
            skips_empties=True,
            long_text={"mysql_length": LISTED},
            has_twins=True,
        ),
        room=ROOM,
        compiler=compiler,
        bulk=Rows(compiler),
        commits_definitions=True,
        rehearse=partial(rehearse, temporary=False),
    )
