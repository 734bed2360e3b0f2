"""Whether a schema makes sense: every problem of every module, reported at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from crmcore.errors import CrmError, Problem, SchemaError
from crmcore.kinds import Choice, Json, Link, LongText, MultiChoice, MultiLink, Option, Text
from crmcore.schema.field import STAMP_NAMES, Field, Preset
from crmcore.schema.module import Key, Module
from crmcore.schema.names import is_name
from crmcore.schema.schema import Schema

MAX_FIELDS: Final = 1_000
MAX_INDEXES: Final = 48


def check(schema: Schema) -> None:
    """Raise `SchemaError` with every problem of `schema`; return nothing where there is none."""
    problems = [*_repeated("module", None, (module.name for module in schema.modules))]
    for module in schema.modules:
        problems.extend(_module_problems(schema, module))
    if problems:
        raise SchemaError(problems)


def _repeated(what: str, module: str | None, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield Problem("name_repeated", {"what": what, "name": name}, module)
        seen.add(name)


def _module_problems(schema: Schema, module: Module) -> Iterator[Problem]:
    name = module.name
    if not is_name(name):
        yield Problem("bad_name", {"name": name}, name)
    yield from _repeated("field", name, (one.name for one in module.fields))
    if len(module.fields) > MAX_FIELDS:
        yield Problem("too_many_fields", {"limit": MAX_FIELDS}, name)
    if sum(one.indexed or one.unique is not None for one in module.live) > MAX_INDEXES:
        yield Problem("too_many_indexes", {"limit": MAX_INDEXES}, name)
    if module.title is not None and module.title not in {one.name for one in module.live}:
        yield Problem("unknown_title", {"title": module.title}, name)
    for one in module.live:
        yield from _field_problems(schema, module, one)
    for key in module.keys:
        yield from _key_problems(module, key)
    for template in module.templates:
        known = {one.name for one in module.live}
        for used in (*template.fields, *template.required, *template.presets):
            if used not in known:
                yield Problem("template_field", {"template": template.name, "name": used}, name)


def _field_problems(schema: Schema, module: Module, one: Field) -> Iterator[Problem]:
    where = (module.name, None, one.name)
    if not is_name(one.name):
        yield Problem("bad_name", {"name": one.name}, *where)
    if one.name in STAMP_NAMES:
        yield Problem("name_reserved", {"name": one.name}, *where)
    if isinstance(one.kind, Link):
        target = schema.by_name.get(one.kind.target)
        if target is None or target.retired:
            yield Problem("unknown_target", {"target": one.kind.target}, *where)
        if one.required and one.kind.on_removal == "detach":
            yield Problem("detach_required", {}, *where)
    if one.unique is not None and isinstance(one.kind, (MultiChoice, MultiLink, Json, LongText)):
        yield Problem("not_unique_kind", {"kind": one.kind.name}, *where)
    if one.unique == "folded" and not (isinstance(one.kind, Text) and one.kind.sorted):
        yield Problem("not_folded_kind", {"kind": one.kind.name}, *where)
    if isinstance(one.kind, Choice):
        yield from _option_problems(one.kind.options, where)
    if one.default is not None and not isinstance(one.default, Preset):
        try:
            one.kind.normalize(one.default)
        except CrmError as error:
            for problem in error.problems:
                yield Problem(problem.code, problem.params, *where)


def _option_problems(
    options: Iterable[Option], where: tuple[str, str | None, str]
) -> Iterator[Problem]:
    seen: set[str] = set()
    for option in options:
        code = option.code
        if not code or code != code.strip() or len(code) > 100 or not code.isprintable():
            yield Problem("bad_option", {"code": code}, *where)
        if code in seen:
            yield Problem("name_repeated", {"what": "option", "name": code}, *where)
        seen.add(code)


def _key_problems(module: Module, key: Key) -> Iterator[Problem]:
    for name in key.fields:
        one = next((found for found in module.live if found.name == name), None)
        if one is None:
            yield Problem("unknown_key_field", {"name": name}, module.name)
        elif isinstance(one.kind, (MultiChoice, MultiLink, Json, LongText)):
            yield Problem("not_unique_kind", {"kind": one.kind.name}, module.name, None, name)
