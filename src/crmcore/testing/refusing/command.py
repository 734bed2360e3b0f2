"""What a command is to the law of refusals: how it is called, and which reasons it can meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from attrs import field, frozen

from crmcore.errors import CrmError
from crmcore.testing.refusing.reasons import names
from crmcore.testing.refusing.stage import Prepared, Stage
from crmcore.work import UnitOfWork, Workspace


@frozen
class Attempt:
    """One try: who asks, of which record, and what is to be written."""

    stage: Stage
    who: Workspace
    ready: Prepared
    values: Mapping[str, object] = field(factory=dict)
    module: str = "account"
    version: int | None = None
    where: str | None = None

    @property
    def record(self) -> str:
        """The id of the record that it is about."""
        return self.ready.record

    @property
    def condition(self) -> str:
        """The condition that finds the record, or the one that is not to be asked."""
        return self.where or f"id == '{self.record}'"

    @property
    def new(self) -> dict[str, Any]:
        """The values of a new record."""
        return {"name": "new", **self.values}

    @property
    def changed(self) -> dict[str, Any]:
        """The values that a record gets."""
        return dict(self.values) or {"remark": "changed"}

    def key(self, known: bool) -> dict[str, object]:
        """A unique key: of the record where it is `known`, else of none."""
        if self.module == "crm_setting":
            return {"name": "zone"}
        if self.module == "crm_user":
            return {"login": self.ready.login if known else "new"}
        return {"code": self.ready.code if known else "new"}


Act = Callable[[Attempt], object]
Verb = Callable[[UnitOfWork, Attempt], object]


IMAGE: Final = "right image key policy module"
"""The traits of what writes fields of its choice."""

ONE: Final = f"{IMAGE} record names owner"
"""The traits of what writes fields of its choice of one record."""

TRAITS: Final[Mapping[str, str]] = {
    "right": "needs some right of who asks",
    "configures": "needs the right to configure, which has no scope",
    "record": "needs a right to the one record that it is about",
    "image": "writes fields that who asks has chosen, of records of people",
    "inverse": "writes what stood there before",
    "owner": "may change who owns a record",
    "limited": "has a limit of rows",
    "condition": "asks a condition",
    "decides": "decides what somebody else asked for",
    "version": "may name the version that it replaces",
    "key": "writes a unique key",
    "policy": "writes records of policy when asked to",
    "module": "names a module",
    "names": "names a thing by its id, or by a name",
}
"""What may be true of a command."""


@frozen
class Own:
    """A refusal that only one command knows; `before` is done first, by whom it is allowed."""

    name: str
    codes: frozenset[str] = field(converter=names)
    act: Act
    before: Act | None = None
    verb: Verb | None = None


@frozen
class Command:
    """A public call that writes, by its public name.

    `act` calls it once; where it is a `verb` of a unit of work, `act` is a unit around it.
    `keeps` are modules into which its refusals may write by design, such as failed attempts.
    """

    name: str
    traits: frozenset[str] = field(converter=names)
    act: Act
    verb: Verb | None = None
    own: tuple[Own, ...] = ()
    keeps: frozenset[str] = field(default=frozenset(), converter=names)

    def __attrs_post_init__(self) -> None:
        assert self.traits <= TRAITS.keys(), self.traits - TRAITS.keys()


def in_unit(act: Verb) -> Act:
    """`act` in a unit of work of who asks."""

    def unit(one: Attempt) -> object:
        with one.who.work() as work:
            return act(work, one)

    return unit


def swallowed(act: Verb) -> Act:
    """The same, whose refusal the caller catches: he goes on as if nothing had been."""

    def unit(one: Attempt) -> object:
        with one.who.work() as work, suppress(CrmError):
            act(work, one)
        return None

    return unit


def verb(name: str, traits: str, act: Verb, own: Iterable[Own] = ()) -> Command:
    """A command that is a verb of a unit of work."""
    return Command(name, traits.split(), in_unit(act), act, tuple(own))


def own_verb(name: str, codes: str, act: Verb, before: Act | None = None) -> Own:
    """A refusal that only one verb knows."""
    return Own(name, codes.split(), in_unit(act), before, act)


def call(name: str, traits: str, act: Act, own: Iterable[Own] = (), keeps: str = "") -> Command:
    """A command that is a call of its own."""
    return Command(name, traits.split(), act, None, tuple(own), keeps.split())
