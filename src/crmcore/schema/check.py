"""Whether a schema makes sense: every problem of every module, reported at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from crmcore.errors import CrmError, Problem, SchemaError
from crmcore.kinds import (
    Choice,
    Date,
    DateTime,
    Json,
    Kind,
    Labels,
    Link,
    LongText,
    MultiChoice,
    MultiLink,
    Option,
    Text,
)
from crmcore.kinds.reference import ANY_RECORD
from crmcore.kinds.unicode import forbidden_character, nfc
from crmcore.schema.encryption import encryption_problems
from crmcore.schema.field import (
    CLASSIFICATIONS,
    STAMP_NAMES,
    SYSTEM_USER_MODULE,
    Field,
    Preset,
)
from crmcore.schema.module import EntryTemplate, Key, Module
from crmcore.schema.names import LABEL_LENGTH, RESERVED_PREFIX, is_name
from crmcore.schema.reserved import RESERVED
from crmcore.schema.reserved.signing_in import SIGNING_IN
from crmcore.schema.schema import Schema

MAX_FIELDS: Final = 1_000
MAX_INDEXES: Final = 48
MAX_OPTIONS: Final = 2_000
OPTION_LENGTH: Final = 100
HELP_LENGTH: Final = 2_000
_RESERVED_NAMES: Final = frozenset(module.name for module in (*RESERVED, *SIGNING_IN))
_NO_KEY: Final = (MultiChoice, MultiLink, Json, LongText)
_NO_TITLE: Final = (MultiChoice, MultiLink, Json, LongText, Link)


def check(schema: Schema) -> None:
    """Raise `SchemaError` with every problem of `schema`; return nothing where there is none."""
    problems = [*_repeated("module", None, (module.name for module in schema.modules))]
    problems.extend(_numbers("module", None, (module.number for module in schema.modules)))
    for module in schema.modules:
        problems.extend(_frame_problems(module))
        problems.extend(_adopted_problems(module))
        if not module.retired:
            for one in module.live:
                problems.extend(_field_problems(schema, module, one))
            for key in module.keys:
                problems.extend(_key_problems(module, key))
            for template in module.templates:
                problems.extend(_template_problems(module, template))
    if problems:
        raise SchemaError(problems)


def _repeated(what: str, module: str | None, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield Problem("name_repeated", {"what": what, "name": name}, module)
        seen.add(name)


def _numbers(what: str, module: str | None, numbers: Iterable[int]) -> Iterator[Problem]:
    seen: set[int] = set()
    for number in numbers:
        if number in seen and number != 0:
            yield Problem("number_repeated", {"what": what, "number": number}, module)
        seen.add(number)


def _frame_problems(module: Module) -> Iterator[Problem]:
    """What is wrong with a module apart from what its fields say."""
    name = module.name
    if not is_name(name):
        yield Problem("bad_name", {"name": name}, name)
    elif name.startswith(RESERVED_PREFIX) and name not in _RESERVED_NAMES:
        yield Problem("name_reserved", {"name": name}, name)
    yield from _text_problems(module.label, module.help, (name,))
    yield from _repeated("field", name, (one.name for one in module.fields))
    yield from _repeated("template", name, (one.name for one in module.templates))
    yield from _numbers("field", name, (one.number for one in module.fields))
    yield from _numbers("key", name, (key.number for key in module.keys))
    if len(module.live) > MAX_FIELDS:
        yield Problem("too_many_fields", {"limit": MAX_FIELDS}, name)
    indexes = sum(one.indexed or one.unique is not None for one in module.live)
    if indexes + len(module.keys) > MAX_INDEXES:
        yield Problem("too_many_indexes", {"limit": MAX_INDEXES}, name)
    if module.title is not None:
        title = next((one for one in module.live if one.name == module.title), None)
        if title is None:
            yield Problem("unknown_title", {"title": module.title}, name)
        elif isinstance(title.kind, _NO_TITLE):
            yield Problem("not_a_title", {"kind": title.kind.name}, name, None, title.name)


def _adopted_problems(module: Module) -> Iterator[Problem]:
    """What a module cannot promise whose records lie in a table of the host."""
    if module.keeping != "adopted" or module.retired:
        return
    for one in module.live:
        unable = one.unique is not None or isinstance(one.kind, MultiLink)
        if unable or one.computed in ("local", "roll_up"):
            yield Problem("adopted_field", {"name": one.name}, module.name, None, one.name)
    for key in module.keys:
        yield Problem("adopted_key", {"fields": "+".join(key.fields)}, module.name)


def _text_problems(
    label: Labels, help_text: str | None, where: tuple[str | None, ...]
) -> Iterator[Problem]:
    for text in label.all():
        if len(text) > LABEL_LENGTH or forbidden_character(text, multiline=False) is not None:
            yield Problem("bad_label", {"label": text[:LABEL_LENGTH]}, *where)
    if help_text is not None and (
        len(help_text) > HELP_LENGTH or forbidden_character(help_text, multiline=True) is not None
    ):
        yield Problem("bad_label", {"label": help_text[:LABEL_LENGTH]}, *where)


def _field_problems(schema: Schema, module: Module, one: Field) -> Iterator[Problem]:
    where = (module.name, None, one.name)
    if not is_name(one.name):
        yield Problem("bad_name", {"name": one.name}, *where)
    if one.name in STAMP_NAMES:
        yield Problem("name_reserved", {"name": one.name}, *where)
    if one.classification not in CLASSIFICATIONS:
        params = {"name": str(one.classification), "known": ", ".join(CLASSIFICATIONS)}
        yield Problem("unknown_classification", params, *where)
    yield from _text_problems(one.label, one.help, where)
    if isinstance(one.kind, Link):
        target = schema.by_name.get(one.kind.target)
        is_any = one.kind.target == ANY_RECORD and module.name in _RESERVED_NAMES
        if not is_any and (target is None or target.retired):
            yield Problem("unknown_target", {"target": one.kind.target}, *where)
        if one.required and one.kind.on_removal == "detach":
            yield Problem("detach_required", {}, *where)
    if one.unique is not None and isinstance(one.kind, _NO_KEY):
        yield Problem("not_unique_kind", {"kind": one.kind.name}, *where)
    if one.unique == "folded" and not (isinstance(one.kind, Text) and one.kind.sorted):
        yield Problem("not_folded_kind", {"kind": one.kind.name}, *where)
    if not one.stored and (one.unique is not None or one.indexed):
        yield Problem("not_stored", {"name": one.name}, *where)
    if isinstance(one.kind, Choice):
        yield from _option_problems(one.kind.options, where)
    yield from _default_problems(one.kind, one.default, where)
    if one.encrypted:
        yield from encryption_problems(module, one)


def _default_problems(
    kind: Kind, default: object, where: tuple[str | None, ...]
) -> Iterator[Problem]:
    if default is None:
        return
    if isinstance(default, Preset):
        if not _fits(default, kind):
            params = {"source": default.source, "kind": kind.name}
            yield Problem("preset_kind", params, *where)
        return
    try:
        kind.normalize(default)
    except CrmError as error:
        for problem in error.problems:
            yield Problem(problem.code, problem.params, *where)


def _fits(preset: Preset, kind: Kind) -> bool:
    if preset.source == "me":
        return isinstance(kind, Link) and kind.target == SYSTEM_USER_MODULE
    return isinstance(kind, Date if preset.source == "today" else DateTime)


def _option_problems(options: Iterable[Option], where: tuple[str | None, ...]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, option in enumerate(options, start=1):
        code = option.code
        is_sound = 0 < len(code) <= OPTION_LENGTH and code.isprintable() and code == code.strip()
        if not is_sound or nfc(code) != code:
            yield Problem("bad_option_code", {"code": code[:OPTION_LENGTH]}, *where)
        if code in seen:
            yield Problem("name_repeated", {"what": "option", "name": code}, *where)
        seen.add(code)
        yield from _text_problems(option.label, None, where)
        if number == MAX_OPTIONS + 1:
            yield Problem("too_many_options", {"limit": MAX_OPTIONS}, *where)


def _key_problems(module: Module, key: Key) -> Iterator[Problem]:
    if not key.fields:
        yield Problem("key_without_fields", {}, module.name)
    yield from _repeated("key field", module.name, key.fields)
    for name in key.fields:
        one = next((found for found in module.live if found.name == name), None)
        if one is None or not one.stored:
            yield Problem("unknown_key_field", {"name": name}, module.name)
        elif isinstance(one.kind, _NO_KEY):
            yield Problem("not_unique_kind", {"kind": one.kind.name}, module.name, None, name)


def _template_problems(module: Module, template: EntryTemplate) -> Iterator[Problem]:
    if not is_name(template.name):
        yield Problem("bad_name", {"name": template.name}, module.name)
    yield from _text_problems(template.label, None, (module.name,))
    known = {one.name: one for one in module.live}
    offered = {*template.fields, *template.presets} if template.fields else set(known)
    for name in dict.fromkeys((*template.fields, *template.required, *template.presets)):
        if name not in known or (name in template.required and name not in offered):
            yield Problem("template_field", {"template": template.name, "name": name}, module.name)
    for name, preset in template.presets.items():
        if name in known:
            where = (module.name, None, name)
            yield from _default_problems(known[name].kind, preset, where)
