"""The manifest of an archive: what it holds, as of when, and the digest of every part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, get_args, get_origin

from attrs import asdict, field, frozen
from cattrs import BaseValidationError, Converter

from crmcore.records import canonical_json
from crmcore.work.sealing import Head

FORMAT: Final = "crmcore archive"
VERSION: Final = 1
"""The version of the format that is written. Older ones stay readable."""


@frozen
class Chunk:
    """A part of an archive: `lines` lines (`size` bytes) of one module.

    `module` is empty for the chunk of schema revisions. `sha256` is of the bytes before
    they are compressed or encrypted.
    """

    module: str
    lines: int
    size: int
    sha256: str


@frozen
class Manifest:
    """What an archive says of itself.

    It holds everything up to the sealed `position`, or, where `after` is not 0, what was
    written behind that position; `chain_after` is the head of the change chain there.
    `is_whole` tells that every version is in it, be it an increment or not. `content` is
    the content digest (`None` where it was unknown), `full` the full one, `chain` the head
    of the change chain, `schema` the digest of the schema in force, `key` names the
    workspace. `merkle` is the root of a hash tree over the chunks.
    """

    position: int
    moment: str
    chain: str
    content: str | None
    full: str
    schema: str
    key: str
    merkle: str
    records: int
    chunks: tuple[Chunk, ...]
    after: int = 0
    chain_after: str = "0" * 64
    is_whole: bool = True
    format: str = FORMAT
    version: int = VERSION

    @property
    def identity(self) -> str:
        """SHA-256 of the manifest: two archives of one identity hold the same."""
        return hashlib.sha256(manifest_bytes(self)).hexdigest()


@frozen
class Part:
    """Chunks while they are being written."""

    chunks: list[Chunk] = field(factory=list)

    def add(self, module: str, lines: int, raw: bytes) -> None:
        """Note one more chunk."""
        self.chunks.append(Chunk(module, lines, len(raw), hashlib.sha256(raw).hexdigest()))


def merkle_root(chunks: Sequence[Chunk]) -> str:
    """The root of the hash tree over the digests of `chunks`; a single end moves up as it is."""
    level = [hashlib.sha256(b"\0" + bytes.fromhex(one.sha256)).digest() for one in chunks]
    while len(level) > 1:
        pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
        level = [
            hashlib.sha256(b"\1" + b"".join(pair)).digest() if len(pair) == 2 else pair[0]
            for pair in pairs
        ]
    return level[0].hex() if level else "0" * 64


def head_in(manifest: Manifest) -> Head:
    """The head of the workspace that a checked `manifest` tells of."""
    moment = datetime.fromisoformat(manifest.moment)
    return Head(manifest.position, moment, manifest.chain, manifest.content)


def manifest_bytes(manifest: Manifest) -> bytes:
    """`manifest` as canonical JSON."""
    return canonical_json(asdict(manifest))


def manifest_of(data: bytes, chunks: int) -> Manifest | None:
    """The manifest of so many chunks that `data` is; `None` where it is none of ours."""
    try:
        told = json.loads(data)
        if len(told["chunks"]) != chunks:
            return None
        found: Manifest = _converter().structure(told, Manifest)
        is_ours = found.format == FORMAT and manifest_bytes(found) == data
        return found if is_ours and merkle_root(found.chunks) == found.merkle else None
    except (BaseValidationError, ValueError, TypeError, KeyError, RecursionError):
        return None


@cache
def _converter() -> Converter:
    made = Converter(forbid_extra_keys=True)
    for plain in (str, int, bool):
        made.register_structure_hook(plain, _exactly)
    made.register_structure_hook_func(lambda wanted: wanted == (str | None), _text_or_none)
    made.register_structure_hook_factory(_is_tuple, lambda wanted: _tuples(made, wanted))
    return made


def _exactly(data: object, wanted: type[Any]) -> Any:
    if type(data) is not wanted:
        raise TypeError(f"not a {wanted.__name__}")
    return data


def _text_or_none(data: object, _: Any) -> str | None:
    return None if data is None else str(_exactly(data, str))


def _is_tuple(wanted: Any) -> bool:
    return get_origin(wanted) is tuple


def _tuples(made: Converter, wanted: Any) -> Any:
    member = get_args(wanted)[0]

    def structured(data: object, _: Any) -> tuple[Any, ...]:
        if type(data) is not list:
            raise TypeError("not a list")
        return tuple(made.structure(one, member) for one in data)

    return structured
