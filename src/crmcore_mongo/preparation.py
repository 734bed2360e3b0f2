"""Bringing a store to a schema: small steps that may be repeated; nothing is dropped.

Definitions are no part of transactions in MongoDB, so each step leaves the store usable and
whoever comes next goes on where one stopped. What was done is noted in the catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from attrs import define, field
from pymongo.errors import OperationFailure

from crmcore.errors import SchemaError, WorkspaceError
from crmcore.schema import Field, Module, Schema
from crmcore.schema.reserved import CHANGE_SET
from crmcore_mongo import names
from crmcore_mongo.catalogue import Catalogue, Notes
from crmcore_mongo.forms import is_sorted_text, parts
from crmcore_mongo.indexes import Index, indexes
from crmcore_mongo.keys import build_key, definition, fill_search_keys
from crmcore_mongo.layout import Shelf
from crmcore_mongo.refusals import code_of

_EXISTS: Final = 48


def prepare(catalogue: Catalogue, schema: Schema) -> None:
    """Do what is missing.

    Raises `WorkspaceError` (`not_a_store`, `unknown_format`, `other_unicode`),
    `SchemaError` (`column_changed`) and `Duplicate` (`value_taken_in_store`).
    """
    if not catalogue.is_there():
        if catalogue.has_data():
            raise WorkspaceError("not_a_store")
        catalogue.create()
    notes = catalogue.read()
    made = [_Preparing(catalogue, one, notes.get(one.name, {})) for one in _modules(schema)]
    for module in made:
        module.check()
    named = [module.name_fields() for module in made]
    if any(named):
        catalogue.flush()
        catalogue.read()
    for module in made:
        module.fill()
        module.index()
    catalogue.flush()
    for module in made:
        module.keys()
    catalogue.flush()


def _modules(schema: Schema) -> list[Module]:
    """The modules of `schema`, and the change sets, by which the past is asked."""
    found = list(schema.modules)
    if CHANGE_SET.name not in schema.by_name:
        found.append(CHANGE_SET)
    return found


@define(eq=False)
class _Preparing:
    """One module, and what is noted about it."""

    catalogue: Catalogue
    module: Module
    notes: Notes
    stored: list[Field] = field(init=False)
    is_new: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.stored = [one for one in self.module.fields if one.stored]
        self.is_new = "indexes" not in self.notes

    def check(self) -> None:
        """Raise `SchemaError` (`column_changed`) where values would change their meaning."""
        for one in self.stored:
            known = self._known(one)
            if known is not None and known["form"] != _described(one):
                raise SchemaError("column_changed", module=self.module.name, name=one.name)

    def name_fields(self) -> bool:
        """Give new fields their names in documents; whether there were any."""
        new = [one for one in self.stored if self._known(one) is None]
        for one in new:
            found = {
                "name": names.field_name(one),
                "form": _described(one),
                "searched": is_sorted_text(one.kind),
            }
            self._note(f"fields.{names.place_name(one)}", found)
            self._log(f"name {self.module.name}.{found['name']}")
        return bool(new)

    def fill(self) -> None:
        """Search keys of texts that were not sorted before."""
        for one in self.stored:
            known, wanted = self._known(one), is_sorted_text(one.kind)
            if known is not None and known["searched"] != wanted:
                if wanted:
                    fill_search_keys(self.catalogue.database, self._shelf, one)
                    self._log(f"fill search keys of {self.module.name}.{one.name}")
                self._note(f"fields.{names.place_name(one)}.searched", wanted)

    def index(self) -> None:
        """Collections and indexes that are missing."""
        noted: dict[str, list[str]] = self.notes.get("indexes", {})
        shelf = self._shelf
        for collection in (shelf.current, shelf.history):
            if collection is not None and collection not in noted:
                self._make_collection(collection)
                noted[collection] = []
        wanted = list(indexes(shelf))
        for collection, known in noted.items():
            here = [one for one in wanted if one.collection == collection]
            missing = [one for one in here if one.name not in known]
            if missing:
                self._make_indexes(collection, missing)
                known += [one.name for one in missing]
                self._note("indexes", noted)

    def keys(self) -> None:
        """Keys to be built, and those to be given up."""
        noted: dict[str, str] = self.notes.get("keys", {})
        wanted = {str(key.number): key for key in self.module.unique_keys}
        for number in sorted(set(noted) - set(wanted)):
            # Its index stays, and no write without the key touches it: somebody may be building
            # the key for a schema that is not in force yet.
            self._note(f"keys.{number}", None)
            self._log(f"give up key {number} of {self.module.name}")
        for number, key in wanted.items():
            if noted.get(number) != definition(self.module, key):
                build_key(self.catalogue.database, self._shelf, key, is_new=self.is_new)
                self._note(f"keys.{number}", definition(self.module, key))
                self._log(f"build key {number} of {self.module.name}")
                if not self.is_new:
                    self.catalogue.flush()

    @property
    def _shelf(self) -> Shelf:
        return self.catalogue.shelf(self.module)

    def _known(self, one: Field) -> Any:
        return self.notes.get("fields", {}).get(names.place_name(one))

    def _note(self, name: str, value: object) -> None:
        self.catalogue.note(self.module.name, name, value)

    def _log(self, step: str) -> None:
        self.catalogue.log(step)

    def _make_collection(self, name: str) -> None:
        try:
            self.catalogue.database.create_collection(name, check_exists=False)
        except OperationFailure as error:
            if code_of(error) != _EXISTS:
                raise
            self.is_new = False
        self._log(f"create collection {name}")

    def _make_indexes(self, collection: str, missing: Sequence[Index]) -> None:
        self.catalogue.database[collection].create_indexes([one.model() for one in missing])
        for one in missing:
            self._log(f"create index {collection}.{one.name}")


def _described(one: Field) -> str:
    """What must not change under a field with values."""
    form = parts(one.kind)[0].form
    return f"{form}:{one.kind.scale}" if form == "scaled" else form
