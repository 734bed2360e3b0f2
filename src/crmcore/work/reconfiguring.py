"""A change of the configuration, from what is asked for to what is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from crmcore.rules import ComputedRule
from crmcore.schema import Schema, SchemaStep
from crmcore.work import configuring
from crmcore.work.committing import Intention
from crmcore.work.store import Principal, Store
from crmcore.work.transaction import Unit

MakeUnit = Callable[[Intention], Unit]


def reconfigure(
    store: Store,
    principal: Principal,
    unit: MakeUnit,
    schema: Schema | None,
    computed: Iterable[ComputedRule] | None,
    preview: bool,
) -> tuple[SchemaStep, ...]:
    """See `Workspace.configure`."""
    with store.reading(principal) as session:
        former = session.configuration
        if not preview:
            configuring.check_right(session)
        rules = None if computed is None else tuple(computed)
        change = configuring.proposed(former, schema, rules)
        if not preview:
            configuring.check_values(session, change)
    if preview or change.is_empty:
        return change.steps
    change = configuring.prepared(
        store.backend,
        lambda skip: configuring.proposed(former, schema, rules, skip=skip),
    )
    with unit(Intention("configure")) as opened:
        configuring.carry_out(opened.door, change)
    store.refresh()
    return change.steps
