"""People of a host as users: who they are is read from the host, what they may do is ours.

A user of the host has the id that stands for his key. Where roles were given to him there
is a record of ours with the same id, which holds them, and his name of that time; by
itself it is inactive.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from crmcore.access import User
from crmcore.kinds.reference import is_record_id
from crmcore.query.bound import BoundNode, BoundQuery, Ref, Within, by_id, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import Record, layout_of
from crmcore.schema.reserved import USER
from crmcore.storage import Transaction
from crmcore.storage.adopted import AdoptedSource, AdoptingTransaction, Joined, adopted_in
from crmcore.work.configuration import Configuration
from crmcore.work.session import Session

MARK: Final = "users"
"""The setting that tells where people come from."""

HOST: Final = "host"
_ROLES: Final = layout_of(USER).index["roles"]


def has_host_users(configuration: Configuration) -> bool:
    """Whether people of a host are users."""
    return configuration.settings.get(MARK) == HOST


def adopting_transaction(
    transaction: Transaction,
    configuration: Configuration,
    sources: Mapping[str, AdoptedSource],
) -> Transaction:
    """`transaction`, in which `sources` stand for what is not ours; itself where all is."""
    foreign = adopted_in(configuration.schema)
    joint: dict[str, Joined] = {}
    if has_host_users(configuration):
        foreign, joint = foreign | {USER.name}, {USER.name: _with_roles}
    return AdoptingTransaction(transaction, sources, foreign, joint) if foreign else transaction


def _with_roles(theirs: Row, own: Row | None) -> Row:
    if own is None:
        return theirs
    return (*theirs[:_ROLES], own[_ROLES], *theirs[_ROLES + 1 :])


def host_user(transaction: Transaction, configuration: Configuration, user: str) -> User | None:
    """The user of the host with the id `user`; `None` where it is none of them."""
    if not has_host_users(configuration):
        return None
    own = configuration.users.get(user)
    row = next(iter(_rows(transaction, by_id(user))), None)
    if row is None or (own is not None and own.active):
        return None
    record = Record(layout_of(USER), row)
    return User(
        record.id,
        record.title(),
        _text(record["login"]),
        _text(record["job_title"]),
        _text(record["department"]),
        _text(record["superior"]),
        record["active"] is not False,
        () if own is None else own.roles,
        () if own is None else own.role_ids,
    )


def host_named(session: Session, name: str) -> str | None:
    """The id of the user of the host whose id, login, or only name, is `name`."""
    if not has_host_users(session.configuration):
        return None
    users = session.configuration.users
    is_ours = name in users and users[name].active
    if is_record_id(name) and not is_ours and _rows(session.transaction, by_id(name)):
        return name
    for field in ("login", "name"):
        rows = _rows(session.transaction, Within(Ref((), USER.by_name[field]), (name,)))
        ids = [str(row[0]) for row in rows]
        theirs = [one for one in ids if one not in users or not users[one].active]
        if len(theirs) == 1:
            return theirs[0]
    return None


def _rows(transaction: Transaction, where: BoundNode) -> list[Row]:
    query = BoundQuery(USER, full_columns(USER), where)
    return [row for batch in transaction.select(query) for row in batch]


def _text(value: object) -> str | None:
    return None if value is None else str(value)
