"""Telling a workspace what happened around it, so that it is remembered as audit entries."""

from __future__ import annotations

from collections.abc import Iterable

from crmcore.work.noting import Note, checked_kind
from crmcore.work.workspace import Workspace


def note(
    crm: Workspace,
    kind: str,
    *,
    user: str | None = None,
    module: str | None = None,
    record: str | None = None,
    fields: Iterable[str] = (),
    count: int | None = None,
    reason: str | None = None,
    origin: str | None = None,
    operation: str | None = None,
) -> None:
    """Remember something: `export`, `login`, `impersonation`, `denial` and what else is a kind.

    `user` is the id of who did it, without it who `crm` is used as; `count` counts records;
    `reason` is a code (of a refusal, of a failed login). Values have no place in a note.
    Raises `Invalid` (`unknown_note`).
    """
    made = Note(
        checked_kind(kind),
        module,
        record,
        tuple(fields),
        count,
        reason=reason,
        origin=origin,
        operation=operation,
        user=user,
    )
    crm._store.note(crm.principal, [made])
