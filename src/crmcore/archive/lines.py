"""Versions as lines of canonical JSON, and back.

A line is `[module, {name: value, …}]`: exactly what the full digest hashes. Computed values
and columns out of use follow as a third part, `{"number.generation": value}`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Final

from crmcore.archive.modules import ArchivedModule
from crmcore.codegen import compile_function
from crmcore.kinds import Json, Kind, Money
from crmcore.kinds.contact import canonical
from crmcore.kinds.temporal import FIRST_INSTANT, LAST_INSTANT
from crmcore.records import canonical_json
from crmcore.schema import Field
from crmcore.storage import Row

Encode = Callable[[Row], tuple[bytes, bytes]]
"""From a row to what the digest hashes, and to the line (often the same)."""

Decode = Callable[[Mapping[str, object], Mapping[str, object]], Row]
"""From the values of a line, and its further ones, to a row."""

_ID: Final = re.compile("[0-9a-f]{32}")
_SCALED: Final = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,18})?")
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z")
_MINUTES: Final = re.compile("[0-9]{2}:[0-9]{2}")
_LONGEST: Final = 2**63
_MILLISECOND: Final = timedelta(milliseconds=1)
_JSON: Final = Json()
_NOTHING: Final[Mapping[str, object]] = {}
_SHORT: Final = 2
_LONG: Final = 3
_AS_THEY_ARE: Final = frozenset({"text", "integer", "boolean", "id"})


class Unreadable(ValueError):
    """A line or a value in it is not what an archive holds."""


def digest_of(content: bytes) -> int:
    """What a version adds to the full digest."""
    return int.from_bytes(hashlib.sha256(content).digest(), "big")


@lru_cache(4096)
def _instant_text(moment: datetime) -> str:
    return '"' + moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + 'Z"'


def encoder(module: ArchivedModule) -> Encode:
    """What turns rows of `module` into lines."""
    names: dict[str, object] = {
        "q": encode_basestring,
        "j": "".join,
        "instant": _instant_text,
        "head": f'["{module.module.name}",{{',
    }
    counted = {one.name: (place, one) for place, one in module.counted}
    further = {_column(one): (place, one) for place, one in module.further}
    first = _joined("a", counted, names)
    second = _joined("b", further, names) if further else "''"
    source = (
        "def encode(r):\n"
        f" content = head + {first}[1:] + '}}'\n"
        f" more = {second}\n"
        " whole = (content + ']').encode()\n"
        " return whole, whole if not more else (content + ',{' + more[1:] + '}]').encode()"
    )
    made: Encode = compile_function("encode", source, names)
    return made


def _column(one: Field) -> str:
    return f"{one.number}.{one.generation}"


def _joined(sort: str, places: Mapping[str, tuple[int, Field]], names: dict[str, object]) -> str:
    parts: list[str] = []
    for number, name in enumerate(sorted(places)):
        place, one = places[name]
        names[f"{sort}{number}"] = f',"{name}":'
        text = _text(one.kind, f"{sort}k{number}", names)
        parts.append(f"'' if (v := r[{place}]) is None else {sort}{number} + {text}")
    return f"j(({', '.join(parts)},))"


_PLAIN_TEXTS: Final[Mapping[str, str]] = {
    "text": "q(v)",
    "integer": "str(v)",
    "boolean": "('true' if v else 'false')",
    "scaled": "'\"' + format(v, 'f') + '\"'",
    "id": "'\"' + v + '\"'",
    "date": "'\"' + v.isoformat() + '\"'",
    "instant": "instant(v)",
}


def _text(kind: Kind, name: str, names: dict[str, object]) -> str:
    plain = _PLAIN_TEXTS.get(kind.shape)
    if plain is not None:
        return plain

    def encode(value: object) -> str:
        return canonical_json(kind.to_json(value)).decode()

    names[name] = encode
    return f"{name}(v)"


def decoder(module: ArchivedModule, *, is_checked: bool = False) -> Decode:
    """What turns the values of lines into rows of `module`; raises `Unreadable`.

    Of lines that are checked already nothing is checked again.
    """
    counted = dict(module.counted)
    further = dict(module.further)
    names: dict[str, object] = {}
    parts: list[str] = []
    for place in range(module.width + 2):
        source, one = ("d", counted[place]) if place in counted else ("e", further[place])
        names[f"n{place}"] = one.name if source == "d" else _column(one)
        if is_checked and one.kind.shape in _AS_THEY_ARE:
            parts.append(f"{source}.get(n{place})")
            continue
        names[f"k{place}"] = _checked_reader(one.kind) if is_checked else _reader(one.kind)
        parts.append(f"None if (v := {source}.get(n{place})) is None else k{place}(v)")
    made: Decode = compile_function(
        "decode", f"def decode(d, e):\n return ({', '.join(parts)},)", names
    )
    return made


def rows_of(lines: Sequence[bytes], name: str, decode: Decode) -> list[Row]:
    """The rows of lines of the module `name`; raises `Unreadable`, `ValueError`, `TypeError`."""
    found = json.loads(b"[" + b",".join(lines) + b"]")
    if len(found) != len(lines):
        raise Unreadable("not one value a line")
    rows: list[Row] = []
    for parts in found:
        further = _NOTHING if len(parts) == _SHORT else parts[2]
        if parts[0] != name or not _SHORT <= len(parts) <= _LONG:
            raise Unreadable("not a line of this module")
        rows.append(decode(parts[1], further))
    return rows


def _reader(kind: Kind) -> Callable[[Any], object]:
    """From the JSON of a value to its normal form, by its shape.

    Limits that a kind states for new values do not hold for those that were there before.
    """
    if kind.shape == "scaled":
        return _scaled_reader(kind.scale)
    return _READERS[kind.shape]


def _checked_reader(kind: Kind) -> Callable[[Any], object]:
    return Decimal if kind.shape == "scaled" else _READERS[kind.shape]


def _scaled_reader(scale: int) -> Callable[[Any], object]:
    def read(data: Any) -> Decimal:
        if type(data) is not str or _SCALED.fullmatch(data) is None:
            raise Unreadable("no number")
        if len(data.partition(".")[2]) != scale:
            raise Unreadable("a number of another scale")
        return Decimal(data)

    return read


def _read_text(data: Any) -> str:
    if type(data) is not str or "\0" in data:
        raise Unreadable("no text")
    return data


def _read_typed(data: Any) -> str:
    if type(data) is str:
        return _read_text(data)
    if type(data) is not dict or data.keys() != {"value", "typed"}:
        raise Unreadable("no text beside what was typed")
    return canonical(_read_text(data["value"]), _read_text(data["typed"]))


def _read_integer(data: Any) -> int:
    if type(data) is not int or not -_LONGEST <= data < _LONGEST:
        raise Unreadable("no integer")
    return data


def _read_boolean(data: Any) -> bool:
    if type(data) is not bool:
        raise Unreadable("neither true nor false")
    return data


def _read_date(data: Any) -> date:
    return date.fromisoformat(_read_text(data))


@lru_cache(4096)
def _read_instant(data: Any) -> datetime:
    if type(data) is not str or _INSTANT.fullmatch(data) is None:
        raise Unreadable("no instant")
    found = datetime.fromisoformat(data[:-1]).replace(tzinfo=UTC)
    if not FIRST_INSTANT <= found <= LAST_INSTANT:
        raise Unreadable("no instant")
    return found


def _read_minutes(data: Any) -> time:
    if _MINUTES.fullmatch(_read_text(data)) is None:
        raise Unreadable("no time of day")
    return time.fromisoformat(data)


def _read_milliseconds(data: Any) -> timedelta:
    return _read_integer(data) * _MILLISECOND


def _read_money(data: Any) -> Money:
    if type(data) is not dict or data.keys() != {"amount", "currency"}:
        raise Unreadable("no money")
    amount = _read_amount(data["amount"])
    assert isinstance(amount, Decimal)
    return Money(amount, _read_text(data["currency"]))


def _read_id(data: Any) -> str:
    if type(data) is not str or _ID.fullmatch(data) is None:
        raise Unreadable("no id")
    return data


def _read_codes(data: Any) -> tuple[str, ...]:
    if type(data) is not list or not data:
        raise Unreadable("no set")
    return tuple([_read_text(one) for one in data])


_read_amount = _scaled_reader(4)

_READERS: Final[Mapping[str, Callable[[Any], object]]] = {
    "text": _read_text,
    "typed": _read_typed,
    "integer": _read_integer,
    "boolean": _read_boolean,
    "date": _read_date,
    "instant": _read_instant,
    "minutes": _read_minutes,
    "milliseconds": _read_milliseconds,
    "money": _read_money,
    "id": _read_id,
    "codes": _read_codes,
    "json": _JSON.normalize,
}
