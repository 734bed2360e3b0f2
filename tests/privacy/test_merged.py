"""A person who stood there twice: what was merged into his record is his too."""

from __future__ import annotations

from pathlib import Path

from tests.privacy.conftest import World
from tests.privacy.dumping import dump, left_of

from crmcore import audit, privacy
from crmcore.merging import merge


def test_what_was_merged_into_a_person_is_handed_out_and_erased(
    world: World, tmp_path: Path
) -> None:
    crm = world.crm
    with crm.work() as work:
        kept = work.create("contact", {"name": "新名"}).id
    with crm.work() as work:
        merge(work, "contact", kept, [world.person])
    found = privacy.export(crm, "contact", kept)
    assert world.person in str(found.to_json())
    anchor = audit.head(crm)
    privacy.erase(crm, "contact", kept)
    assert left_of(world, dump(world, tmp_path)) == set()
    assert audit.verify(crm, anchor).problems == ()
