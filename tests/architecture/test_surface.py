"""The public surface is what is written down; what is added or taken away is looked at."""

from __future__ import annotations

from tests.architecture.surface import GOLDEN, surface

HOW = "look at each name, then: python -m tests.architecture.surface"


def test_the_surface_is_the_one_that_was_looked_at() -> None:
    known, found = GOLDEN.read_text("utf-8").split(), surface()
    added, gone = sorted(set(found) - set(known)), sorted(set(known) - set(found))
    assert not added, f"new: {added}; {HOW}"
    assert not gone, f"gone: {gone}; {HOW}"
    assert known == sorted(known)


def test_the_handles_are_part_of_it() -> None:
    found = set(surface())
    assert {"crmcore.work.UnitOfWork.delete", "crmcore.work.Workspace.undo"} <= found
    assert not any("._" in one for one in found)
