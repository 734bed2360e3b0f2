"""The decision itself, grant by grant, of one record in memory: the same predicates as ever."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from attrs import Factory, define, frozen

from crmcore.access import User
from crmcore.access.rights import GrantInForce, Policy
from crmcore.access.scopes import alternatives
from crmcore.errors import CrmError
from crmcore.explaining.explanation import Atom
from crmcore.query import ast
from crmcore.query.bind import Binder, EmptyParameter, operand
from crmcore.query.bound import BoundNode
from crmcore.query.evaluate import Look, Row, condition, value
from crmcore.query.text import print_expression
from crmcore.query.walking import names_parameter, parts_of
from crmcore.schema import Module
from crmcore.work.session import Session


@frozen
class Alternative:
    """One way in which a grant may hold, and whether it does."""

    grant: GrantInForce
    condition: ast.Node
    holds: bool


@define(slots=False)
class Decider:
    """What the roles of `user` say of `row`, told to the reader of `session`, who asks."""

    session: Session
    user: User
    module: Module
    row: Row
    look: Look = Factory(lambda self: self.session.look(), takes_self=True)

    @cached_property
    def binder(self) -> Binder:
        """Binds policy for the user in question."""
        reader = self.session.reader
        found = self.session.configuration.reader(self.user, reader.now, reader.zone)
        return self.session.configuration.binder(found)

    @cached_property
    def policy(self) -> Policy:
        """The roles that are the user's now."""
        user = self.session.configuration.in_force(self.user, self.session.reader.now)
        return Policy(user.roles, self.session.schema)

    def is_allowed(self, operation: str) -> bool:
        """The decision as the door makes it: of what may be read, what the operation allows."""
        asked = dict.fromkeys(("read", operation))
        return all(self._holds(self.binder.visible(self.module, one)) for one in asked)

    def alternatives(self, operation: str) -> Iterator[Alternative]:
        """Every way in which some grant may allow `operation`."""
        binder = self.binder
        for found in self.policy.grants(self.module, operation):
            for term in alternatives(found.condition):
                yield Alternative(found, term, self._holds(binder.policy(self.module, term)))

    def told(self, node: ast.Node, *, denial: bool = False) -> bool | None:
        """Whether a condition of policy holds, as far as the asker may know; `None`: not told.

        Who configures the workspace is told of every one.
        """
        if not self.session.reader.may_configure:
            holds = [one.holds for one in self.atoms(node, denial=denial)]
            if None in holds:
                return False if False in holds else None
        return self._holds(self.binder.policy(self.module, node, denial=denial))

    def is_sure(self, operation: str) -> bool:
        """Whether the operation is allowed by what the asker may know."""
        return self.is_allowed(operation) and all(
            any(self.told(one.condition) for one in self.alternatives(asked))
            and not any(True for _ in self.denials(asked))
            for asked in dict.fromkeys(("read", operation))
        )

    def holding(self, operation: str) -> list[Alternative]:
        """The ways in which grants allow what is allowed; where none is told, all that may."""
        found = [(self.told(one.condition), one) for one in self.alternatives(operation)]
        return [one for told, one in found if told] or [one for told, one in found if told is None]

    def denials(self, operation: str) -> Iterator[tuple[str, ast.Node]]:
        """The denials that hold of the record, or may as far as the asker knows, by name."""
        for name, one in self.policy.denials(self.module, operation).items():
            if self.told(one, denial=True) is not False:
                yield name, one

    def atoms(self, node: ast.Node, *, denial: bool = False) -> tuple[Atom, ...]:
        """The conditions that `node` demands together, as far as the asker may know them."""
        terms = node.terms if isinstance(node, ast.Logic) and node.connective == "and" else (node,)
        return tuple(self._atom(one, denial) for one in terms if one != ast.Value(True))

    def _atom(self, node: ast.Node, denial: bool) -> Atom:
        text = print_expression(node)
        if not all(self.is_known(name) for name in _names(node)):
            return Atom(text, None)
        holds = self._holds(self.binder.policy(self.module, node, denial=denial))
        return Atom(text, holds, self._value(node))

    def _value(self, node: ast.Node) -> object:
        left = node.left if isinstance(node, ast.Compare) else None
        if not isinstance(left, ast.Name) or len(left.parts) != 1:
            return None
        try:
            found = operand(self.binder.policy_scope(self.module), left)
        except (CrmError, EmptyParameter):
            return None
        return None if found.node is None else value(found.node, self.module)(self.row, self.look)

    def is_known(self, name: tuple[str, ...]) -> bool:
        """Whether the asker may know what stands there: a field of the record, open to him."""
        if names_parameter(name):
            return True
        try:
            one = self.module.field(name[0])
        except CrmError:
            return False
        reader = self.session.reader
        if not reader.may_configure and self.session.binder.is_partial(self.module, one):
            return False  # counted over more than the asker sees
        right = reader.field_right(self.module.name, one.name)
        return right.is_known and (len(name) == 1 or self.session.reader.system)

    def _holds(self, bound: BoundNode) -> bool:
        return bool(condition(bound, self.module)(self.row, self.look))


def _names(node: ast.Node) -> Iterator[tuple[str, ...]]:
    if isinstance(node, ast.Name):
        yield node.parts
    # What is looked for elsewhere is told by what is found, not by values.
    elif not isinstance(node, ast.Call):
        for part in parts_of(node):
            yield from _names(part)
