"""How writes are undone one by one, where a transaction cannot simply be ended.

In the transaction of a host, whose other writes stay, and on a server that has none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field
from pymongo import ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from crmcore_mongo.codec import Document
from crmcore_mongo.names import ID

Session = ClientSession | None


@define(eq=False)
class Undoing:
    """What would undo the writes so far, each noted before it is done."""

    _steps: list[Callable[[Session], object]] = field(factory=list)

    def adds(self, collection: Collection[Any], documents: Sequence[Document]) -> None:
        """`documents` are about to be inserted."""
        ours = [{ID: one[ID], "change_set": one["change_set"]} for one in documents]

        def undo(session: Session) -> None:
            # One that was there before belongs to somebody else.
            for one in ours:
                collection.delete_one(one, session=session)

        self._steps.append(undo)

    def changes(
        self, collection: Collection[Any], former: Sequence[Document], versions: Sequence[object]
    ) -> None:
        """`former` are about to become `versions`."""
        back = [
            ReplaceOne({ID: one[ID], "version": version}, one)
            for one, version in zip(former, versions, strict=True)
        ]
        if back:
            self._steps.append(lambda session: collection.bulk_write(back, session=session))

    def removes(self, collection: Collection[Any], former: Sequence[Document]) -> None:
        """`former` are about to be deleted, or changed whatever their versions."""
        back = [ReplaceOne({ID: one[ID]}, one, upsert=True) for one in former]
        if back:
            self._steps.append(lambda session: collection.bulk_write(back, session=session))

    def remembers(self, collection: Collection[Any], documents: Sequence[Document]) -> None:
        """`documents` are about to be put into history; they get their ids now."""
        ids = [one[ID] for one in documents]
        self._steps.append(
            lambda session: collection.delete_many({ID: {"$in": ids}}, session=session)
        )

    def run(self, session: Session) -> None:
        """Undo all, the last first."""
        while self._steps:
            self._steps.pop()(session)
