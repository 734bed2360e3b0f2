"""In whose name a question is asked: what he may read, and what `me` and `now` mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import evolve, field, frozen

from crmcore.kinds import Kind
from crmcore.query.ast import Node, Value

EVERYTHING: Final = Value(True)
_KNOWING: Final = ("read", "write")


@frozen
class Parameter:
    """A value that questions may name: `me`, `me.department`, `me.subordinates`, `now`, `today`."""

    kind: Kind
    value: object


@frozen
class FieldCase:
    """How far a field is open where `where` holds: `level` is hidden, masked, read or write."""

    where: Node
    level: str
    mask: str = "full"

    @property
    def is_known(self) -> bool:
        """Whether the value may be known whole."""
        return self.level in _KNOWING


@frozen
class FieldRight:
    """How far a reader may know a field, and change it.

    `level` (with `mask`) holds of every record. Where more may hold of some, `cases` has
    for each of his roles the cases of which the first that holds counts, the most open
    role deciding; `caps` lower that where they hold. `named` tells which denials do so.
    """

    level: str
    mask: str = "full"
    cases: tuple[tuple[FieldCase, ...], ...] = ()
    caps: tuple[FieldCase, ...] = ()
    named: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether the value may be known whole, of every record."""
        return self.level in _KNOWING

    @property
    def is_conditional(self) -> bool:
        """Whether the level differs from record to record."""
        return bool(self.cases)


OPEN: Final = FieldRight("write")
"""The right to a field that no role speaks of."""


@frozen
class Reader:
    """Frozen answer to "what may he read": a row predicate per module and operation.

    `scopes` maps (module, operation) to a predicate in unbound form; nothing there, no
    access. `denials` maps the same to predicates by name, which take away again. `fields`
    maps (module, field) to what is not wholly open. `system` readers may everything.
    `revision` names the policy it was made of. `kept_in` are the (module, field) that he may
    read and not export.
    """

    user: str
    now: datetime
    zone: str
    parameters: Mapping[str, Parameter] = field(factory=dict)
    scopes: Mapping[tuple[str, str], Node] = field(factory=dict)
    system: bool = False
    revision: int = 0
    denials: Mapping[tuple[str, str], Mapping[str, Node]] = field(factory=dict)
    fields: Mapping[tuple[str, str], FieldRight] = field(factory=dict)
    limits: Mapping[str, int] = field(factory=dict)
    kept_in: frozenset[tuple[str, str]] = frozenset()

    def scope(self, module: str, operation: str) -> Node | None:
        """Which records of `module` the operation may touch; `None`: none, by default deny."""
        if self.system:
            return EVERYTHING
        return self.scopes.get((module, operation))

    @property
    def may_configure(self) -> bool:
        """Whether he may change the configuration of the workspace."""
        return self.system or self.scope("*", "configure") is not None

    @property
    def may_impersonate(self) -> bool:
        """Whether he may work as somebody else."""
        return self.system or self.scope("*", "impersonate") is not None

    def field_right(self, module: str, name: str) -> FieldRight:
        """How far the field `name` of `module` is open to him."""
        return OPEN if self.system else self.fields.get((module, name), OPEN)

    def without_parameters(self) -> Reader:
        """The same reader, to whom `me`, `now` and `today` mean nothing."""
        return evolve(self, parameters={})
