"""Whatever is changed below the door is found, and nothing is where nothing was changed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from tests.audit.conftest import BACKENDS
from tests.audit.lives import lived
from tests.audit.tampering import CAREFUL, KINDS, Below, attacked

from crmcore.audit import AuditHead, head, verify
from crmcore.testing.stores import empty_stores
from crmcore.work import Workspace

IS_DEEP = os.environ.get("CRMCORE_TRIES") == "deep"
TIMES = 1_000 if IS_DEEP else 3
ON_SERVERS = 20 if IS_DEEP else 1


@pytest.fixture(scope="module")
def victim() -> Iterator[tuple[Workspace, Below, AuditHead]]:
    with empty_stores("sqlite") as stores:
        crm = lived(stores(), rounds=1)
        anchor = head(crm)
        yield crm, Below.of(crm), anchor
        crm.close()


@pytest.mark.parametrize("kind", KINDS)
def test_every_attack_is_found(victim: tuple[Workspace, Below, AuditHead], kind: str) -> None:
    unseen = sum(check(*victim, kind, seed) for seed in range(TIMES))
    assert bool(unseen) == (kind in CAREFUL)
    assert verify(victim[0], victim[2]).is_sound


def check(crm: Workspace, below: Below, anchor: AuditHead, kind: str, seed: int) -> bool:
    """Plant one attack, see it found, take it back; whether only the anchor told of it."""
    changed = attacked(below, kind, seed)
    try:
        found = verify(crm, anchor)
        assert not found.is_sound, (kind, seed, changed)
        if kind not in CAREFUL:
            anchored = ("audit_anchor", "audit_entry_anchor")
            return all(one.code in anchored for one in found.problems)
        return verify(crm).is_sound
    finally:
        below.restore(changed)


@pytest.mark.parametrize("backend", [one for one in BACKENDS if one != "sqlite"])
def test_on_every_backend(backend: str) -> None:
    with empty_stores(backend) as stores:
        crm = lived(stores(), rounds=1)
        anchor = head(crm)
        below = Below.of(crm)
        for kind in KINDS:
            for seed in range(ON_SERVERS):
                check(crm, below, anchor, kind, seed)
        assert verify(crm, anchor).is_sound
        crm.close()
