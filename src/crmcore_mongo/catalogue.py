"""What a store knows about itself: its format, what its fields are called, how it came about."""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import define, field
from pymongo import UpdateOne
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from crmcore.errors import WorkspaceError
from crmcore.kinds.unicode import UNICODE_VERSION
from crmcore.schema import Module
from crmcore.schema.reserved import HEAD
from crmcore_mongo import names
from crmcore_mongo.layout import Shelf

FORMAT: Final = "1"
_STORE: Final = "store"
Notes = dict[str, Any]


@define(eq=False)
class Catalogue:
    """The catalogue of the store with `prefix` in `database`.

    Names of fields are given once and never change, so that what was read stays true.
    """

    database: Database[Any]
    prefix: str
    _given: dict[str, dict[str, str]] = field(factory=dict)
    _shelves: dict[int, tuple[Module, Shelf]] = field(factory=dict)
    _changes: list[UpdateOne] = field(factory=list)
    _steps: list[Notes] = field(factory=list)

    def create(self) -> None:
        """Make the catalogue; another program may be doing the same."""
        try:
            self._notes.insert_one({"_id": _STORE, "format": FORMAT, "unicode": UNICODE_VERSION})
        except DuplicateKeyError:
            return

    def is_there(self) -> bool:
        """Whether there is a store; raises `WorkspaceError` where another program wrote it.

        Codes: `unknown_format`, `other_unicode`.
        """
        found = self._notes.find_one({"_id": _STORE})
        if found is None:
            return False
        if found.get("format") != FORMAT:
            raise WorkspaceError("unknown_format", found=found.get("format"), known=FORMAT)
        if found.get("unicode") != UNICODE_VERSION:
            raise WorkspaceError("other_unicode", found=found.get("unicode"), known=UNICODE_VERSION)
        return True

    def has_data(self) -> bool:
        """Whether collections are called as ours are."""
        ours = (f"{self.prefix}crmd_", f"{self.prefix}crmh_")
        return any(name.startswith(ours) for name in self.database.list_collection_names())

    def read(self) -> dict[str, Notes]:
        """What is noted about each module: `fields`, `keys`, `indexes`."""
        found = {str(note["_id"]): note for note in self._notes.find({"_id": {"$ne": _STORE}})}
        self._given = {
            module: {place: one["name"] for place, one in note.get("fields", {}).items()}
            for module, note in found.items()
        }
        self._shelves.clear()
        return found

    def note(self, module: str, name: str, value: object) -> None:
        """Keep one thing about a module, at the next `flush`; `None` forgets it."""
        change = {"$unset": {name: ""}} if value is None else {"$set": {name: value}}
        self._changes.append(UpdateOne({"_id": module}, change, upsert=True))

    def log(self, step: str) -> None:
        """Write a step that was done into the journal, at the next `flush`."""
        self._steps.append({"step": step})

    def flush(self) -> None:
        """Keep what was noted since the last time."""
        changes, self._changes = self._changes, []
        steps, self._steps = self._steps, []
        if steps:
            self.database[names.journal_collection(self.prefix)].insert_many(steps)
        if changes:
            self._notes.bulk_write(changes)

    def empty(self) -> tuple[str, ...]:
        """Drop what lies in the store, the head last, and forget what was noted about it.

        Cut short, the head is still there, or nothing is.
        """
        ours = re.compile(rf"{self.prefix}crm[dh]_[a-z0-9_]+")
        head = names.current_collection(self.prefix, HEAD)
        there = self.database.list_collection_names()
        found = sorted(one for one in there if ours.fullmatch(one) and one != head)
        for name in (*found, names.holds_collection(self.prefix)):
            self.database.drop_collection(name)
        self._notes.delete_many({"_id": {"$ne": _STORE}})
        self.database.drop_collection(head)
        self.log("empty the store")
        self.flush()
        return (*found, head)

    def shelf(self, module: Module) -> Shelf:
        """Where records of `module` lie; raises `StorageError` (`not_prepared`) when used."""
        found = self._shelves.get(id(module))
        if found is not None:
            return found[1]
        wanted = {names.place_name(one) for one in module.stored}
        if module.name not in self._given or not wanted <= self._given[module.name].keys():
            self.read()
        shelf = Shelf(module, self.prefix, self._given.get(module.name, {}))
        # The module is kept with its shelf, so that its identity stays taken.
        self._shelves[id(module)] = module, shelf
        return shelf

    @property
    def _notes(self) -> Any:
        return self.database[names.catalogue_collection(self.prefix)]
