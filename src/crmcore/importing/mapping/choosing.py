"""What people say about a mapping, and the use of a mapping on another file."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence

from attrs import evolve

from crmcore.errors import Invalid, Problem
from crmcore.importing.convert import CellFormat
from crmcore.importing.mapping.headers import key_of, read_header
from crmcore.importing.mapping.values import ColumnMapping, ColumnTarget, Mapping, Reason
from crmcore.importing.mapping.vocabulary import lookup_field
from crmcore.importing.sources import column_name
from crmcore.kinds import Link
from crmcore.schema import STAMPS, Module, Schema

Column = str | int
"""A column by its header, or by its place from 0."""

_STAMPS = frozenset(stamp.name for stamp in STAMPS)


def choose(
    mapping: Mapping,
    schema: Schema,
    columns: Dictionary[Column, str | ColumnTarget | None] | None = None,
    *,
    fields: Dictionary[str, Column] | None = None,
    formats: Dictionary[Column, CellFormat] | None = None,
) -> Mapping:
    """`mapping` as a person corrected it.

    `columns` gives columns their fields (`None`: none), `fields` gives fields their columns;
    fields are named by name or label, for links perhaps with the field that is looked up
    (`account.code`, `客户.编号`). A field taken from another column leaves that one without.
    `formats` says how cells are written.

    Raises `Invalid` for unknown or repeated headers, for fields that cannot be written and
    for a field given to two columns; `SchemaError` for unknown fields.
    """
    module = schema.module(mapping.module)
    chosen: dict[int, ColumnTarget | None] = {}
    wishes: list[tuple[Column, str | ColumnTarget | None]] = [*(columns or {}).items()]
    wishes += [(column, name) for name, column in (fields or {}).items()]
    for column, wish in wishes:
        target = None if wish is None else resolve_target(wish, module, schema)
        index = _index(mapping, column)
        if target is not None and any(
            other is not None and other.field == target.field and place != index
            for place, other in chosen.items()
        ):
            raise Invalid("field_chosen_twice", module=module.name, field=target.field)
        chosen[index] = target
    declared = {_index(mapping, column): one for column, one in (formats or {}).items()}
    return evolve(
        mapping,
        columns=[_corrected(column, chosen, declared) for column in mapping.columns],
        notes=tuple(n for n in mapping.notes if n.params.get("column") not in _names(chosen)),
    )


def _names(chosen: Dictionary[int, object]) -> set[str]:
    return {column_name(index) for index in chosen}


def _corrected(
    column: ColumnMapping,
    chosen: Dictionary[int, ColumnTarget | None],
    declared: Dictionary[int, CellFormat],
) -> ColumnMapping:
    column = evolve(column, format=declared.get(column.index, column.format))
    if column.index in chosen:
        target = chosen[column.index]
        sure = 0.0 if target is None else 1.0
        return evolve(column, target=target, confidence=sure, reason="chosen")
    given = {target.field for target in chosen.values() if target is not None}
    if column.target is not None and column.target.field in given:
        return evolve(column, target=None, confidence=0.0, reason="taken")
    return column


def resolve_target(wish: str | ColumnTarget, module: Module, schema: Schema) -> ColumnTarget:
    """The target that `wish` names; a link without a lookup is looked up by title.

    Raises `SchemaError` for unknown names, `Invalid` for fields that cannot be written.
    """
    name, lookup = (wish.field, wish.lookup) if isinstance(wish, ColumnTarget) else (wish, None)
    if isinstance(wish, str) and "." in wish and not _is_field(wish, module):
        name, _, lookup = wish.partition(".")
    field = module.field(name)
    if field.computed is not None or field.name in _STAMPS:
        raise Invalid("field_not_imported", module=module.name, field=field.name, name=field.name)
    if not isinstance(field.kind, Link):
        if lookup is not None:
            raise Invalid("field_no_link", module=module.name, field=field.name, name=field.name)
        return ColumnTarget(field.name)
    target = schema.module(field.kind.target)
    if lookup is None:
        return ColumnTarget(field.name, target.title)
    found = lookup_field(target, key_of(lookup))
    return ColumnTarget(field.name, found or target.field(lookup).name)


def _is_field(name: str, module: Module) -> bool:
    spellings = (one.label.all() for one in module.live)
    return name in module.by_name or any(name in found for found in spellings)


def _index(mapping: Mapping, column: Column) -> int:
    """The place of `column` among the columns of `mapping`."""
    if isinstance(column, int):
        if any(one.index == column for one in mapping.columns):
            return column
        raise Invalid("column_unknown", header=str(column), known=len(mapping.columns))
    exact = [one.index for one in mapping.columns if one.header == column]
    found = exact or [one.index for one in mapping.columns if key_of(one.header) == key_of(column)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(one.header for one in mapping.columns if one.header)
    raise Invalid("header_not_unique" if found else "header_unknown", header=column, known=known)


def fitted(mapping: Mapping, headers: Sequence[str]) -> Mapping:
    """`mapping`, made for one file, on the columns of another with `headers`.

    Columns are found again by their headers, wherever they stand now. New columns have no
    field; a note names each header that is gone and had one.
    """
    waiting = list(mapping.columns)
    columns: list[ColumnMapping] = []
    for index, text in enumerate(headers):
        header = read_header(text)
        known = _take(waiting, header.text, header.key)
        if known is None:
            reason: Reason = "unknown" if header.key else "empty"
            columns.append(ColumnMapping(index, header.text, reason=reason))
        else:
            columns.append(evolve(known, index=index, header=header.text))
    gone = [one for one in waiting if one.target is not None]
    notes = (Problem("header_gone", {"header": one.header}, mapping.module) for one in gone)
    return Mapping(mapping.module, columns, tuple(notes))


def _take(waiting: list[ColumnMapping], text: str, key: str) -> ColumnMapping | None:
    """Removes the column of this header from `waiting`: the same text, else the same words."""
    found = next((one for one in waiting if one.header == text), None)
    if found is None and key:
        found = next((one for one in waiting if read_header(one.header).key == key), None)
    if found is not None:
        waiting.remove(found)
    return found
