"""What hangs on merged records goes over to the one that is kept."""

from __future__ import annotations

from collections.abc import Sequence

from crmcore.errors import AccessDenied, Invalid
from crmcore.kinds import MultiLink
from crmcore.query.bound import BoundQuery, Ref, Within, both, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import Field, Module
from crmcore.schema.reserved import CONSENT, SHARE, TEAM_MEMBER
from crmcore.work.door import Door
from crmcore.work.removing import linking
from crmcore.work.session import Session

_OPENING = (SHARE, TEAM_MEMBER)
"""Whom a record is opened to besides its owner."""


def move_links(
    door: Door, module: Module, child: Module, link: Field, kept: str, others: Sequence[str]
) -> int:
    """Let what links to `others` by `link` link to `kept`; how many records that were.

    Each is an update by the user of `door`. Raises `Invalid` (`in_use`) where one of them is
    not his to know of, without a word about it; `AccessDenied` where he may not change it.
    """
    session, group = door.session, {kept, *others}
    rows = _outside(module, child, linking(session, child, link, others), group)
    if not rows:
        return 0
    _check_known(session, child, link, rows, others)
    place = layout_of(child).index[link.name]
    changes: list[tuple[str, int | None, dict[str, object]]] = []
    for row in rows:
        held, version = row[place], row[1]
        assert isinstance(version, int)
        changes.append((str(row[0]), version, {link.name: _moved(link, held, kept, others)}))
    door.update(child, changes)
    if _outside(module, child, linking(session, child, link, others), group):
        # Somebody else has to agree to the new link, and there would be nothing at the old one.
        raise AccessDenied("merge_needs_approval", module=child.name, field=link.name)
    return len(rows)


def _outside(module: Module, child: Module, rows: Sequence[Row], group: set[str]) -> list[Row]:
    return [row for row in rows if child.name != module.name or row[0] not in group]


def _check_known(
    session: Session, child: Module, link: Field, rows: Sequence[Row], others: Sequence[str]
) -> None:
    shown = session.binder.shown(child)
    seen = session.stored_rows(child, [str(row[0]) for row in rows], session.binder.visible(child))
    if link.name not in shown.by_name or len(seen) < len(rows):
        place = layout_of(child).index[link.name]
        held = rows[0][place]
        among = held if isinstance(held, tuple) else (held,)
        raise Invalid("in_use", record=next(one for one in among if one in others))


def _moved(link: Field, held: object, kept: str, others: Sequence[str]) -> object:
    if not isinstance(link.kind, MultiLink):
        return kept
    assert isinstance(held, tuple)
    return [one for one in held if one not in others and one != kept] + [kept]


def move_attached(
    door: Door, system: Door, module: Module, kept: str, others: Sequence[str]
) -> None:
    """Consents go with the person; shares and teams too where the user may share what is kept.

    What he may not share stays with what was removed, and comes back with it.
    """
    moving = [CONSENT]
    may_share = door.session.binder.visible(module, "share")
    if door.session.stored_rows(module, [kept], may_share):
        moving.extend(_OPENING)
    for one in moving:
        field = one.fields[0]
        name = Within(Ref((), one.by_name["module"]), (module.name,))
        where = both(Within(Ref((), field), tuple(others)), name)
        rows = list(door.session.rows(BoundQuery(one, full_columns(one), where)))
        changes = [(str(row[0]), row[1], {field.name: kept}) for row in rows]
        if changes:
            system.update(one, changes)  # type: ignore[arg-type]
