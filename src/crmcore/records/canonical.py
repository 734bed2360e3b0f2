"""Canonical JSON v1 of records, and the digests and commitments made of it.

Names sorted, empties left out, decimals plain at field scale, instants ISO UTC with
milliseconds; encoded as UTF-8. Computed fields do not take part: they follow from others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from json.encoder import encode_basestring
from typing import Final

from crmcore.codegen import compile_function
from crmcore.kinds import Kind
from crmcore.records.record import layout_of
from crmcore.schema import Field, Module

Canonical = Callable[[tuple[object, ...]], bytes]
MODULUS = 2**256

_ENCODE: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode


def canonical_json(data: object) -> bytes:
    """`data` (plain JSON values) with sorted names, without blanks, as UTF-8.

    Raises `TypeError` or `ValueError` for what is none: NaN, infinity, lone surrogates.
    """
    return _ENCODE(data).encode()


def lasting(module: Module) -> tuple[Field, ...]:
    """The fields whose values digests speak of, by name."""
    return tuple(sorted((one for one in module.stored if not one.computed), key=lambda f: f.name))


def canonical(module: Module) -> Canonical:
    """The function from a stored row of `module` to the canonical form of id and values."""
    found: Canonical | None = module.__dict__.get("_canonical")
    if found is None:
        found = module.__dict__["_canonical"] = _compiled(module)
    return found


def _compiled(module: Module) -> Canonical:
    layout = layout_of(module)
    names: dict[str, object] = {
        "m": f'{{"module":"{module.name}","id":"',
        "q": encode_basestring,
        "j": "".join,
    }
    parts = ["m", "r[0]", "'\"'"]
    for number, one in enumerate(lasting(module)):
        names[f"n{number}"] = f',"{one.name}":'
        text = _text(one, number, names)
        place = layout.index[one.name]
        parts.append(f"'' if (v := r[{place}]) is None else n{number} + {text}")
    source = f"def encode(r):\n return j(({', '.join(parts)}, '}}')).encode()"
    return compile_function("encode", source, names)


def _text(one: Field, number: int, names: dict[str, object]) -> str:
    shape = one.kind.shape
    if shape == "text":
        return "q(v)"
    if shape == "integer":
        return "str(v)"
    if shape == "boolean":
        return "('true' if v else 'false')"
    if shape == "scaled":
        return "'\"' + format(v, 'f') + '\"'"
    if shape == "id":
        return "'\"' + v + '\"'"
    if shape == "date":
        return "'\"' + v.isoformat() + '\"'"
    names[f"k{number}"] = _generic(one.kind)
    return f"k{number}(v)"


def _generic(kind: Kind) -> Callable[[object], str]:
    def encode(value: object) -> str:
        return canonical_json(kind.to_json(value)).decode()

    return encode


def record_digest(content: bytes) -> int:
    """SHA-256 of a canonical form as a number, so that digests of many records add up."""
    return int.from_bytes(hashlib.sha256(content).digest(), "big")


def commitment(salt: bytes, content: bytes) -> bytes:
    """What the chain says of a version: nothing, to whom has no salt."""
    return hashlib.sha256(salt + content).digest()


def version_commitment(module: Module, row: tuple[object, ...], content: bytes) -> bytes:
    """The commitment to one version: its stamps and its `content`, which is canonical."""
    head, salt = stamps_text(row).encode(), bytes.fromhex(str(row[7]))
    return hashlib.sha256(b"".join((salt, module.name.encode(), head, content))).digest()


def stamps_text(row: tuple[object, ...]) -> str:
    """The stamps of a row but for id and salt, in the one way that commitments hash them."""
    made, changed = row[2], row[4]
    first = made.isoformat() if isinstance(made, datetime) else ""
    last = first if changed == made else changed.isoformat()  # type: ignore[attr-defined]
    return f'[{row[1]},"{first}","{row[3]}","{last}","{row[5]}","{row[6]}"]'


def removal_commitment(module: Module, record: object, version: object) -> bytes:
    """The commitment to a removal: which version of which record was the last."""
    return hashlib.sha256(f'["removed","{module.name}","{record}",{version}]'.encode()).digest()


def is_personal(module: Module) -> bool:
    """Whether some field of `module` is classified personal."""
    found: bool | None = module.__dict__.get("_is_personal")
    if found is None:
        found = module.__dict__["_is_personal"] = any(one.personal for one in module.stored)
    return found


def personal_commitments(module: Module, salt: bytes, row: tuple[object, ...]) -> Iterable[bytes]:
    """One further commitment for each non-empty field classified personal."""
    layout = layout_of(module)
    for one in module.stored:
        if one.personal and (value := row[layout.index[one.name]]) is not None:
            content = canonical_json({one.name: one.kind.to_json(value)})
            yield commitment(salt, content)


def root_of(commitments: Iterable[bytes]) -> str:
    """What a change set commits to: SHA-256 over its commitments in ascending order."""
    return hashlib.sha256(b"".join(sorted(commitments))).hexdigest()


def digest_text(number: int) -> str:
    """A sum of digests as 64 hexadecimal digits."""
    return f"{number % MODULUS:064x}"
