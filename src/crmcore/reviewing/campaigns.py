"""Campaigns of review: decided item by item, signed, and carried out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from crmcore.access import User
from crmcore.errors import AccessDenied, Invalid, NotFound
from crmcore.query.bound import BoundOrder, BoundQuery, Ref, Within, full_columns, stamp_ref
from crmcore.records import Record, layout_of
from crmcore.reviewing.campaign import (
    CLOSED,
    DECISIONS,
    OPEN,
    PREPARING,
    Campaign,
    ReviewItem,
    item_of,
    signature_of,
)
from crmcore.schema.reserved import REVIEW, REVIEW_ITEM, ROLE_ASSIGNMENT, SHARE, TEAM_MEMBER, USER
from crmcore.work import UnitOfWork, Workspace
from crmcore.work.configuring import check_right
from crmcore.work.session import Session

_ENTRIES = {
    "assignment": ROLE_ASSIGNMENT.name,
    "share": SHARE.name,
    "team": TEAM_MEMBER.name,
}


def campaigns(crm: Workspace) -> list[Campaign]:
    """All reviews, the last one first. Raises `AccessDenied`."""
    with crm._store.reading(crm.principal) as session:
        check_right(session)
        order = (BoundOrder(stamp_ref("id"), descending=True),)
        query = BoundQuery(REVIEW, full_columns(REVIEW), order=order)
        return [_made(session, Record(layout_of(REVIEW), row)) for row in session.rows(query)]


def campaign(crm: Workspace, review: str) -> Campaign:
    """One review, by id or name (the last one of that name). Raises `NotFound`, `AccessDenied`."""
    with crm._store.reading(crm.principal) as session:
        check_right(session)
        return campaign_of(session, review)


def decide(
    crm: Workspace, review: str, items: Iterable[str], decision: str, *, reason: str | None = None
) -> Campaign:
    """Keep or revoke `items` (ids) of a review, in the name of who decides.

    A later decision stands in place of an earlier one. Raises `AccessDenied` (`own_rights`
    for what the reviewer himself holds, `reviewer_unnamed`), `NotFound`, `Invalid`
    (`unknown_decision`, `review_closed`, `review_preparing`), `CapacityExceeded` for more than
    10,000 items at once.
    """
    if decision not in DECISIONS:
        raise Invalid("unknown_decision", name=decision, known=", ".join(DECISIONS))
    wanted = list(dict.fromkeys(items))
    with crm.work(reason=reason) as work:
        session = work._unit.session
        check_reviewer(session)
        found = _open(session, review)
        known = {one.id: one for one in found.items}
        for one in wanted:
            if one not in known:
                raise NotFound("not_found", module=REVIEW_ITEM.name, record=one)
            if _is_own(session, known[one]):
                raise AccessDenied("own_rights", module=REVIEW_ITEM.name, record=one)
        values = {
            "decision": decision,
            "decided_by": session.reader.user,
            "decided_at": session.reader.now,
            "reason": reason,
        }
        work._unit.system_door.update(REVIEW_ITEM, [(one, None, values) for one in wanted])
        return campaign_of(session, found.id)


def close(crm: Workspace, review: str) -> Campaign:
    """Sign a review: its digest over picture and decisions stays in history.

    Revokes nothing by itself: `carry_out` does. Raises `Invalid` (`review_undecided`,
    `review_changed`, `review_closed`), `AccessDenied`, `NotFound`.
    """
    with crm.work(reason=review) as work:
        session = work._unit.session
        check_reviewer(session)
        found = _open(session, review)
        if found.undecided:
            raise Invalid("review_undecided", count=len(found.undecided))
        if not found.is_sound:
            raise Invalid("review_changed", module=REVIEW.name, record=found.id)
        reader = session.reader
        signed = evolve(found, state=CLOSED, closed_by=reader.user, closed_at=reader.now)
        values = {
            "state": CLOSED,
            "signature": signature_of(signed),
            "closed_by": reader.user,
            "closed_at": reader.now,
        }
        work._unit.system_door.update(REVIEW, [(found.id, None, values)])
        return campaign_of(session, found.id)


@frozen
class CarriedOut:
    """What was revoked: pass `operation` to `Workspace.undo`. `gone` was no longer held."""

    operation: str | None
    revoked: int = 0
    gone: int = 0


def carry_out(crm: Workspace, review: str) -> CarriedOut:
    """Take away what a signed review revoked, as one operation that can be undone.

    Done with the rights of who does it, as any change of users and shares. Repeated, it takes
    away what is held again. Raises `Invalid` (`review_open`, `review_changed`),
    `AccessDenied`, `NotFound`.
    """
    with crm.work(reason=review) as work:
        session = work._unit.session
        check_reviewer(session)
        found = campaign_of(session, review)
        if found.state != CLOSED:
            raise Invalid("review_open", module=REVIEW.name, record=found.id)
        if not found.is_sound:
            raise Invalid("review_changed", module=REVIEW.name, record=found.id)
        revoked = [one for one in found.items if one.decision == "revoke"]
        done = _revoke_roles(work, [one for one in revoked if one.sort == "role"])
        for one in revoked:
            if one.sort in _ENTRIES and _is_there(session, one):
                work.delete(_ENTRIES[one.sort], one.entry)
                done += 1
        return CarriedOut(work.operation if done else None, done, len(revoked) - done)


def _revoke_roles(work: UnitOfWork, items: Sequence[ReviewItem]) -> int:
    done = 0
    by_user: dict[str, set[str]] = {}
    for one in items:
        by_user.setdefault(one.entry, set()).add(str(one.role))
    session = work._unit.session
    rows = session.stored_rows(USER, by_user)
    for user, roles in by_user.items():
        if user not in rows:
            continue
        links = Record(layout_of(USER), rows[user])["roles"]
        held = [str(one) for one in links] if isinstance(links, tuple) else []
        kept = [one for one in held if one not in roles]
        if len(kept) < len(held):
            work.update(USER.name, user, {"roles": kept})
            done += len(held) - len(kept)
    return done


def _is_there(session: Session, one: ReviewItem) -> bool:
    module = session.schema.by_name[_ENTRIES[one.sort]]
    return one.entry in session.stored_rows(module, [one.entry])


def check_reviewer(session: Session) -> None:
    """Raise `AccessDenied` for who may not configure, or is no named person."""
    check_right(session)
    if session.reader.system:
        raise AccessDenied("reviewer_unnamed")


def _is_own(session: Session, one: ReviewItem) -> bool:
    """Whether the reviewer himself has it: by name, by a role, or by his department."""
    reader = session.reader
    user = session.configuration.users.get(reader.user, User(reader.user, ""))
    if one.holder is None:
        line = session.configuration.organization.departments_above(user.department)
        return one.holder_name in line
    held = session.configuration.in_force(user, reader.now).role_ids
    return one.holder == reader.user or one.holder in held


def _open(session: Session, review: str) -> Campaign:
    found = campaign_of(session, review)
    if found.state == PREPARING:
        raise Invalid("review_preparing", module=REVIEW.name, record=found.id)
    if found.state != OPEN:
        raise Invalid("review_closed", module=REVIEW.name, record=found.id)
    return found


def campaign_of(session: Session, review: str) -> Campaign:
    """One review, by id or name; raises `NotFound`."""
    layout = layout_of(REVIEW)
    rows = list(session.stored_rows(REVIEW, [review]).values())
    if not rows:
        name = Within(Ref((), REVIEW.by_name["name"]), (review,))
        order = (BoundOrder(stamp_ref("id"), descending=True),)
        query = BoundQuery(REVIEW, full_columns(REVIEW), name, order=order, limit=1)
        rows = list(session.rows(query))
    if not rows:
        raise NotFound("not_found", module=REVIEW.name, record=review)
    return _made(session, Record(layout, rows[0]))


def _made(session: Session, record: Record) -> Campaign:
    where = Within(Ref((), REVIEW_ITEM.by_name["review"]), (record.id,))
    order = (BoundOrder(stamp_ref("id")),)
    query = BoundQuery(REVIEW_ITEM, full_columns(REVIEW_ITEM), where, order=order)
    items = [item_of(Record(layout_of(REVIEW_ITEM), row)) for row in session.rows(query)]
    return Campaign(
        record.id,
        str(record["name"]),
        str(record["state"]),
        record["days"],  # type: ignore[arg-type]
        str(record.row[3]),
        record.row[2],  # type: ignore[arg-type]
        str(record["picture"]),
        items,
        *(record[name] for name in ("signature", "closed_by", "closed_at")),  # type: ignore[arg-type]
    )
