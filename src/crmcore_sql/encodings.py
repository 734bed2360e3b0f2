"""How forms are encoded and decoded where engines agree; what differs, each dialect adds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import time, timedelta
from decimal import Context
from functools import partial
from typing import Final

from crmcore.kinds import search_key
from crmcore.kinds.number import QUANTA
from crmcore.kinds.opaque import Json, canonical_json
from crmcore_sql.forms import Form
from crmcore_sql.jsons import json_value

_EXACT: Final = Context(prec=60, Emax=80, Emin=-80)


def _minutes(value: time) -> int:
    return value.hour * 60 + value.minute


def _time(value: int) -> time:
    return time(value // 60, value % 60)


NAMES: Final[Mapping[str, object]] = {
    "int": int,
    "search_key": search_key,
    "scaleb": _EXACT.scaleb,
    # Of whole numbers faster than `scaleb`, and as exact.
    "multiply": _EXACT.multiply,
    **{f"unit_{scale}": unit for scale, unit in enumerate(QUANTA)},
    "minutes_of": _minutes,
    "wall_time": _time,
    "millisecond": timedelta(milliseconds=1),
    "json_list": json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode,
    "canonical": partial(canonical_json, Json(large=True)),
    "json_value": json_value,
}
"""What the expressions of this page use."""


def encoding(form: Form, scale: int, value: str) -> str:
    """See `Codec.encoding`."""
    return {
        "key": f"search_key({value})",
        "scaled": f"int(scaleb({value}, {scale}))",
        "amount": f"int(scaleb({value}, {scale}))",
        "minutes": f"minutes_of({value})",
        "milliseconds": f"{value} // millisecond",
        "json": f"canonical({value})",
    }.get(form, value)


def decoding(form: Form, scale: int, value: str) -> str:
    """See `Codec.decoding`."""
    return {
        "scaled": f"multiply({value}, unit_{scale})",
        "amount": f"multiply({value}, unit_{scale})",
        "minutes": f"wall_time({value})",
        "milliseconds": f"{value} * millisecond",
        "json": f"json_value({value})",
    }.get(form, value)
