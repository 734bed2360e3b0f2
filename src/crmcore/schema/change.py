"""Changes of definitions, as functions from one value to the next.

Nothing is ever removed: what is not wanted any more is retired, and keeps its name, its
number and what was stored under it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from attrs import evolve

from crmcore.errors import SchemaError
from crmcore.kinds import Choice, Kind, Labels, Option
from crmcore.kinds.labels import labels
from crmcore.schema.field import Field
from crmcore.schema.module import EntryTemplate, Key, Module
from crmcore.schema.schema import Schema


def add_field(module: Module, one: Field, after: str | None = None) -> Module:
    """`module` with the field `one`, at the end or behind the field called `after`."""
    place = len(module.fields)
    if after is not None:
        place = 1 + module.fields.index(module.field(after))
    return evolve(module, fields=(*module.fields[:place], one, *module.fields[place:]))


def change_field(module: Module, name: str, change: Callable[[Field], Field]) -> Module:
    """`module` with `change` applied to its live field called `name`; raises `SchemaError`."""
    wanted = module.field(name)
    _own(module, wanted)
    return evolve(module, fields=[change(one) if one == wanted else one for one in module.fields])


def rename_field(module: Module, old: str, new: str, label: Labels | str | None = None) -> Module:
    """`module` with its field `old` called `new`, and labeled `label` if that is given.

    The former name stays a synonym, so that saved questions are still understood. Title,
    keys and templates follow. Raises `SchemaError` for a field that has no number yet: a
    number is what makes the renamed field the same field.
    """
    one = module.field(old)
    _own(module, one)
    if not one.number:
        raise SchemaError("not_numbered", module=module.name, field=one.name, name=one.name)
    wanted = one.label if label is None else one.label.renamed(labels(label))
    synonyms = (*(text for text in wanted.synonyms if text != new), one.name)
    renamed = evolve(one, name=new, label=evolve(wanted, synonyms=synonyms))
    names = {one.name: new}
    return evolve(
        module,
        fields=[renamed if found == one else found for found in module.fields],
        title=None if module.title is None else names.get(module.title, module.title),
        keys=[evolve(key, fields=_renamed(key.fields, names)) for key in module.keys],
        templates=[_renamed_template(template, names) for template in module.templates],
    )


def _renamed(fields: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names.get(name, name) for name in fields)


def _renamed_template(template: EntryTemplate, names: Mapping[str, str]) -> EntryTemplate:
    return evolve(
        template,
        fields=_renamed(template.fields, names),
        required=_renamed(template.required, names),
        presets={names.get(name, name): value for name, value in template.presets.items()},
    )


def retire_field(module: Module, name: str) -> Module:
    """`module` without the field `name` as people see it; its values stay stored.

    Templates lose the field. Raises `SchemaError` for the title and for a part of a key.
    """
    one = module.field(name)
    _own(module, one)
    where = {"module": module.name, "field": one.name, "name": one.name}
    if module.title == one.name:
        raise SchemaError("field_is_title", **where)
    if any(one.name in key.fields for key in module.keys):
        raise SchemaError("field_in_key", **where)
    retired = change_field(module, one.name, lambda found: evolve(found, retired=True))
    templates = [_without(template, one.name) for template in module.templates]
    return evolve(retired, templates=templates)


def _without(template: EntryTemplate, name: str) -> EntryTemplate:
    return evolve(
        template,
        fields=[one for one in template.fields if one != name],
        required=[one for one in template.required if one != name],
        presets={one: value for one, value in template.presets.items() if one != name},
    )


def restore_field(module: Module, name: str) -> Module:
    """`module` with its retired field `name` (a name or a label) in use again."""
    retired = [one for one in module.fields if one.retired]
    found = [one for one in retired if name == one.name or name in one.label.all()]
    if len(found) != 1:
        known = ", ".join(one.name for one in retired)
        raise SchemaError(
            "unknown_field", module=module.name, name=name, suggestion="", known=known
        )
    live = evolve(found[0], retired=False)
    return evolve(module, fields=[live if one == found[0] else one for one in module.fields])


def relabel(module: Module, label: Labels | str) -> Module:
    """`module` under another label; the former ones stay synonyms."""
    return evolve(module, label=module.label.renamed(labels(label)))


def relabel_field(module: Module, name: str, label: Labels | str) -> Module:
    """`module` with its field `name` under another label; the former ones stay synonyms."""
    given = labels(label)
    return change_field(module, name, lambda one: evolve(one, label=one.label.renamed(given)))


def add_option(module: Module, name: str, option: Option | str, after: str | None = None) -> Module:
    """`module` with one more option for its choice field `name`, at the end or behind `after`."""

    def changed(options: tuple[Option, ...]) -> tuple[Option, ...]:
        place = len(options) if after is None else 1 + _place(module, name, options, after)
        return (*options[:place], *Choice(options=(option,)).options, *options[place:])

    return _with_options(module, name, changed)


def retire_option(module: Module, name: str, code: str) -> Module:
    """`module` with the option `code` of its field `name` readable, but not writable any more."""
    return _with_option(module, name, code, lambda option: evolve(option, retired=True))


def restore_option(module: Module, name: str, code: str) -> Module:
    """`module` with the retired option `code` of its field `name` in use again."""
    return _with_option(module, name, code, lambda option: evolve(option, retired=False))


def relabel_option(module: Module, name: str, code: str, label: Labels | str) -> Module:
    """`module` with another label for an option; the former ones stay synonyms."""
    given = labels(label)
    return _with_option(
        module, name, code, lambda option: evolve(option, label=option.label.renamed(given))
    )


def _with_option(
    module: Module, name: str, code: str, change: Callable[[Option], Option]
) -> Module:
    def changed(options: tuple[Option, ...]) -> tuple[Option, ...]:
        place = _place(module, name, options, code)
        return (*options[:place], change(options[place]), *options[place + 1 :])

    return _with_options(module, name, changed)


def _with_options(
    module: Module, name: str, change: Callable[[tuple[Option, ...]], tuple[Option, ...]]
) -> Module:
    kind: Kind = module.field(name).kind
    if not isinstance(kind, Choice):
        raise SchemaError("no_options", module=module.name, field=name, kind=kind.name)
    wanted = evolve(kind, options=change(kind.options))
    return change_field(module, name, lambda one: evolve(one, kind=wanted))


def _place(module: Module, name: str, options: tuple[Option, ...], code: str) -> int:
    for place, option in enumerate(options):
        if option.code == code:
            return place
    raise SchemaError("unknown_option", module=module.name, field=name, name=code)


def _own(module: Module, one: Field) -> None:
    """Stamps are looked up like fields, but belong to every record."""
    if one not in module.fields:
        raise SchemaError("name_reserved", module=module.name, field=one.name, name=one.name)


def add_key(module: Module, fields: Iterable[str], *, folded: bool = False) -> Module:
    """`module` whose records never share the values of all `fields`."""
    names = tuple(module.field(name).name for name in fields)
    return evolve(module, keys=(*module.keys, Key(names, folded)))


def drop_key(module: Module, fields: Iterable[str]) -> Module:
    """`module` without the compound key over `fields`."""
    names = tuple(module.field(name).name for name in fields)
    kept = [key for key in module.keys if key.fields != names]
    if len(kept) == len(module.keys):
        raise SchemaError("unknown_key", module=module.name, name="+".join(names))
    return evolve(module, keys=kept)


def retire_module(schema: Schema, name: str) -> Schema:
    """`schema` without the module `name` as people see it; its records stay stored."""
    return schema.with_module(evolve(schema.module(name), retired=True))


def restore_module(schema: Schema, name: str) -> Schema:
    """`schema` with its retired module `name` in use again."""
    found = schema.by_name.get(name)
    if found is None or not found.retired:
        return schema.with_module(schema.module(name))
    return schema.with_module(evolve(found, retired=False))
