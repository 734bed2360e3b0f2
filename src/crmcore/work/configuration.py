"""The configuration of a workspace at one revision: schema, computed fields, users, roles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Final

from attrs import define, evolve, field, frozen

from crmcore.access import (
    EVERYONE,
    DutyRule,
    Organization,
    Rights,
    Role,
    User,
    about_user,
    reader_of,
    rights_of,
    tells_time,
)
from crmcore.query.bind import Binder, Known
from crmcore.query.bound import BoundNode
from crmcore.query.reader import Parameter, Reader
from crmcore.rules import ComputedRule, Formula, LinkedField, RetentionRule, RollUp
from crmcore.schema import Field, Module, Schema
from crmcore.schema.codec import digest
from crmcore.work.left_over import LeftOver
from crmcore.work.purged import Purged
from crmcore.work.purposing import purpose_role
from crmcore.work.tainting import tainted

RESTRICTED_ID: Final = "0" * 31 + "6"
"""What stands for the id of the role that no record is: see `Configuration.restricted`."""

_ABOUT_PEOPLE: Final = frozenset({"department", "superior", "job_title", "login"})
"""What is known of users as their records have it."""

_MOST_PEOPLE: Final = 10_000


@frozen
class Assignment:
    """A role given to a user for a time; without a beginning or an end, for good."""

    role: str
    since: datetime | None = None
    until: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether it holds at the moment `now`; the end is no part of it."""
        is_begun = self.since is None or self.since <= now
        return is_begun and (self.until is None or now < self.until)


@define(frozen=True, slots=False)
class Configuration:
    """What is in force between two changes of policy. `revision` is the head's version.

    `users` and `roles` are by id, `settings` by name.
    """

    schema: Schema
    computed: tuple[ComputedRule, ...] = field(default=(), converter=tuple[ComputedRule, ...])
    users: Mapping[str, User] = field(factory=dict)
    settings: Mapping[str, object] = field(factory=dict)
    revision: int = 0
    roles: Mapping[str, Role] = field(factory=dict)
    organization: Organization = field(factory=Organization)
    assignments: Mapping[str, tuple[Assignment, ...]] = field(factory=dict)
    purged: tuple[Purged, ...] = ()
    duties: tuple[DutyRule, ...] = ()
    restricted: Role | None = None
    """What is denied everybody: records of persons that are stored and nothing else."""
    left: LeftOver = field(factory=dict)
    """What values were computed of by rules that are gone."""
    retention: tuple[RetentionRule, ...] = ()
    _rights: dict[tuple[str, ...], Rights] = field(factory=dict, init=False, eq=False, repr=False)
    # Of users to whom the time makes no difference: what is bound for one moment holds.
    _bound: dict[tuple[str, int, bool], dict[Known, BoundNode]] = field(
        factory=dict, init=False, eq=False, repr=False
    )
    _about: dict[tuple[str, tuple[str, ...]], Mapping[str, Parameter]] = field(
        factory=dict, init=False, eq=False, repr=False
    )
    _seen: dict[int, dict[str, Module]] = field(factory=dict, init=False, eq=False, repr=False)
    _people: dict[str, dict[object, list[str]]] = field(
        factory=dict, init=False, eq=False, repr=False
    )

    @cached_property
    def linked(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """(module, field) → the path that a linked field stands for."""
        return {
            (one.module, one.field): one.path
            for one in self.computed
            if isinstance(one, LinkedField)
        }

    @cached_property
    def people_digest(self) -> str:
        """The digest of what people defined: which schema a commit was made under."""
        return people_digest(self.schema)

    @cached_property
    def formulas(self) -> Mapping[str, Sequence[Formula]]:
        """Module → its local formulas, in the order of their declaration."""
        found: dict[str, list[Formula]] = {}
        for one in self.computed:
            if isinstance(one, Formula):
                found.setdefault(one.module, []).append(one)
        return found

    @cached_property
    def roll_ups(self) -> Mapping[str, Sequence[RollUp]]:
        """Child module → the roll-ups that count its records."""
        found: dict[str, list[RollUp]] = {}
        for one in self.computed:
            if isinstance(one, RollUp):
                found.setdefault(one.child, []).append(one)
        return found

    def counting(self, module: str) -> Sequence[RollUp]:
        """The roll-ups that are fields of `module`."""
        return [one for one in self.computed if isinstance(one, RollUp) and one.module == module]

    def binder(self, reader: Reader, *, is_past: bool = False, is_snapshot: bool = False) -> Binder:
        """Checks questions of `reader` against this configuration.

        Those of a snapshot in which the users are the ones of this configuration may name
        people in the place of what is known of them.
        """
        rights = id(reader.scopes)
        known = self._bound.get((reader.user, rights, is_snapshot))
        seen = self._seen.get(rights)
        return Binder(
            self.schema,
            reader,
            self._path,
            self._counted,
            is_past,
            {} if known is None else known,
            {} if seen is None else seen,
            self.people if is_snapshot else None,
        )

    def people(self, name: str, values: Iterable[object]) -> tuple[str, ...] | None:
        """The users whose field `name` is one of `values`; `None` where a list does not serve."""
        if name not in _ABOUT_PEOPLE:
            return None
        found = self._people.get(name)
        if found is None:
            found = {}
            for user in self.users.values():
                found.setdefault(getattr(user, name), []).append(user.id)
            self._people[name] = found
        ids = [one for value in dict.fromkeys(values) for one in found.get(value, ())]
        return tuple(sorted(ids)) if len(ids) <= _MOST_PEOPLE else None

    def in_force(self, user: User, now: datetime) -> User:
        """`user` with the roles that are his at the moment `now`, everybody's among them."""
        found = dict(zip(user.role_ids, user.roles, strict=True))
        for one in self.assignments.get(user.id, ()):
            if one.is_valid(now) and one.role in self.roles:
                found[one.role] = self.roles[one.role]
        found.update((key, one) for key, one in self.roles.items() if one.name == EVERYONE)
        if self.restricted is not None:
            found[RESTRICTED_ID] = self.restricted
        if len(found) == len(user.role_ids):
            return user
        return evolve(user, roles=tuple(found.values()), role_ids=tuple(found))

    def rights(self, user: User) -> Rights:
        """What the roles of `user` let him do: found once for all who have the same."""
        found = self._rights.get(user.role_ids)
        if found is None:
            found = tainted(
                rights_of(user.roles, self.schema), self.schema, self.computed, self.left
            )
            self._rights[user.role_ids] = found
            self._seen[id(found.scopes)] = {}
        place = (user.id, id(found.scopes))
        known = self.users.get(user.id)
        # Who a person of a host is may change at any time: what is bound for him is not kept.
        if known is not None and known.active and (*place, True) not in self._bound:
            denied = (one for some in found.denials.values() for one in some.values())
            if not tells_time((*found.scopes.values(), *denied)):
                self._bound[*place, True], self._bound[*place, False] = {}, {}
        return found

    def reader(self, user: User, now: datetime, zone: str, purpose: str | None = None) -> Reader:
        """The reader that `user` is at the moment `now` in `zone`, for one `purpose` or any."""
        found = bound = self.in_force(user, now)
        if purpose is not None:
            bound = evolve(
                found,
                roles=(*found.roles, purpose_role(self.schema, purpose)),
                role_ids=(*found.role_ids, f"for {purpose}"),
            )
        rights = self.rights(bound) if found.active else None
        about = self._about_user(user, found)
        return reader_of(found, self.schema, now, zone, self.revision, rights, about)

    def _about_user(self, user: User, found: User) -> Mapping[str, Parameter]:
        """What `me` means to `user`, who is `found` with all his roles."""
        if self.users.get(user.id) is not user:
            # A person of a host, or an imagined one.
            return about_user(found, self.organization)
        place = (user.id, found.role_ids)
        about = self._about.get(place)
        if about is None:
            about = self._about[place] = about_user(found, self.organization)
        return about

    def _counted(self, module: Module, one: Field) -> str | None:
        rules = self.counting(module.name)
        return next((rule.child for rule in rules if rule.field == one.name), None)

    def _path(self, module: Module, one: Field) -> tuple[str, ...] | None:
        return self.linked.get((module.name, one.name))

    def setting(self, name: str, default: str) -> str:
        """A text setting, such as `zone` or `currency`."""
        found = self.settings.get(name, default)
        return found if isinstance(found, str) else default

    def modules(self) -> Iterator[Module]:
        """The modules of people, enabled and not retired."""
        for module in self.schema.modules:
            if not module.name.startswith("crm_") and module.enabled and not module.retired:
                yield module


def people_digest(schema: Schema) -> str:
    """The digest of the modules of people in `schema`."""
    return digest(Schema(one for one in schema.modules if not one.name.startswith("crm_")))
