"""Which record a person means: by its id, a unique value, or its title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from crmcore.cli.desk import Desk
from crmcore.errors import CrmError, NotFound
from crmcore.kinds import Link
from crmcore.query import ast
from crmcore.query.bound import Ref
from crmcore.schema import Field, Module
from crmcore.work import Change, Workspace
from crmcore.work.titles import titles_of

_ID: Final = re.compile(r"[0-9a-f]{32}\Z")


def record_named(desk: Desk, crm: Workspace, module: Module, name: str) -> str:
    """The id of the record called `name`; raises `NotFound` (none, or more than one)."""
    if _ID.match(name):
        return name
    for one in _naming(module):
        try:
            value = one.kind.normalize(name)
            if value is None:
                continue
            where = ast.Compare("==", ast.Name(one.name), ast.Value(str(value)))
            found = crm.find(module.name, where, limit=3)
        except CrmError:
            # A number, say, that this text is not: another field may be meant.
            continue
        if len(found) == 1:
            return found[0].id
        if found:
            raise NotFound("record_unclear", count=len(found), name=name)
    label = module.label.shown(desk.tongue.language, module.name)
    raise NotFound("record_unknown", name=name, module_label=label)


def _naming(module: Module) -> list[Field]:
    unique = [module.by_name[key.fields[0]] for key in module.unique_keys if len(key.fields) == 1]
    title = module.title_field
    return unique if title is None or title in unique else [*unique, title]


def linked_titles(crm: Workspace, module: Module, changes: Iterable[Change]) -> dict[str, str]:
    """Id → title of the records that values in `changes` lead to, as far as they may be seen."""
    found: dict[str, str] = {}
    links = {one.name: one for one in module.fields if isinstance(one.kind, Link)}
    with crm._store.reading(crm.principal) as session:
        for change in changes:
            for name in change.fields.keys() & links.keys():
                rows = [(value,) for value in change.fields[name] if value is not None]
                found.update(titles_of(session, [Ref((), links[name])], rows))
    return found
