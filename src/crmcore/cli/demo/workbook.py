"""The demo book: a realistic workbook of customers, contacts and deals, with its faults known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Final

from attrs import frozen

from crmcore.cli.demo import invented, pages, words
from crmcore.cli.demo.flaws import Flaw, Known
from crmcore.cli.demo.pages import CONTACTS, CUSTOMERS, DEALS, Line
from crmcore.cli.demo.truth import Planted, Truth
from crmcore.errors import Invalid
from crmcore.sheets import Cell, Column, SheetOut, Target, write_xlsx

TODAY: Final = date(2025, 6, 30)
"""The day on which the demo book was written, unless another is given."""

FEWEST_CUSTOMERS: Final = 200
"""With fewer customers not every kind of fault would occur."""

_MESSY_SHARE: Final = 0.045
_PROBLEM_SHARE: Final = 0.035
_ALWAYS_CLEAN: Final = 30
_BETWEEN_EMPTY_ROWS: Final = 400
_DICTIONARY: Final = "字典"


def write_demo_workbook(
    target: Target, *, customers: int = 2000, seed: int = 20250630, today: date = TODAY
) -> Truth:
    """Writes the demo book and returns what was planted into it.

    There are 1.2 contacts and 0.75 deals for each customer (20,000 customers make 59,000
    rows), and a hidden sheet with lists of options; the sheet of customers has a merged
    title above its header. The same arguments give the same cells everywhere, and the same
    bytes on the same machine. Raises `Invalid` (`demo_too_small`) for fewer than 200
    customers, `OSError` if the file cannot be written.
    """
    if customers < FEWEST_CUSTOMERS:
        raise Invalid("demo_too_small", customers=customers, limit=FEWEST_CUSTOMERS)
    truth, known = Truth(), Known()
    counts = {CUSTOMERS: customers, CONTACTS: customers * 6 // 5, DEALS: customers * 3 // 4}
    people = _random(seed, CONTACTS)
    trade = _random(seed, DEALS)
    lines = {
        CUSTOMERS: _customers(seed, customers, today),
        CONTACTS: (
            (line, None) for line in pages.contact_lines(people, known, counts[CONTACTS], today)
        ),
        DEALS: ((line, None) for line in pages.deal_lines(trade, known, counts[DEALS], today)),
    }
    sheets = []
    for name, count in counts.items():
        banner = f"客户台账（截至{today.year}年{today.month}月）" if name == CUSTOMERS else None
        truth.header_row[name] = 1 if banner is None else 2
        page = _Page(name, _random(seed, name + "-flaws"), known, truth)
        rows = page.rows(lines[name], count)
        sheets.append(SheetOut(name, pages.COLUMNS[name], rows, banner=banner))
    sheets.append(_dictionary())
    write_xlsx(target, sheets)
    truth.stages = {stage: truth.stages[stage] for stage in words.STAGES}
    return truth


def _random(seed: int, purpose: str) -> Random:
    return Random(f"{seed} {purpose}")  # noqa: S311 - invented data, no secrets


Entry = tuple[Line, invented.Customer | None]


def _customers(seed: int, count: int, today: date) -> Iterator[Entry]:
    random = _random(seed, CUSTOMERS)
    for customer in invented.customers(random, count, today):
        yield pages.customer_line(random, customer), customer


def _dictionary() -> SheetOut:
    lists = {"行业": tuple(words.INDUSTRIES), "客户级别": words.LEVELS, "阶段": words.STAGES}
    longest = max(map(len, lists.values()))
    rows = [
        [options[i] if i < len(options) else None for options in lists.values()]
        for i in range(longest)
    ]
    return SheetOut(_DICTIONARY, [Column(title) for title in lists], rows, hidden=True)


@frozen
class _Page:
    """Turns clean lines into rows of one sheet, spoils some, and writes down which."""

    name: str
    random: Random
    known: Known
    truth: Truth

    def rows(self, lines: Iterable[Entry], count: int) -> Iterator[list[Cell]]:
        """The rows of the sheet; empty ones stand among them."""
        titles = [column.title for column in pages.COLUMNS[self.name]]
        plan = self._plan(count)
        row = self.truth.header_row[self.name]
        empty = 0
        for place, (line, customer) in enumerate(lines):
            if place and place % _BETWEEN_EMPTY_ROWS == 0:
                row, empty = row + 1, empty + 1
                yield [None] * len(titles)
            row += 1
            flaw = plan.get(place)
            self._note(line, flaw, customer)
            if flaw is not None:
                self._spoil(line, flaw, row)
            yield [line[title] for title in titles]
        self.truth.rows[self.name] = count
        self.truth.empty_rows[self.name] = empty

    def _spoil(self, line: Line, flaw: Flaw, row: int) -> None:
        """Spoils one cell of a line and writes down which."""
        clean = line[flaw.column]
        if clean is None:
            clean = words.REMARKS[0]
        spoiled = flaw.spoil(self.random, clean, self.known)
        # A remark that begins like a formula has no cleaner form.
        meant = spoiled if flaw.kind == "formula_like_text" else clean
        line[flaw.column] = spoiled
        self.truth.planted.append(
            Planted(flaw.kind, self.name, row, flaw.column, _meaning(flaw.column, meant))
        )

    def _plan(self, count: int) -> dict[int, Flaw]:
        """Which line is spoiled how: each kind in turn, so that every one occurs."""
        messes, problems = pages.MESSES[self.name], pages.PROBLEMS[self.name]
        messy = max(round(count * _MESSY_SHARE), 1)
        broken = max(round(count * _PROBLEM_SHARE), len(problems))
        places = self.random.sample(range(_ALWAYS_CLEAN, count), messy + broken)
        plan = {place: problems[i % len(problems)] for i, place in enumerate(places[:broken])}
        plan |= {place: messes[i % len(messes)] for i, place in enumerate(places[broken:])}
        return plan

    def _note(self, line: Line, flaw: Flaw | None, customer: invented.Customer | None) -> None:
        """Writes down what a line adds to the whole, if nothing is wrong with it."""
        if flaw is not None and flaw in pages.PROBLEMS[self.name]:
            return
        if customer is not None:
            self.known.linkable.append(customer)
        if self.name == DEALS:
            stage, amount = str(line["阶段"]), line["金额"]
            number, total = self.truth.stages.get(stage, (0, Decimal(0)))
            assert isinstance(amount, Decimal)
            self.truth.stages[stage] = (number + 1, total + amount)


def _meaning(column: str, clean: Cell) -> str:
    """What a clean cell means, as one writes it down."""
    if column in ("电话", "手机"):
        return f"+86{str(clean).removeprefix('0')}"
    if isinstance(clean, date):
        return clean.isoformat()
    if column == "赢率":
        return f"{clean:.0%}"
    return f"{clean:f}" if isinstance(clean, Decimal) else str(clean)
