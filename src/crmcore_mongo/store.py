"""What the transactions of one backend share: the database, where things lie, writers."""

from __future__ import annotations

from typing import Any, Final

from attrs import define, field
from bson import Int64
from pymongo.database import Database
from pymongo.errors import OperationFailure

from crmcore.query.bound import BoundSummary
from crmcore.schema import Module
from crmcore_mongo.catalogue import Catalogue
from crmcore_mongo.figures import Adding
from crmcore_mongo.holding import Holds
from crmcore_mongo.layout import Shelf
from crmcore_mongo.writes import Writer

_BEYOND: Final = (
    {"$documents": [{"v": Int64(2**62)}, {"v": Int64(2**62)}]},
    {"$group": {"_id": None, "n": {"$sum": "$v"}}},
)


@define(eq=False)
class Store:
    """One store; `is_atomic` where its server has transactions."""

    database: Database[Any]
    catalogue: Catalogue
    is_atomic: bool = True
    _writers: dict[int, tuple[Shelf, Writer]] = field(factory=dict)
    _adding: Adding | None = None
    holds: Holds = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.holds = Holds(self.database, self.catalogue.prefix)

    def forget(self) -> None:
        """Forget what was known of a store that was emptied."""
        self.catalogue = Catalogue(self.database, self.catalogue.prefix)
        self.holds = Holds(self.database, self.catalogue.prefix)
        self._writers.clear()

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

    def adding(self, query: BoundSummary) -> Adding:
        """How the sums of `query` are asked for first.

        As integers, if the server was seen to tell where they leave 64 bits, as MongoDB does
        from 5.1 on; one that does not is asked for decimals.
        """
        if self._adding is None and any(one.function == "sum" for one in query.measures):
            try:
                found = next(self.database.aggregate(list(_BEYOND)))["n"]
            except OperationFailure:
                found = None
            self._adding = Adding.BARE if found == 2.0**63 else Adding.DECIMAL
        return self._adding or Adding.BARE
