"""Archives, moves and increments carry erasures; what an older archive brings back goes again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.privacy.conftest import TOKENS, World, code_of, lived
from tests.privacy.dumping import dump, left_of

from crmcore import audit, privacy
from crmcore.archive import backup, move, restore, verify
from crmcore.errors import Invalid
from crmcore.schema import reserved
from crmcore.schema.reserved import ERASURE, TOMBSTONE
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.stores import empty_stores
from crmcore.work import Workspace, open_workspace


def opened(world: World, backend: object) -> World:
    made = open_workspace(backend, clock=world.clock)
    return World(made, world.clock, world.person, world.deal, world.other)


def test_an_archive_carries_an_erasure(world: World, tmp_path: Path) -> None:
    privacy.erase(world.crm, "contact", world.person)
    made = backup(world.crm, tmp_path / "after.crm")
    assert verify(tmp_path / "after.crm").full == made.full
    target = MemoryBackend()
    restore(tmp_path / "after.crm", target)
    again = opened(world, target)
    assert left_of(again, dump(again, tmp_path)) == set()
    found = audit.verify(again.crm)
    assert found.problems == ()
    assert found.erased == audit.verify(world.crm).erased
    assert again.crm.digest("full") == world.crm.digest("full")


@pytest.mark.parametrize("backend", ["sqlite", "mongodb"])
def test_a_move_carries_an_erasure(local: World, tmp_path: Path, backend: str) -> None:
    privacy.anonymise(local.crm, "contact", local.person)
    with empty_stores(backend) as stores:
        target = stores()
        move(local.crm, target)
        again = opened(local, target)
        assert again.crm.digest("full") == local.crm.digest("full")
        assert audit.verify(again.crm).problems == ()
        again.crm.close()


def test_an_increment_takes_from_the_standby_what_was_erased(local: World, tmp_path: Path) -> None:
    made = backup(local.crm, tmp_path / "full.crm")
    privacy.erase(local.crm, "contact", local.person)
    backup(local.crm, tmp_path / "more.crm", since=made)
    target = MemoryBackend()
    restore([tmp_path / "full.crm", tmp_path / "more.crm"], target)
    standby = opened(local, target)
    assert left_of(standby, dump(standby, tmp_path)) == set()
    assert standby.crm.digest("full") == local.crm.digest("full")
    assert audit.verify(standby.crm).problems == ()


def test_erasures_are_carried_out_again_after_a_restore(world: World, tmp_path: Path) -> None:
    backup(world.crm, tmp_path / "before.crm")
    privacy.erase(world.crm, "contact", world.person, reason="asked")
    kept = json.dumps(privacy.erasures_to_json(privacy.erasures(world.crm)))
    target = MemoryBackend()
    restore(tmp_path / "before.crm", target)
    again = opened(world, target)
    assert left_of(again, dump(again, tmp_path)) == set(TOKENS)
    listed = privacy.erasures_from_json(json.loads(kept))
    assert [one.subject for one in privacy.replay(again.crm, listed)] == [world.person]
    assert left_of(again, dump(again, tmp_path)) == set()
    assert privacy.replay(again.crm, listed) == ()
    assert privacy.erasures(again.crm) == privacy.erasures(world.crm)
    found = audit.verify(again.crm)
    assert found.problems == ()
    assert {one.moment for one in found.erased} == {listed[0].moment}
    assert privacy.replay(world.crm, listed) == ()


@pytest.mark.parametrize("data", [None, [], {"version": 2, "erasures": []}, {"version": 1},
                                  {"version": 1, "erasures": [{"subject": 1}]}])  # fmt: skip
def test_what_is_no_list_of_erasures_is_refused(data: object) -> None:
    with pytest.raises(Invalid) as error:
        privacy.erasures_from_json(data)
    assert code_of(error) == "not_erasures"


def test_a_store_of_an_older_library_keeps_its_erasures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    with monkeypatch.context() as patch:
        older = tuple(one for one in reserved.RESERVED if one not in (ERASURE, TOMBSTONE))
        patch.setattr(reserved, "RESERVED", older)
        before = lived(url)
        before.crm.close()
    crm: Workspace = open_workspace(url, clock=before.clock)
    privacy.erase(crm, "contact", before.person)
    assert audit.verify(crm).problems == ()
    backup(crm, tmp_path / "after.crm")
    target = MemoryBackend()
    restore(tmp_path / "after.crm", target)
    again = open_workspace(target, clock=before.clock)
    found = audit.verify(again)
    assert found.problems == ()
    assert found.erased == audit.verify(crm).erased != ()
    crm.close()
