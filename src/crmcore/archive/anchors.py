"""The small value that is anchored where neither store nor archive can reach."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from attrs import frozen

from crmcore.clock import from_milliseconds
from crmcore.errors import Invalid

_TEXT: Final = re.compile(r"crm1:(\d+):([0-9a-f]{64}):(\d+):([0-9a-f]{64}):(\d+)")
_MILLISECONDS: Final = 1_000


@frozen
class AuditHead:
    """How far the chains had come at `moment`, and what stood at their ends.

    `position` and `digest` are of the change sets, `entries` and `entries_digest` of the
    audit entries. Whoever keeps this elsewhere can tell later whether anything up to here
    was changed, left out, put in or reordered.
    """

    position: int
    digest: str
    entries: int
    entries_digest: str
    moment: datetime

    def __str__(self) -> str:
        moment = round(self.moment.timestamp() * _MILLISECONDS)
        return f"crm1:{self.position}:{self.digest}:{self.entries}:{self.entries_digest}:{moment}"

    @classmethod
    def parse(cls, text: str) -> AuditHead:
        """The head that `str` of it wrote; raises `Invalid` (`not_an_anchor`)."""
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            raise Invalid("not_an_anchor")
        position, digest, entries, entries_digest, moment = found.groups()
        instant = from_milliseconds(int(moment))
        return cls(int(position), digest, int(entries), entries_digest, instant)
