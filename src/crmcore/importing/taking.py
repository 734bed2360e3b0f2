"""From rows of a sheet to entries: cells become values, texts of links stay texts."""

from __future__ import annotations

from collections.abc import Mapping

from crmcore.importing.convert import (
    Column,
    LinkText,
    normal_converter,
    row_converter,
)
from crmcore.importing.entries import Entry
from crmcore.importing.finding import KeyFinder
from crmcore.importing.outcomes import RowProblem
from crmcore.importing.plans import SheetPlan
from crmcore.importing.referring import Texts
from crmcore.importing.sources import Row
from crmcore.importing.waves import place_of
from crmcore.kinds import Link
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module
from crmcore.work.intake import Intake, normal_intake


def columns_of(sheet: SheetPlan, module: Module) -> list[Column]:
    """The columns of `sheet` that fill a field, as they are converted."""
    made: list[Column] = []
    for column in sheet.mapping.mapped:
        target = column.target
        assert target is not None
        made.append(
            Column(
                column.index,
                module.by_name[target.field],
                sheet.profiles.get(column.index),
                column.format,
                target.lookup,
                column.header,
            )
        )
    return made


class EntryReader:
    """Makes entries of the rows of one sheet."""

    def __init__(self, sheet: SheetPlan, module: Module, finder: KeyFinder) -> None:
        self.columns = {column.field.name: column for column in columns_of(sheet, module)}
        self.links = [
            name for name, column in self.columns.items() if isinstance(column.field.kind, Link)
        ]
        self._sheet = sheet.sheet
        self._finder = finder
        width = layout_of(module).stored - len(STAMPS)
        places = {name: place_of(module, name) for name in self.columns}
        self._take_good = normal_converter(self.columns.values(), places, width)
        self._convert = row_converter(self.columns.values())
        self._take = normal_intake(module)

    def entry(self, row: Row) -> Entry:
        """The entry of `row`, with every problem of its cells."""
        taken = self._take_good(row.cells)
        if taken is None:
            return self._careful(row)
        given, values, texts = taken
        return Entry(row, Intake(given, values), texts, self._finder.keys_of(values))

    def _careful(self, row: Row) -> Entry:
        values, cells = self._convert(row.cells)
        texts: Texts = {}
        for name in self.links:
            text = values.pop(name)
            if isinstance(text, LinkText | tuple):
                texts[name] = text
        intake = self._take({name: value for name, value in values.items() if value is not None})
        entry = Entry(row, intake, texts, self._finder.keys(intake))
        for one in cells or ():
            entry.problems.append(
                RowProblem(self._sheet, row.number, one.problem, one.index, one.header, one.cell)
            )
        entry.refused_fields = frozenset(str(one.problem.field) for one in cells or ())
        if intake.problems:
            _set_apart(entry, values)
        return entry


def _set_apart(one: Entry, values: Mapping[str, object]) -> None:
    """Take retired options out of what is given: a record may hold them already."""
    found = {str(p.field): p for p in one.intake.problems if p.code == "option_retired"}
    if found:
        one.retired = {name: (values[name], problem) for name, problem in found.items()}
        given = one.intake.given.items()
        one.intake.given = {name: value for name, value in given if name not in found}
        one.intake.problems[:] = [p for p in one.intake.problems if p.field not in found]
