"""Versions as lines of canonical JSON.

A line is `[module, {name: value, …}]`: exactly what the full digest hashes. Computed values
and columns out of use follow as a third part, `{"number.generation": value}`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Final

from crmcore.archive.modules import ArchivedModule
from crmcore.codegen import compile_function
from crmcore.kinds import Kind
from crmcore.records import canonical_json
from crmcore.schema import Field
from crmcore.storage import Row

Encode = Callable[[Row], tuple[bytes, bytes]]
"""From a row to what the digest hashes, and to the line (often the same)."""


def digest_of(content: bytes) -> int:
    """What a version adds to the full digest."""
    return int.from_bytes(hashlib.sha256(content).digest(), "big")


@lru_cache(4096)
def _instant_text(moment: datetime) -> str:
    # In UTC: what it ends with is +00:00.
    return '"' + moment.isoformat(timespec="milliseconds")[:-6] + 'Z"'


def encoder(module: ArchivedModule) -> Encode:
    """What turns rows of `module` into lines."""
    names: dict[str, object] = {
        "q": encode_basestring,
        "j": "".join,
        "instant": _instant_text,
        "head": f'["{module.module.name}",{{',
    }
    counted = {one.name: (place, one) for place, one in module.counted}
    further = {column_name(one): (place, one) for place, one in module.further}
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


def column_name(one: Field) -> str:
    """The name of a computed value, or of a column out of use, in the third part of a line."""
    return f"{one.number}.{one.generation}"


def _joined(sort: str, places: Mapping[str, tuple[int, Field]], names: dict[str, object]) -> str:
    parts: list[str] = []
    for number, name in enumerate(sorted(places)):
        place, one = places[name]
        names[f"{sort}{number}"] = f',"{name}":'
        text = _text(one.kind, f"{sort}k{number}", names)
        parts.append(f"'' if (v := r[{place}]) is None else {sort}{number} + {text}")
    return f"j(({', '.join(parts)},))"


_PLAIN_SCALE: Final = 6
"""Up to this scale Python writes a `Decimal` without an exponent, and much faster so."""

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
    if kind.shape == "scaled" and kind.scale <= _PLAIN_SCALE:
        return "'\"' + str(v) + '\"'"
    if plain is not None:
        return plain

    def encode(value: object) -> str:
        return canonical_json(kind.to_json(value)).decode()

    names[name] = encode
    return f"{name}(v)"
