"""Erasures as values: as they were asked for, and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from attrs import asdict, field, frozen

Action = Literal["erase", "anonymise"]


@frozen
class PastErasure:
    """An erasure as it was asked for: nothing of it is personal but the id of a record."""

    module: str
    subject: str
    action: Action
    moment: datetime
    user: str
    reason: str | None = None

    def to_json(self) -> dict[str, object]:
        """This as plain data."""
        return {**asdict(self), "moment": self.moment.isoformat()}


@frozen
class Erasure:
    """What an erasure did: `versions` overwritten in so many `records` of each module.

    `physical` is the code of a sentence about what the engine itself may still hold. In
    records that do not link to the person nothing is changed: `mentions` are the ids of (at
    most a hundred of each module) those that name him all the same, or a namesake.
    """

    id: str
    action: Action
    module: str
    subject: str
    moment: datetime
    versions: int
    records: dict[str, int]
    physical: str
    mentions: dict[str, tuple[str, ...]] = field(factory=dict)


def erasure_to_json(done: Erasure) -> dict[str, object]:
    """What was done as plain data, to be kept with its operation."""
    return {
        "id": done.id,
        "action": done.action,
        "module": done.module,
        "subject": done.subject,
        "moment": done.moment.isoformat(),
        "versions": done.versions,
        "records": dict(done.records),
        "physical": done.physical,
        "mentions": {name: list(ids) for name, ids in done.mentions.items()},
    }


def erasure_from_json(result: Mapping[str, Any]) -> Erasure:
    """What was done, of plain data."""
    data = dict(result)
    data["moment"] = datetime.fromisoformat(data["moment"])
    data["records"] = dict(data["records"])
    data["mentions"] = {name: tuple(ids) for name, ids in data["mentions"].items()}
    return Erasure(**data)
