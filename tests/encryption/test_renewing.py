"""All that lies encrypted is encrypted again under a new key, and nothing else is another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from attrs import evolve
from tests.encryption.conftest import ANNA, PERSON, Opened, told
from tests.encryption.test_secrecy import OTHER, lived_in, stored

from crmcore import Field, Module, Schema, audit, privacy
from crmcore.archive import renew_keys, renewing
from crmcore.encrypting import Keyring
from crmcore.kinds import LongText, Text
from crmcore.storage.memory import MemoryBackend
from crmcore.work import Workspace

Urls = Callable[[str], str]
BOTH = Keyring({"first": b"\x01" * 32, "second": b"\x02" * 32}, "second")
SECOND = Keyring({"second": b"\x02" * 32})


@pytest.fixture
def target(place: str, urls: Urls) -> object:
    """An empty place on each backend, that can be opened again."""
    return MemoryBackend() if place == "memory" else urls(place)


def under(crm: Workspace, key: str) -> int:
    """How many ciphers under `key` lie in the store, however they lie there."""
    inner = crm._store.backend.inner  # type: ignore[attr-defined]
    texts = [repr(row) for row in stored(inner, crm)]
    return sum(text.count(f"1.{key}.") for text in texts)


def lived(opened: Opened, target: object, folder: Path) -> str:
    """A workspace under the first key, with former versions, retired fields, another kind."""
    crm = opened(target)
    lived_in(crm, folder)
    without = [one for one in PERSON.fields if one.name != "notes"]
    retired = evolve(PERSON.by_name["notes"], retired=True)
    changed = [
        evolve(one, kind=LongText()) if one.name == "ward" else one for one in (*without, retired)
    ]
    crm.configure(crm.schema.with_module(evolve(crm.schema.module("person"), fields=changed)))
    with crm.work(op_id="anna") as work:
        values = {name: value for name, value in ANNA.items() if name != "notes"}
        values |= {"name": "Zoe", "ident": "z-1", "ward": "seventeen"}
        made = work.create("person", values).id
    with crm.work(op_id="later") as work:
        work.update("person", made, {"mail": "zoe@x.org", "born": None})
    crm.close()
    return made


def test_the_former_key_is_needed_no_more(target: object, opened: Opened, tmp_path: Path) -> None:
    record = lived(opened, target, tmp_path)
    crm = opened(target, BOTH)
    full, content, anchor = crm.digest("full"), crm.digest("content"), audit.head(crm)
    before = under(crm, "first")
    assert before > 40
    done = renew_keys(crm)
    assert (done.current, done.left) == ("second", 0)
    assert done.values.keys() >= {"person", "crm_operation", "crm_change_set", "crm_message"}
    assert under(crm, "first") == 0
    assert renew_keys(crm) == renewing.RenewedKeys("second", {})
    assert crm.digest("full") == full
    crm.close()
    crm = opened(target, SECOND)
    assert (crm.digest("full"), crm.digest("content")) == (full, content)
    assert audit.verify(crm, anchor).problems == ()
    assert [
        one["name"] for one in crm.find("person", "mail == 'zoe@x.org' and ident == 'z-1'")
    ] == ["Zoe"]
    assert told(lambda: _twin(crm)) == "value_taken"
    assert crm.history("person", record)[1].fields["mail"] == ("anna@example.com", "zoe@x.org")
    past = crm.get("person", record, as_of=audit.head(crm).position - 1)
    assert (past["mail"], past["ward"]) == ("anna@example.com", "seventeen")
    assert any(OTHER in repr(one.fields) for person in crm.find("person")
               for one in crm.history("person", person.id))  # fmt: skip
    crm.undo("later")
    assert crm.get("person", record)["mail"] == "anna@example.com"
    assert crm.run(lambda _: {"found": "never asked"}, op_id="changed",
                   request={"ident": OTHER}) == {"found": OTHER}  # fmt: skip
    privacy.erase(crm, "person", record)
    assert audit.verify(crm, anchor).problems == ()


def _twin(crm: Workspace) -> None:
    with crm.work() as work:
        work.create("person", {"name": "Twin", "ident": "z-1"})


def test_whoever_is_stopped_goes_on(
    target: object, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(opened, target, tmp_path)
    crm = opened(target, BOTH)
    full = crm.digest("full")
    for steps in (3, 5):
        before = under(crm, "first")
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(renewing, "_AT_ONCE", 2)
            _stopped_after(patch, steps)
            renew_keys(crm)
        assert 0 < under(crm, "first") < before
        assert crm.digest("full") == full
    rest = under(crm, "first")
    assert 0 < sum(renew_keys(crm).values.values()) <= rest
    assert under(crm, "first") == 0
    assert crm.digest("full") == full
    assert audit.verify(crm).problems == ()


def _stopped_after(patch: pytest.MonkeyPatch, steps: int) -> None:
    """The program is killed within the step that follows."""
    real, done = renewing._Renewing._live, list[int]()

    def killed(self: Any, *given: Any) -> int:
        if len(done) == steps:
            patch.setattr(renewing, "renewed", _killed)
        done.append(1)
        return real(self, *given)

    patch.setattr(renewing._Renewing, "_live", killed)


def _killed(*_: object) -> str:
    raise KeyboardInterrupt


def test_who_still_writes_under_the_former_key_is_told(opened: Opened) -> None:
    backend = MemoryBackend()
    # Whoever knows both keys goes on; who does not is stopped by the first thing written anew.
    former = opened(backend, Keyring({"first": b"\x01" * 32, "second": b"\x02" * 32}, "first"))
    with former.work() as work:
        work.create("person", ANNA)
    crm = opened(backend, BOTH)
    assert renew_keys(crm).left == 0
    with former.work() as work:
        work.create("person", {**ANNA, "name": "Late", "ident": "late"})
    done = renew_keys(crm)
    assert done.values["person"] == 11
    assert (done.left, under(crm, "first")) == (0, 0)
    assert former.find("person", "ident == 'late'")[0]["name"] == "Late"


@pytest.mark.parametrize("version", ["live", "former"])
def test_what_is_erased_meanwhile_does_not_come_back(
    target: object, opened: Opened, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    crm = opened(target)
    with crm.work() as work:
        record = work.create("person", ANNA).id
    with crm.work() as work:
        work.update("person", record, {"phone": "139 0013 9000"})
    crm.close()
    crm, other = opened(target, BOTH), opened(target, BOTH)
    real, begun, threads = renewing.renewed, Event(), list[Thread]()
    step = getattr(renewing._Renewing, f"_{version}")

    def meanwhile(self: Any, *given: Any) -> int:
        patch.setattr(renewing, "renewed", erased_meanwhile)
        try:
            return int(step(self, *given))
        finally:
            patch.setattr(renewing, "renewed", real)

    def erased_meanwhile(vault: Any, what: Any, *rest: Any) -> str:
        if what.field.name == "phone" and not begun.is_set():
            begun.set()
            erasing = Thread(target=lambda: privacy.anonymise(other, "person", record))
            threads.append(erasing)
            erasing.start()
            erasing.join(0.5)
        return real(vault, what, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(renewing._Renewing, f"_{version}", meanwhile)
        renew_keys(crm)
    threads[0].join(30)
    assert not threads[0].is_alive()
    renew_keys(crm)
    assert [one["phone"] for one in _versions(crm, record)] == [None] * 3
    assert under(crm, "first") == 0
    assert audit.verify(crm).problems == ()


def _versions(crm: Workspace, record: str) -> Iterator[dict[str, object]]:
    found = privacy.export(crm, "person", record)
    for part in found.parts:
        for one in part.versions if part.module == "person" else ():
            yield {"phone": None, **one}


def test_it_is_for_who_may_configure_and_has_the_keys(opened: Opened) -> None:
    backend = MemoryBackend()
    crm = opened(backend)
    with crm.work() as work:
        work.create("crm_user", {"name": "rep", "login": "rep"})
        work.create("person", ANNA)
    assert told(lambda: renew_keys(crm.as_("rep"))) == "needs_configure"
    again = opened(backend, Keyring({"first": b"\x01" * 32, "third": b"\x03" * 32}, "third"))
    assert told(lambda: opened(backend, Keyring({"fourth": b"\x04" * 32}))) == "key_missing"
    assert renew_keys(again).current == "third"
    thing = Module("thing", [Field("name", Text())], title="name")
    plain = opened(MemoryBackend(), None, Schema([thing]))
    assert told(lambda: renew_keys(plain)) == "keys_needed"
    crm._store.keep_notes(at_once=True)
    again._store.keep_notes(at_once=True)
    noted = again.find("crm_audit_entry", "kind == 'configuration' and reason == 'keys_renewed'")
    assert len(noted) == 1


def test_a_cipher_that_was_moved_is_not_laundered(opened: Opened) -> None:
    """What belongs to another record is refused, not encrypted again for this one."""
    backend = MemoryBackend()
    crm = opened(backend)
    with crm.work() as work:
        one = work.create("person", ANNA).id
        two = work.create("person", {"name": "B", "ident": "b"}).id
    inner = crm._store.backend.inner  # type: ignore[attr-defined]
    table = inner.tables["person"]
    place = next(n for n, value in enumerate(table.rows[one])
                 if isinstance(value, str) and value.startswith("1.first."))  # fmt: skip
    made = list(table.rows[two])
    made[place] = table.rows[one][place]
    table.rows[two] = tuple(made)
    again = opened(backend, BOTH)
    assert told(lambda: renew_keys(again)) == "bad_cipher"
