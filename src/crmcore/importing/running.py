"""Rows of a sheet through the door: the same code for the dry run and for the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from crmcore.errors import Problem
from crmcore.importing.circles import Circle
from crmcore.importing.claims import Claims, Images
from crmcore.importing.convert.showing import shown
from crmcore.importing.entries import Ask, Entry
from crmcore.importing.finding import KeyFinder
from crmcore.importing.outcomes import WAITS, Action, RowProblem, StepOutcome
from crmcore.importing.plans import Answer, Options, SheetPlan
from crmcore.importing.referring import Ambiguous, link_all
from crmcore.importing.settling import Settler
from crmcore.importing.sources import Row
from crmcore.importing.taking import EntryReader
from crmcore.importing.waiting import Waiting, hashed
from crmcore.importing.waves import Waves, place_of
from crmcore.schema import Schema
from crmcore.work.door import Door
from crmcore.work.intake import Intake, create_good, update_good
from crmcore.work.normalizing import required_places
from crmcore.work.session import Session

STEP_ROWS: Final = 2_500
"""So many rows are written in one transaction."""

_STEP_CHARACTERS: Final = 1_000_000
_SHOWN: Final = 80


def parts(rows: Iterable[list[Row]]) -> Iterator[list[Row]]:
    """`rows` cut into steps, by their number and by their letters; always in the same way.

    Rows that come in one list stay together.
    """
    part: list[Row] = []
    letters = 0
    for together in rows:
        part += together
        for row in together:
            letters += sum([len(cell) for cell in row.cells if type(cell) is str])
        if len(part) >= STEP_ROWS or letters >= _STEP_CHARACTERS:
            yield part
            part, letters = [], 0
    if part:
        yield part


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
        self.schema = schema
        self.module = schema.module(sheet.module or "")
        self.ambiguous = ambiguous
        self._finder = KeyFinder(self.module)
        self._reader = EntryReader(sheet, self.module, self._finder)
        self._columns = self._reader.columns
        self._links = self._reader.links
        self._claims = Claims.of(self._finder)
        titled = sheet.titles_differ and self.module.title is not None
        self._title = place_of(self.module, str(self.module.title)) if titled else None
        self._waves = Waves.of(self.module, self._columns.values(), self._title)
        self.waiting = Waiting()
        self._pending: set[int] = set()
        self.settler = Settler(self.module, self._finder, options, answers, ask)

    def run(self, door: Door, rows: Sequence[Row]) -> StepOutcome:
        """What became of `rows`, which are written as far as they are good."""
        entries = [self._entry(row) for row in rows]
        self._pending.clear()
        start = 0
        while start < len(entries):
            start += self._settle(door, self._waves.cut(entries, start))
        problems = [found for one in entries for found in one.problems]
        return StepOutcome("".join(one.action for one in entries), problems)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Run a step that may be run again: what it noted is forgotten where it fails."""
        ambiguous, given = self.ambiguous.copy(), dict(self.settler.given)
        try:
            yield
        except BaseException:
            self.ambiguous.become(ambiguous)
            self.settler.given = given
            raise

    @property
    def is_waiting(self) -> bool:
        """Whether rows wait that were not given out by `late`."""
        return bool(self.waiting.numbers) and self.waiting.circles is None

    def late(self) -> Iterator[list[Row]]:
        """The rows that waited for others, after these; what belongs together in one list."""
        if self.waiting.numbers:
            yield from self.waiting.ordered()

    def settle(self, rows: Iterable[Row], outcome: StepOutcome) -> None:
        """Note the rows that wait, and the titles of those nobody decided about."""
        for row, action in zip(rows, outcome.actions, strict=True):
            if action == WAITS:
                one = self._entry(row)
                meant = hashed(self._waves.meant(one))
                self.waiting.add(row, hashed(self._waves.marks(one)), meant)
            elif action == "a" and self._title is not None:
                self._note(self._entry(row))

    def _entry(self, row: Row) -> Entry:
        entry = self._reader.entry(row)
        if self.waiting.circles is not None:
            entry.circle = self.waiting.circles.get(row.number, 0)
        return entry

    def _settle(self, door: Door, wave: list[Entry]) -> int:
        """Decide about the rows of `wave`, and write those that are good; how many it were."""
        session, ready = door.session, [*wave]
        circle = Circle.of(door, self._waves, wave) if wave[0].circle else None
        if self._links:
            self._link(session, wave, circle)
            ready = [one for one in wave if one.action != WAITS]
        following = [*ready]
        self.settler.settle(session, ready, self.sheet.sheet, self._title)
        if circle is not None:
            circle.refuse_second(following[len(ready) :])
            ready = following
        done = len(wave)
        if len(ready) < len(following):
            first = following[len(ready)]
            done = next(place for place, one in enumerate(wave) if one is first)
        for one in ready:
            if one.problems and one.action == "c":
                self._require(one)
        self._write(door, ready, circle)
        for one in ready:
            self._close(one)
        return done

    def _link(self, session: Session, wave: Sequence[Entry], circle: Circle | None) -> None:
        """Look up the links of `wave`; rows that point to rows below them are to wait."""
        own = [link.name for link in self._waves.links]
        near = None if circle is None else circle.near
        fresh = [one for one in wave if one.texts and not one.is_linked]
        pairs = [(one.intake, one.texts) for one in fresh]
        link_all(session, self.module, pairs, own, self.ambiguous, near)
        if own and self.waiting.circles is None:
            for one in wave:
                self._let_wait(one, own)
            pairs = [(one.intake, one.texts) for one in fresh if one.action != WAITS]
        others = [name for name in self._links if name not in own]
        link_all(session, self.module, pairs, others, self.ambiguous)
        for one in fresh:
            one.is_linked = True
            if self._waves.linked_keys:
                one.keys = self._finder.keys(one.intake)

    def _let_wait(self, one: Entry, own: Sequence[str]) -> None:
        """Whether what `one` points to is not there yet, or an earlier row of its key waits."""
        missing = [found for found in one.intake.problems if found.field in own]
        if any(found.code == "link_not_found" for found in missing) or self._follows(one):
            one.action = WAITS
            one.problems.clear()
            one.intake.problems.clear()
            self._pending.update(hashed(self._waves.marks(one)))

    def _follows(self, one: Entry) -> bool:
        known = self.waiting.known
        if not known and not self._pending:
            return False
        marks = hashed(self._waves.marks(one))
        return not (known.isdisjoint(marks) and self._pending.isdisjoint(marks))

    def _write(self, door: Door, ready: Sequence[Entry], circle: Circle | None) -> None:
        if circle is not None:
            circle.decide()

        def check(images: Images) -> None:
            self._claims.check(door.session, images)
            if circle is not None:
                circle.refuse()

        creating = check if circle is not None or self._claims.in_creating else None
        create_good(door, self.module, self._ready(ready, "c"), creating)
        updating = check if self._claims.in_updating else None
        update_good(door, self.module, self._ready(ready, "u"), updating)

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
