"""Secrets and counters: cells of the store, changed by compare-and-set, and nothing else.

Their modules are known to the store alone, not to the schema of the workspace. So no
question, right, report, export, archive, digest or history can name them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from attrs import evolve, frozen

from crmcore.access import SYSTEM_USER
from crmcore.kinds import DateTime, Integer, Json, Labels, Text
from crmcore.query.bound import (
    BoundNode,
    BoundQuery,
    Comparison,
    Const,
    Ref,
    Within,
    by_id,
    full_columns,
)
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Field, Module, Schema, numbered
from crmcore.storage import Delete, Insert, Intent, Replace, Transaction
from crmcore.work.store import Store

_CODE: Final = Text(max_length=255, sorted=False)
_STAMPS: Final = len(STAMPS)
_NOWHERE: Final = "0" * 32
"""Cells belong to no change set and are no part of the chain."""

CREDENTIAL: Final = Module(
    "crm_credential",
    [
        Field("password", _CODE, number=1),
        Field("epoch", Integer(), number=2),
        Field("factor", _CODE, number=3),
        Field("pending", _CODE, number=4),
        Field("step", Integer(), number=5),
        Field("recovery", Json(), number=6),
    ],
    label=Labels("登录凭证", "Credential"),
    keeping="state",
    number=45,
)
"""Of each user with a password. `epoch` goes up where sessions end; `step` was used last."""

SESSION: Final = Module(
    "crm_session",
    [
        Field("digest", _CODE, number=1),
        Field("user", _CODE, indexed=True, number=2),
        Field("epoch", Integer(), number=3),
        Field("device", _CODE, number=4),
        Field("origin", _CODE, number=5),
        Field("seen", DateTime(), number=6),
        Field("expires", DateTime(), indexed=True, number=7),
    ],
    label=Labels("会话", "Session"),
    keeping="state",
    number=46,
)

TOKEN: Final = Module(
    "crm_token",
    [
        Field("digest", _CODE, number=1),
        Field("purpose", _CODE, number=2),
        Field("user", _CODE, indexed=True, number=3),
        Field("label", _CODE, number=4),
        Field("seen", DateTime(), number=5),
        Field("expires", DateTime(), indexed=True, number=6),
        Field("roles", Json(), number=7),
        Field("issuer", _CODE, number=8),
    ],
    label=Labels("令牌", "Token"),
    keeping="state",
    number=47,
)

THROTTLE: Final = Module(
    "crm_throttle",
    [
        Field("count", Integer(), number=1),
        Field("until", DateTime(), number=2),
        Field("expires", DateTime(), indexed=True, number=3),
    ],
    label=Labels("尝试计数", "Counted attempts"),
    keeping="state",
    number=48,
)

_HIDDEN: Final = numbered(Schema([CREDENTIAL, SESSION, TOKEN, THROTTLE]))
_PART: Final = "accounts"
_AT_ONCE: Final = 500


def ready(store: Store) -> None:
    """Let the store have room for cells: once in each process."""
    if _PART not in store.prepared:
        store.backend.prepare(_HIDDEN)
        store.prepared.add(_PART)


@frozen
class Cell:
    """One cell as it was read, or a new one (version 0)."""

    module: Module
    id: str
    version: int
    values: Mapping[str, Any]
    made_at: datetime | None = None

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)


def blank(module: Module, record: str) -> Cell:
    """A cell that is not there yet."""
    return Cell(module, record, 0, {})


def found(transaction: Transaction, module: Module, record: str) -> Cell | None:
    """The cell with the id `record`."""
    return next(iter(_cells(transaction, module, by_id(record))), None)


def cell(transaction: Transaction, module: Module, record: str) -> Cell:
    """The cell with the id `record`, a blank one where there is none."""
    return found(transaction, module, record) or blank(module, record)


def cells_with(transaction: Transaction, module: Module, name: str, value: str) -> list[Cell]:
    """The cells whose field `name` is `value`."""
    return _cells(transaction, module, Within(Ref((), module.by_name[name]), (value,)))


def put(transaction: Transaction, former: Cell, now: datetime, **values: object) -> Cell:
    """`former` with `values` changed, written; raises `Conflict` where somebody was faster."""
    layout = layout_of(former.module)
    made = evolve(
        former,
        version=former.version + 1,
        values={**former.values, **values},
        made_at=former.made_at or now,
    )
    stamps = (made.id, made.version, made.made_at, SYSTEM_USER, now, SYSTEM_USER)
    names = layout.columns[_STAMPS : layout.stored]
    kinds = {one.name: one.kind for one in former.module.fields}
    normal = (kinds[name].normalize(made.values.get(name)) for name in names)
    row = (*stamps, _NOWHERE, _NOWHERE, *normal)
    if former.version:
        transaction.apply([Replace(former.module, [row], [former.version])])
    else:
        transaction.apply([Insert(former.module, [row])])
    return made


def drop(transaction: Transaction, *cells: Cell) -> None:
    """Remove `cells`; raises `Conflict` where somebody was faster."""
    for one in cells:
        transaction.apply([Delete(one.module, [one.id], [one.version], _NOWHERE)])


@contextmanager
def writing(store: Store) -> Iterator[Transaction]:
    """A transaction over cells alone: committed on a clean exit."""
    thread = store.enter()
    try:
        transaction = store.backend.begin(Intent.WRITE)
        try:
            yield transaction
            transaction.commit()
        finally:
            transaction.rollback()
    finally:
        store.leave(thread)


@contextmanager
def looking(store: Store) -> Iterator[Transaction]:
    """A transaction that reads cells."""
    transaction = store.backend.begin(Intent.READ)
    try:
        yield transaction
    finally:
        transaction.rollback()


def _cells(
    transaction: Transaction, module: Module, where: BoundNode, limit: int | None = None
) -> list[Cell]:
    layout = layout_of(module)
    names = layout.columns[_STAMPS : layout.stored]
    query = BoundQuery(module, full_columns(module), where, limit=limit)
    made: list[Cell] = []
    for batch in transaction.select(query):
        for row in batch:
            values = dict(zip(names, row[_STAMPS:], strict=False))
            made.append(Cell(module, row[0], row[1], values, row[2]))  # type: ignore[arg-type]
    return made


def expired(transaction: Transaction, module: Module, now: datetime) -> list[Cell]:
    """Some of the cells whose time is over."""
    ref = Ref((), module.by_name["expires"])
    return _cells(transaction, module, Comparison("<", ref, Const(now, ref.kind)), _AT_ONCE)
