"""Entry templates: what a way of entering records presets, and what it asks for."""

from __future__ import annotations

from collections.abc import Mapping

from crmcore.errors import Invalid, Problem, SchemaError
from crmcore.schema import EntryTemplate, Module
from crmcore.schema.names import nearest


def entered(module: Module, template: str, values: Mapping[str, object]) -> dict[str, object]:
    """`values` by field name, completed with the presets of `template` (a name or a label).

    Raises `SchemaError` for an unknown template, `Invalid` where the template asks for more.
    """
    chosen = _named(module, template)
    given = {module.field(name).name: value for name, value in values.items()}
    found = {**chosen.presets, **given}
    missing = [
        Problem("required", {}, module.name, None, name)
        for name in chosen.required
        if found.get(name) is None or found[name] == ""
    ]
    if missing:
        raise Invalid(missing)
    return found


def _named(module: Module, template: str) -> EntryTemplate:
    for one in module.templates:
        if template == one.name or template in one.label.all():
            return one
    known = [one.name for one in module.templates]
    raise SchemaError(
        "unknown_template",
        module=module.name,
        name=template,
        suggestion=nearest(template, known),
        known=", ".join(known),
    )
