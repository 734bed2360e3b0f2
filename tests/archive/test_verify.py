"""Damage and forgery are refused, and nothing of them reaches a store."""

from __future__ import annotations

import os
import random
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.archive import forging
from tests.archive.forging import Entries, manifest_in, remade, with_lines, with_value
from tests.archive.stories import Told, told

from crmcore import open_workspace
from crmcore.archive import backup, restore, verify
from crmcore.archive.manifest import manifest_bytes
from crmcore.errors import Invalid, SourceError
from crmcore.storage.memory import MemoryBackend

TRIES = 10_000 if os.environ.get("CRMCORE_TRIES") == "deep" else 300


@pytest.fixture(scope="module")
def source() -> Told:
    """A workspace that no test of this file changes."""
    return told(MemoryBackend(), seed=1)


@pytest.fixture(scope="module")
def archive(source: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of it."""
    file = tmp_path_factory.mktemp("archive") / "source.crmz"
    backup(source.crm, file)
    return file


def refused(file: Path, *, full: bool = True, key: bytes | None = None) -> str:
    """The code by which `file` is refused, by `verify` and by `restore` alike."""
    with pytest.raises(SourceError) as caught:
        verify(file, full=full, key=key)
    backend = MemoryBackend()
    with pytest.raises(SourceError):
        restore(file, backend, key=key)
    assert not backend.tables
    assert str(caught.value)
    return caught.value.code


def test_a_sound_archive_tells_what_it_holds(source: Told, archive: Path) -> None:
    manifest = verify(archive)
    assert manifest == verify(archive, full=False)
    assert manifest.full == source.crm.digest("full").value
    assert manifest.position == source.crm.digest().position
    assert manifest.content == source.crm.digest().value
    assert manifest.records == sum(one.lines for one in manifest.chunks[1:])


def test_one_damaged_byte_is_refused(archive: Path, tmp_path: Path) -> None:
    whole, rng = archive.read_bytes(), random.Random(7)
    file = tmp_path / "damaged.crmz"
    places = [*range(60), *range(len(whole) - 200, len(whole))]
    places += [rng.randrange(len(whole)) for _ in range(TRIES)]
    for place in places:
        damaged, backend = bytearray(whole), MemoryBackend()
        damaged[place] ^= 1 << rng.randrange(8)
        file.write_bytes(damaged)
        with pytest.raises(SourceError) as caught:
            restore(file, backend)
        assert caught.value.code in ("archive_damaged", "not_an_archive"), place
        assert not backend.tables
    print(f"{len(places)} damaged bytes refused")
    assert refused(file)


def test_one_damaged_byte_of_an_encrypted_one_is_refused(source: Told, tmp_path: Path) -> None:
    key, file = bytes(range(32)), tmp_path / "sealed.crmz"
    backup(source.crm, file, key=key)
    whole, rng = file.read_bytes(), random.Random(8)
    for _ in range(TRIES // 3):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        file.write_bytes(damaged)
        with pytest.raises(SourceError):
            verify(file, key=key)
    assert refused(file, key=key)


@given(data=st.data())
def test_cut_or_longer_files_are_refused(data: st.DataObject) -> None:
    file, whole = _SAMPLE.file, _SAMPLE.whole
    kept = data.draw(st.integers(0, len(whole) - 1))
    more = data.draw(st.binary(max_size=30))
    # Whatever follows, it is not what was cut off.
    changed = whole[:kept] + more if whole[:kept] + more != whole else whole + b"\0"
    file.write_bytes(data.draw(st.sampled_from([changed, more + b"\0" + whole, whole + b"\n"])))
    with pytest.raises(SourceError):
        verify(file)


class _Sample:
    """One archive for all examples."""

    file: Path
    whole: bytes


_SAMPLE = _Sample()


@pytest.fixture(autouse=True, scope="module")
def _sample(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("sample")
    backup(told(MemoryBackend(), seed=5, rounds=1).crm, folder / "whole.crmz")
    _SAMPLE.file, _SAMPLE.whole = folder / "cut.crmz", (folder / "whole.crmz").read_bytes()


Forge = Callable[[Entries], Entries]


def _without(name: str) -> Forge:
    return lambda entries: {one: raw for one, raw in entries.items() if one != name}


def _claims(**changes: object) -> Forge:
    return lambda entries: remade(entries, **changes)


def _bomb(entries: Entries, size: int = 1_000_000_000) -> Entries:
    """A chunk of a hundred megabytes, which are said to be a gigabyte, or less."""
    name = forging.chunk_of(entries, "account")
    made = forging.manifest_in(entries)
    place = [one.module for one in made.chunks].index("account")
    chunks = list(made.chunks)
    chunks[place] = evolve(chunks[place], size=size)
    manifest = evolve(made, chunks=tuple(chunks))
    raw = b"\0" * 100_000_000
    return {**entries, name: raw, "manifest.json": manifest_bytes(manifest)}


def _understated(entries: Entries) -> Entries:
    """Compressed it is as large as the manifest says."""
    return _bomb(entries, 200_000)


def _larger(entries: Entries) -> Entries:
    """A chunk that is larger than the manifest says."""
    name = forging.chunk_of(entries, "account")
    return {**entries, name: entries[name] + b"\0" * 50_000_000}


def _swapped(entries: Entries) -> Entries:
    first, second = (forging.chunk_of(entries, name) for name in ("account", "deal"))
    return {**entries, first: entries[second], second: entries[first]}


def _first_twice(lines: list[bytes]) -> None:
    lines[0] = lines[1]


def _spaced(lines: list[bytes]) -> None:
    lines[0] = lines[0].replace(b",", b", ", 1)


def _foreign(lines: list[bytes]) -> None:
    lines[0] = lines[0].replace(b"account", b"deal", 1)


def _deep(lines: list[bytes]) -> None:
    lines[0] = b"[" * 100_000


def _replaced(lines: list[bytes], old: bytes, new: bytes) -> None:
    lines[0] = lines[0].replace(old, new, 1)


def _without_end(entries: Entries) -> Entries:
    """A manifest that tells of 50,000 chunks more, each of them empty."""
    made = manifest_in(entries)
    chunks = (*made.chunks, *[evolve(made.chunks[-1], lines=0, size=0)] * 50_000)
    return {**entries, "manifest.json": manifest_bytes(evolve(made, chunks=chunks))}


FORGERIES: dict[str, Forge] = {
    "another path": lambda entries: {**entries, "../../etc/evil": b"x"},
    "an entry behind": lambda entries: {**entries, "more": b"x"},
    "no manifest": _without("manifest.json"),
    "no header": _without("header.json"),
    "a chunk less": _without("chunks/00000004.jsonl"),
    "a bomb": _bomb,
    "a larger chunk": _larger,
    "chunks in another order": _swapped,
    "another digest": _claims(full="0" * 64),
    "another position": _claims(position=3),
    "another chain": _claims(chain="0" * 64),
    "another schema": _claims(schema="0" * 64),
    "another count": _claims(records=3),
    "another root": _claims(merkle="0" * 64),
    "a moment that is none": _claims(moment="yesterday"),
    "another format": _claims(format="tar"),
    "an unknown name": lambda entries: {
        **entries,
        "manifest.json": entries["manifest.json"].replace(b'"after":', b'"afer":', 1),
    },
    "a manifest with blanks": lambda entries: {
        **entries,
        "manifest.json": entries["manifest.json"].replace(b",", b", ", 1),
    },
    "a version twice": lambda entries: with_lines(entries, "account", _first_twice),
    "a line with blanks": lambda entries: with_lines(entries, "account", _spaced),
    "a line of another module": lambda entries: with_lines(entries, "account", _foreign),
    "depth": lambda entries: with_lines(entries, "account", _deep),
    "an empty line": lambda entries: with_lines(entries, "account", lambda ls: ls.append(b"")),
    "another value": lambda entries: remade(
        with_value(entries, "account", "name", "another"), full=manifest_in(entries).full
    ),
    "versions in another order": lambda entries: with_lines(entries, "account", list.reverse),
    "a number as text": lambda entries: with_value(entries, "account", "name", 5),
    "a NUL": lambda entries: with_value(entries, "account", "name", "a\0b"),
    "an id that is none": lambda entries: with_value(entries, "account", "id", "'; drop"),
    "a float": lambda entries: with_value(entries, "account", "version", 1.0),
    "a large integer": lambda entries: with_value(entries, "account", "version", 10**30),
    "another scale": lambda entries: with_value(entries, "account", "amount", "1.5"),
    "no number": lambda entries: with_value(entries, "account", "amount", "NaN"),
    "another truth": lambda entries: with_value(entries, "account", "key_account", "false"),
    "a bad day": lambda entries: with_value(entries, "account", "since", "2024-13-01"),
    "a bad moment": lambda entries: with_value(entries, "account", "updated_at", "2024-13-01"),
    "a broken chain": lambda entries: with_value(entries, "crm_change_set", "root", "0" * 64),
    "no schema": lambda entries: with_lines(entries, "", lambda lines: lines.clear()),
    "a deep schema": lambda entries: with_lines(entries, "", _deep),
    "a schema of another sort": lambda entries: with_lines(
        entries, "", lambda lines: lines.__setitem__(-1, b'[{"version":2}]')
    ),
    "a lone surrogate": lambda entries: with_lines(
        entries, "account", lambda lines: _replaced(lines, b'"name":"', b'"name":"\\ud800')
    ),
    "raw bytes that are no text": lambda entries: with_lines(
        entries, "account", lambda lines: _replaced(lines, b'"name":"', b'"name":"\xed\xa0\x80')
    ),
    "a deep manifest": lambda entries: {**entries, "manifest.json": b"[" * 1_000_000},
    "a deep header": lambda entries: {**entries, "header.json": b"[" * 900},
    "a header too large": lambda entries: {**entries, "header.json": b" " * 2_000},
    "chunks without end": _without_end,
    "a foolish schema": lambda entries: with_lines(
        entries, "", lambda lines: lines.__setitem__(-1, b'{"modules":[],"version":2}')
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_are_refused(name: str, archive: Path, tmp_path: Path) -> None:
    forged = FORGERIES[name](forging.entries_of(archive))
    code = refused(forging.written(tmp_path / "forged.crmz", forged))
    assert code in ("archive_damaged", "not_an_archive")


@pytest.mark.parametrize("key", [None, bytes(32)], ids=["plain", "encrypted"])
@pytest.mark.parametrize("forge", [_bomb, _larger, _understated])
def test_bombs_do_not_go_off(
    forge: Forge, key: bytes | None, archive: Path, tmp_path: Path
) -> None:
    forged = forge(forging.entries_of(archive))
    file = forging.written(tmp_path / "bomb.crmz", forged, key)
    assert file.stat().st_size < 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(SourceError):
            verify(file, key=key)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_an_archive_that_is_put_together_again_is_sound(archive: Path, tmp_path: Path) -> None:
    entries = remade(forging.entries_of(archive))
    manifest = verify(forging.written(tmp_path / "again.crmz", entries))
    assert manifest == verify(archive)


def test_names_that_come_twice_are_refused(archive: Path, tmp_path: Path) -> None:
    entries = forging.entries_of(archive)
    file = tmp_path / "twice.crmz"
    with file.open("w+b") as stream, forging.ArchiveWriter(stream, None) as writer:
        for name, raw in entries.items():
            writer.add(name, raw)
            if name == "chunks/00000003.jsonl":
                with pytest.warns(UserWarning, match="Duplicate"):
                    writer.add(name, raw)
        writer.finish()
    assert refused(file) == "archive_damaged"


def _shared(writer: forging.ArchiveWriter) -> None:
    """Of entries that share their bytes a small file can unfold without end."""
    infos = writer._zip.filelist
    infos[3].header_offset = infos[2].header_offset


def _in_between(writer: forging.ArchiveWriter) -> None:
    stream = writer._zip.fp
    assert stream is not None
    stream.write(b"hidden")


def _extra(writer: forging.ArchiveWriter) -> None:
    writer._zip.filelist[2].extra = b"\xfe\xca\x04\x00evil"


def _flagged(writer: forging.ArchiveWriter) -> None:
    writer._zip.filelist[2].flag_bits |= 0x800


@pytest.mark.parametrize("change", [_shared, _in_between, _extra, _flagged])
def test_files_with_room_for_something_else_are_refused(
    change: Callable[[forging.ArchiveWriter], None], archive: Path, tmp_path: Path
) -> None:
    file = tmp_path / "odd.crmz"
    with file.open("w+b") as stream, forging.ArchiveWriter(stream, None) as writer:
        for name, raw in forging.entries_of(archive).items():
            writer.add(name, raw)
            if name == "chunks/00000004.jsonl":
                change(writer)
        writer.finish()
    assert refused(file) == "archive_damaged"
    # Their structure is looked at, not their bytes.
    assert refused(file, full=False) == "archive_damaged"


@pytest.mark.parametrize("made", [b"", b"PK\5\6" + b"\0" * 18, b"x" * 500, b"\x1f\x8b" * 99])
def test_other_files_are_no_archives(made: bytes, tmp_path: Path) -> None:
    file = tmp_path / "other.crmz"
    file.write_bytes(made)
    assert refused(file, full=False) == "not_an_archive"


def test_an_ordinary_zip_is_no_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "plain.zip", "w") as plain:
        plain.writestr("chunks/00000001.jsonl", "x")
    assert refused(tmp_path / "plain.zip", full=False) == "not_an_archive"


def test_archives_of_later_versions_are_refused(archive: Path, tmp_path: Path) -> None:
    entries = forging.entries_of(archive)
    entries["header.json"] = entries["header.json"].replace(b'"version":1', b'"version":2')
    assert refused(forging.written(tmp_path / "later.crmz", entries)) == "archive_version"


def test_manifests_are_limited(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = forging.entries_of(archive)
    entries["manifest.json"] += b" " * 1_000_000
    file = forging.written(tmp_path / "large.crmz", entries)
    monkeypatch.setattr("crmcore.archive.container._MAX_MANIFEST", 500_000)
    assert refused(file, full=False) == "archive_damaged"


def test_archives_beyond_two_gigabytes_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind 2 GB (here: 5 kB) a directory needs larger numbers."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 5_000)
    parts = {forging.chunk_name(number): os.urandom(1_000) for number in range(1, 60)}
    entries = {"header.json": b"{}", **parts, "manifest.json": b"{}"}
    file = forging.written(tmp_path / "large.crmz", entries)
    with file.open("rb") as stream:
        reader = forging.ArchiveReader(stream, file.name)
        reader.check_bytes()
        found = [reader.chunk(number, 1_000) for number in range(1, 60)]
    assert found == list(parts.values())


def test_revisions_of_any_number_are_read(
    source: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chunk that would not be read again is not written."""
    monkeypatch.setattr("crmcore.archive.writing.MAX_CHUNK", 2)
    file = tmp_path / "a.crmz"
    manifest = backup(source.crm, file)
    assert [one.module for one in manifest.chunks].count("") > 1
    assert verify(file) == manifest
    backend = MemoryBackend()
    restore(file, backend)
    assert open_workspace(backend).digest("full") == source.crm.digest("full")
    entries = forging.entries_of(file)
    swapped = {
        **entries,
        **dict(zip(list(entries)[1:3], list(entries.values())[2:0:-1], strict=True)),
    }
    assert refused(forging.written(tmp_path / "b.crmz", swapped)) == "archive_damaged"


class TestKeys:
    """Encrypted archives."""

    def test_nothing_is_to_be_read_without_the_key(self, source: Told, tmp_path: Path) -> None:
        key, file = bytes(range(32)), tmp_path / "sealed.crmz"
        manifest = backup(source.crm, file, key=key)
        assert verify(file, key=key) == manifest
        for entry in forging.entries_of(file).values():
            for word in (b"account", "公司".encode(), manifest.key.encode(), b"crm_user"):
                assert word not in entry
        assert refused(file) == "archive_needs_key"
        plain = tmp_path / "plain.crmz"
        backup(source.crm, plain)
        # Somebody may have put it in the place of the other.
        assert refused(plain, key=key) == "archive_plain"
        assert refused(file, key=bytes(32)) == "archive_key"
        backend = MemoryBackend()
        assert restore(file, backend, key=key) == manifest

    def test_no_two_archives_share_a_key_stream(self, source: Told, tmp_path: Path) -> None:
        key = bytes(32)
        for name in ("a.crmz", "b.crmz"):
            backup(source.crm, tmp_path / name, key=key)
        first, second = (forging.entries_of(tmp_path / name) for name in ("a.crmz", "b.crmz"))
        assert not set(first.values()) & set(second.values())

    def test_chunks_of_one_archive_are_not_those_of_another(
        self, source: Told, tmp_path: Path
    ) -> None:
        key = bytes(32)
        for name in ("a.crmz", "b.crmz"):
            backup(source.crm, tmp_path / name, key=key)
        first, second = (forging.entries_of(tmp_path / name) for name in ("a.crmz", "b.crmz"))
        names = [name for name in first if name.startswith("chunks/")]
        mixed = {**first, names[2]: second[names[2]]}
        swapped = {**first, names[2]: first[names[3]], names[3]: first[names[2]]}
        for entries in (mixed, swapped):
            file = forging.written_as_they_are(tmp_path / "mixed.crmz", entries)
            assert refused(file, key=key) == "archive_key"

    @pytest.mark.parametrize("key", [b"", b"short", bytes(31), bytes(33), "x" * 32])
    def test_keys_of_another_length_are_refused(
        self, key: bytes, source: Told, tmp_path: Path
    ) -> None:
        with pytest.raises(Invalid):
            backup(source.crm, tmp_path / "sealed.crmz", key=key)
        assert not list(tmp_path.iterdir())
