"""MongoDB: the same records through the door, against PyMongo by hand.

The server is that of the tests, unless `CRMCORE_MONGODB_URL` names another, and no oracle for
speed: it is written in Python. Seconds are those of the processor, of this process and of the
server together; of another server, those of the clock on the wall.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bson import Int64
from measuring import Answer, Figure, Sizes, in_turns, repeated
from pymongo import MongoClient
from stores import BATCH, chunks, fields, sales_rep, schema, values

from crmcore import Bucket, GroupBy, Measure, Summary, Workspace, open_workspace
from crmcore_mongo.figures import Adding

ZONE = "Asia/Shanghai"
Documents = Any
"""A collection of PyMongo."""


def mongodb(_folder: Path, sizes: Sizes) -> Answer:
    """On MongoDB, against PyMongo."""
    from crmcore.testing.servers.mongodb import MongodbServer

    with MongodbServer() as server:
        sizes = replace(sizes, clock=_clock(server))
        url = server.database()
        crm = open_workspace(url, schema=schema(more=True), create=True)
        rep = sales_rep(crm)
        with MongoClient[dict[str, Any]](url, w="majority", journal=True) as client:
            database = client.get_default_database()
            figures = [_create(crm, rep, database, sizes)]
            hand = _Hand(database["crmd_thing"])
            figures += [
                _read(crm, hand, sizes),
                _page(crm.as_("li"), hand, sizes),
                *_groups(crm, hand, sizes),
            ]
        crm.close()
    return Answer(figures)


def _clock(server: Any) -> Callable[[], float]:
    if server._process is None:
        return time.perf_counter
    place, tick = Path(f"/proc/{server._process.pid}/stat"), os.sysconf("SC_CLK_TCK")

    def both() -> float:
        # Behind the name in brackets: fields 14 and 15 are what it spent itself and in the kernel.
        user, system = place.read_text().rpartition(")")[2].split()[11:13]
        return time.process_time() + (int(user) + int(system)) / tick

    return both


def _create(crm: Workspace, owner: str, database: Any, sizes: Sizes) -> Figure:
    count = sizes.of(5_000, 100_000)
    made = {one.name for one in fields()}

    def ours(number: int) -> None:
        rows = [
            values(number * count + one) | {"owner": owner if one % 10 == 7 else None}
            for one in range(count)
        ]
        for part in chunks(rows, BATCH - 1):
            with crm.work() as work:
                work.create_all("thing", part)  # type: ignore[arg-type]

    def theirs(number: int) -> None:
        collection = database[f"bare{number}"]
        collection.create_index("code", unique=True)
        rows = (values(number * count + one) for one in range(count))
        documents = [
            {"_id": f"{place:032x}", **{name: _bare(row[name]) for name in made}}
            for place, row in enumerate(rows)
        ]
        for part in chunks(documents):
            with database.client.start_session() as session, session.start_transaction():
                collection.insert_many(part, session=session)

    times = in_turns(sizes, ours, theirs)
    return Figure("MongoDB: create", "insert_many, one unique index", *times, 3, count)


def _bare(value: object) -> object:
    """A value as somebody writes it with the driver: cents as 64-bit integers, days as moments."""
    if isinstance(value, Decimal):
        return Int64(value * 100)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return value


class _Hand:
    """Questions by hand about our own documents, in a transaction, as ours are."""

    def __init__(self, collection: Documents) -> None:
        self.collection = collection
        document = collection.find_one({"code_1": {"$exists": True}, "owner_21": {"$exists": True}})
        assert document is not None
        self.names = {name.rpartition("_")[0]: name for name in document if name[-1].isdigit()}

    def within(self, ask: Callable[[Any], Any]) -> list[Any]:
        """The answer to `ask` in a transaction of its own."""
        with (
            self.collection.database.client.start_session() as session,
            session.start_transaction(),
        ):
            return list(ask(session))


def _read(crm: Workspace, hand: _Hand, sizes: Sizes) -> Figure:
    shown = dict.fromkeys(hand.names.values(), 1)

    def theirs() -> list[Any]:
        return hand.within(
            lambda session: hand.collection.find({}, shown, session=session).sort("_id", 1)
        )

    count = len(theirs())

    def ours(_round: int) -> None:
        assert len(crm.find("thing")) == count

    times = in_turns(sizes, ours, lambda _: theirs())
    return Figure("MongoDB: read all records", "raw cursor", *times, 2, count)


def _page(rep: Workspace, hand: _Hand, sizes: Sizes) -> Figure:
    shown = dict.fromkeys(hand.names.values(), 1)
    mine = {"$or": [{hand.names["owner"]: rep.principal}, {"created_by": rep.principal}]}
    chosen = {"$and": [{hand.names["n2"]: {"$gte": 3}}, mine]}

    def theirs() -> list[Any]:
        return hand.within(
            lambda session: (
                hand.collection.find(chosen, shown, session=session).sort("_id", 1).limit(51)
            )
        )

    assert len(rep.find("thing", "n2 >= 3", limit=50)) == len(theirs()) - 1
    ours = repeated(lambda: rep.find("thing", "n2 >= 3", limit=50), 10)
    times = in_turns(sizes, ours, repeated(theirs, 10))
    return Figure("MongoDB: page of 50 in a scope", "the same find by hand", *times, 1.3, 10)


def _groups(crm: Workspace, hand: _Hand, sizes: Sizes) -> list[Figure]:
    month = {"$dateTrunc": {"date": f"${hand.names['day']}", "unit": "month"}}
    key = {"month": month, "option": f"${hand.names['c0']}"}
    total = {"$sum": f"${hand.names['d1']}"}
    pipeline = [{"$group": {"_id": key, "count": {"$sum": 1}, "total": total}}]
    summary = Summary(
        "thing",
        (GroupBy("day", Bucket("month"), "month"), GroupBy("c0", None, "option")),
        (Measure("count", name="count"), Measure("sum", "d1", name="total")),
    )

    def ours() -> list[Any]:
        return list(crm.summarize(summary).to_dicts())

    def theirs() -> list[Any]:
        return hand.within(lambda session: hand.collection.aggregate(pipeline, session=session))

    assert len(ours()) == len(theirs())
    store: Any = crm._store.backend
    figures = []
    for adding, name in ((Adding.BARE, "integers"), (Adding.DECIMAL, "decimals")):
        # The server of the tests does not add as MongoDB documents it: both ways are measured.
        store._store._adding = adding
        times = in_turns(sizes, repeated(ours, 3), repeated(theirs, 3))
        question = f"MongoDB: group by month, sums of {name}"
        figures.append(Figure(question, "the same pipeline by hand", *times, 1.15, 3))
    return figures
