"""Tokens that are given to somebody: made once, redeemed once, withdrawn, looked up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import field, frozen

from crmcore.accounts.cells import TOKEN, Cell, blank, cells_with, drop, found, put
from crmcore.accounts.desk import Desk
from crmcore.accounts.tokens import Purpose, digest, new_token, place, same
from crmcore.errors import SignInRefused
from crmcore.storage import Transaction
from crmcore.work.store import behind


@frozen
class Issued:
    """A token as it is given out: `token` is a secret and is shown this once.

    `id` names it where it is withdrawn; it holds until `expires`.
    """

    id: str
    expires: datetime
    token: str = field(repr=False)


def issued(
    transaction: Transaction,
    desk: Desk,
    purpose: Purpose,
    expires: datetime,
    *,
    user: str | None = None,
    label: str | None = None,
    roles: Sequence[str] = (),
) -> Issued:
    """A new token for `purpose`, of which a digest is kept."""
    token = new_token(purpose, desk.store.entropy)
    digested = digest(purpose, token)
    issuer = desk.principal if isinstance(desk.principal, str) else behind(desk.principal)
    made = put(
        transaction,
        blank(TOKEN, place(digested)),
        desk.now,
        digest=digested,
        purpose=purpose,
        user=user,
        label=label,
        expires=expires,
        roles=list(roles),
        issuer=issuer,
    )
    return Issued(made.id, expires, token)


def valid(transaction: Transaction, desk: Desk, purpose: Purpose, token: object) -> Cell:
    """The cell of a token that holds; raises `SignInRefused` (`token_void`) whatever is wrong."""
    digested = digest(purpose, token)
    one = found(transaction, TOKEN, place(digested))
    if one is None or not same(one["digest"], digested) or desk.now >= one["expires"]:
        raise SignInRefused("token_void")
    return one


def redeemed(transaction: Transaction, desk: Desk, purpose: Purpose, token: object) -> Cell:
    """The same, used up: of two who redeem it at once one loses the race, and finds nothing."""
    one = valid(transaction, desk, purpose, token)
    drop(transaction, one)
    return one


def withdrawn(transaction: Transaction, user: str, *purposes: Purpose) -> None:
    """Withdraw all tokens of `user` for these purposes."""
    for one in cells_with(transaction, TOKEN, "user", user):
        if one["purpose"] in purposes:
            drop(transaction, one)
