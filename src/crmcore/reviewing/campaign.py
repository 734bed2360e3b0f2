"""A campaign of review (定期审查) as a value: what was held, what was decided, who signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal

from attrs import asdict, field, frozen

from crmcore.errors import Language
from crmcore.records import Record, canonical_json
from crmcore.reviewing.holding import SORTS
from crmcore.reviewing.wording import table_of
from crmcore.tables import Table

Decision = Literal["keep", "revoke"]
DECISIONS: Final[dict[Decision, tuple[str, str]]] = {
    "keep": ("保留", "keep"),
    "revoke": ("收回", "revoke"),
}
"""What a reviewer may decide; what people call it."""

PREPARING, OPEN, CLOSED = "preparing", "open", "closed"
_FROZEN: Final = (
    "sort",
    "entry",
    "holder",
    "holder_name",
    "role",
    "what",
    "since",
    "granted_by",
    "until",
    "last_used",
    "unused",
)
_DECIDED: Final = ("decision", "decided_by", "decided_at", "reason")


@frozen
class ReviewItem:
    """One thing that somebody held when the review began, and what was decided on it.

    `last_used` is when it was used last within the days looked at, of roles; `unused` are
    the operations by module that were not. `entry` is the record that grants it.
    """

    id: str
    sort: str
    entry: str
    holder: str | None
    holder_name: str | None
    role: str | None
    what: str | None
    since: datetime | None
    granted_by: str | None
    until: datetime | None
    last_used: datetime | None
    unused: Mapping[str, tuple[str, ...]] = field(factory=dict)
    decision: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None


@frozen
class Campaign:
    """A review: `state` is preparing, open or closed. `picture` is the digest of what was held
    when it began, `signature` that of the picture with all decisions, made by `closed_by`.

    `is_sound` tells whether both are those of the items as they are stored now.
    """

    id: str
    name: str
    state: str
    days: int
    started_by: str
    started_at: datetime
    picture: str
    items: tuple[ReviewItem, ...] = field(converter=tuple[ReviewItem, ...])
    signature: str | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None

    @property
    def undecided(self) -> tuple[ReviewItem, ...]:
        """What nobody has decided on yet."""
        return tuple(one for one in self.items if one.decision is None)

    @property
    def is_sound(self) -> bool:
        """Whether nothing was changed since: the picture, and once signed the decisions."""
        if picture_of(self.items) != self.picture:
            return False
        return self.signature is None or self.signature == signature_of(self)

    def table(self, language: Language = "zh") -> Table:
        """A row per thing that was held."""
        at = 0 if language == "zh" else 1
        rows = (
            (
                one.id,
                SORTS[one.sort][at] if one.sort in SORTS else one.sort,
                one.holder_name,
                one.what,
                one.since,
                one.granted_by,
                one.until,
                one.last_used,
                DECISIONS[one.decision][at] if one.decision in DECISIONS else None,
                one.reason,
            )
            for one in self.items
        )
        return table_of(_COLUMNS, rows, language)

    def to_json(self) -> dict[str, object]:
        """All of it as plain data."""
        data = asdict(self)
        data["items"] = [
            {name: _plain(value) for name, value in one.items()} for one in data["items"]
        ]
        return {**{name: _plain(value) for name, value in data.items()}, "sound": self.is_sound}


def item_of(record: Record) -> ReviewItem:
    """The item that a record of `crm_review_item` is."""
    values = {name: record[name] for name in (*_FROZEN, *_DECIDED)}
    unused = values["unused"]
    given = unused if isinstance(unused, Mapping) else {}
    values["unused"] = {str(name): tuple(map(str, some)) for name, some in given.items()}
    return ReviewItem(record.id, **values)  # type: ignore[arg-type]


def picture_of(items: Iterable[ReviewItem]) -> str:
    """The digest of what was held, whatever was decided: SHA-256 in hexadecimal digits."""
    return _digest([[_plain(getattr(one, name)) for name in _FROZEN] for one in _sorted(items)])


def signature_of(campaign: Campaign) -> str:
    """The digest of the picture with every decision, who signs and when."""
    decisions = [
        [one.entry, one.role, *(_plain(getattr(one, name)) for name in _DECIDED)]
        for one in _sorted(campaign.items)
    ]
    signed = [campaign.closed_by, _plain(campaign.closed_at)]
    return _digest([campaign.id, campaign.name, campaign.picture, decisions, signed])


def _sorted(items: Iterable[ReviewItem]) -> list[ReviewItem]:
    return sorted(items, key=lambda one: one.id)


def _digest(data: object) -> str:
    return hashlib.sha256(canonical_json(data)).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): list(some) for name, some in sorted(value.items())}
    return value


_COLUMNS: Final = (
    ("id", "编号", "Item"),
    ("sort", "类别", "Sort"),
    ("holder", "持有者", "Holder"),
    ("what", "内容", "What"),
    ("since", "起始", "Since"),
    ("by", "授予人", "Granted by"),
    ("until", "截止", "Until"),
    ("last_used", "最近使用", "Last used"),
    ("decision", "决定", "Decision"),
    ("reason", "理由", "Reason"),
)
