"""Which of the farther calls are asked, of which records."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Final

from crmcore.testing.secrecy.ask import Ask
from crmcore.testing.secrecy.farther import OFFICE
from crmcore.testing.secrecy.pair import REP

_JOURNALS: Final = (
    "crm_audit_entry",
    "crm_change_request",
    "crm_change_set",
    "crm_consent",
    "crm_operation",
    "crm_role_assignment",
    "crm_share",
    "crm_team_member",
    "crm_territory",
)
"""Reserved modules that hold what was done with records of others."""

_OPERATIONS: Final = ("read", "update", "delete", "export", "share", "approve")


def far_questions(keys: list[tuple[str, str]]) -> Iterator[Ask]:
    """Questions that change nothing."""
    yield from (Ask("what_can", "", (who,)) for who in (REP, "below", "peer"))
    yield from (Ask("office", "", (name,)) for name in OFFICE)
    yield from (Ask("count", module, ("true",)) for module in _JOURNALS)
    yield from (Ask("figures", module, ("", "count", "")) for module in _JOURNALS)
    for module in ("account", "deal"):
        yield from (Ask("past_export", module, (minute,)) for minute in ("15", "50"))
        for minute in ("12", "40", "95"):
            yield Ask("past_where", module, (minute, "amount > 10"))
            yield Ask("past_where", module, (minute, "not (owner == null)"))
            yield Ask("past_figures", module, (minute, "owner", "count"))
            yield Ask("past_figures", module, (minute, "", "sum:amount"))
    for module, key in keys:
        yield from (Ask("past_get", module, (key, minute)) for minute in ("20", "60"))
        yield Ask("consents", module, (key,))
        for operation in _OPERATIONS:
            yield Ask("why", module, (REP, operation, key))
            yield Ask("who_can", module, (operation, key))
        yield Ask("can", module, (REP, "update", key))
        yield Ask("why", module, ("below", "update", key))
        yield Ask("why", module, (REP, "read", key, "amount"))


def far_acts(keys: list[tuple[str, str]]) -> Iterator[Ask]:
    """Acts, and what is told of them."""
    for module, key in keys:
        yield Ask("consent", module, (key,))
        yield from (Ask("team", module, (call, key)) for call in ("join_team", "release"))
        yield Ask("park", module, (key, "amount", "61"))
        if module == "account":
            yield Ask("park", module, (key, "name", "asked for"))
    accounts = [key for module, key in keys if module == "account"]
    yield from (Ask("merge", "account", pair) for pair in permutations(accounts, 2))
    yield from (Ask("survivor", "account", (key,)) for key in accounts)
    yield from (Ask("decide", "", (how,)) for how in ("approve", "reject", "withdraw"))
    for module, title in (("account", "name"), ("deal", "title")):
        for where in ("true", f"starts_with({title}, 'l')", "owner == null"):
            yield Ask("bulk", module, (where, title, "all of them"))
            yield Ask("bulk", module, (where, "amount", "62"))


def loads(codes: list[str], titles: list[str]) -> Iterator[Ask]:
    """Imports in earnest: keys that are taken, and links by what records are called."""
    for code in codes:
        for duplicates in ("update", "ask", "skip"):
            for errors in ("refuse", "reject"):
                lines = (duplicates, errors, "name,code", f"new,{code}", f"other,X{code}")
                yield Ask("load", "account", lines)
    for title in titles:
        lines = ("ask", "reject", "title,account", f"first,{title}", "second,nobody at all")
        yield Ask("load", "deal", lines)
