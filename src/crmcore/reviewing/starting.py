"""The beginning of a campaign: a picture of all that is held, in as many steps as it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from attrs import define, evolve

from crmcore.query.bound import BoundQuery, Ref, Within, full_columns
from crmcore.records import Record, layout_of
from crmcore.reviewing.campaign import OPEN, PREPARING, Campaign, ReviewItem, item_of, picture_of
from crmcore.reviewing.campaigns import campaign_of, check_reviewer
from crmcore.reviewing.holding import Holding, holdings
from crmcore.reviewing.usage import Uses, check_days, uses
from crmcore.schema.reserved import REVIEW, REVIEW_ITEM
from crmcore.work import Workspace
from crmcore.work.committing import Intention
from crmcore.work.operations import repeated, request_digest
from crmcore.work.session import Session, system_session
from crmcore.work.stepping import SteppedOperation, new_op_id

STEP_ITEMS: Final = 2_000
"""So many things are noted in one commit."""

_Key = tuple[str | None, ...]


def start(
    crm: Workspace,
    name: str,
    *,
    days: int = 90,
    users: Sequence[str] = (),
    op_id: str | None = None,
) -> Campaign:
    """Begin a review of everything that anybody holds now, or that `users` (ids) hold.

    `days` are looked back at for what was used. More than 2,000 things are noted in steps, one
    commit each; the review is `preparing` until the last. Called again with the same `op_id`
    after a crash it goes on with what is held then, or answers the review. Raises
    `AccessDenied` for who may not configure the workspace or is no named person, `Invalid`,
    `OpMismatch`.
    """
    check_days(days)
    crm._store.keep_notes(at_once=True)
    request = request_digest("review", {"name": name, "days": days, "users": sorted(users)})
    intention = Intention("review", request, reason=name)
    operation = SteppedOperation.opened(crm, intention, op_id or new_op_id(crm))
    known: Any = None if operation.known is None else operation.known.result
    begun = _Start(crm, operation, name, days, frozenset(users))
    if known is not None:
        begun.review, begun.steps = str(known["review"]), int(known["steps"])
    if not operation.is_done:
        begun.run()
    with crm._store.reading(crm.principal) as session:
        check_reviewer(session)
        return campaign_of(session, begun.review)


@define
class _Start:
    """A review that is begun, and how far it has come."""

    crm: Workspace
    operation: SteppedOperation
    name: str
    days: int
    users: frozenset[str]
    review: str = ""
    steps: int = 0

    def run(self) -> None:
        """The steps that are left."""
        with self.crm._store.reading(self.crm.principal) as session:
            check_reviewer(session)
            done = uses(session, session.reader.now - timedelta(days=self.days))
            noted = {_noted(one) for one in _items(session, self.review)} if self.review else set()
            items = [
                _values(session, one, done)
                for one in holdings(session)
                if not self.users or one.holder in self.users
            ]
        left = [one for one in items if _key(one) not in noted]
        parts = [left[at : at + STEP_ITEMS] for at in range(0, len(left), STEP_ITEMS)] or [[]]
        for place, some in enumerate(parts):
            is_last = place + 1 == len(parts)
            repeated(lambda some=some, is_last=is_last: self._step(some, is_last))  # type: ignore[misc]

    def _step(self, items: Sequence[Mapping[str, object]], is_last: bool) -> None:
        review = self.review
        with self.operation.step(self.steps) as step:
            session = step.door.session
            check_reviewer(session)
            door = evolve(step.door, session=system_session(session))
            if not review:
                state = OPEN if is_last else PREPARING
                values = {"name": self.name, "state": state, "days": self.days}
                review = str(door.create(REVIEW, [values])[0][0])
            if items:
                door.create(REVIEW_ITEM, [{"review": review, **one} for one in items])
            if is_last:
                picture = picture_of(_items(session, review))
                door.update(REVIEW, [(review, None, {"state": OPEN, "picture": picture})])
            step.result = {"review": review, "steps": self.steps + 1}
            step.entry, step.last = step.result, is_last
        self.review, self.steps = review, self.steps + 1


def _items(session: Session, review: str) -> Iterator[ReviewItem]:
    where = Within(Ref((), REVIEW_ITEM.by_name["review"]), (review,))
    query = BoundQuery(REVIEW_ITEM, full_columns(REVIEW_ITEM), where)
    layout = layout_of(REVIEW_ITEM)
    for row in system_session(session).rows(query):
        yield item_of(Record(layout, row))


_KEY: Final = ("sort", "entry", "holder", "role")
"""What tells things that are held apart."""


def _noted(one: ReviewItem) -> _Key:
    return tuple(getattr(one, name) for name in _KEY)


def _key(values: Mapping[str, Any]) -> _Key:
    return tuple(values.get(name) for name in _KEY)


def _values(session: Session, one: Holding, done: Uses) -> dict[str, object]:
    """What a record of `crm_review_item` holds of something held."""
    configuration = session.configuration
    role = configuration.roles.get(one.role or "")
    what = one.level if role is None else role.name
    if one.record is not None:
        what = f"{one.module} {one.record}: {one.level}"
    values: dict[str, object] = {
        "sort": one.sort,
        "entry": one.entry,
        "holder": one.holder,
        "holder_name": one.holder_name,
        "role": one.role,
        "what": what,
        "since": one.since,
        "granted_by": one.by,
        "until": one.until,
    }
    if role is not None and one.holder is not None:
        granted = done.granted(session, role)
        moments = [
            moment
            for module, operations in granted.items()
            for name in operations
            if (moment := done.last(one.holder, module, name)) is not None
        ]
        values["last_used"] = max(moments, default=None)
        values["unused"] = dict(_unused(granted, one.holder, done))
    return {name: value for name, value in values.items() if value is not None}


def _unused(
    granted: Mapping[str, Sequence[str]], user: str, done: Uses
) -> Iterator[tuple[str, list[str]]]:
    """Module → the traced operations that he never did."""
    for module, operations in granted.items():
        never = [
            one for one in operations if one in done.traced and done.last(user, module, one) is None
        ]
        if never:
            yield module, never
