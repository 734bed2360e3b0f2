"""What a change means for the records that are there, in numbers and with examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from attrs import evolve

from crmcore.errors import CrmError
from crmcore.evolving.merging import held_field, holds_option
from crmcore.evolving.plans import MAX_EXAMPLES, Consequence, Example
from crmcore.evolving.wanted import Merge, Wanted
from crmcore.kinds import Choice
from crmcore.query.bound import (
    ID_REF,
    TRUE,
    BoundNode,
    BoundQuery,
    IsEmpty,
    Negation,
    Ref,
    full_columns,
)
from crmcore.records import layout_of
from crmcore.schema import Field, Key, Module
from crmcore.schema.field import stored_form
from crmcore.storage.unique import digests
from crmcore.work.configuring import Reconfiguration
from crmcore.work.converting import text_of
from crmcore.work.recasting import Recast, staged, unconverted
from crmcore.work.session import Session

_RECORDS: Final = 5
_SHOWN: Final = 80


def consequences_of(
    session: Session, change: Reconfiguration, wanted: Wanted
) -> Iterator[Consequence]:
    """Everything that records would notice of `change`, module by module."""
    before = {module.number: module for module in change.former.schema.modules}
    for module in change.made.schema.modules:
        old = before.get(module.number)
        if old is None or old.retired or module.keeping != "history":
            continue
        if module.retired:
            yield from _hidden(session, old, None)
            continue
        for one in module.fields:
            former = next((found for found in old.fields if found.number == one.number), None)
            if former is None or not former.stored:
                yield from _new_field(session, old, one)
            elif former != one:
                yield from _of_field(session, old, former, one, wanted)
        yield from _collisions(session, old, module, wanted)
    for recast in change.recasts:
        yield from _converted(session, recast)
    for merge in wanted.merges:
        yield from _merged(session, merge)


def collisions_by_merging(
    session: Session, change: Reconfiguration, wanted: Wanted
) -> Iterator[Consequence]:
    """Records that would share the value of a key once options are merged."""
    merged = {one.module for one in wanted.merges}
    for old in change.former.schema.modules:
        module = change.made.schema.by_name[old.name]
        if old.name in merged and not old.retired and not module.retired:
            yield from _collisions(session, old, module, wanted)


def _of_field(
    session: Session, module: Module, old: Field, new: Field, wanted: Wanted
) -> Iterator[Consequence]:
    if old.retired:
        yield from _restored_field(session, module, old, new)
        return
    if new.retired:
        yield from _hidden(session, module, old)
        return
    if new.required and not old.required and new.computed is None:
        yield from _counted(session, "left_empty", module, old, IsEmpty(Ref((), old)))
    if stored_form(old.kind) != stored_form(new.kind) or old.kind == new.kind:
        return
    if isinstance(old.kind, Choice) and isinstance(new.kind, Choice):
        yield from _retired_options(session, module, old, new.kind, wanted)
    elif new.computed is None:
        yield from _outside(session, module, old, new)


def _new_field(session: Session, module: Module, new: Field) -> Iterator[Consequence]:
    """No record that is there holds it, whatever the default of new ones is."""
    if new.required and not new.retired and new.computed is None:
        yield from _counted(session, "left_empty", module, new, TRUE)


def _restored_field(
    session: Session, module: Module, old: Field, new: Field
) -> Iterator[Consequence]:
    if new.required and not new.retired and new.computed is None:
        narrow, one = staged(module, old, new.name)
        yield from _counted(session, "left_empty", narrow, one, IsEmpty(Ref((), one)))


def _counted(
    session: Session, effect: str, module: Module, one: Field, where: BoundNode
) -> Iterator[Consequence]:
    count = session.count(module, where)
    if count:
        query = BoundQuery(module, (ID_REF,), where, limit=MAX_EXAMPLES)
        examples = [Example([str(row[0])]) for row in session.rows(query)]
        yield Consequence(effect, module.name, one.name, count, False, examples)  # type: ignore[arg-type]


def _hidden(session: Session, module: Module, one: Field | None) -> Iterator[Consequence]:
    """Values and records that stay stored, and are not seen any more."""
    where = TRUE if one is None else Negation(IsEmpty(Ref((), one)))
    count = session.count(module, where)
    if count:
        yield Consequence("hidden", module.name, None if one is None else one.name, count)


def _retired_options(
    session: Session, module: Module, old: Field, kind: Choice, wanted: Wanted
) -> Iterator[Consequence]:
    assert isinstance(old.kind, Choice)
    before = {one.code: one.retired for one in old.kind.options}
    place = (module.name, old.number)
    merged = {one.old for one in wanted.merges if (one.module, one.number) == place}
    for option in kind.options:
        if option.retired and before.get(option.code) is False and option.code not in merged:
            where = holds_option(old, option.code)
            for found in _counted(session, "retired_in_use", module, old, where):
                yield evolve(found, detail=option.code)


def _outside(session: Session, module: Module, old: Field, new: Field) -> Iterator[Consequence]:
    """Values that could not be entered any more; they stay as they are."""
    count, examples = 0, list[Example]()
    for record, value in session.rows(BoundQuery(module, (ID_REF, Ref((), old)))):
        if value is None:
            continue
        try:
            if new.kind.normalize(value) == value:
                continue
            reason = None
        except CrmError as error:
            reason = error.code
        count += 1
        if len(examples) < MAX_EXAMPLES:
            examples.append(Example([str(record)], _shown(session, old, value), reason))
    if count:
        yield Consequence("outside", module.name, new.name, count, False, examples)


def _shown(session: Session, one: Field, value: object) -> str:
    return text_of(one.kind, value, session.reader.zone)[:_SHOWN]


def _converted(session: Session, recast: Recast) -> Iterator[Consequence]:
    """How many values become values of the new kind, and which have no counterpart there."""
    module = session.schema.by_name[recast.module]
    count, found = unconverted(session, recast)
    whole = evolve(module, fields=[evolve(recast.old, retired=False)], keys=(), templates=())
    whole = evolve(whole, title=None, retired=False)
    held = session.count(whole, Negation(IsEmpty(Ref((), whole.fields[0]))))
    detail = f"{recast.old.kind.name} → {recast.new.kind.name}"
    where = (recast.module, recast.new.name)
    if held > count:
        yield Consequence("converted", *where, held - count, detail=detail)
    if count:
        examples = [
            Example([one.record], _shown(session, recast.old, one.value), one.reason.code)
            for one in found[:MAX_EXAMPLES]
        ]
        blocks = recast.on_failure == "refuse"
        yield Consequence("unconverted", *where, count, blocks, examples, detail=detail)


def _merged(session: Session, merge: Merge) -> Iterator[Consequence]:
    """Records that hold an option which gives way to another."""
    one = held_field(session, merge)
    if one is not None:
        module = session.schema.by_name[merge.module]
        count = session.count(module, holds_option(one, merge.old))
        if count:
            where = (merge.module, merge.field)
            yield Consequence("merged", *where, count, detail=f"{merge.old} → {merge.new}")


def _collisions(
    session: Session, old: Module, new: Module, wanted: Wanted
) -> Iterator[Consequence]:
    """Records that share what is made unique, or come to share it where options are merged."""
    fields = {one.number: one for one in old.fields}
    known = _places(old)
    merged: dict[int, dict[object, object]] = {}
    for merge in wanted.merges:
        if merge.module == new.name:
            merged.setdefault(merge.number, {})[merge.old] = merge.new
    for key in new.unique_keys:
        parts = [new.by_name[name] for name in key.fields]
        numbers = tuple(one.number for one in parts)
        if (numbers, key.folded) in known and merged.keys().isdisjoint(numbers):
            continue
        if not all(number in fields for number in numbers):
            continue
        if any(stored_form(fields[one.number].kind) != stored_form(one.kind) for one in parts):
            continue
        yield from _sharing(session, new, key, parts, merged)


def _places(module: Module) -> set[tuple[tuple[int, ...], bool]]:
    return {
        (tuple(module.by_name[name].number for name in key.fields), key.folded)
        for key in module.unique_keys
    }


def _sharing(
    session: Session,
    module: Module,
    key: Key,
    parts: list[Field],
    merged: Mapping[int, Mapping[object, object]],
) -> Iterator[Consequence]:
    plain = [evolve(one, unique=None) for one in parts]
    narrow = evolve(module, fields=plain, keys=[key], templates=(), title=None)
    digest: Callable[[tuple[object, ...]], bytes | None] = digests(narrow)[0][1]
    places = layout_of(narrow).index
    replaced = [(places[one.name], merged[one.number]) for one in parts if one.number in merged]
    holders: dict[bytes, list[str]] = {}
    for row in session.rows(BoundQuery(narrow, full_columns(narrow))):
        image = list(row)
        for place, codes in replaced:
            image[place] = codes.get(row[place], row[place])
        held = digest(tuple(image))
        if held is not None:
            holders.setdefault(held, []).append(str(row[0]))
    shared = sorted(records for records in holders.values() if len(records) > 1)
    if shared:
        examples = [Example(sorted(records)[:_RECORDS]) for records in shared[:MAX_EXAMPLES]]
        count = sum(map(len, shared))
        name = "+".join(key.fields)
        yield Consequence("colliding", module.name, name, count, True, examples)
