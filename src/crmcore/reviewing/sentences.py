"""Assertions about rights as text: `客服 !read contract.amount when status == 'signed'`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from crmcore.access import OPERATIONS, SYSTEM_USER, Role
from crmcore.errors import AccessDenied, QueryError, SchemaError
from crmcore.explaining.explanation import operation_named
from crmcore.query import ast
from crmcore.query.text import parse
from crmcore.work import Configuration
from crmcore.work.session import Session
from crmcore.work.store import user_named

_WORD: Final = re.compile(r'\s*(?:"([^"]*)"|`([^`]*)`|((?:[^\s"`]|`[^`]*`)+))')
_WHEN: Final = ("when", "当")
_NEVER: Final = ("!", "！", "not", "不可", "不能")
_MOST: Final = 20_000
_ROLE: Final = ("role:", "角色:", "角色：")
_USER: Final = ("user:", "用户:", "用户：")


@frozen
class Assertion:
    """What shall hold of rights: that somebody may do something, or (`never`) that he may not.

    `role` or `user` is an id. With `when`, of records that fulfil it; positive assertions
    mean all of these, negative ones none. `text` is what was written.
    """

    text: str
    role: str | None
    user: str | None
    operation: str
    never: bool
    module: str
    field: str | None = None
    when: ast.Node | None = None


def assertions_in(text: str) -> Iterator[str]:
    """The assertions of a file: a line each; empty lines and what begins with `#` are none."""
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.strip()


def assertion_of(session: Session, text: str) -> Assertion:
    """The assertion that `text` is: `ROLE|USER [!]OPERATION MODULE[.FIELD] [when CONDITION]`.

    Names are ids, names or labels, in quotation marks where they hold spaces; `role:` and
    `user:` before one tell which is meant. Raises `QueryError` (`bad_assertion`, and for its
    condition), `SchemaError` (`unknown_role_or_user`, `subject_ambiguous`).
    """
    if len(text) > _MOST:
        raise QueryError("bad_assertion", text=f"{text[:60]}…")
    words, rest = _words(text, 2)
    if len(words) < 2:
        raise QueryError("bad_assertion", text=text)
    subject, operation = words[0], words[1]
    never = operation in _NEVER
    if never:
        more, rest = _words(rest, 1)
        operation = more[0] if more else ""
    elif operation[0] in "!！":
        never, operation = True, operation[1:]
    places, rest = _words(rest, 1)
    if not places:
        raise QueryError("bad_assertion", text=text)
    role, user = _subject(session, subject)
    module, field = _place(session, places[0])
    return Assertion(
        text, role, user, _operation(operation), never, module, field, _condition(text, rest)
    )


def _words(text: str, count: int) -> tuple[list[str], str]:
    """The first `count` words of `text`, and what stands behind them."""
    found: list[str] = []
    at = 0
    while len(found) < count:
        match = _WORD.match(text, at)
        if match is None:
            break
        found.append(next(one for one in match.groups() if one is not None))
        at = match.end()
    return found, text[at:]


def _condition(text: str, rest: str) -> ast.Node | None:
    words, condition = _words(rest, 1)
    if not words:
        return None
    if words[0] not in _WHEN or not condition.strip():
        raise QueryError("bad_assertion", text=text)
    return parse(condition.strip())


def _operation(word: str) -> str:
    name = operation_named(word)
    if name not in OPERATIONS:
        raise SchemaError("unknown_operation", name=word, known=", ".join(OPERATIONS))
    return name


def _place(session: Session, text: str) -> tuple[str, str | None]:
    name, _, field = text.replace("`", "").partition(".")
    module = session.schema.module(name)
    return module.name, module.field(field).name if field else None


def _subject(session: Session, name: str) -> tuple[str | None, str | None]:
    for prefix in (*_ROLE, *_USER):
        if name.startswith(prefix):
            rest = name[len(prefix) :]
            role = _role(session.configuration, rest) if prefix in _ROLE else None
            user = _user(session, rest) if prefix in _USER else None
            if role is None and user is None:
                raise SchemaError("unknown_role_or_user", name=rest)
            return role, user
    role, user = _role(session.configuration, name), _user(session, name)
    if role is not None and user is not None:
        raise SchemaError("subject_ambiguous", name=name)
    if role is None and user is None:
        raise SchemaError("unknown_role_or_user", name=name)
    return role, user


def _role(configuration: Configuration, name: str) -> str | None:
    for key, role in configuration.roles.items():
        if name in (key, role.name):
            return key
    found = [key for key, role in configuration.roles.items() if name in _labels(role)]
    if len(found) > 1:
        raise SchemaError("subject_ambiguous", name=name)
    return found[0] if found else None


def _labels(role: Role) -> tuple[str | None, ...]:
    return (role.label.zh, role.label.en)


def _user(session: Session, name: str) -> str | None:
    try:
        found = user_named(session, name)
    except AccessDenied:
        return None
    return None if found == SYSTEM_USER else found
