"""Third stage of the door: what a new record holds where nothing was said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from crmcore.query.reader import Reader
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Field, Module, Preset
from crmcore.work.normalizing import Values
from crmcore.work.session import Session


def fill_defaults(
    session: Session, module: Module, drafts: Sequence[tuple[Mapping[str, object], Values]]
) -> None:
    """Put the defaults of `module` into values whose fields were not given at all.

    Nothing leads to a new record yet: what counts its children is 0.
    """
    layout = layout_of(module)
    for rule in session.configuration.counting(module.name):
        if rule.function == "count":
            place = layout.index[rule.field] - len(STAMPS)
            for _, values in drafts:
                values[place] = 0
    for one in module.stored:
        if one.default is None:
            continue
        place = layout.index[one.name] - len(STAMPS)
        value = _default(one, session.reader)
        for given, values in drafts:
            if values[place] is None and not _is_given(module, one, given):
                values[place] = value


def _is_given(module: Module, one: Field, given: Mapping[str, object]) -> bool:
    if one.name in given:
        return True
    if given.keys() <= module.by_name.keys():
        return False
    # Spellings were checked before: what is no name here is a label of some field.
    return any(name not in module.by_name and module.field(name) == one for name in given)


def _default(one: Field, reader: Reader) -> object:
    if not isinstance(one.default, Preset):
        return one.kind.normalize(one.default)
    found = reader.parameters[one.default.source].value
    convert: Callable[[object], object] = one.kind.normalize
    return convert(found)
