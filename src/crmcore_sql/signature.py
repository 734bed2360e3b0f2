"""The shape of a question: what remains of it when its constants are taken out.

Questions of one shape share one prepared statement. One walk finds the shape (a flat key
of words, counts and identities) and the constants in their order. Fields and modules are
told apart by identity, which is sound as long as a question of the shape is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

from attrs import define, field

from crmcore.query.bound import (
    TRUE,
    AllOf,
    Always,
    AnyOf,
    BoundBucket,
    BoundNode,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    HasCodes,
    IsEmpty,
    Match,
    Negation,
    Ref,
    Related,
    Step,
    Within,
    full_columns,
)

Key = tuple[object, ...]

_LAST_POINT: Final = "\U0010ffff"


def counts_existence(node: Related) -> bool | None:
    """Whether the count only asks if there are some (`True`) or none; `None`: it counts."""
    asked = (node.comparator, node.count)
    if asked in ((">=", 1), (">", 0), ("!=", 0)):
        return True
    if asked in (("<", 1), ("<=", 0), ("==", 0)):
        return False
    return None


MatchForm = Literal["range", "plain"]


def match_form(node: Match) -> MatchForm:
    """Whether a prefix can be asked as a range of keys."""
    if node.how != "starts_with" or len(node.key) > 200 or node.key.endswith(_LAST_POINT):
        return "plain"
    return "range"


@define(eq=False)
class Signature:
    """Key and constants of one question; `slots` tells which constant a node holds.

    Hops along one link to what is visible under equal conditions are one: `steps` numbers
    them, and `leads` has for each number the condition whose constants are kept. `after`,
    `limit`, `as_of` and `touched_by` are the slots of what the question itself holds, -1
    for nothing.
    """

    key: list[object] = field(factory=list)
    constants: list[object] = field(factory=list)
    slots: dict[int, int] = field(factory=dict)
    steps: dict[int, int] = field(factory=dict)
    leads: dict[int, BoundNode] = field(factory=dict)
    after: int = -1
    limit: int = -1
    as_of: int = -1
    touched_by: int = -1
    _filled: list[int] = field(factory=list)
    _known: dict[Key, int] = field(factory=dict)
    _conditions: dict[int, tuple[int, BoundNode]] = field(factory=dict)
    _leading: dict[int, BoundNode] = field(factory=dict)

    def hold(self, node: object, constant: object) -> None:
        """Take out `constant`, which `node` holds; a node met again is the same constant."""
        slot = self.slots.get(id(node))
        if slot is not None:
            self.key += ("again", slot)
            return
        self.slots[id(node)] = len(self.constants)
        self._filled.append(id(node))
        self.key.append("?")
        self.constants.append(constant)

    def node(self, node: BoundNode) -> None:
        """Walk over a condition or an operand."""
        walk = _WALKS.get(type(node))
        if walk is None:
            raise TypeError(f"not for a store: {type(node).__name__}")
        walk(self, node)

    def ref(self, ref: Ref) -> None:
        """Walk over a place."""
        if ref.steps:
            self.path(ref.steps)
        self.key.append(id(ref.field))

    def path(self, steps: Sequence[Step]) -> None:
        """Walk over hops."""
        self.key.append(-len(steps))
        for step in steps:
            number = self.steps.get(id(step))
            if number is None:
                number = self.steps[id(step)] = self._step(step)
            self.key.append(number)

    def _step(self, step: Step) -> int:
        self.key.append("step")
        visible, lead = -1, step.visible
        if lead != TRUE:
            visible, lead = self._condition(lead)
        content = (id(step.link), id(step.target), visible)
        number = self._known.setdefault(content, len(self._known))
        self.leads.setdefault(number, lead)
        self.key += content
        return number

    def _condition(self, node: BoundNode) -> tuple[int, BoundNode]:
        """Number and node of a condition; one equal to a former one leaves no trace of its own."""
        found = self._conditions.get(id(node))
        if found is not None:
            return found
        mark, filled = len(self.key), len(self._filled)
        self.node(node)
        content = (*self.key[mark:], "|", *self.constants[filled:])
        number = self._known.get(content)
        if number is None:
            number = self._known[content] = len(self._known)
            self._leading[number] = node
        else:
            del self.key[mark:], self.constants[filled:]
            for one in self._filled[filled:]:
                del self.slots[one]
            del self._filled[filled:]
        found = self._conditions[id(node)] = number, self._leading[number]
        return found


def _comparison(found: Signature, node: Comparison) -> None:
    found.key.append(node.comparator)
    found.node(node.left)
    found.node(node.right)


def _terms(word: str) -> Callable[[Signature, AllOf | AnyOf], None]:
    def walk(found: Signature, node: AllOf | AnyOf) -> None:
        found.key.append(word)
        found.key.append(len(node.terms))
        for term in node.terms:
            found.node(term)

    return walk


def _const(found: Signature, node: Const) -> None:
    found.hold(node, node.value)


def _negation(found: Signature, node: Negation) -> None:
    found.key.append("not")
    found.node(node.term)


def _always(found: Signature, node: Always) -> None:
    found.key.append("true" if node.holds else "false")


def _is_empty(found: Signature, node: IsEmpty) -> None:
    found.key.append("empty")
    found.node(node.operand)


def _within(found: Signature, node: Within) -> None:
    found.key.append("in")
    found.ref(node.operand)
    found.hold(node, node.values)


def _match(found: Signature, node: Match) -> None:
    found.key.append(node.how)
    found.key.append(match_form(node))
    found.ref(node.operand)
    found.hold(node, node.key)


def _has_codes(found: Signature, node: HasCodes) -> None:
    found.key.append(node.how)
    found.ref(node.operand)
    found.hold(node, node.codes)


def _related(found: Signature, node: Related) -> None:
    existence = counts_existence(node)
    found.key += ("related", existence, id(node.child), id(node.link))
    found.path(node.steps)
    found.node(node.visible)
    found.node(node.where)
    if existence is None:
        found.key.append(node.comparator)
        found.hold(node, node.count)


_WALKS: Final[dict[type, Callable[[Signature, Any], None]]] = {
    Comparison: _comparison,
    AllOf: _terms("and"),
    AnyOf: _terms("or"),
    Const: _const,
    Negation: _negation,
    Always: _always,
    IsEmpty: _is_empty,
    Within: _within,
    Match: _match,
    HasCodes: _has_codes,
    Related: _related,
    Ref: Signature.ref,
}


def query_signature(query: BoundQuery) -> Signature:
    """The shape of a list."""
    found = Signature()
    key = found.key
    key += ("list", id(query.module), query.versions, query.as_of is None)
    if query.versions and query.touched_by is not None:
        key.append("touched")
        found.touched_by = len(found.constants)
        found.constants.append(query.touched_by)
    if query.columns is full_columns(query.module):
        key.append("*")
    else:
        key.append(len(query.columns))
        for column in query.columns:
            found.ref(column)
    found.node(query.where)
    found.node(query.scope)
    key.append(len(query.order))
    for term in query.order:
        key.append(term.descending)
        found.ref(term.ref)
    if query.after is not None:
        key += ("after", *(value is None for value in query.after))
        found.after = len(found.constants)
        found.constants.extend(query.after)
    if query.limit is not None:
        key.append("limit")
        found.limit = len(found.constants)
        found.constants.append(query.limit)
    if query.as_of is not None:
        found.as_of = len(found.constants)
        found.constants.append(query.as_of)
    return found


def summary_signature(query: BoundSummary) -> Signature:
    """The shape of a summary. The offsets of a zone belong to it: there are few zones."""
    found = Signature()
    key = found.key
    key += ("summary", id(query.module), query.as_of is None, len(query.groups))
    for group in query.groups:
        found.ref(group.ref)
        _bucket(key, group.bucket)
    key.append(len(query.measures))
    for measure in query.measures:
        key += (measure.function, measure.ref is None)
        if measure.ref is not None:
            found.ref(measure.ref)
        found.node(measure.where)
    found.node(query.where)
    found.node(query.scope)
    if query.as_of is not None:
        found.as_of = len(found.constants)
        found.constants.append(query.as_of)
    return found


def _bucket(key: list[object], bucket: BoundBucket | None) -> None:
    if bucket is None:
        key.append(None)
    else:
        key += (bucket.unit, bucket.starts, id(bucket.offsets))
