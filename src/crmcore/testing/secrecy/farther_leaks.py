"""Planted leaks in what leaves, waits, is imported, explained, and in who somebody is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from attrs import evolve

from crmcore.access import Organization, Role, opening
from crmcore.approving import requests
from crmcore.audit import watching
from crmcore.explaining import asking, gone, remedies
from crmcore.importing import finding, referring
from crmcore.query import ast
from crmcore.query.bind import listing
from crmcore.query.bound import TRUE
from crmcore.schema import Module
from crmcore.testing.secrecy.leak import Leak
from crmcore.work import configuration, extracting, feed, history
from crmcore.work.session import Session, system_session

_everything: Final = lambda *_: TRUE  # noqa: E731
_always: Final = lambda *_: True  # noqa: E731
_entry = listing._entry
_versions = history.versions
_opened = remedies._opened


def _for_anybody(child: str, module: str, levels: Sequence[str]) -> ast.Node:
    found = _entry(child, module, levels)
    assert isinstance(found, ast.Logic)
    return ast.Logic("and", [one for one in found.terms if "'user'" not in repr(one)])


def _every_territory(organization: Organization, _user: str) -> tuple[str, ...]:
    return tuple(organization.territories)


def _no_purpose(*_: object) -> Role:
    return Role("purpose")


def _every_change(session: Session, module: Module, where: Any, _scope: Any, sets: Any) -> Any:
    return _versions(session, module, where, TRUE, sets)


def _any_called(session: Session, *arguments: Any) -> Any:
    return finding.records_by_text(system_session(session), *arguments)


def _any_record(session: Session, module: str, record: str, operation: str) -> Any:
    return asking.asked_record(system_session(session), module, record, operation)


def _opened_to_all(before: Any, after: Any) -> Any:
    reader = evolve(before.session.reader, system=True)
    session = Session(before.session.transaction, before.session.configuration, reader)
    return _opened(evolve(before, session=session), after)


FARTHER_LEAKS: Final = (
    Leak(
        "roles-do-not-end",
        "Roles hold before they begin, and after their end.",
        ((configuration.Assignment, "is_valid", _always),),
    ),
    Leak(
        "shares-with-anybody",
        "What is shared with somebody, or has a team, is shared with everybody.",
        ((listing, "_entry", _for_anybody),),
    ),
    Leak(
        "every-territory",
        "Everybody is a member of all territories.",
        ((Organization, "territories_of", _every_territory),),
    ),
    Leak(
        "sensitive-not-masked",
        "Sensitive fields of which a role says nothing are open.",
        ((opening, "_is_sensitive", lambda *_: False),),
    ),
    Leak(
        "purposes-ignored",
        "Who did not consent is there for every purpose.",
        ((configuration, "purpose_role", _no_purpose),),
    ),
    Leak(
        "extract-without-scope",
        "An extract has all records.",
        ((extracting, "allowed", _everything),),
    ),
    Leak(
        "extract-of-hidden-changes",
        "The past in an extract has a row for each change, whatever was changed.",
        ((extracting._Merged, "added", lambda _, rows: list(rows)),),
    ),
    Leak(
        "extract-tells-positions",
        "An extract says how many commits there were.",
        ((extracting, "knows_positions", _always),),
    ),
    Leak(
        "feed-without-scope",
        "The feed of changes tells of records that are not to be seen.",
        ((feed, "versions", _every_change),),
    ),
    Leak(
        "requests-of-others",
        "What waits for approval is told to everybody.",
        ((requests, "_has", _always),),
    ),
    Leak(
        "imports-link-the-invisible",
        "An import finds what records that are not to be seen are called.",
        ((referring, "records_by_text", _any_called),),
    ),
    Leak(
        "explained-of-anything",
        "Of records that are not to be seen it is explained who may see them.",
        ((gone, "asked_record", _any_record),),
    ),
    Leak(
        "remedies-count-all",
        "Remedies tell how many records are not to be seen.",
        ((remedies, "_opened", _opened_to_all),),
    ),
    Leak(
        "offices-open",
        "Everybody is told what everybody did.",
        ((watching, "check_right", lambda _: None),),
    ),
)
"""The leaks."""
