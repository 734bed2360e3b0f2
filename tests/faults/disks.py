"""A disk that remembers what was synced, and what a power cut may leave of the rest.

The model: what was written to a file before its last sync is there after a cut. Of what
was written since, each sector of 512 bytes is there or not, in any order, and the size of
the file is as it was at any of these writes; a file that was never synced may be missing.
Sectors are written whole, and those next to a written one stay as they were. A file that is
removed is removed at once (SQLite syncs the folder where it matters).
"""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from typing import Literal

from tests.faults.recording import Event

SECTOR = 512

Fate = Literal["lost", "kept", "cut off", "scattered"]
FATES: list[Fate] = ["lost", "kept", "cut off", "scattered"]


class Disk:
    """Files as they are for sure, and what was done to them since."""

    def __init__(self, folder: Path) -> None:
        self.files = {one.name: bytearray(one.read_bytes()) for one in folder.iterdir()}
        self.waiting: dict[str, list[Event]] = {}

    def take(self, event: Event) -> None:
        """One more request."""
        if event.kind == "delete":
            self.files.pop(event.file, None)
            self.waiting.pop(event.file, None)
        elif event.kind == "sync":
            content = self.files.setdefault(event.file, bytearray())
            for one in self.waiting.pop(event.file, []):
                _do(content, one)
        elif event.kind != "mark":
            self.waiting.setdefault(event.file, []).append(event)

    def unsynced(self) -> int:
        """How many bytes may be missing after a cut."""
        return sum(len(one.data) for events in self.waiting.values() for one in events)

    def cut(self, folder: Path, choice: random.Random) -> None:
        """Leave in `folder` what the power cut leaves."""
        folder.mkdir()
        for name in sorted({*self.files, *self.waiting}):
            fate = choice.choice(FATES)
            if name not in self.files and fate == "lost":
                continue
            content = bytearray(self.files.get(name, b""))
            for event in _left(self.waiting.get(name, []), fate, choice):
                _do(content, event)
            (folder / name).write_bytes(content)


def _do(content: bytearray, event: Event) -> None:
    if event.kind == "truncate":
        del content[event.place :]
        return
    if len(content) < event.place:
        content.extend(bytes(event.place - len(content)))
    content[event.place : event.place + len(event.data)] = event.data


def _left(events: list[Event], fate: Fate, choice: random.Random) -> list[Event]:
    """What remains of requests that were not synced."""
    if fate in ("lost", "kept"):
        return events if fate == "kept" else []
    sectors = [sector for event in events for sector in _sectors(event)]
    if fate == "cut off":
        return sectors[: choice.randint(0, len(sectors))]
    share = choice.random()
    return [one for one in sectors if choice.random() < share]


def _sectors(event: Event) -> list[Event]:
    """A request as those of single sectors."""
    if event.kind != "write":
        return [event]
    start, end = event.place, event.place + len(event.data)
    bounds = [start, *range(start - start % SECTOR + SECTOR, end, SECTOR), end]
    return [
        Event("write", event.file, low, event.data[low - start : high - start])
        for low, high in pairwise(bounds)
    ]
