"""What a unit of work will say of itself: its change set, its operation, its commitments."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from attrs import define, field

from crmcore.clock import EntropySource, to_milliseconds
from crmcore.errors import CapacityExceeded
from crmcore.query.evaluate import Row
from crmcore.records import (
    canonical,
    canonical_json,
    derived_id,
    digest_text,
    is_personal,
    new_id,
    personal_commitments,
    record_digest,
    removal_commitment,
    root_of,
    version_commitment,
)
from crmcore.schema import Module
from crmcore.schema.reserved import DEFINITION

MAX_WRITES = 10_000
MAX_BYTES = 8_000_000
MAX_RECORD_BYTES = 4_000_000
_MILLISECOND = timedelta(milliseconds=1)
_SALT = 32

Change = Literal["created", "updated", "removed"]

FORM: Final = 2
"""How commitments are made; change sets without it are of the first form."""


def rewrite_mark(salt: str) -> str:
    """What names the versions of one rewrite, without giving their salt away."""
    return hashlib.sha256(bytes.fromhex(salt)).hexdigest()


def rewrite_commitment(
    salt: str, constants: Mapping[str, object], moment: datetime, user: str
) -> bytes:
    """The one commitment to a rewrite: its constants, when and by whom."""
    told = canonical_json([constants, moment.isoformat(), user])
    return hashlib.sha256(bytes.fromhex(salt) + told).digest()


@define
class Journal:
    """Counts, commits to and numbers the writes of one unit of work."""

    moment: datetime
    entropy: EntropySource
    operation: str
    op_id: str
    began: datetime
    step: int = 0
    change_set: str = ""
    made: int = 0
    writes: int = 0
    size: int = 0
    content: int = 0
    is_content_known: bool = True
    commitments: list[bytes] = field(factory=list)
    counts: dict[str, dict[str, int]] = field(factory=dict)
    rewrites: list[dict[str, object]] = field(factory=list)
    parked: list[str] = field(factory=list)
    _key: bytes = b""
    _salts: str = ""

    def __attrs_post_init__(self) -> None:
        self.change_set = new_id(to_milliseconds(self.moment), self.entropy)
        self._key = hashlib.sha256(self.op_id.encode()).digest()

    def next_id(self) -> str:
        """The id of the next record made by this step of the operation."""
        self.made += 1
        return derived_id(to_milliseconds(self.began), self._key, self.step, self.made)

    def salt(self) -> str:
        """A fresh salt for one version, 32 hexadecimal digits."""
        if not self._salts:
            self._salts = self.entropy(16 * 256).hex()
        salt, self._salts = self._salts[:_SALT], self._salts[_SALT:]
        return salt

    def after(self, former: Row) -> None:
        """This unit comes after the one that made the version `former`."""
        moment = former[4]
        if moment is None:
            return  # A row of a host that does not tell when it was changed.
        assert isinstance(moment, datetime)
        if moment >= self.moment and former[6] != self.change_set:
            self.moment = moment + _MILLISECOND

    def created(self, module: Module, row: Row) -> None:
        """A record was made."""
        self._count(module, "created")
        self._add(module, row)

    def updated(self, module: Module, former: Row, row: Row) -> None:
        """A record got a new version."""
        self._count(module, "updated")
        self._subtract(module, former)
        self._add(module, row)

    def removed(self, module: Module, former: Row) -> None:
        """A record was removed."""
        self._count(module, "removed")
        self.commitments.append(removal_commitment(module, former[0], former[1]))
        self._subtract(module, former)

    def rewritten(
        self, module: Module, count: int, salt: str, constants: Mapping[str, object], user: str
    ) -> None:
        """`count` records got the same `constants` (plain JSON) and `salt` inside the store."""
        # These count for the summary only: no row of them passed through here.
        self._of(module)["updated"] += count
        self.is_content_known = False
        self.commitments.append(rewrite_commitment(salt, constants, self.moment, user))
        mark, names = rewrite_mark(salt), sorted(constants)
        told = {"module": module.name, "mark": mark, "count": count, "fields": names}
        self.rewrites.append(told)

    def entered(self, module: Module, row: Row) -> None:
        """A row of a journal was written beside what is counted."""
        self.commitments.append(version_commitment(module, row, canonical(module)(row)))

    def handed_over(self, module: Module, change: Change, count: int) -> None:
        """`count` records were written by a host, who answers for them."""
        for _ in range(count):
            self._count(module, change)

    def _of(self, module: Module) -> dict[str, int]:
        return self.counts.setdefault(module.name, {"created": 0, "updated": 0, "removed": 0})

    def _count(self, module: Module, change: Change) -> None:
        self._of(module)[change] += 1
        self.writes += 1
        if self.writes > MAX_WRITES:
            raise CapacityExceeded("too_many_writes", limit=MAX_WRITES)

    def _add(self, module: Module, row: Row) -> None:
        encoded = canonical(module)(row)
        self.size += len(encoded)
        limit = MAX_BYTES if module.name == DEFINITION.name else MAX_RECORD_BYTES
        if len(encoded) > limit:
            raise CapacityExceeded("record_too_large", module=module.name, limit=limit)
        if self.size > MAX_BYTES:
            raise CapacityExceeded("unit_too_large", limit=MAX_BYTES)
        self.commitments.append(version_commitment(module, row, encoded))
        if is_personal(module):
            salt = bytes.fromhex(str(row[7]))
            self.commitments.extend(personal_commitments(module, salt, row))
        if not module.name.startswith("crm_"):
            self.content += record_digest(encoded)

    def _subtract(self, module: Module, former: Row) -> None:
        if not module.name.startswith("crm_"):
            self.content -= record_digest(canonical(module)(former))

    def root(self) -> str:
        """The commitment to all versions of this unit."""
        return root_of(self.commitments)

    def content_delta(self) -> str | None:
        """What this unit adds to the content digest; `None` where it must be counted anew."""
        return digest_text(self.content) if self.is_content_known else None
