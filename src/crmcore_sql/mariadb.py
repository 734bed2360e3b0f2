"""MariaDB: a binary collation without padding for every text, `DATETIME(3)` for instants.

Decimals and money are scaled to 64-bit integers, sets are JSON. Lists travel as JSON and
are read by `JSON_TABLE`. No index is made over an expression: see `crmcore_sql.twins`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Context
from functools import partial
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

from crmcore.kinds import Json, search_key
from crmcore.kinds.opaque import canonical_json
from crmcore_sql.dialect import Dialect, Indexing
from crmcore_sql.forms import LISTED, Form
from crmcore_sql.jsons import json_value
from crmcore_sql.mariadb_bulk import Rows
from crmcore_sql.mariadb_expressions import ListOf, MariadbCompiling, MariadbExpressions
from crmcore_sql.mariadb_rehearsal import rehearse
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
_EXACT: Final = Context(prec=60, Emax=80, Emin=-80)


def _minutes(value: time) -> int:
    return value.hour * 60 + value.minute


def _time(value: int) -> time:
    return time(value // 60, value % 60)


def _instant(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(" ", "milliseconds")


def _codes(value: str) -> tuple[str, ...]:
    return tuple(json.loads(value))


class _Codec:
    """Everything is an integer or a text, but dates and instants as they are read."""

    names: Mapping[str, object] = {
        "int": int,
        "search_key": search_key,
        "scaleb": _EXACT.scaleb,
        "instant_of": _instant,
        "utc": UTC,
        "minutes_of": _minutes,
        "wall_time": _time,
        "millisecond": timedelta(milliseconds=1),
        "json_list": json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode,
        "codes": _codes,
        "canonical": partial(canonical_json, Json()),
        "json_value": json_value,
    }

    def column_type(self, form: Form) -> TypeEngine[Any]:
        """See `Codec.column_type`."""
        return _TYPES.get(form, _TEXT)

    def encoding(self, form: Form, scale: int, value: str) -> str:
        """See `Codec.encoding`."""
        return {
            "key": f"search_key({value})",
            "scaled": f"int(scaleb({value}, {scale}))",
            "amount": f"int(scaleb({value}, {scale}))",
            "boolean": f"int({value})",
            "date": f"{value}.isoformat()",
            "instant": f"instant_of({value})",
            "minutes": f"minutes_of({value})",
            "milliseconds": f"{value} // millisecond",
            "codes": f"json_list({value})",
            "json": f"canonical({value})",
            "digest": f"{value}.hex()",
        }.get(form, value)

    def decoding(self, form: Form, scale: int, value: str) -> str:
        """See `Codec.decoding`."""
        return {
            "scaled": f"scaleb({value}, -{scale})",
            "amount": f"scaleb({value}, -{scale})",
            "boolean": f"{value} == 1",
            "instant": f"{value}.replace(tzinfo=utc)",
            "minutes": f"wall_time({value})",
            "milliseconds": f"{value} * millisecond",
            "codes": f"codes({value})",
            "json": f"json_value({value})",
        }.get(form, value)

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
        codec=_Codec(),
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
        compiler=compiler,
        bulk=Rows(compiler),
        commits_definitions=True,
        rehearse=rehearse,
    )
