"""Retention: whether a rule can be asked, and what is due by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import evolve

from crmcore.errors import Invalid
from crmcore.query.bound import (
    ID_REF,
    BoundNode,
    BoundQuery,
    Negation,
    Ref,
    Within,
    both,
    by_id,
    full_columns,
    stamp_ref,
)
from crmcore.query.text import parse
from crmcore.records import Record, layout_of
from crmcore.rules import RETENTION_ACTIONS, RetentionRule
from crmcore.schema import Module
from crmcore.schema.names import RESERVED_PREFIX
from crmcore.schema.reserved import ERASURE
from crmcore.work.session import Session, system_session


def checked_retention(session: Session, rule: RetentionRule) -> RetentionRule:
    """`rule` with the name of its module, which may be given by a label.

    Raises `Invalid` (`not_a_subject`, `unknown_action`), `QueryError`, `SchemaError`.
    """
    module = session.schema.module(rule.module)
    if module.name.startswith(RESERVED_PREFIX) or module.keeping != "history":
        raise Invalid("not_a_subject", module=module.name)
    if rule.action not in RETENTION_ACTIONS:
        known = ", ".join(RETENTION_ACTIONS)
        raise Invalid("unknown_action", name=str(rule.action), known=known)
    _condition(session, module, rule)
    return evolve(rule, module=module.name)


def due(session: Session, rule: RetentionRule, record: str | None = None) -> Iterator[str]:
    """The ids of what is due by `rule` (of `record` alone); raises `QueryError`, `SchemaError`.

    Not due are records of persons whose data is restricted, and those that were made anonymous
    and did not change since.
    """
    module = session.schema.module(rule.module)
    where = _condition(session, module, rule)
    if record is not None:
        where = both(where, by_id(record))
    done = _anonymised(session, module) if rule.action == "anonymise" else {}
    query = BoundQuery(module, (ID_REF, stamp_ref("updated_at")), where)
    for found, changed in system_session(session).rows(query):
        assert isinstance(changed, datetime)
        if str(found) not in done or done[str(found)] < changed:
            yield str(found)


def _condition(session: Session, module: Module, rule: RetentionRule) -> BoundNode:
    """Which records are due, apart from those that may be stored and nothing else."""
    binder = system_session(session).binder
    found = binder.condition(module, parse(rule.where))
    restricted = session.configuration.restricted
    for one in () if restricted is None else restricted.denials:
        if one.module == module.name:
            found = both(found, Negation(binder.policy(module, one.condition(), denial=True)))
    return found


def _anonymised(session: Session, module: Module) -> dict[str, datetime]:
    """When records of `module` were made anonymous for the last time."""
    layout, found = layout_of(ERASURE), dict[str, datetime]()
    where = both(
        Within(Ref((), ERASURE.by_name["module"]), (module.name,)),
        Within(Ref((), ERASURE.by_name["action"]), ("anonymise",)),
    )
    for row in session.rows(BoundQuery(ERASURE, full_columns(ERASURE), where)):
        one = Record(layout, row)
        subject, moment = str(one["subject"]), one["moment"]
        assert isinstance(moment, datetime)
        found[subject] = max(moment, found.get(subject, moment))
    return found
