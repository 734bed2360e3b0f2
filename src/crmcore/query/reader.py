"""In whose name a question is asked: what he may read, and what `me` and `now` mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import evolve, field, frozen

from crmcore.kinds import Kind
from crmcore.query.ast import Node, Value

EVERYTHING: Final = Value(True)


@frozen
class Parameter:
    """A value that questions may name: `me`, `me.department`, `now`, `today`."""

    kind: Kind
    value: object


@frozen
class Reader:
    """Frozen answer to "what may he read": a row predicate per module and operation.

    `scopes` maps (module, operation) to a predicate in unbound form; nothing there, no
    access. `system` readers may everything. `revision` names the policy it was made of.
    """

    user: str
    now: datetime
    zone: str
    parameters: Mapping[str, Parameter] = field(factory=dict)
    scopes: Mapping[tuple[str, str], Node] = field(factory=dict)
    system: bool = False
    revision: int = 0

    def scope(self, module: str, operation: str) -> Node | None:
        """Which records of `module` the operation may touch; `None`: none, by default deny."""
        if self.system:
            return EVERYTHING
        return self.scopes.get((module, operation))

    def without_parameters(self) -> Reader:
        """The same reader, to whom `me`, `now` and `today` mean nothing."""
        return evolve(self, parameters={})
