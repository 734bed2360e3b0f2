"""What may leave the workspace: one answer for exports, extracts and the titles within them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crmcore.errors import AccessDenied, Problem
from crmcore.schema import Module
from crmcore.work.session import Session
from crmcore.work.tainting import places_along


def may_leave(session: Session, module: Module, path: Sequence[str]) -> bool:
    """Whether the reader may export what `path` leads to, from a record of `module`."""
    kept = session.reader.kept_in
    if not kept:
        return True
    return kept.isdisjoint(places_along(path, module, session.schema))


def check_leaving(session: Session, module: Module, paths: Iterable[Sequence[str]]) -> None:
    """Raise `AccessDenied` (`field_not_exported`) where one of `paths` may not leave."""
    problems = [
        Problem("field_not_exported", {}, module.name, None, ".".join(path))
        for path in paths
        if not may_leave(session, module, path)
    ]
    if problems:
        raise AccessDenied(problems)
