"""What fits into a table of InnoDB."""

from __future__ import annotations

from typing import Final

from crmcore_sql.forms import CUT
from crmcore_sql.rooms import INDEX, Room
from crmcore_sql.twins import TWINS

_EIGHT_BYTES: Final = (1, 9, 8, 0)
ROOM: Final = Room(
    # Columns; bytes of a page, of which a row has 8,126; bytes of a row without its long
    # texts, 65,535; indexes, 64. Virtual columns count but in pages.
    limits=(900, 7_000, 45_000, 40),
    columns=1_017,
    # A text of 40 bytes stays in its row, and no engine looks ahead for so many short ones.
    usual=(1, 42, 12, 0),
    sizes={
        **dict.fromkeys(("integer", "scaled", "instant", "milliseconds"), _EIGHT_BYTES),
        "amount": _EIGHT_BYTES,
        "minutes": (1, 5, 4, 0),
        "date": (1, 4, 3, 0),
        "boolean": (1, 2, 1, 0),
        "currency": (1, 42, 258, 0),
        "id": (1, 33, 32, 0),
        "digest": (1, 65, 64, 0),
        **{suffix: (1, 0, 4 * length + 2, 0) for suffix, length in TWINS.items()},
        CUT: (1, 0, 802, 0),
        INDEX: (0, 0, 0, 1),
    },
)
