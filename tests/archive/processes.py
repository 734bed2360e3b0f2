"""Restores and moves in processes that are killed."""

from __future__ import annotations

from pathlib import Path

from crmcore import open_workspace
from crmcore.archive import loading, move, restore


def restores(archive: str, url: str, told: str) -> None:
    """Restore `archive`, a few rows at a time; the file `told` says that it began."""
    loading.ROWS = 5
    Path(told).touch()
    restore(archive, url)


def moves(source: str, url: str, told: str) -> None:
    """Move a workspace, a few rows at a time."""
    loading.ROWS = 5
    crm = open_workspace(source)
    Path(told).touch()
    move(crm, url)
