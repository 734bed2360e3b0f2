"""Where the records of a module lie: collections, and names of fields of documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import define

from crmcore.errors import StorageError
from crmcore.schema import Field, Module
from crmcore_mongo import names
from crmcore_mongo.forms import VALUE


@define(eq=False)
class Shelf:
    """The collections of `module`; `given` are the names of fields by their places."""

    module: Module
    prefix: str
    given: Mapping[str, str]

    @property
    def current(self) -> str:
        """The collection of live records."""
        return names.current_collection(self.prefix, self.module)

    @property
    def history(self) -> str | None:
        """The collection of former versions, where they are kept."""
        if self.module.keeping != "history":
            return None
        return names.history_collection(self.prefix, self.module)

    def name(self, one: Field, suffix: str = VALUE) -> str:
        """What the part of field `one` is called in documents.

        Raises `StorageError` (`not_prepared`) where it has no place.
        """
        if one.number < 0:
            return names.ID if one.number == -1 else one.name
        found = self.given.get(names.place_name(one))
        if found is None:
            raise StorageError("not_prepared", module=self.module.name, field=one.name)
        return found + suffix


ShelfOf = Callable[[Module], Shelf]
