"""The plan of an import: what the dry run found, as a value that can be printed and stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Final, Literal, get_args

from attrs import define, evolve, field, frozen

from crmcore.errors import Invalid, Language
from crmcore.importing.books import Book
from crmcore.importing.convert import ColumnProfile
from crmcore.importing.infer import ProposedField, ProposedModule
from crmcore.importing.mapping import Mapping as ColumnsToFields
from crmcore.importing.outcomes import NOTHING, Counts, RowProblem, unpacked
from crmcore.importing.sources import SourceInfo, column_name
from crmcore.kinds.temporal import zone_of
from crmcore.records import canonical_json
from crmcore.schema import Schema
from crmcore.schema.codec import module_to_json

Duplicates = Literal["ask", "create", "update", "skip"]
Errors = Literal["refuse", "reject"]
Answer = Literal["create", "update", "skip"]

MAX_PROBLEMS: Final = 10_000
"""So many problems are kept in a plan with all details; all are counted."""


@frozen
class Options:
    """How an import treats duplicates, rows with problems, and moments without a zone.

    Raises `Invalid` (`import_option`), which names what is accepted.
    """

    duplicates: Duplicates = "ask"
    errors: Errors = "refuse"
    zone: str | None = None

    def __attrs_post_init__(self) -> None:
        _check_word("duplicates", self.duplicates, get_args(Duplicates))
        _check_word("errors", self.errors, get_args(Errors))
        if self.zone is not None:
            try:
                zone_of(self.zone)
            except Invalid:
                raise _refused("zone", self.zone, _ZONES) from None


_ZONES: Final = ("Asia/Shanghai", "UTC", "…")


def _check_word(option: str, value: object, accepted: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in accepted:
        raise _refused(option, value, accepted)


def _refused(option: str, value: object, accepted: tuple[str, ...]) -> Invalid:
    return Invalid("import_option", option=option, value=value, accepted=", ".join(accepted))


@frozen
class SheetPlan:
    """One sheet: its module, its header, which column fills which field, and what follows.

    Rows up to `below` are title and header. `module` is `None` where no module fits; then
    `new_module` is the one that could be made. `proposals` are fields for columns without one.
    `profiles` are what whole columns tell about reading their cells. `titles_differ` says
    that other sheets refer to these records by title, which must then tell them apart.
    """

    sheet: str
    module: str | None
    below: int
    mapping: ColumnsToFields
    rows: int = 0
    counts: Counts = NOTHING
    proposals: tuple[ProposedField, ...] = field(default=(), converter=tuple[ProposedField, ...])
    new_module: ProposedModule | None = None
    profiles: Mapping[int, ColumnProfile] = field(factory=dict)
    titles_differ: bool = False

    @property
    def header_row(self) -> int:
        """The (last) row of the header, as a spreadsheet numbers it."""
        return self.below


@frozen
class StepPlan:
    """Rows `first` to `last` of a sheet, which are written in one transaction.

    `actions` has a letter for each row (see `outcomes`), shortened; `content` is what the step
    adds to the content digest.
    """

    number: int
    sheet: str
    first: int
    last: int
    actions: str = ""
    content: str | None = None

    @property
    def counts(self) -> Counts:
        """How many of its rows become what."""
        return Counts.of(unpacked(self.actions))


@define(frozen=True, slots=False)
class Plan:
    """The dry run of an import: every count, every problem, and what `load` will do.

    `op_id` and `began` make the ids of the records that will be created. `problems` holds at
    most 10,000 of them, `problem_counts` counts all by code. `people` counts the cells with
    names that are no user of the workspace: their links stay empty. Compared by content; `book`
    is the open source, which is not stored.
    """

    source: str
    path: str | None
    digest: str
    info: SourceInfo
    op_id: str
    began: datetime
    schema: str
    options: Options = Options()
    sheets: tuple[SheetPlan, ...] = field(default=(), converter=tuple[SheetPlan, ...])
    steps: tuple[StepPlan, ...] = field(default=(), converter=tuple[StepPlan, ...])
    problems: tuple[RowProblem, ...] = field(default=(), converter=tuple[RowProblem, ...])
    problem_counts: Mapping[str, int] = field(factory=dict)
    answers: Mapping[str, Mapping[int, Answer]] = field(factory=dict)
    people: Mapping[str, int] = field(factory=dict)
    rehearsed: bool = True
    book: Book | None = field(default=None, eq=False, repr=False)

    @cached_property
    def counts(self) -> Counts:
        """What becomes of all rows together."""
        total = Counts()
        for one in self.sheets:
            total = total.plus(one.counts)
        return total

    @property
    def total_problems(self) -> int:
        """How many problems there are, those without details included."""
        return sum(self.problem_counts.values())

    @property
    def proposals(self) -> tuple[tuple[str, ProposedField], ...]:
        """Columns without a field, with the names of their sheets."""
        return tuple((one.sheet, found) for one in self.sheets for found in one.proposals)

    def sheet(self, name: str) -> SheetPlan:
        """The plan of one sheet; raises `KeyError`."""
        for one in self.sheets:
            if one.sheet == name:
                return one
        raise KeyError(name)

    def of(self, book: Book) -> Plan:
        """The same plan, reading from `book`."""
        return evolve(self, book=book)

    def describe(self, language: Language = "zh", problems: int = 20) -> str:
        """The plan as text for people, with the first of its problems."""
        return "\n".join(_lines(self, language, problems))

    def __str__(self) -> str:
        return self.describe()


def schema_digest(schema: Schema, sheets: tuple[SheetPlan, ...]) -> str:
    """What tells whether the modules of a plan are still the same."""
    names = sorted({one.module for one in sheets if one.module is not None})
    data = [module_to_json(schema.by_name[name]) for name in names if name in schema.by_name]
    return hashlib.sha256(canonical_json(data)).hexdigest()


_WORDS: Final = {
    "create": ("to create", "新建"),
    "update": ("to update", "更新"),
    "skip": ("to skip", "跳过"),
    "unchanged": ("unchanged", "无变化"),
    "ask": ("to be decided", "待确认"),
    "reject": ("refused", "有问题"),
}


def _lines(plan: Plan, language: Language, problems: int) -> Iterator[str]:
    zh = language == "zh"
    yield _head(plan)
    for one in plan.sheets:
        yield from _sheet(one, zh)
    if plan.people:
        names = ("、" if zh else ", ").join(list(plan.people)[:10])
        yield f"不是用户的姓名：{names}" if zh else f"names that are no users: {names}"
    if plan.total_problems:
        shown = plan.problems[:problems]
        yield (
            f"问题 {plan.total_problems} 个，列出前 {len(shown)} 个："
            if zh
            else f"{plan.total_problems} problems, the first {len(shown)}:"
        )
        for found in shown:
            header = f" {found.header}" if found.header else ""
            cell = f" [{found.cell}]" if found.cell else ""
            yield f"  {found.place()}{header}{cell}: {found.message(language)}"
    elif plan.rehearsed:
        yield "没有发现问题" if zh else "no problems"


def _head(plan: Plan) -> str:
    info = plan.info
    parts = [plan.source, info.format]
    parts += [info.encoding] if info.encoding else []
    parts += [repr(info.delimiter)] if info.delimiter else []
    return " · ".join(parts)


def _sheet(one: SheetPlan, zh: bool) -> Iterator[str]:
    module = one.module or ("（无对应模块）" if zh else "(no module)")
    yield f"{one.sheet} → {module}: {_counts(one.counts, zh)}"
    for column in one.mapping.columns:
        target = "—" if column.target is None else str(column.target)
        if column.header or column.target:
            yield f"  {column_name(column.index)} {column.header} → {target} ({column.reason})"
    for found in one.proposals:
        label = "建议新字段" if zh else "proposed field"
        kind = found.field.kind.name
        examples = "、".join(found.examples[:3])
        yield f"  {column_name(found.index)} {label}: {found.header} ({kind}) {examples}"


def _counts(counts: Counts, zh: bool) -> str:
    shown = [f"{_WORDS[name][zh]} {count}" for name, count in counts.to_dict().items() if count]
    return ("，" if zh else ", ").join(shown) or "0"
