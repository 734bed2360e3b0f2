"""Headers of a sheet → the fields they most likely mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import evolve

from crmcore.errors import Problem
from crmcore.importing.convert import CellFormat, ColumnProfile, profile_column
from crmcore.importing.mapping.evidence import contradicts
from crmcore.importing.mapping.headers import Header, read_header
from crmcore.importing.mapping.values import ColumnMapping, Mapping
from crmcore.importing.mapping.vocabulary import Candidate, Vocabulary
from crmcore.importing.sources import Cell, column_name
from crmcore.schema import Module, Schema

LOWEST: Final = 0.55
"""Candidates below this confidence are not proposed."""


def propose_mapping(
    headers: Sequence[str],
    module: Module,
    schema: Schema,
    sample: Iterable[Sequence[Cell]] = (),
) -> Mapping:
    """Which field of `module` each of `headers` means.

    Names, labels and synonyms count most, then words of the same meaning in Chinese and
    English, last nearly equal letters. Cells of `sample` (rows) can veto a field whose kind
    they are not. No field is given to two columns: the surer one has it, and a note says so.
    """
    parts = [read_header(header) for header in headers]
    columns = _proposed(parts, Vocabulary(schema, module))
    rows = list(sample)
    checked = [_checked(column, module, rows) for column in columns]
    columns = [column for column, _ in checked]
    vetoes = [note for _, note in checked if note is not None]
    return Mapping(module.name, columns, (*_notes(columns, module), *vetoes))


def _proposed(parts: Sequence[Header], vocabulary: Vocabulary) -> list[ColumnMapping]:
    columns: dict[int, ColumnMapping] = {}
    wanted: list[tuple[bool, float, int, Candidate]] = []
    for index, header in enumerate(parts):
        column = ColumnMapping(index, header.text, format=header_format(header))
        candidates = vocabulary.candidates(header) if header.key else []
        if not header.key:
            column = evolve(column, reason="empty")
        elif len(candidates) > 1 and candidates[0].confidence - candidates[1].confidence < 0.01:
            column = evolve(column, reason="ambiguous")
        elif candidates and candidates[0].confidence >= LOWEST:
            first = candidates[0]
            wanted.append((not first.by_key, -first.confidence, index, first))
        elif vocabulary.is_foreign(header):
            column = evolve(column, reason="foreign")
        columns[index] = column
    owners: dict[str, int] = {}
    for _, _, index, candidate in sorted(wanted, key=lambda item: item[:3]):
        owner = owners.setdefault(candidate.target.field, index)
        columns[index] = _given(columns[index], candidate, parts[owner], parts[index])
    return [columns[index] for index in range(len(parts))]


def _given(
    column: ColumnMapping, candidate: Candidate, owner: Header, header: Header
) -> ColumnMapping:
    if owner is not header:
        return evolve(column, reason="repeated" if owner.key == header.key else "taken")
    return evolve(
        column,
        target=candidate.target,
        confidence=round(candidate.confidence, 3),
        reason=candidate.reason,
    )


def header_format(header: Header) -> CellFormat:
    """What a header says about its cells: the unit of bare numbers."""
    if header.unit == "%":
        return CellFormat(fractions=False)
    return CellFormat(unit=header.unit)


def _checked(
    column: ColumnMapping, module: Module, rows: Sequence[Sequence[Cell]]
) -> tuple[ColumnMapping, Problem | None]:
    """`column` without its target, and a note, where its cells are plainly something else."""
    if column.target is None or not rows:
        return column, None
    field = module.by_name[column.target.field]
    cells = [row[column.index] if column.index < len(row) else None for row in rows]
    profile: ColumnProfile = profile_column(cells)
    if not contradicts(field, profile, named=column.reason == "exact"):
        return column, None
    note = Problem(
        "header_type",
        {"header": column.header, "name": field.name, "examples": "、".join(profile.examples[:3])},
        module.name,
        None,
        field.name,
    )
    return evolve(column, target=None, confidence=0.0, reason="type"), note


def _notes(columns: Sequence[ColumnMapping], module: Module) -> list[Problem]:
    notes: list[Problem] = []
    for column in columns:
        params = {"header": column.header, "column": column_name(column.index)}
        if column.reason == "empty":
            notes.append(Problem("header_empty", params, module.name))
        elif column.reason == "repeated":
            notes.append(Problem("header_repeated", params, module.name))
        elif column.reason == "taken":
            notes.append(Problem("header_taken", params, module.name))
        elif column.reason == "ambiguous":
            notes.append(Problem("header_ambiguous", params, module.name))
    return notes
