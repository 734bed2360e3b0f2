"""Keys: several of them, the wrong ones, lost ones; and never seen."""

from __future__ import annotations

import pickle
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.encryption.conftest import ANNA, KEYS, PERSON, SCHEMA, Opened, told

from crmcore import Field, Schema
from crmcore.encrypting import Keyring, new_keys, read_keys
from crmcore.errors import Invalid
from crmcore.kinds import Text
from crmcore.storage.memory import MemoryBackend
from crmcore.work import open_workspace

Urls = Callable[[str], str]
BOTH = Keyring({"first": b"\x01" * 32, "second": b"\x02" * 32}, "second")


def test_old_keys_decrypt_and_the_current_one_encrypts(
    place: str, urls: Urls, opened: Opened
) -> None:
    target: object = MemoryBackend() if place == "memory" else urls(place)
    crm = opened(target)
    with crm.work() as work:
        work.create("person", ANNA)
    crm.close()
    crm = opened(target, BOTH)
    with crm.work() as work:
        work.create("person", {"name": "Ben", "ident": "new", "ward": 17})
    assert len(crm.find("person", "ward == 17")) == 2
    assert len(crm.find("person", "ident in ['new', '110101-XQ']")) == 2
    assert told(lambda: _again(crm)) == "value_taken"
    crm.close()
    second = Keyring({"second": b"\x02" * 32})
    crm = opened(target, second)
    assert crm.find("person", "name == 'Ben'")[0]["ident"] == "new"
    assert told(lambda: crm.find("person")) == "key_missing"


def _again(crm: object) -> None:
    with crm.work() as work:  # type: ignore[attr-defined]
        work.create("person", {"name": "Cleo", "ident": "110101-XQ"})


def test_a_wrong_or_missing_key_is_told_before_anything_is_written(
    place: str, urls: Urls, opened: Opened
) -> None:
    target: object = MemoryBackend() if place == "memory" else urls(place)
    crm = opened(target)
    with crm.work() as work:
        work.create("person", ANNA)
    before = crm.digest("full")
    crm.close()
    assert told(lambda: opened(target, Keyring({"other": b"\x01" * 32}))) == "key_missing"
    assert told(lambda: opened(target, Keyring({"first": b"\x09" * 32}))) == "key_wrong"
    assert told(lambda: opened(target, None)) == "keys_needed"
    assert opened(target).digest("full") == before


def test_without_keys_no_field_is_encrypted(opened: Opened) -> None:
    assert told(lambda: opened("memory://", None)) == "keys_needed"
    crm = opened("memory://", None, Schema())
    assert told(lambda: crm.configure(SCHEMA)) == "keys_needed"
    assert "person" not in crm.schema.by_name


def test_who_has_no_keys_is_stopped_when_others_begin_to_encrypt(opened: Opened) -> None:
    backend = MemoryBackend()
    former = opened(backend, None, Schema())
    now = opened(backend, KEYS)
    now.configure(SCHEMA)
    with now.work() as work:
        work.create("person", ANNA)
    assert told(lambda: former.find("person")) == "keys_needed"


def test_what_was_there_before_the_keys_is_still_read(opened: Opened) -> None:
    backend = MemoryBackend()
    opened(backend, None, Schema())
    crm = opened(backend, KEYS)
    crm.configure(SCHEMA)
    with crm.work() as work:
        work.create("person", ANNA)
    crm.undo(crm.run(lambda work: work.create("person", {"name": "B"}).id, op_id="b") and "b")
    assert len(crm.find("person", "ward == 17")) == 1


def test_keys_are_never_shown(tmp_path: Path) -> None:
    for text in (repr(KEYS), str(KEYS), f"{KEYS}"):
        assert "\\x01" not in text
        assert text == "<Keyring of 1, current first>"
    with pytest.raises(TypeError):
        pickle.dumps(KEYS)
    crm = open_workspace("memory://", schema=SCHEMA, keys=KEYS)
    secret = crm._store.backend.vault().secret  # type: ignore[attr-defined]
    told = repr(crm._store) + repr(crm._store.backend.vault())  # type: ignore[attr-defined]
    assert repr(secret) not in told
    assert repr(KEYS.key("first")) not in told


def test_a_file_of_keys(tmp_path: Path) -> None:
    first = new_keys(tmp_path / "a.keys", "k1")
    both = new_keys(tmp_path / "b.keys", "k2", first)
    assert (both.current, both.ids) == ("k2", ("k1", "k2"))
    again = read_keys(tmp_path / "b.keys")
    assert [again.key(one) for one in again.ids] == [both.key(one) for one in both.ids]
    assert stat.S_IMODE((tmp_path / "a.keys").stat().st_mode) & 0o077 == 0
    with pytest.raises(Invalid):
        new_keys(tmp_path / "a.keys", "k3")
    with pytest.raises(Invalid):
        new_keys(tmp_path / "c.keys", "k1", first)
    for text in ('{"current": "x"}', "c2VjcmV0", '{"current": "k", "keys": {"k": "c2VjcmV0"}}'):
        (tmp_path / "bad.keys").write_text(text)
        with pytest.raises(Invalid) as refused:
            read_keys(tmp_path / "bad.keys")
        assert "c2Vj" not in str(refused.value)
    with pytest.raises(Invalid):
        read_keys(tmp_path / "none.keys")


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (Field("x", PERSON.by_name["owner"].kind, encrypted=True), "encrypted_kind"),
        (Field("x", Text(), encrypted=True, unique="folded"), "encrypted_folded"),
        (Field("x", Text(), encrypted=True, default="plain"), "encrypted_default"),
        (Field("title", Text(), encrypted=True), "encrypted_title"),
    ],
)
def test_what_cannot_be_encrypted(opened: Opened, field: Field, code: str) -> None:
    from crmcore import Module

    fields = [field] if field.name == "title" else [Field("title", Text()), field]
    schema = Schema([Module("thing", fields, title="title")])
    assert told(lambda: opened("memory://", KEYS, schema)) == code
