"""Setting constants inside the store, where nothing else reads the fields that are set."""

from __future__ import annotations

from typing import Final

from crmcore.editing.change import BatchChange, counted
from crmcore.query.bound import TRUE, BoundOrder, BoundQuery, stamp_ref
from crmcore.rules import Formula, RollUp
from crmcore.schema import STAMPS
from crmcore.storage import Rewrite
from crmcore.work.door import Door
from crmcore.work.parking import guarded_fields
from crmcore.work.session import Session

_PLAIN: Final = frozenset({"text", "integer", "scaled", "boolean", "date", "instant", "minutes"})


def may_rewrite(session: Session, change: BatchChange) -> bool:
    """Whether no right, key, link or computed field reads what is set."""
    names = set(change.constants)
    module = change.module
    keys = {name for key in module.unique_keys for name in key.fields}
    return (
        bool(names)
        and change.allowed == TRUE
        and not names & keys
        and all(one.kind.shape in _PLAIN for one in change.fields)
        and not any(one.personal or one.encrypted for one in change.fields)
        and not names & guarded_fields(session, module)
        and not any(session.reader.field_right(module.name, name).cases for name in names)
        and not _is_computed_from(session, change)
    )


def _is_computed_from(session: Session, change: BatchChange) -> bool:
    name = change.module.name
    for rule in session.configuration.computed:
        # A formula may name fields by any label: a module with one goes the long way.
        if isinstance(rule, Formula) and rule.module == name:
            return True
        if isinstance(rule, RollUp) and rule.child == name:
            return True
    return False


def rewrite(door: Door, change: BatchChange) -> int:
    """Give every chosen record its next version with the constants; answers how many."""
    session, journal = door.session, door.journal
    count = counted(session, change, change.chosen)
    if not count:
        return 0
    order = (BoundOrder(stamp_ref("updated_at"), descending=True),)
    stamps = tuple(stamp_ref(one.name) for one in STAMPS)
    latest = BoundQuery(change.module, stamps, change.chosen, change.scope, order, limit=1)
    for row in session.rows(latest):
        journal.after(row)
    salt = journal.salt()
    query = BoundQuery(change.module, (), change.chosen, change.scope)
    write = Rewrite(
        query, change.constants, journal.change_set, journal.moment, session.reader.user, salt
    )
    session.transaction.apply([write])
    kinds = {one.name: one.kind for one in change.fields}
    plain = {
        name: None if value is None else kinds[name].to_json(value)
        for name, value in change.constants.items()
    }
    journal.rewritten(change.module, count, salt, plain, write.user)
    return count
