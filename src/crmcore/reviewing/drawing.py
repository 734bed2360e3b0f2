"""Drawing the matrix up: role by role, user by user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import evolve, frozen

from crmcore.access import OPERATIONS, User
from crmcore.access.rights import GrantInForce, Place, Policy
from crmcore.errors import SchemaError
from crmcore.evolving.weighing import may
from crmcore.kinds import Labels
from crmcore.query import ast
from crmcore.query.bound import FALSE, TRUE, BoundNode
from crmcore.query.reader import OPEN, FieldRight
from crmcore.reviewing.matrix import Extent, FieldLevel, Matrix, OperationRight, Sort, Way
from crmcore.reviewing.sides import Side, configured, people
from crmcore.reviewing.wording import (
    names_of,
)
from crmcore.schema import Module
from crmcore.work import Configuration, Workspace
from crmcore.work.configuring import check_right
from crmcore.work.sealing import seal_waiting
from crmcore.work.session import Session
from crmcore.work.tainting import inputs_of

_OF_THE_WORKSPACE: Final = ("configure", "impersonate")


def matrix(
    crm: Workspace, *, subjects: Sequence[str] = (), modules: Sequence[str] = (), as_of: Side = None
) -> Matrix:
    """Who may do what: all roles and active users, or those that `subjects` name.

    `as_of` asks for the rights of a past moment, or of a document. Raises `AccessDenied` for
    who may not configure the workspace, `SchemaError` (`unknown_role_or_user`, unknown modules).
    """
    seal_waiting(crm._store.backend)
    with crm._store.reading(crm.principal) as session:
        check_right(session)
        side = configured(session, as_of)
        schema = session.schema
        inputs = {
            (one.module, one.field): frozenset(inputs_of(one, schema)) for one in side.computed
        }
        return _Making(session, side, subjects, modules, inputs).matrix()


@frozen
class _Subject:
    sort: Sort
    name: str
    user: User


@frozen
class _Making:
    """A matrix in the making."""

    session: Session
    side: Configuration
    subjects: Sequence[str]
    modules: Sequence[str]
    inputs: Mapping[Place, frozenset[Place]]

    def matrix(self) -> Matrix:
        """Everything, in the order of roles, users and modules."""
        chosen = list(self._chosen())
        found = [self._operations(one) for one in chosen]
        levels = [self._fields(one) for one in chosen]
        return Matrix(
            [one for some in found for one in some],
            [one for some in levels for one in some],
            {**names_of(self.session.schema), **_labels(self.side)},
        )

    def _chosen(self) -> Iterator[_Subject]:
        every = list(self._everybody())
        if not self.subjects:
            yield from every
            return
        for name in self.subjects:
            found = [one for one in every if name in _spellings(one)]
            if not found:
                raise SchemaError("unknown_role_or_user", name=name)
            yield from found

    def _everybody(self) -> Iterator[_Subject]:
        for key, role in self.side.roles.items():
            # A role of which nobody is known to be anything: what it says of `me` is shown as text.
            yield _Subject(
                "role", role.name, User("f" * 32, role.name, roles=[role], role_ids=[key])
            )
        for user in sorted(people(self.session, self.side).values(), key=lambda one: one.name):
            yield _Subject("user", user.login or user.name, user)

    def _modules(self) -> list[Module]:
        schema = self.session.schema
        if self.modules:
            return [schema.module(name) for name in self.modules]
        return [one for one in schema.modules if one.enabled and not one.retired]

    def _operations(self, one: _Subject) -> Iterator[OperationRight]:
        reader = self.side.reader(one.user, self.session.reader.now, self.session.reader.zone)
        user = one.user if one.sort == "role" else self.side.in_force(one.user, reader.now)
        policy, binder = Policy(user.roles, self.session.schema), self.side.binder(reader)
        for module in self._modules():
            for operation in OPERATIONS:
                grants = list(policy.grants(module, operation))
                if grants and operation not in _OF_THE_WORKSPACE:
                    denials = tuple(policy.denials(module, operation))
                    right = _right(one, module, operation, grants, denials)
                    if one.sort == "user":
                        bound = may(binder, module, operation)
                        right = evolve(right, extent=_extent(bound))
                    yield right
        for operation in _OF_THE_WORKSPACE if not self.modules else ():
            names = [
                role.name
                for role in user.roles
                if any(operation in grant.operations for grant in role.grants)
            ]
            if names:
                yield OperationRight(one.sort, one.name, "*", operation, "all", roles=tuple(names))

    def _fields(self, one: _Subject) -> Iterator[FieldLevel]:
        user = one.user if one.sort == "role" else self._in_force(one.user)
        rights = self.side.rights(user)
        for module in self._modules():
            for item in module.live:
                place = (module.name, item.name)
                right, parts = rights.fields.get(place), self.inputs.get(place, frozenset())
                found = [rights.fields[part] for part in parts if part in rights.fields]
                withheld = any(part.level in ("hidden", "masked") for part in found)
                stays = place in rights.kept_in and (module.name, "export") in rights.scopes
                if right is not None or withheld or stays:
                    level = _level(one, module.name, item.name, right or OPEN, withheld)
                    yield evolve(level, classification=item.classification, exported=not stays)

    def _in_force(self, user: User) -> User:
        return self.side.in_force(user, self.session.reader.now)


def _right(
    one: _Subject,
    module: Module,
    operation: str,
    grants: Sequence[GrantInForce],
    denials: tuple[str, ...],
) -> OperationRight:
    """What grants say of an operation, by themselves."""
    is_whole = not denials and any(found.condition == ast.Value(True) for found in grants)
    ways = dict.fromkeys(Way(found.scope, found.grant.where) for found in grants)
    return OperationRight(
        one.sort,
        one.name,
        module.name,
        operation,
        "all" if is_whole else "some",
        tuple(ways),
        denials,
        tuple(dict.fromkeys(found.role.name for found in grants)),
    )


def _extent(bound: BoundNode) -> Extent:
    return "all" if bound == TRUE else "none" if bound == FALSE else "some"


def _level(one: _Subject, module: str, name: str, right: FieldRight, withheld: bool) -> FieldLevel:
    return FieldLevel(
        one.sort,
        one.name,
        module,
        name,
        right.level,
        right.mask if right.level == "masked" else None,
        right.is_conditional,
        right.named,
        withheld and right.is_known,
    )


def _spellings(one: _Subject) -> tuple[str | None, ...]:
    if one.sort == "role":
        label = one.user.roles[0].label
        return (one.name, label.zh, label.en, *one.user.role_ids)
    return (one.name, one.user.name, one.user.id)


def _labels(side: Configuration) -> dict[str, Labels]:
    found = {f"role:{one.name}": one.label for one in side.roles.values()}
    for user in side.users.values():
        found[f"user:{user.login or user.name}"] = Labels(user.name, user.name)
    return found
