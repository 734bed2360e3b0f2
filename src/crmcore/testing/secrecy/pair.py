"""Two stores as data: the same policy, and two stories that differ in what nobody may be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import evolve, field, frozen

from crmcore.access import Role
from crmcore.kinds import Choice, DecimalKind, Link, Option, Phone, Text
from crmcore.kinds.number import Integer
from crmcore.rules import ComputedRule, Formula, LinkedField, RollUp
from crmcore.schema import Field, Module, Preset, Schema
from crmcore.schema.field import Classification
from crmcore.testing.secrecy.ask import Ask

REP: Final = "rep"
"""Whose answers are compared."""

DEPARTMENTS: Final[Mapping[str, str]] = {
    "rep": "sales",
    "peer": "sales",
    "below": "counter",
    "other": "service",
}
"""The users and their departments; `below` reports to `rep`."""

ABOVE: Final[Mapping[str, str | None]] = {
    "company": None,
    "sales": "company",
    "counter": "sales",
    "service": "company",
}
"""Each department and the one that it lies in."""

TERRITORIES: Final[Mapping[str, str | None]] = {"hills": None, "lakes": "hills", "far": None}
"""Each territory and the one that it lies in; `rep` is a member of `hills`."""

NAMED: Final = frozenset((*DEPARTMENTS, *TERRITORIES))
"""What values may name besides records."""

PURPOSE: Final = "calls"
"""What `rep` works for, where he asks for a purpose."""

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
        Field("territory", Link("crm_territory")),
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
    """What somebody does at a minute: `verb` to the record `key`.

    Verbs are create, update, delete, share, unshare, team, leave (of `rep`), consent and
    withdraw. Values name records as `@a1`, users as `@rep`, territories as `@hills`. A share
    holds until the minute `until`.
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


@frozen
class Holding:
    """One more role of `rep`, from the minute `since` up to the minute `until`."""

    role: Role
    since: int | None = None
    until: int | None = None

    def is_valid(self, minute: int) -> bool:
        """Whether the role is his at `minute`; the end is no part of it."""
        is_begun = self.since is None or self.since <= minute
        return is_begun and (self.until is None or minute < self.until)


def _texts(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


@frozen
class Pair:
    """Two stores with the same policy of `rep`; asked the same, they must tell him the same.

    `role` is the first of his roles, `others` are more of them. `computed` names the computed
    fields (`account.double`) that there are, `classes` the classification of fields,
    `guarded` those that a second person must approve. With `cascade` deals are removed with
    their account; with `purpose` he asks for that purpose alone.
    """

    role: Role
    first: Side
    second: Side
    asks: tuple[Ask, ...] = field(default=(), converter=tuple[Ask, ...])
    computed: tuple[str, ...] = field(default=(), converter=_texts)
    others: tuple[Holding, ...] = field(default=(), converter=tuple[Holding, ...])
    classes: Mapping[str, Classification] = field(factory=dict)
    guarded: tuple[str, ...] = field(default=(), converter=_texts)
    cascade: bool = False
    purpose: bool = False

    @property
    def consumes(self) -> bool:
        """Whether he may read the feed of changes."""
        return any(one.module == "crm_change_set" for one in self.role.grants)

    def rules(self) -> tuple[ComputedRule, ...]:
        """The computed fields of both stores."""
        return tuple(one for one in COMPUTED if f"{one.module}.{one.field}" in self.computed)

    def schema(self) -> Schema:
        """The modules of both stores."""
        return Schema([self._module(one) for one in SCHEMA.modules])

    def _module(self, module: Module) -> Module:
        return evolve(module, fields=[self._field(module.name, one) for one in module.fields])

    def _field(self, module: str, one: Field) -> Field:
        found = self.classes.get(f"{module}.{one.name}")
        made = one if found is None else evolve(one, classification=found)
        if self.cascade and (module, one.name) == ("deal", "account"):
            return evolve(made, kind=Link("account", "cascade"))
        return made

    def roles(self, minute: int) -> tuple[Role, ...]:
        """The roles that are his at `minute`."""
        return (self.role, *(one.role for one in self.others if one.is_valid(minute)))
