"""Rows of a sheet through the door: the same code for the dry run and for the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from crmcore.errors import Problem
from crmcore.importing.convert import Column, LinkText, RowConverter, row_converter
from crmcore.importing.convert.showing import shown
from crmcore.importing.entries import Ask, Entry
from crmcore.importing.finding import KeyFinder, KeyValue, normal_or_none
from crmcore.importing.outcomes import Action, RowProblem, StepOutcome
from crmcore.importing.plans import Answer, Options, SheetPlan
from crmcore.importing.referring import Ambiguous, Texts, link_all
from crmcore.importing.settling import Settler
from crmcore.importing.sources import Row
from crmcore.kinds import Link, search_key
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module, Schema
from crmcore.work.door import Door
from crmcore.work.intake import Intake, create_good, normal_intake, update_good
from crmcore.work.normalizing import required_places

STEP_ROWS: Final = 2_500
"""So many rows are written in one transaction."""

_STEP_CHARACTERS: Final = 1_000_000
_SHOWN: Final = 80
_TITLE: Final = -1
_LINKED: Final = -2
_KEYED: Final = -3
_CONTENT: Final = -4


def parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """`rows` cut into steps, by their number and by their letters; always in the same way."""
    part: list[Row] = []
    letters = 0
    for row in rows:
        part.append(row)
        letters += sum([len(cell) for cell in row.cells if type(cell) is str])
        if len(part) >= STEP_ROWS or letters >= _STEP_CHARACTERS:
            yield part
            part, letters = [], 0
    if part:
        yield part


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


class SheetRunner:
    """Takes the rows of one sheet through the door, step by step."""

    def __init__(
        self,
        sheet: SheetPlan,
        schema: Schema,
        options: Options,
        ambiguous: Ambiguous,
        answers: Mapping[int, Answer],
        ask: Ask | None = None,
    ) -> None:
        self.sheet = sheet
        self.module = schema.module(sheet.module or "")
        self.ambiguous = ambiguous
        self._columns = {column.field.name: column for column in columns_of(sheet, self.module)}
        self._convert: RowConverter = row_converter(self._columns.values())
        self._links = [
            name for name, column in self._columns.items() if isinstance(column.field.kind, Link)
        ]
        self._take = normal_intake(self.module)
        self._finder = KeyFinder(self.module)
        self._title = _place(self.module, self.module.title) if sheet.titles_differ else None
        self._own = self._own_lookups()
        self._linked_keys = self._keys_of_links()
        self.settler = Settler(self.module, self._finder, options, answers, ask)

    def _own_lookups(self) -> list[tuple[str, str, int]]:
        """Links to this very module: the link, the field looked up, and its place."""
        found: list[tuple[str, str, int]] = []
        for name in self._links:
            column = self._columns[name]
            lookup = column.lookup or self.module.title
            assert isinstance(column.field.kind, Link)
            if column.field.kind.target != self.module.name or not lookup:
                continue
            place = _place(self.module, lookup)
            if place is not None:
                found.append((name, lookup, place))
        return found

    def _keys_of_links(self) -> list[tuple[int, list[tuple[str, int]]]]:
        """Unique keys that a link is part of: their numbers, fields and places."""
        index = layout_of(self.module).index
        return [
            (key.number, [(name, index[name] - len(STAMPS)) for name in key.fields])
            for key in self.module.unique_keys
            if not set(self._links).isdisjoint(key.fields)
        ]

    def run(self, door: Door, rows: Sequence[Row]) -> StepOutcome:
        """What became of `rows`, which are written as far as they are good."""
        entries = [self._entry(row) for row in rows]
        start = 0
        while start < len(entries):
            wave = self._wave(entries, start)
            self._settle(door, wave)
            start += len(wave)
        problems = [found for one in entries for found in one.problems]
        return StepOutcome("".join(one.action for one in entries), problems)

    def recall(self, rows: Iterable[Row]) -> None:
        """Note the titles of rows that an earlier run refused to decide about."""
        for row in rows:
            self._note(self._entry(row))

    def _entry(self, row: Row) -> Entry:
        values, cells = self._convert(row.cells)
        texts: Texts = {}
        for name in self._links:
            text = values.pop(name)
            if isinstance(text, LinkText | tuple):
                texts[name] = text
        intake = self._take({name: value for name, value in values.items() if value is not None})
        entry = Entry(row, intake, texts, self._finder.keys(intake))
        if cells is not None:
            for one in cells:
                entry.problems.append(
                    RowProblem(
                        self.sheet.sheet, row.number, one.problem, one.index, one.header, one.cell
                    )
                )
            entry.refused_fields = frozenset(str(one.problem.field) for one in cells)
        return entry

    def _wave(self, entries: Sequence[Entry], start: int) -> list[Entry]:
        """Entries from `start` on of which none could mean a record that another makes."""
        seen: set[KeyValue] = set()
        wave: list[Entry] = []
        for place in range(start, len(entries)):
            one = entries[place]
            marks = self._marks(one)
            if wave and not seen.isdisjoint((*marks, *self._meant(one))):
                break
            wave.append(one)
            seen.update(marks)
        return wave

    def _marks(self, one: Entry) -> list[KeyValue]:
        """What later rows could know this one by."""
        if self._title is None and not self._own and not self._linked_keys and one.keys:
            return one.keys
        marks = [*one.keys]
        if not one.keys:
            marks.append((_CONTENT, (*one.intake.values, *one.texts.items())))
        for number, parts_ in self._linked_keys:
            # The records are not looked up yet: texts that agree mean the same record.
            texts = [one.texts.get(name) or one.intake.values[place] for name, place in parts_]
            marks.append((_KEYED, (number, *texts)))
        values = one.intake.values
        if self._title is not None and isinstance(values[self._title], str):
            marks.append((_TITLE, (search_key(str(values[self._title])),)))
        for _, lookup, place in self._own:
            value = values[place]
            if value is not None:
                marks.append((_LINKED, (lookup, _folded(value))))
        return marks

    def _meant(self, one: Entry) -> list[KeyValue]:
        """The rows of this sheet that this one may link to."""
        meant: list[KeyValue] = []
        for name, lookup, _ in self._own:
            texts = one.texts.get(name, ())
            for text in texts if isinstance(texts, tuple) else (texts,):
                value = normal_or_none(self.module.by_name[lookup].kind, text.text)
                meant.append((_LINKED, (lookup, _folded(value))))
        return meant

    def _settle(self, door: Door, wave: Sequence[Entry]) -> None:
        """Decide about the rows of `wave`, and write those that are good."""
        session = door.session
        linked = [(one.intake, one.texts) for one in wave if one.texts]
        if linked:
            link_all(session, self.module, linked, self.ambiguous)
            if self._linked_keys:
                for one in wave:
                    one.keys = self._finder.keys(one.intake)
        self.settler.settle(session, wave, self.sheet.sheet, self._title)
        for one in wave:
            if one.problems and one.action == "c":
                self._require(one)
        create_good(door, self.module, self._ready(wave, "c"))
        update_good(door, self.module, self._ready(wave, "u"))
        for one in wave:
            self._close(one)

    def _ready(self, wave: Sequence[Entry], action: Action) -> list[Intake]:
        return [
            one.intake
            for one in wave
            if one.action == action and not one.problems and not one.intake.problems
        ]

    def _require(self, one: Entry) -> None:
        """Also say of a row that is refused anyway which required fields are empty."""
        for place, name in required_places(self.module):
            field_ = self.module.by_name[name]
            known = one.refused_fields | {str(found.field) for found in one.intake.problems}
            if one.intake.values[place] is None and field_.default is None and name not in known:
                one.intake.problems.append(Problem("required", {}, None, None, name))

    def _close(self, one: Entry) -> None:
        """Give the problems of the door their places; what has any is refused."""
        for found in one.intake.problems:
            one.problems.append(self._located(one, found))
        if one.problems:
            asks = any(found.asks for found in one.problems)
            one.action = "a" if asks and all(found.asks for found in one.problems) else "r"
            if asks:
                self._note(one)
        elif one.action == "u" and not one.intake.changed:
            one.action = "="

    def _note(self, one: Entry) -> None:
        if self._title is not None:
            named = any(found.code == "same_title" for found in one.problems)
            if named or not one.problems:
                self.ambiguous.add(self.module, one.intake.values[self._title])

    def _located(self, one: Entry, found: Problem) -> RowProblem:
        column = self._columns.get(found.field or "")
        plain = Problem(found.code, found.params, self.module.name, None, found.field)
        sheet, number = self.sheet.sheet, one.row.number
        asks = found.code in ("duplicate_found", "same_title")
        if column is None:
            return RowProblem(sheet, number, plain, asks=asks)
        cells = one.row.cells
        cell = cells[column.index] if column.index < len(cells) else None
        text = "" if cell is None else shown(cell)[:_SHOWN]
        return RowProblem(sheet, number, plain, column.index, column.header, text, asks)


def _place(module: Module, name: str | None) -> int | None:
    return None if name is None else layout_of(module).index[name] - len(STAMPS)


def _folded(value: object) -> object:
    return search_key(value) if isinstance(value, str) else value
