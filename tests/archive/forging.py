"""Archives made by somebody who knows the format: sound outside, wrong within."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import evolve

from crmcore.archive.ciphers import cipher_of
from crmcore.archive.container import HEADER, ArchiveReader, ArchiveWriter, chunk_name
from crmcore.archive.lines import digest_of
from crmcore.archive.manifest import Chunk, Manifest, manifest_bytes, manifest_of, merkle_root
from crmcore.archive.snapshot import full_digest
from crmcore.archive.writing import header_bytes
from crmcore.records import canonical_json
from crmcore.schema.reserved import AUDIT_ENTRY

__all__ = ["ArchiveReader", "ArchiveWriter", "chunk_name"]

Entries = dict[str, bytes]


def entries_of(file: Path) -> Entries:
    """The entries of an archive, by name, in order."""
    with zipfile.ZipFile(file) as found:
        return {info.filename: found.read(info) for info in found.infolist()}


def written(file: Path, entries: Entries, key: bytes | None = None) -> Path:
    """An archive of `entries` whose digest of all bytes is right; encrypted under `key`."""
    cipher = None if key is None else cipher_of(key)
    with file.open("w+b") as stream, ArchiveWriter(stream, cipher) as writer:
        for name, raw in entries.items():
            is_header = name == HEADER
            made = header_bytes(cipher) if is_header and cipher is not None else raw
            writer.add(name, made, is_plain=is_header)
        writer.finish()
    return file


def written_as_they_are(file: Path, entries: Entries) -> Path:
    """A file of `entries`, encrypted already, whose digest of all bytes is right."""
    with file.open("w+b") as stream, ArchiveWriter(stream, None) as writer:
        for name, raw in entries.items():
            writer.add(name, raw)
        writer.finish()
    return file


def manifest_in(entries: Entries) -> Manifest:
    """The manifest among `entries`."""
    count = sum(name.startswith("chunks/") for name in entries)
    found = manifest_of(entries["manifest.json"], count)
    assert found is not None
    return found


def remade(entries: Entries, **changes: object) -> Entries:
    """`entries` with a manifest that fits their chunks, but for the `changes` of it."""
    former = manifest_in(entries)
    raws = [raw for name, raw in entries.items() if name.startswith("chunks/")]
    chunks = tuple(
        Chunk(old.module, raw.count(b"\n"), len(raw), hashlib.sha256(raw).hexdigest())
        for old, raw in zip(former.chunks, raws, strict=True)
    )
    made = evolve(former, chunks=chunks, merkle=merkle_root(chunks), full=_full(former, raws))
    made = evolve(made, records=sum(one.lines for one in chunks if one.module))
    made = evolve(made, **changes)  # type: ignore[arg-type]
    return {**entries, "manifest.json": manifest_bytes(made)}


def _full(manifest: Manifest, raws: Sequence[bytes]) -> str:
    """The full digest of forged lines."""
    total = 0
    for raw in raws[1:]:
        for line in raw.splitlines():
            try:
                parts = json.loads(line)
                content = canonical_json(parts[:2]) if len(parts) == 3 else line
            except (ValueError, RecursionError):
                parts, content = [], line
            if not (isinstance(parts, list) and parts[:1] == [AUDIT_ENTRY.name]):
                total += digest_of(content)
    return full_digest(total, manifest.position, manifest.chain)


def chunk_of(entries: Entries, module: str) -> str:
    """The name of the first chunk of `module`."""
    names = [name for name in entries if name.startswith("chunks/")]
    chunks = manifest_in(entries).chunks
    return next(name for name, one in zip(names, chunks, strict=True) if one.module == module)


def with_lines(entries: Entries, module: str, change: Callable[[list[bytes]], object]) -> Entries:
    """`entries` after `change` of the lines of `module`, everything else made to fit."""
    name = chunk_of(entries, module)
    lines = entries[name].splitlines()
    change(lines)
    return remade({**entries, name: b"".join(line + b"\n" for line in lines)})


def with_value(entries: Entries, module: str, name: str, value: object) -> Entries:
    """`entries` with another value of a field in the first line of `module` that has one."""

    def change(lines: list[bytes]) -> None:
        for place, line in enumerate(lines):
            parts = json.loads(line)
            if name in parts[1]:
                parts[1][name] = value
                text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
                lines[place] = text.encode()
                return
        raise AssertionError(name)

    return with_lines(entries, module, change)
