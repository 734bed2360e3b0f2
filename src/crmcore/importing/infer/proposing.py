"""Columns without a field become proposed fields, sheets without a module proposed modules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from typing import Final

from attrs import evolve

from crmcore.importing.convert import CellFormat, ColumnProfile
from crmcore.importing.convert.cleaning import clean_line
from crmcore.importing.infer.kinds import Basis, infer_kind
from crmcore.importing.infer.naming import name_of
from crmcore.importing.infer.values import ProposedField, ProposedModule
from crmcore.importing.mapping import ColumnMapping, ColumnTarget, Mapping, read_header
from crmcore.importing.mapping.headers import Header, key_of
from crmcore.importing.mapping.modules import sheet_label
from crmcore.importing.mapping.proposing import header_format
from crmcore.importing.mapping.vocabulary import link_of, meanings_of
from crmcore.importing.mapping.words import TITLE_MEANINGS
from crmcore.importing.sources import column_name
from crmcore.kinds import Kind, Labels, Link, Text
from crmcore.kinds.labels import labels
from crmcore.schema import Field, Module, Schema

_NOTHING: Final = ColumnProfile()
_LABEL: Final = 100


def propose_fields(
    mapping: Mapping,
    profiles: Dictionary[int, ColumnProfile],
    module: Module,
    zone: str | None = None,
) -> tuple[ProposedField, ...]:
    """A new field of `module` for every column of `mapping` without one; none is left out.

    `profiles` are those of the columns, by their places, made without a field. Columns that a
    person chose to ignore, and those with neither header nor cells, get no field. Moments
    without a zone are read in `zone`.
    """
    taken = {one.name for one in module.fields}
    labeled = {key_of(spelling) for one in module.live for spelling in one.label.all()}
    proposed: list[ProposedField] = []
    for column in mapping.unmapped:
        profile = profiles.get(column.index, _NOTHING)
        if column.reason == "chosen" or not (column.header or profile.filled):
            continue
        label = _free_label(column, labeled)
        made = _field(column, label, profile, taken, zone)
        taken.add(made.field.name)
        labeled.add(key_of(label))
        proposed.append(made)
    return tuple(proposed)


def _free_label(column: ColumnMapping, labeled: Iterable[str]) -> str:
    """The header, numbered where a field or another column has it already."""
    base = _label(column.header) or f"列{column_name(column.index)}"
    label, number = base, 2
    while key_of(label) in labeled:
        label, number = f"{base} {number}", number + 1
    return label


def _label(header: str) -> str:
    """A header without its marks (*, 必填) and units, as people will see it."""
    parts = read_header(header)
    shown = header
    if parts.required or parts.unit is not None:
        for mark in ("*", "★", "（必填）", "(必填)", "【必填】", "[必填]"):
            shown = shown.replace(mark, "")
    if parts.unit is not None:
        for opening, closing in ("()", "（）", "[]", "【】"):
            shown = shown.replace(f"{opening}{parts.unit}{closing}", "")
    return clean_line(shown)[:_LABEL]


def _field(
    column: ColumnMapping,
    label: str,
    profile: ColumnProfile,
    taken: Iterable[str],
    zone: str | None,
) -> ProposedField:
    inferred = infer_kind(read_header(column.header), profile, zone)
    field = Field(name_of(label, "field", taken), inferred.kind, labels(label))
    return _proposed(column, field, inferred.basis, profile)


def _proposed(
    column: ColumnMapping,
    field: Field,
    basis: Basis,
    profile: ColumnProfile,
    lookup: str | None = None,
) -> ProposedField:
    return ProposedField(
        column.index,
        column.header,
        field,
        basis,
        ColumnTarget(field.name, lookup),
        column.format,
        profile.examples,
        profile.filled,
    )


def propose_new_module(
    sheet: str,
    headers: Sequence[str],
    profiles: Dictionary[int, ColumnProfile],
    schema: Schema,
    zone: str | None = None,
) -> ProposedModule:
    """A module for a sheet that no module of `schema` is made for.

    Headers that name the title or a key of a known module (客户名称, 产品编码) become links.
    The title is the column whose header says so, else the first column of texts.
    """
    label = sheet_label(sheet)
    name = name_of(label, "module", [module.name for module in schema.modules])
    blank = Mapping(name, [ColumnMapping(i, read_header(h).text) for i, h in enumerate(headers)])
    columns = [evolve(one, format=_format(one)) for one in blank.columns]
    plain = propose_fields(evolve(blank, columns=columns), profiles, Module(name, ()), zone)
    own = key_of(label)
    fields = [_linked(one, own, profiles, schema) for one in plain]
    title = _title(fields, own, profiles)
    module = Module(
        name,
        [evolve(one.field, required=one.field.name == title) for one in fields],
        title,
        _module_labels(label),
    )
    return ProposedModule(sheet, module, fields)


def _format(column: ColumnMapping) -> CellFormat:
    return header_format(read_header(column.header))


def _module_labels(label: str) -> Labels:
    return labels(label)


def _linked(
    one: ProposedField, own: str, profiles: Dictionary[int, ColumnProfile], schema: Schema
) -> ProposedField:
    """`one` as a link, where its header names the title or a key of a module of `schema`."""
    header = read_header(one.header)
    found = None if header.key.startswith(own) else link_of(header.key, schema)
    if found is None or not isinstance(one.field.kind, Text):
        return one
    target, lookup = found
    field = evolve(one.field, kind=Link(target.name))
    return evolve(one, field=field, target=ColumnTarget(field.name, lookup), basis="header")


def _title(
    fields: Sequence[ProposedField], own: str, profiles: Dictionary[int, ColumnProfile]
) -> str | None:
    """The field by which people will know the records."""
    ranked = [(_title_rank(one, own, profiles), -place) for place, one in enumerate(fields)]
    if not ranked or max(ranked)[0] == 0:
        return None
    return fields[-max(ranked)[1]].field.name


def _title_rank(one: ProposedField, own: str, profiles: Dictionary[int, ColumnProfile]) -> int:
    kind: Kind = one.field.kind
    if not isinstance(kind, Text):
        return 0
    header: Header = read_header(one.header)
    key = header.key.removeprefix(own)
    profile = profiles.get(one.index, _NOTHING)
    rank = 1
    if meanings_of(key) & TITLE_MEANINGS or not key:
        rank += 4
    elif key.endswith(("名称", "姓名", "名", "name", "title")):
        rank += 3
    elif "code" in meanings_of(key):
        rank += 2
    return rank + (1 if profile.filled and profile.count("text") == profile.filled else 0)
