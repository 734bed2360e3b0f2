"""All rows of a store as of one transaction: what questions are answered from at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field
from pymongo.client_session import ClientSession

from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import Module
from crmcore.schema.reserved import CHANGE_SET
from crmcore.storage.scan import Former
from crmcore_mongo.codec import Read, decoder
from crmcore_mongo.keys import paths
from crmcore_mongo.names import ENDED_BY, FORMER, REMOVED
from crmcore_mongo.store import Store


@define(eq=False)
class Scan:
    """See `crmcore.storage.scan.Snapshot`."""

    store: Store
    session: ClientSession | None
    _live: dict[int, Mapping[str, Row]] = field(factory=dict)
    _positions: dict[str, int | None] | None = None

    def current(self, module: Module) -> Mapping[str, Row]:
        found = self._live.get(id(module))
        if found is None:
            shelf = self.store.shelf(module)
            documents = list(self.store.database[shelf.current].find({}, session=self.session))
            rows = self._decode(module, documents)
            found = self._live[id(module)] = {str(row[0]): row for row in rows}
        return found

    def _decode(self, module: Module, documents: Sequence[Any]) -> list[Row]:
        shelf, layout = self.store.shelf(module), layout_of(module)
        fields = [module.by_name[name] for name in layout.columns[: layout.stored]]
        decode = decoder([(Read(one.kind), paths(shelf, one)) for one in fields])
        return decode(documents)

    def former(self, module: Module) -> Sequence[Former]:
        shelf = self.store.shelf(module)
        if shelf.history is None:
            return []
        found = self.store.database[shelf.history].find({}, session=self.session)
        documents = sorted(found, key=lambda one: one[FORMER]["version"])
        rows = self._decode(module, [one[FORMER] for one in documents])
        return [
            (row, one[ENDED_BY], one[REMOVED]) for row, one in zip(rows, documents, strict=True)
        ]

    def position(self, change_set: str) -> int | None:
        if self._positions is None:
            place = layout_of(CHANGE_SET).index["position"]
            rows = self.current(CHANGE_SET).values()
            self._positions = {str(row[0]): row[place] for row in rows}  # type: ignore[misc]
        return self._positions.get(change_set)
