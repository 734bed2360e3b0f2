"""What the transactions of one backend share: the database, where things lie, writers."""

from __future__ import annotations

from typing import Any

from attrs import define, field
from pymongo.database import Database

from crmcore.schema import Module
from crmcore_mongo.catalogue import Catalogue
from crmcore_mongo.layout import Shelf
from crmcore_mongo.writes import Writer


@define(eq=False)
class Store:
    """One store; `is_atomic` where its server has transactions."""

    database: Database[Any]
    catalogue: Catalogue
    is_atomic: bool = True
    _writers: dict[int, tuple[Shelf, Writer]] = field(factory=dict)

    def shelf(self, module: Module) -> Shelf:
        """Where the records of `module` lie."""
        return self.catalogue.shelf(module)

    def writer(self, module: Module) -> Writer:
        """What writes records of `module`."""
        shelf = self.shelf(module)
        found = self._writers.get(id(shelf))
        if found is None:
            found = self._writers[id(shelf)] = shelf, Writer(self.database, shelf)
        return found[1]
