"""The three digests: content (what people see), full (everything), shape (without ids)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from attrs import field, frozen

from crmcore.access import System
from crmcore.errors import Invalid
from crmcore.kinds import Link
from crmcore.query.bound import TRUE, BoundQuery, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import (
    canonical,
    canonical_json,
    digest_text,
    lasting,
    layout_of,
    record_digest,
)
from crmcore.schema import ENDINGS, STAMPS, Field, Module
from crmcore.schema.reserved import AUDIT_ENTRY
from crmcore.work.history import version_columns
from crmcore.work.sealing import head_of, keep_content, seal_waiting
from crmcore.work.session import Session
from crmcore.work.store import Store


@frozen
class Digest:
    """A digest of a workspace at a sealed position; `kind` is content, full or shape.

    `counted` tells that the content digest was not known and had to be counted anew.
    """

    kind: str
    position: int
    value: str
    counted: bool = field(default=False, eq=False)


def people(session: Session) -> Iterator[Module]:
    """The modules that people defined, retired ones too: their records are still there."""
    for module in session.schema.modules:
        if not module.name.startswith("crm_") and module.keeping != "adopted":
            yield module


def _rows(session: Session, module: Module) -> Iterator[Row]:
    return session.rows(BoundQuery(module, full_columns(module)))


def content(session: Session) -> Digest:
    """Live values without versions and stamps: what undo brings back. Kept incrementally."""
    head = head_of(session.transaction)
    if head.content is not None:
        return Digest("content", head.position, head.content)
    return Digest("content", head.position, counted_content(session), counted=True)


def counted_content(session: Session) -> str:
    """The content digest, counted anew from every record."""
    total = 0
    for module in people(session):
        encode = canonical(module)
        total += sum(record_digest(encode(row)) for row in _rows(session, module))
    return digest_text(total)


def full(session: Session) -> Digest:
    """What archive and move carry: versions, history, change sets, configuration."""
    total = 0
    for module in session.schema.modules:
        if not is_digested(module):
            continue
        encode = _whole(module)
        columns = version_columns(module)
        is_kept = module.keeping == "history"
        if is_kept:
            query = BoundQuery(module, columns, TRUE, TRUE, versions=True)
        else:
            query = BoundQuery(module, full_columns(module))
        total += sum(record_digest(encode(row)) for row in session.rows(query))
    head = head_of(session.transaction)
    whole = {"records": digest_text(total), "position": head.position, "chain": head.chain}
    value = hashlib.sha256(canonical_json(whole)).hexdigest()
    return Digest("full", head.position, value)


def is_digested(module: Module) -> bool:
    """Whether the full digest speaks of `module`.

    Audit entries have a chain of their own: what was refused leaves everything else as it was.
    """
    return module.keeping in ("history", "journal") and module.name != AUDIT_ENTRY.name


def _whole(module: Module) -> Callable[[Row], bytes]:
    layout = layout_of(module)
    stored = [one for one in module.stored if one.computed is None]
    fields: list[tuple[int, Field]] = [(place, one) for place, one in enumerate(STAMPS)]
    fields += [(layout.index[one.name], one) for one in stored]
    fields += [(layout.stored + place, one) for place, one in enumerate(ENDINGS)]

    def encode(row: Row) -> bytes:
        data = {
            one.name: one.kind.to_json(row[place])
            for place, one in fields
            if place < len(row) and row[place] is not None
        }
        return canonical_json([module.name, data])

    return encode


def shape(session: Session) -> Digest:
    """Content with ids replaced by keys: equal for two imports of the same book."""
    names: dict[str, str] = {}
    for module in people(session):
        key = _key_of(module)
        names.update((str(row[0]), key(row)) for row in _rows(session, module))
    total = 0
    for module in people(session):
        encode = _nameless(module, names)
        total += sum(record_digest(encode(row)) for row in _rows(session, module))
    head = head_of(session.transaction)
    return Digest("shape", head.position, digest_text(total))


def _key_of(module: Module) -> Callable[[Row], str]:
    layout = layout_of(module)
    title = [module.title] if module.title else []
    keys = [list(key.fields) for key in module.unique_keys] + [title]
    places = [(module.by_name[name], layout.index[name]) for name in keys[0]]

    def key(row: Row) -> str:
        values = [one.kind.to_json(row[place]) for one, place in places]
        return canonical_json([module.name, *values]).decode()

    return key


def _nameless(module: Module, names: dict[str, str]) -> Callable[[Row], bytes]:
    layout = layout_of(module)
    fields = [(one, layout.index[one.name]) for one in lasting(module)]

    def encode(row: Row) -> bytes:
        data: dict[str, object] = {}
        for one, place in fields:
            value = row[place]
            if value is None:
                continue
            if isinstance(one.kind, Link):
                ids = value if isinstance(value, tuple) else (value,)
                data[one.name] = sorted(names.get(str(found), "") for found in ids)
            else:
                data[one.name] = one.kind.to_json(value)
        return canonical_json([module.name, data])

    return encode


DIGESTS: Final[Mapping[str, Callable[[Session], Digest]]] = {
    "content": content,
    "full": full,
    "shape": shape,
}


def digest_of(store: Store, kind: str) -> Digest:
    """A digest of everything, sealed before; raises `Invalid` for an unknown `kind`."""
    count = DIGESTS.get(kind)
    if count is None:
        raise Invalid("unknown_digest", name=kind, known=", ".join(DIGESTS))
    seal_waiting(store.backend)
    with store.reading(System("digest")) as session:
        found = count(session)
    if found.counted:
        keep_content(store.backend, found.position, found.value)
    return found
