"""What cells hold of a person: told without its secrets, and removed for good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from attrs import frozen

from crmcore.accounts.cells import (
    CREDENTIAL,
    SESSION,
    THROTTLE,
    TOKEN,
    Cell,
    cells_with,
    drop,
    found,
    ready,
)
from crmcore.accounts.throttling import COUNTED_AT, counted_as
from crmcore.kinds import DateTime
from crmcore.schema import Schema
from crmcore.schema.reserved.signing_in import SIGN_IN
from crmcore.storage import Transaction
from crmcore.work import Workspace

_MOMENT: Final = DateTime()


@frozen
class Held:
    """One cell as a person may be told of it; `values` are plain JSON, and never a secret."""

    module: str
    label: str
    values: dict[str, object]


def keeps_accounts(schema: Schema) -> bool:
    """Whether a workspace of `schema` keeps who signs in."""
    return SIGN_IN.name in schema.by_name


def make_ready(crm: Workspace) -> None:
    """Let cells be looked at in units to come, where the workspace keeps any."""
    if keeps_accounts(crm.schema):
        ready(crm._store)


def held_of(transaction: Transaction, user: str, logins: Iterable[str]) -> Iterator[Held]:
    """What there is of `user`, who had these `logins`: that there is a secret, and no secret."""
    for one in _own(transaction, user):
        yield _told(one, _VALUES[one.module.name](one))
    for one in cells_with(transaction, TOKEN, "issuer", user):
        if one["user"] != user:
            yield _told(one, {**_token(one), "issued_for_others": True})
    for what, one in _attempts(transaction, user, logins):
        yield _told(one, {"attempts_at": what, "count": one["count"], **_times(one, "until")})


def let_go(transaction: Transaction, user: str, logins: Iterable[str]) -> dict[str, int]:
    """Remove what there is of `user`: he has no way in any more. How many, by module.

    Tokens that he issued for others stay theirs, under his id. Raises `Conflict` where
    somebody was faster.
    """
    going = [*_own(transaction, user)]
    going += [one for _, one in _attempts(transaction, user, logins)]
    drop(transaction, *going)
    counts: dict[str, int] = {}
    for one in going:
        counts[one.module.name] = counts.get(one.module.name, 0) + 1
    return counts


def _own(transaction: Transaction, user: str) -> Iterator[Cell]:
    credential = found(transaction, CREDENTIAL, user)
    if credential is not None:
        yield credential
    for module in (SESSION, TOKEN):
        yield from cells_with(transaction, module, "user", user)


def _attempts(
    transaction: Transaction, user: str, logins: Iterable[str]
) -> Iterator[tuple[str, Cell]]:
    """Counted attempts at his logins, and at his second factor; those of an origin are no one's."""
    seen: set[str] = set()
    for login in (*logins, user):
        for what in COUNTED_AT:
            one = found(transaction, THROTTLE, counted_as(what, login))
            if one is not None and one.id not in seen:
                seen.add(one.id)
                yield what, one


def _told(one: Cell, values: dict[str, object]) -> Held:
    return Held(one.module.name, one.module.label.zh or one.module.name, values)


def _credential(one: Cell) -> dict[str, object]:
    recovery = one["recovery"]
    return {
        "password": one["password"] is not None,
        "second_factor": one["factor"] is not None,
        "second_factor_begun": one["pending"] is not None,
        "recovery_codes": len(recovery) if isinstance(recovery, Sequence) else 0,
        **_times(one),
    }


def _session(one: Cell) -> dict[str, object]:
    return {"device": one["device"], "origin": one["origin"], **_times(one, "seen", "expires")}


def _token(one: Cell) -> dict[str, object]:
    return {"purpose": one["purpose"], "label": one["label"], **_times(one, "seen", "expires")}


_VALUES: Final = {CREDENTIAL.name: _credential, SESSION.name: _session, TOKEN.name: _token}


def _times(one: Cell, *names: str) -> dict[str, object]:
    moments = {"made_at": one.made_at, **{name: one[name] for name in names}}
    return {name: _MOMENT.to_json(value) for name, value in moments.items() if value is not None}
