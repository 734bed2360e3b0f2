"""Unique keys as digests: no length limit, folded and compound keys alike.

No two live records of a module share a digest for one key; a key with an empty part has
none and never collides.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Final

from crmcore.errors import Duplicate, Problem
from crmcore.kinds import Kind, search_key
from crmcore.records import layout_of
from crmcore.schema import Key, Module

_SHOWN_GROUPS: Final = 20
_SHOWN_RECORDS: Final = 5
Row = tuple[object, ...]
Digest = Callable[[tuple[object, ...]], bytes | None]


def key_hashes(module: Module, row: tuple[object, ...]) -> list[tuple[int, bytes | None]]:
    """(key number, SHA-256 of the key or `None`) for each unique key of a row in layout."""
    return [(number, digest(row)) for number, digest in digests(module)]


def digests(module: Module) -> tuple[tuple[int, Digest], ...]:
    """For each unique key its number and the function from a row to its digest."""
    found: tuple[tuple[int, Digest], ...] | None = module.__dict__.get("_digests")
    if found is None:
        found = tuple((key.number, _digest(module, key)) for key in module.unique_keys)
        module.__dict__["_digests"] = found
    return found


def _digest(module: Module, key: Key) -> Digest:
    layout = layout_of(module)
    parts = [
        (layout.index[name], canonical_text(module.by_name[name].kind, key.folded))
        for name in key.fields
    ]
    if len(parts) == 1:
        place, digest = parts[0][0], value_digest(module.by_name[key.fields[0]].kind, key.folded)

        def single(row: tuple[object, ...]) -> bytes | None:
            value = row[place]
            return None if value is None else digest(value)

        return single

    def compound(row: tuple[object, ...]) -> bytes | None:
        values = [row[place] for place, _ in parts]
        if any(value is None for value in values):
            return None
        texts = [text(value) for value, (_, text) in zip(values, parts, strict=True)]
        whole = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(whole.encode()).digest()

    return compound


def value_digest(kind: Kind, folded: bool = False) -> Callable[[object], bytes]:
    """The function from a value of `kind`, not empty, to the digest of a key that is it alone."""
    text = canonical_text(kind, folded)

    def digest(value: object) -> bytes:
        return hashlib.sha256(text(value).encode()).digest()

    return digest


def canonical_text(kind: Kind, folded: bool = False) -> Callable[[object], str]:
    """The function from a value of `kind`, not empty, to a text that equal values share."""
    if kind.shape == "text" and kind.family == "text":
        return search_key if folded else _same  # type: ignore[return-value]

    def text(value: object) -> str:
        identity = kind.identity(value)
        return identity if isinstance(identity, str) else json.dumps(kind.to_json(identity))

    return text


def _same(value: str) -> str:
    return value


def holders_of(module: Module, rows: Mapping[str, Row]) -> dict[tuple[int, bytes], str]:
    """Who holds which key; raises `Duplicate` with all records that share one."""
    found: dict[tuple[int, bytes], str] = {}
    for number, digest in digests(module):
        holders: dict[bytes, list[str]] = {}
        for record, row in rows.items():
            held = digest(row)
            if held is not None:
                holders.setdefault(held, []).append(record)
        shared = sorted(sorted(records) for records in holders.values() if len(records) > 1)
        if shared:
            names = "+".join(fields_of(module, number))
            problems = (_shared(module, names, records) for records in shared[:_SHOWN_GROUPS])
            raise Duplicate(problems)
        found.update({(number, held): records[0] for held, records in holders.items()})
    return found


def _shared(module: Module, fields: str, records: list[str]) -> Problem:
    shown = ", ".join(records[:_SHOWN_RECORDS])
    params = {"fields": fields, "count": len(records), "records": shown}
    return Problem("value_taken_in_store", params, module.name, records[0])


def fields_of(module: Module, number: int) -> tuple[str, ...]:
    """The fields of the key `number`."""
    return next(one.fields for one in module.unique_keys if one.number == number)
