"""Removing records with what links to them: refuse, detach or cascade, as each link says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crmcore.errors import Invalid
from crmcore.kinds import Link, MultiLink
from crmcore.kinds.reference import MAX_CASCADE, OnRemoval
from crmcore.query.bound import BoundQuery, HasCodes, Ref, Within, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import Field, Module
from crmcore.storage import Expect
from crmcore.work.door import Door
from crmcore.work.session import Session, chunks

OnLink = Callable[[Module, Field], OnRemoval | None]
"""What becomes of a record whose link leads to what is removed; `None`: it stays as it is."""


def as_defined(child: Module, link: Field) -> OnRemoval | None:
    """What the link itself says."""
    assert isinstance(link.kind, Link)
    return link.kind.on_removal


def remove(
    door: Door,
    system: Door,
    module: Module,
    records: Sequence[tuple[str, int | None]],
    depth: int = 0,
    *,
    alone: bool = False,
    on_link: OnLink = as_defined,
) -> list[Row]:
    """Remove `records` through `door`; what hangs on them is done in the name of the system.

    Raises `Invalid` (`in_use`) where a link restricts; with `alone`, where any link leads here.
    """
    ids = [record for record, _ in records]
    door.check_removable(module, ids)
    going = set(ids)
    children = list(door.session.schema.children(module.name))
    if children and module.keeping != "adopted":
        # Whoever links to them has committed by then, or finds them gone.
        door.session.transaction.apply([Expect(module, sorted(going), alone=True)])
    for child, link in children:
        then = on_link(child, link)
        if then is None:
            continue
        rows = [
            row
            for row in linking(door.session, child, link, ids)
            if not (child.name == module.name and row[0] in going)
        ]
        if rows:
            if then == "restrict" or alone or depth >= MAX_CASCADE:
                raise _in_use(child, link, rows[0], going)
            if then == "cascade":
                versions = [(str(row[0]), row[1]) for row in rows]
                remove(system, system, child, versions, depth + 1, on_link=on_link)  # type: ignore[arg-type]
            else:
                _detach(system, child, link, rows, going)
    return door.delete(module, records)


def linking(session: Session, child: Module, link: Field, ids: Sequence[str]) -> list[Row]:
    """The rows of `child` that link to one of `ids` by `link`, whoever may see them."""
    ref = Ref((), link)
    found: list[Row] = []
    for some in chunks(ids):
        is_set = isinstance(link.kind, MultiLink)
        where = HasCodes(ref, "any", some) if is_set else Within(ref, some)
        found.extend(session.rows(BoundQuery(child, full_columns(child), where)))
    return found


def _in_use(child: Module, link: Field, row: Row, going: set[str]) -> Invalid:
    """Neither module nor number of what links here: those might not be his to know."""
    held = row[layout_of(child).index[link.name]]
    among = held if isinstance(held, tuple) else (held,)
    return Invalid("in_use", record=next(one for one in among if one in going))


def _detach(system: Door, child: Module, link: Field, rows: list[Row], going: set[str]) -> None:
    place = layout_of(child).index[link.name]
    changes = []
    for row in rows:
        kept: object = None
        if isinstance(row[place], tuple):
            kept = [one for one in row[place] if one not in going]  # type: ignore[attr-defined]
        changes.append((str(row[0]), row[1], {link.name: kept}))
    system.update(child, changes)  # type: ignore[arg-type]
