"""A plan as a value: what would be done, what it would mean, and for which revision it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import attrs
from attrs import asdict, frozen

from crmcore.errors import SchemaError
from crmcore.evolving.document import Document, document_of

VERSION: Final = 1
MAX_EXAMPLES: Final = 10
"""So many records, or groups of them, are named per consequence."""

Effect = Literal[
    "left_empty",
    "outside",
    "retired_in_use",
    "merged",
    "converted",
    "unconverted",
    "colliding",
    "hidden",
    "gained",
    "lost",
    "limited",
    "together",
    "together_already",
    "due",
]
"""What happens to records: left empty by a field made required; outside a range or length made
narrower; holding an option that is retired, or merged; converted or not by a change of kind;
sharing a value made unique; hidden with what is retired; gained or lost by a user (values of
`field` where the operation is `export`). `limited` users may do another number at once, `detail`.
`together` counts people who would have duties that a rule keeps apart, `together_already` those
who have them as it is; `due` are the records that a rule of retention speaks of by now."""


@frozen
class PlanStep:
    """One step: what is done (`add_field`, `merge_option`, …), to what, and details of it."""

    kind: str
    module: str
    field: str | None = None
    detail: str | None = None

    def __str__(self) -> str:
        where = ".".join(part for part in (self.module, self.field) if part)
        return f"{self.kind} {where}" + (f" ({self.detail})" if self.detail else "")


@frozen
class Example:
    """Some of the records meant: their ids, the value they hold, and what is wrong with it."""

    records: tuple[str, ...] = attrs.field(converter=tuple[str, ...])
    value: str | None = None
    reason: str | None = None


def _examples(found: Iterable[Example]) -> tuple[Example, ...]:
    return tuple(found)


@frozen
class Consequence:
    """What a plan means in numbers: `count` records, of which some are named.

    `blocks` where the plan cannot be applied like that. `user` and `operation` say whose
    rights, to do what, change.
    """

    effect: Effect
    module: str
    field: str | None
    count: int
    blocks: bool = False
    examples: tuple[Example, ...] = attrs.field(default=(), converter=_examples)
    user: str | None = None
    operation: str | None = None
    detail: str | None = None


@frozen
class Plan:
    """What leads from the configuration at `revision` to what `document` says.

    `base` is the digest of that configuration. With `limited`, changed rights were counted
    for so many users and modules as a plan may take time for, and not for all.
    """

    revision: int
    base: str
    document: Document
    steps: tuple[PlanStep, ...] = attrs.field(default=(), converter=tuple[PlanStep, ...])
    consequences: tuple[Consequence, ...] = attrs.field(
        default=(), converter=tuple[Consequence, ...]
    )
    limited: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.steps

    @property
    def blocking(self) -> tuple[Consequence, ...]:
        """What stands in the way of applying it."""
        return tuple(one for one in self.consequences if one.blocks)

    def to_json(self) -> dict[str, object]:
        """This plan as plain data, to be stored and applied later."""
        return {
            "version": VERSION,
            "revision": self.revision,
            "base": self.base,
            "document": self.document.to_json(),
            "steps": [asdict(one) for one in self.steps],
            "consequences": [_consequence(one) for one in self.consequences],
            "limited": self.limited,
        }


def _consequence(one: Consequence) -> dict[str, Any]:
    examples = [
        {"records": list(found.records), "value": found.value, "reason": found.reason}
        for found in one.examples
    ]
    return {**asdict(one, recurse=False), "examples": examples}


def plan_from_json(data: object) -> Plan:
    """The plan of plain data; raises `SchemaError` (`not_a_stored_plan`) where it is none."""
    try:
        assert isinstance(data, Mapping)
        if data["version"] != VERSION:
            raise ValueError("version")
        return Plan(
            int(data["revision"]),
            str(data["base"]),
            document_of(data["document"]),
            [PlanStep(**one) for one in data["steps"]],
            [_consequence_of(one) for one in data["consequences"]],
            data["limited"] is True,
        )
    except (AssertionError, ArithmeticError, KeyError, TypeError, ValueError, AttributeError):
        raise SchemaError("not_a_stored_plan") from None


def _consequence_of(data: Mapping[str, Any]) -> Consequence:
    examples = [Example(**one) for one in data["examples"]]
    return Consequence(**{**data, "examples": examples})
