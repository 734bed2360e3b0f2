"""Whoever guesses waits: attempts are counted before they are tried, under compare-and-set."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Final, Literal, get_args

from attrs import frozen

from crmcore.accounts.cells import THROTTLE, Cell, cell, drop, found, put, writing
from crmcore.accounts.desk import Desk
from crmcore.accounts.tokens import digest, place
from crmcore.errors import Throttled
from crmcore.storage import Transaction
from crmcore.work.operations import repeated

_LONGEST: Final = 150

Counted = Literal["password", "reset", "registration", "factor"]
"""What attempts are counted at, for one login or one user."""

COUNTED_AT: Final[tuple[Counted, ...]] = get_args(Counted)
"""All of it."""


@frozen
class Attempt:
    """An attempt that was counted; `locks` where the next one has to wait from now on."""

    login: str
    origin: str | None
    locks: bool = False

    def succeeded(self, transaction: Transaction, desk: Desk) -> None:
        """Forget the failures of the login; this attempt of the origin counts for nothing."""
        former = found(transaction, THROTTLE, self.login)
        if former is not None:
            drop(transaction, former)
        if self.origin is not None:
            _uncount(transaction, desk, self.origin)

    def taken_back(self, desk: Desk) -> None:
        """Let this attempt count for nothing, and those before it as they did."""

        def take_back() -> None:
            with writing(desk.store) as transaction:
                for one in filter(None, (self.login, self.origin)):
                    _uncount(transaction, desk, one)

        repeated(take_back)


def attempt(desk: Desk, what: Counted, login: object, origin: str | None) -> Attempt:
    """Count an attempt at `what` before it is made; raises `Throttled` where it must wait.

    Unknown logins are counted as known ones are.
    """
    key = counted_as(what, login)
    where = None if origin is None else place(digest("throttle origin", origin))
    policy = desk.policy
    free = {key: policy.free_attempts}
    if where is not None:
        free[where] = policy.free_attempts_per_origin

    def count() -> Attempt:
        with writing(desk.store) as transaction:
            formers = {one: cell(transaction, THROTTLE, one) for one in free}
            waits = [one["until"] for one in formers.values() if _waits(one, desk.now)]
            if waits:
                seconds = max(1, -int((desk.now - max(waits)).total_seconds() // 1))
                raise Throttled("too_many_attempts", seconds=seconds)
            made = {
                one: _counted(transaction, desk, former, free[one])
                for one, former in formers.items()
            }
        return Attempt(key, where, made[key]["count"] == policy.free_attempts)

    return repeated(count)


def forget(transaction: Transaction, what: Counted, login: object) -> None:
    """Forget the failures of a login at `what`."""
    former = found(transaction, THROTTLE, counted_as(what, login))
    if former is not None:
        drop(transaction, former)


def counted_as(what: Counted, login: object) -> str:
    """The id of the cell that counts attempts at `what` for a login."""
    text = login if isinstance(login, str) else ""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()
    return place(digest(f"throttle {what}", folded[:_LONGEST]))


def _waits(one: Cell, now: datetime) -> bool:
    until = one["until"]
    return isinstance(until, datetime) and now < until


def _counted(transaction: Transaction, desk: Desk, former: Cell, free: int) -> Cell:
    forgotten = former["expires"] is None or former["expires"] <= desk.now
    failures = 1 + (0 if forgotten else former["count"])
    return _put(transaction, desk, former, failures, free)


def _put(transaction: Transaction, desk: Desk, former: Cell, failures: int, free: int) -> Cell:
    wait = desk.policy.wait(failures, free)
    until = None if wait is None else desk.now + wait
    expires = max(desk.now + desk.policy.forgets, until or desk.now)
    return put(transaction, former, desk.now, count=failures, until=until, expires=expires)


def _uncount(transaction: Transaction, desk: Desk, key: str) -> None:
    former = found(transaction, THROTTLE, key)
    if former is not None:
        left = max(0, former["count"] - 1)
        put(transaction, former, desk.now, count=left, until=None)
