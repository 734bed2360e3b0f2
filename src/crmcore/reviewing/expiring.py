"""What ends by itself: shares and roles that were given for a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from crmcore.errors import Language
from crmcore.reviewing.holding import SORTS, Holding, holdings
from crmcore.reviewing.usage import check_days
from crmcore.reviewing.wording import table_of
from crmcore.tables import Table
from crmcore.work import Workspace
from crmcore.work.configuring import check_right


def expiring(crm: Workspace, days: int = 30) -> list[Holding]:
    """The shares and roles that end within `days`, the first to end first.

    What is over is not among them: it opens nothing any more. Raises `AccessDenied` for who
    may not configure the workspace, `Invalid`.
    """
    check_days(days)
    with crm._store.reading(crm.principal) as session:
        check_right(session)
        last = session.reader.now + timedelta(days=days)
        found = [(one.until, one.entry, one) for one in holdings(session) if one.until is not None]
        return [one for until, _, one in sorted(found, key=lambda it: it[:2]) if until <= last]


def expiring_table(crm: Workspace, found: list[Holding], language: Language = "zh") -> Table:
    """What ends, as a table for people."""
    roles, at = crm.configuration.roles, 0 if language == "zh" else 1
    rows = (
        (
            SORTS[one.sort][at],
            one.holder_name,
            one.record or roles[str(one.role)].name,
            one.level,
            one.since,
            one.until,
            one.by,
        )
        for one in found
    )
    return table_of(_COLUMNS, rows, language)


_COLUMNS: Final = (
    ("sort", "类别", "Sort"),
    ("holder", "持有者", "Holder"),
    ("what", "内容", "What"),
    ("level", "级别", "Level"),
    ("since", "起始", "Since"),
    ("until", "截止", "Until"),
    ("by", "授予人", "Granted by"),
)
