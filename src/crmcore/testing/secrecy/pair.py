"""Two stores as data: the same policy, and two stories that differ in what nobody may be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import field, frozen

from crmcore.access import Role
from crmcore.kinds import Choice, DecimalKind, Link, Option, Phone, Text
from crmcore.kinds.number import Integer
from crmcore.rules import ComputedRule, Formula, LinkedField, RollUp
from crmcore.schema import Field, Module, Preset, Schema
from crmcore.testing.secrecy.ask import Ask

REP: Final = "rep"
"""Whose answers are compared."""

DEPARTMENTS: Final[Mapping[str, str]] = {
    "rep": "sales",
    "peer": "sales",
    "below": "service",
    "other": "service",
}
"""The users and their departments; `below` reports to `rep`."""

STEP_MINUTES: Final = 1
"""Between two events."""

ACCOUNT: Final = Module(
    "account",
    [
        Field("name", Text(), required=True),
        Field("code", Text(), unique="exact"),
        Field("region", Choice(options=[Option("east"), Option("south")])),
        Field("phone", Phone()),
        Field("amount", DecimalKind(2)),
        Field("owner", Link("crm_user"), default=Preset("me")),
        Field("deals", Integer()),
        Field("total", DecimalKind(2)),
        Field("double", DecimalKind(2)),
    ],
    title="name",
)
DEAL: Final = Module(
    "deal",
    [
        Field("title", Text(), required=True),
        Field("account", Link("account")),
        Field("amount", DecimalKind(2)),
        Field("owner", Link("crm_user"), default=Preset("me")),
        Field("phone", Phone()),
        Field("contact", Text()),
    ],
    title="title",
)
SCHEMA: Final = Schema([ACCOUNT, DEAL])
COMPUTED: Final[tuple[ComputedRule, ...]] = (
    RollUp("account", "deals", "deal", "account", "count"),
    RollUp("account", "total", "deal", "account", "sum", "amount"),
    Formula("account", "double", "amount * 2"),
    LinkedField("deal", "phone", "account.phone"),
    LinkedField("deal", "contact", "account.owner.name"),
)


@frozen
class Event:
    """What somebody does at a minute: `verb` (create, update, delete, share) to the record `key`.

    Values name records as `@a1` and users as `@rep`. A share holds until the minute `until`.
    """

    minute: int
    verb: str
    module: str
    key: str
    values: Mapping[str, object] = field(factory=dict)
    actor: str = "boss"
    until: int | None = None


@frozen
class Side:
    """One store: its events in order of time, and what the users are called."""

    events: tuple[Event, ...] = field(default=(), converter=tuple[Event, ...])
    names: Mapping[str, str] = field(factory=dict)


def _computed(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


@frozen
class Pair:
    """Two stores with the same `role` of `rep`; asked the same, they must tell him the same.

    `computed` names the computed fields (`account.double`) that there are.
    """

    role: Role
    first: Side
    second: Side
    asks: tuple[Ask, ...] = field(default=(), converter=tuple[Ask, ...])
    computed: tuple[str, ...] = field(default=(), converter=_computed)

    def rules(self) -> tuple[ComputedRule, ...]:
        """The computed fields of both stores."""
        return tuple(one for one in COMPUTED if f"{one.module}.{one.field}" in self.computed)
