"""Roles of a document, looked at beside the schema that it leads to: do they name what is there?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crmcore.access import Denial, FieldRule, Grant, Role, role_of
from crmcore.access.opening import EVERY_FIELD
from crmcore.access.roles import EVERY_MODULE
from crmcore.access.scopes import VIA
from crmcore.errors import CrmError, Problem, SchemaError
from crmcore.evolving.wanted import NamedRecord
from crmcore.kinds import Link, MultiLink
from crmcore.schema import Module
from crmcore.schema.names import RESERVED_PREFIX, nearest
from crmcore.schema.reserved import ROLE
from crmcore.work import Configuration
from crmcore.work.session import Session

_Entry = Grant | Denial | FieldRule
_TOLD = 20


def check_roles(session: Session, made: Configuration, wanted: Iterable[NamedRecord]) -> None:
    """Raise `SchemaError` where roles speak of modules or fields that `made` does not have.

    What a role said before is not looked at again: a module may be gone since.
    """
    trial = Session(session.transaction, made, session.reader)
    present = {one.name: one for one in session.configuration.roles.values()}
    problems: list[Problem] = []
    for record in wanted:
        if record.module == ROLE.name and record.values is not None:
            role = role_of({**record.values, "name": record.name})
            known = set(_entries(present[role.name])) if role.name in present else set()
            for one in _entries(role):
                if one not in known:
                    problems.extend(_problems(trial, role.name, one))
    if problems:
        raise SchemaError(problems)


def _entries(role: Role) -> tuple[_Entry, ...]:
    return (*role.grants, *role.denials, *role.fields)


def _problems(session: Session, role: str, one: _Entry) -> Iterator[Problem]:
    people = [m for m in session.schema.modules if not m.name.startswith(RESERVED_PREFIX)]
    if one.module == EVERY_MODULE:
        yield from _unknown_fields(people, role, one)
        return
    module = session.schema.by_name.get(one.module)
    if module is None:
        yield module_problem(session, "role_without_module", one.module, role=role)
        return
    yield from _unknown_fields([module], role, one)
    if not module.retired:
        yield from _bad_condition(session, module, role, one)


def module_problem(session: Session, code: str, name: str, **params: object) -> Problem:
    """The problem `code`: there is no module `name`; it tells which is nearest, and all."""
    people = [m for m in session.schema.modules if not m.name.startswith(RESERVED_PREFIX)]
    spellings = {text: m.name for m in people for text in (*m.label.all(), m.name)}
    found = spellings.get(nearest(name, spellings), "–")
    known = ", ".join(m.name for m in people if not m.retired)
    return Problem(code, {**params, "name": name, "suggestion": found, "known": known})


def _unknown_fields(modules: list[Module], role: str, one: _Entry) -> Iterator[Problem]:
    """Fields that no module has; `via:` leads along a link to one record."""
    fields = [found for module in modules for found in module.fields]
    links = {
        found.name
        for found in fields
        if isinstance(found.kind, Link) and not isinstance(found.kind, MultiLink)
    }
    named = one.exports if isinstance(one, Grant) else one.fields
    scopes = one.scopes if isinstance(one, Grant) else ()
    vias = [word.removeprefix(VIA) for word in scopes if word.startswith(VIA)]
    names = {EVERY_FIELD, *(found.name for found in fields)}
    lost = [name for name in named if name not in names and not _meant(modules, name)]
    for name in (*lost, *(via for via in vias if not _meant(modules, via) & links)):
        spellings = {text: f.name for f in fields for text in (*f.label.all(), f.name)}
        found = spellings.get(nearest(name, spellings), "–")
        known = ", ".join(list(dict.fromkeys(f.name for f in fields))[:_TOLD])
        params = {"role": role, "name": name, "suggestion": found, "known": known}
        yield Problem("role_without_field", {**params, "of": one.module})


def _meant(modules: list[Module], name: str) -> set[str]:
    return set[str]().union(*(module.named((name,)) for module in modules))


def _bad_condition(session: Session, module: Module, role: str, one: _Entry) -> Iterator[Problem]:
    try:
        session.policy_binder.policy(module, one.condition(), denial=True)
    except CrmError as error:
        params = {"role": role, "of": module.name, "reason": error.message()}
        yield Problem("role_condition", params)
