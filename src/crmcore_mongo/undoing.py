"""How writes are undone one by one, where a transaction cannot simply be ended.

In the transaction of a host, whose other writes stay, and on a server that has none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field
from pymongo import DeleteOne, ReplaceOne, UpdateOne
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


def change_each(
    collection: Collection[Any],
    session: Session,
    undoing: Undoing | None,
    changes: Sequence[UpdateOne] | Sequence[DeleteOne],
    former: Sequence[Document],
    later: Sequence[object] | None,
) -> bool:
    """From `former` to the versions `later`, or to nothing: whether each change met its own.

    Without transactions one that did not was changed by somebody else, to the same version
    perhaps: nothing of it is ours to undo. So they are made, and noted, one by one.
    """
    size = 1 if session is None else max(len(changes), 1)
    for start in range(0, len(changes), size):
        some = slice(start, start + size)
        ended, begun = former[some], None if later is None else later[some]
        if session is not None:
            _note(collection, undoing, ended, begun)
        done = collection.bulk_write(list(changes[some]), session=session)
        if done.matched_count + done.deleted_count != len(changes[some]):
            return False
        if session is None:
            _note(collection, undoing, ended, begun)
    return True


def _note(
    collection: Collection[Any],
    undoing: Undoing | None,
    former: Sequence[Document],
    later: Sequence[object] | None,
) -> None:
    if undoing is None or not former:
        return
    if later is None:
        undoing.removes(collection, former)
    else:
        undoing.changes(collection, former, later)
