"""MariaDB: a binary collation without padding for every text, `DATETIME(3)` for instants.

Decimals and money are scaled to 64-bit integers, sets are JSON. Lists travel as JSON and
are read by `JSON_TABLE`. No index is made over an expression: see `crmcore_sql.twins`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.dialects.mysql import (
    BIGINT,
    CHAR,
    DATE,
    DATETIME,
    INTEGER,
    MEDIUMTEXT,
    TINYINT,
    VARCHAR,
)
from sqlalchemy.types import TypeEngine

from crmcore_sql import encodings
from crmcore_sql.dialect import Dialect, Indexing
from crmcore_sql.forms import LISTED, Form
from crmcore_sql.jsons import json_codes
from crmcore_sql.mariadb_bulk import Rows
from crmcore_sql.mariadb_expressions import ListOf, MariadbCompiling, MariadbExpressions
from crmcore_sql.mariadb_rehearsal import rehearse
from crmcore_sql.mariadb_room import ROOM
from crmcore_sql.mariadb_sessions import MariadbSessions

COLLATION: Final = "utf8mb4_nopad_bin"
_ASCII: Final = "ascii_bin"
_WORDS: Final = {"charset": "utf8mb4", "collation": COLLATION}
_CODES: Final = {"charset": "ascii", "collation": _ASCII}

_TEXT: Final = MEDIUMTEXT(**_WORDS)
_NUMBER: Final = BIGINT()
_TYPES: Final[Mapping[Form, TypeEngine[Any]]] = {
    "integer": _NUMBER,
    "scaled": _NUMBER,
    "boolean": TINYINT(),
    "date": DATE(),
    "instant": DATETIME(fsp=3),
    "minutes": INTEGER(),
    "milliseconds": _NUMBER,
    "amount": _NUMBER,
    "currency": VARCHAR(64, **_WORDS),
    "id": CHAR(32, **_CODES),
    "digest": CHAR(64, **_CODES),
}
# Of short texts and keys: what is read into a table of its own may not be a long text.
_LISTED: Final[Mapping[Form, TypeEngine[Any]]] = {
    "text": VARCHAR(LISTED, **_WORDS),
    "key": VARCHAR(200, **_WORDS),
}


def _instant(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(" ", "milliseconds")


class MariadbCodec:
    """Everything is an integer or a text, but dates and instants as they are read."""

    names: Mapping[str, object] = {
        **encodings.NAMES,
        "instant_of": _instant,
        "utc": UTC,
        "codes": json_codes,
    }

    def column_type(self, form: Form) -> TypeEngine[Any]:
        """See `Codec.column_type`."""
        return _TYPES.get(form, _TEXT)

    def encoding(self, form: Form, scale: int, value: str) -> str:
        """See `Codec.encoding`."""
        return {
            "boolean": f"int({value})",
            "date": f"{value}.isoformat()",
            "instant": f"instant_of({value})",
            "codes": f"json_list({value})",
            "digest": f"{value}.hex()",
        }.get(form) or encodings.encoding(form, scale, value)

    def decoding(self, form: Form, scale: int, value: str) -> str:
        """See `Codec.decoding`."""
        return {
            "boolean": f"{value} == 1",
            "instant": f"{value}.replace(tzinfo=utc)",
            "codes": f"codes({value})",
        }.get(form) or encodings.decoding(form, scale, value)

    def list_type(self, form: Form) -> TypeEngine[Any]:
        """See `Codec.list_type`."""
        return ListOf(_LISTED.get(form, self.column_type(form)))

    def list_encoding(self, items: str) -> str:
        """See `Codec.list_encoding`."""
        return f"json_list({items})"

    def sets_encoding(self, sets: str) -> str:
        """See `Codec.sets_encoding`."""
        return f"json_list([json_list(one) for one in {sets}])"

    def pairs_encoding(self, items: str) -> str:
        """See `Codec.pairs_encoding`."""
        return f"json_list({items})"


def mariadb() -> Dialect:
    """MariaDB 10.6 or newer; a store is the database that is connected to."""
    compiler = MariadbCompiling(paramstyle="format")
    return Dialect(
        name="mariadb",
        codec=MariadbCodec(),
        expressions=MariadbExpressions(),
        sessions=MariadbSessions(),
        table_options={
            "mariadb_engine": "InnoDB",
            "mariadb_charset": "utf8mb4",
            "mariadb_collate": COLLATION,
            "mariadb_row_format": "DYNAMIC",
        },
        has_one_writer=False,
        indexing=Indexing(
            skips_empties=True,
            long_text={"mariadb_length": LISTED},
            has_twins=True,
        ),
        room=ROOM,
        compiler=compiler,
        bulk=Rows(compiler),
        commits_definitions=True,
        rehearse=rehearse,
    )
