"""Whether assertions about rights hold: decided on predicates, with a witness where they fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from attrs import evolve, field, frozen

from crmcore.access import EVERYONE, Role, User
from crmcore.errors import Language
from crmcore.evolving.opening import needed, opened
from crmcore.evolving.weighing import may
from crmcore.query import ast
from crmcore.query.bind import Binder
from crmcore.query.bound import (
    FALSE,
    ID_REF,
    TRUE,
    BoundNode,
    BoundOrder,
    BoundQuery,
    Negation,
    both,
)
from crmcore.reviewing.approximating import anybody, bounded, bounded_where
from crmcore.reviewing.satisfying import satisfiable
from crmcore.reviewing.sentences import Assertion, assertion_of
from crmcore.reviewing.sides import people, settled
from crmcore.schema import Module
from crmcore.work import Configuration, Workspace
from crmcore.work.configuring import check_right
from crmcore.work.reading import get
from crmcore.work.session import Session

State = Literal["holds", "broken", "possible"]
"""Proved of every record there could be; broken by a witness; or not proved, though no present
record breaks it."""

_STATES: Final[dict[State, tuple[str, str]]] = {
    "holds": ("成立", "holds"),
    "broken": ("不成立", "is broken"),
    "possible": (
        "未能证明：现有记录均未违反，但权限并不排除",
        "is not proved: no present record breaks it, but the rights do not rule it out",
    ),
}


@frozen
class Witness:
    """A user and a record by which an assertion is broken; `title` is what people call it."""

    user: str
    name: str
    record: str
    title: str


@frozen
class Verdict:
    """What became of one assertion. `holds` alone passes."""

    assertion: Assertion
    state: State
    witness: Witness | None = None

    @property
    def holds(self) -> bool:
        """Whether it is proved."""
        return self.state == "holds"

    def message(self, language: Language = "en") -> str:
        """The verdict as a sentence."""
        told = _STATES[self.state][0 if language == "zh" else 1]
        line = (
            f"{self.assertion.text}：{told}"
            if language == "zh"
            else (f"{self.assertion.text}: {told}")
        )
        one = self.witness
        if one is None:
            return line
        if language == "zh":
            return f"{line}。例：{one.name}，记录「{one.title}」（{one.record}）"
        return f"{line}. Witness: {one.name}, record {one.title} ({one.record})"

    def to_json(self) -> dict[str, object]:
        """The verdict as plain data."""
        one = self.witness
        shown = None
        if one is not None:
            shown = {"user": one.user, "name": one.name, "record": one.record, "title": one.title}
        return {"assertion": self.assertion.text, "state": self.state, "witness": shown}


def check(crm: Workspace, texts: Iterable[str]) -> list[Verdict]:
    """The verdicts on assertions (`客服 !read contract.amount`), in their order.

    See `crmcore.reviewing.sentences` for the language. A role is asked alone, whoever holds
    it, with the role of everybody; a user with all of his. Raises `AccessDenied` for who may
    not configure the workspace, `SchemaError`, `QueryError`.
    """
    with crm._store.reading(crm.principal) as session:
        check_right(session)
        found = [assertion_of(session, text) for text in texts]
        return [_Question(session, one).verdict() for one in found]


@frozen
class _Question:
    """One assertion, asked of the rights in force."""

    session: Session
    assertion: Assertion
    present: Configuration = field(init=False)

    def __attrs_post_init__(self) -> None:
        found = settled(self.session.configuration, self.session.reader.now)
        object.__setattr__(self, "present", found)

    @property
    def _module(self) -> Module:
        return self.session.schema.by_name[self.assertion.module]

    def verdict(self) -> Verdict:
        """Proved, broken, or neither."""
        if not self._may_break():
            return Verdict(self.assertion, "holds")
        # A record that is to be made is none that could be shown.
        witness = None if self.assertion.operation == "create" else self._witness()
        return Verdict(self.assertion, "possible" if witness is None else "broken", witness)

    def _may_break(self) -> bool:
        """Whether some record could break it, as far as the predicates tell."""
        never, when = self.assertion.never, self.assertion.when
        if self.assertion.role is None:
            holders = self._holders()
            return any(satisfiable(self._breaking(binder)) for _, binder in holders)
        roles = self._roles(self.assertion.role)
        user = User("f" * 32, "?", roles=tuple(roles.values()), role_ids=tuple(roles))
        rights = self.present.rights(user)
        reader = self.session.reader
        now, zone, revision = reader.now, reader.zone, reader.revision
        binder = self.present.binder(bounded(rights, now, zone, revision, most=never))
        asked = None if when is None else bounded_where(when)
        _, unknown = anybody(now, zone)
        return satisfiable(self._breaking(binder, asked), unknown)

    def _breaking(self, binder: Binder, when: ast.Node | None = None) -> BoundNode:
        """The records that break it, for the reader of `binder`."""
        asked = self.assertion.when if when is None else when
        among = TRUE if asked is None else binder.policy(self._module, asked)
        allowed = self._allowed(binder)
        if self.assertion.never:
            return both(among, allowed)
        return both(among, FALSE if allowed == TRUE else _not(allowed))

    def _allowed(self, binder: Binder) -> BoundNode:
        one = self.assertion
        found = may(binder, self._module, one.operation)
        if one.field is None:
            return found
        right = binder.reader.field_right(one.module, one.field)
        return both(found, opened(binder, self._module, right, needed(one.operation)))

    def _roles(self, role: str) -> dict[str, Role]:
        """The role in question and everybody's, by id."""
        roles = self.present.roles
        return {key: one for key, one in roles.items() if key == role or one.name == EVERYONE}

    def _holders(self) -> Iterator[tuple[User, Binder]]:
        """Who it is about, each with the roles that it is about."""
        reader = self.session.reader
        for user in self._users():
            yield user, self.present.binder(self.present.reader(user, reader.now, reader.zone))

    def _users(self) -> Iterator[User]:
        known, role = people(self.session, self.present), self.assertion.role
        if self.assertion.user is not None:
            # Who is switched off may nothing: that is an answer too.
            user = self.assertion.user
            yield known.get(user) or self.present.users.get(user, User(user, user, active=False))
        if role is not None:
            roles = self._roles(role)
            for one in sorted(known.values(), key=lambda one: one.name):
                if role in one.role_ids:
                    yield evolve(one, roles=tuple(roles.values()), role_ids=tuple(roles))

    def _witness(self) -> Witness | None:
        """A holder and a record that break it, among what the asker himself sees."""
        module, seen = self._module, self.session.binder.visible(self._module)
        tried = set[BoundNode]()
        for user, binder in self._holders():
            where = self._breaking(binder)
            if where == FALSE or where in tried:
                continue
            tried.add(where)
            query = BoundQuery(module, (ID_REF,), where, seen, order=(BoundOrder(ID_REF),), limit=1)
            for row in self.session.rows(query):
                record = str(row[0])
                return Witness(user.id, user.name, record, self._title(record))
        return None

    def _title(self, record: str) -> str:
        return get(self.session, self._module.name, record).title()


def _not(node: BoundNode) -> BoundNode:
    if node == FALSE:
        return TRUE
    return node.term if isinstance(node, Negation) else Negation(node)
