"""What a document asks of a workspace, as values: its definitions, and what to do with data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from attrs import field, frozen

from crmcore.rules import ComputedRule
from crmcore.schema import Schema
from crmcore.work.recasting import OnFailure

T = TypeVar("T")
K = TypeVar("K")


@frozen
class Merge:
    """Every record of `module` that holds the option `old` of `field` is to hold `new`.

    `number` is that of the field, which may go by another name by the time it is done.
    """

    module: str
    field: str
    number: int
    old: str
    new: str


@frozen
class NamedRecord:
    """A record of a reserved module that is known by its name: a role, a setting.

    `values` are the fields to set; `None` removes it. `is_new` where there is none yet.
    """

    module: str
    name: str
    values: Mapping[str, object] | None
    is_new: bool = False


@frozen
class Wanted:
    """What a document asks for, in the light of the present configuration.

    `schema` and `computed` are `None` where the document does not speak of modules.
    """

    schema: Schema | None = None
    computed: tuple[ComputedRule, ...] | None = None
    policies: Mapping[tuple[str, str], OnFailure] = field(factory=dict)
    merges: tuple[Merge, ...] = ()
    records: tuple[NamedRecord, ...] = ()

    def on_failure(self, module: str, name: str) -> OnFailure:
        """What becomes of values that do not convert."""
        return self.policies.get((module, name), "refuse")


def kept_in_place(
    wanted: Sequence[T], present: Sequence[T], kept: Sequence[T], key: Callable[[T], K]
) -> list[T]:
    """`wanted`, with each of `kept` behind what it stands behind in `present`."""
    made = list(wanted)
    staying = {key(one) for one in kept}
    for place, one in enumerate(present):
        if key(one) in staying:
            places = {key(found): index for index, found in enumerate(made)}
            before = [places[key(other)] for other in present[:place] if key(other) in places]
            made.insert(before[-1] + 1 if before else 0, one)
    return made
