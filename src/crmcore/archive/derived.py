"""Roll-ups of a store that is being restored, counted anew.

They are set in place, without a version: an increment does not tell that they changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crmcore.access.policy import system_reader
from crmcore.archive.loading import Target
from crmcore.query.bound import ID_REF, TRUE, BoundQuery, Comparison, Const
from crmcore.rules import RollUp
from crmcore.schema import Module
from crmcore.storage import Transaction
from crmcore.work.computing import roll_up
from crmcore.work.definitions import load_configuration
from crmcore.work.session import Session

_AT_ONCE: Final = 2_000


def rebuild(target: Target) -> None:
    """Set every roll-up of `target` to what its records say."""
    with target.step() as transaction:
        configuration = load_configuration(transaction, 1)
    reader = system_reader(target.origin.moment, configuration.setting("zone", "UTC"), 1)
    for rule in configuration.computed:
        if not isinstance(rule, RollUp):
            continue
        module = configuration.schema.module(rule.module)
        child = configuration.schema.module(rule.child)
        last: str | None = ""
        while last is not None:
            with target.step() as transaction:
                ids = list(_ids(transaction, module, last))
                session = Session(transaction, configuration, reader)
                if ids:
                    transaction.apply(roll_up(session, child, rule, ids))
                last = ids[-1] if len(ids) == _AT_ONCE else None


def _ids(transaction: Transaction, module: Module, after: str) -> Iterator[str]:
    where = Comparison(">", ID_REF, Const(after, ID_REF.kind)) if after else TRUE
    query = BoundQuery(module, (ID_REF,), where, limit=_AT_ONCE)
    for batch in transaction.select(query):
        for row in batch:
            yield str(row[0])
