"""First look at a source: its sheets, their modules, headers, columns, and what is new."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Dictionary
from itertools import islice
from typing import Final

from attrs import evolve, frozen

from crmcore.errors import SourceError
from crmcore.importing.books import Book
from crmcore.importing.convert import ColumnProfile, ColumnProfiler, needs_profile
from crmcore.importing.infer import ProposedModule, propose_fields, propose_new_module
from crmcore.importing.mapping import (
    ColumnMapping,
    ColumnTarget,
    Mapping,
    choose,
    find_heading,
    fitted,
    propose_mapping,
    propose_module,
    read_header,
)
from crmcore.importing.plans import SheetPlan
from crmcore.importing.referring import PEOPLE
from crmcore.importing.sources import Row, Sheet
from crmcore.kinds import DateTime, Link
from crmcore.schema import Module, Schema

REASONS: Final = "导入问题"
"""The header of the column of reasons in a rejects book; such a column is never imported."""

SAMPLE: Final = 200
"""So many rows are looked at before columns are given their fields."""

Columns = Dictionary[str | int, str | ColumnTarget | None]
"""What a person says about columns: header (or place from 0) → field, `None` for none."""

MappingLike = Mapping | Columns
Modules = str | Sequence[str] | Dictionary[str, str | None] | None
Mappings = MappingLike | Dictionary[str, MappingLike] | None


@frozen
class Wishes:
    """What the caller says: modules of sheets, columns of fields, the zone of bare moments."""

    modules: Modules = None
    mapping: Mappings = None
    zone: str | None = None
    propose: bool = True

    def module(self, sheet: str, place: int, schema: Schema) -> Module | bool | None:
        """The module asked for; `False` where the sheet is to be left out, `None`: not said."""
        wish: str | None = None
        if isinstance(self.modules, str):
            wish = self.modules if place == 0 else None
        elif isinstance(self.modules, Dictionary):
            if sheet in self.modules and self.modules[sheet] is None:
                return False
            wish = self.modules.get(sheet)
        elif self.modules is not None and place < len(self.modules):
            wish = self.modules[place]
        if wish is None and isinstance(self.mapping, Mapping) and place == 0:
            wish = self.mapping.module
        found = self.columns(sheet, place)
        if wish is None and isinstance(found, Mapping):
            wish = found.module
        return None if wish is None else schema.module(wish)

    def columns(self, sheet: str, place: int) -> MappingLike | None:
        """What is said about the columns of a sheet."""
        given = self.mapping
        if given is None or isinstance(given, Mapping):
            return given if place == 0 else None
        values = list(given.values())
        if any(isinstance(one, Mapping | Dictionary) for one in values):
            return given.get(sheet)  # type: ignore[return-value]
        return given if place == 0 else None  # type: ignore[return-value]


def survey(book: Book, schema: Schema, wishes: Wishes) -> tuple[SheetPlan, ...]:
    """A plan of every sheet, without counts; targets of links before those that link to them.

    Raises `SourceError` `source_without_sheets` where nothing can be imported, and what
    choosing columns raises.
    """
    found: list[SheetPlan] = []
    for sheet in book.sheets:
        one = _sheet(book, sheet, len(found), schema, wishes)
        if one is not None:
            found.append(one)
    if not found:
        raise SourceError("source_without_sheets", file=book.info.name)
    ordered = sorted(found, key=_order(schema))
    return tuple(
        evolve(one, titles_differ=_is_referred_to(one, ordered, schema)) for one in ordered
    )


def _order(schema: Schema) -> Callable[[SheetPlan], int]:
    """The rank of a sheet: targets of links come first."""
    ranks: dict[str, int] = {}
    visiting: set[str] = set()

    def visit(module: Module) -> None:
        if module.name in ranks or module.name in visiting:
            return
        visiting.add(module.name)
        for one in module.links():
            target = schema.by_name.get(getattr(one.kind, "target", ""))
            if target is not None:
                visit(target)
        ranks[module.name] = len(ranks)

    for module in schema.modules:
        visit(module)
    return lambda one: ranks.get(one.module or "", len(ranks))


def _is_referred_to(one: SheetPlan, sheets: Iterable[SheetPlan], schema: Schema) -> bool:
    """Whether another sheet finds records of this one by their title, which is no key."""
    module = schema.by_name.get(one.module or "")
    if module is None or module.title is None:
        return False
    if any(key.fields == (module.title,) for key in module.unique_keys):
        return False
    for other in sheets:
        if other.module is None or other.module == one.module:
            continue
        for column in other.mapping.mapped:
            target = column.target
            assert target is not None
            kind = schema.by_name[other.module].by_name[target.field].kind
            if (
                isinstance(kind, Link)
                and kind.target == module.name
                and (target.lookup in (None, module.title))
            ):
                return True
    return False


def _sheet(
    book: Book, sheet: Sheet, place: int, schema: Schema, wishes: Wishes
) -> SheetPlan | None:
    wished = wishes.module(sheet.name, place, schema)
    if wished is False:
        return None
    headers, below = _header(book, sheet, schema)
    if not headers:
        return None
    module = wished if isinstance(wished, Module) else None
    if module is None:
        proposed = propose_module(_subject(book, sheet), headers, schema)
        module = schema.by_name[proposed.module] if proposed.module else None
    if module is None:
        return _without_module(book, sheet, headers, below, schema, wishes)
    mapping = _mapping(book, sheet, headers, below, place, module, schema, wishes)
    return _profiled(book, sheet, below, mapping, module, wishes)


def _subject(book: Book, sheet: Sheet) -> str:
    """The name that may tell the module: that of the sheet, of text files that of the file."""
    if book.info.format != "csv":
        return sheet.name
    return book.info.name.rpartition(".")[0] or book.info.name


def _header(book: Book, sheet: Sheet, schema: Schema) -> tuple[tuple[str, ...], int]:
    if sheet.header is not None:
        return sheet.header, 1
    top = list(islice(book.top(sheet.name), 20))
    if not top:
        return (), 0
    heading = find_heading(top, schema, book.merged(sheet.name, top[-1].number))
    return ((), 0) if heading is None else (heading.headers, heading.last)


def _mapping(
    book: Book,
    sheet: Sheet,
    headers: Sequence[str],
    below: int,
    place: int,
    module: Module,
    schema: Schema,
    wishes: Wishes,
) -> Mapping:
    said = wishes.columns(sheet.name, place)
    if isinstance(said, Mapping):
        made = fitted(said, headers)
    else:
        sample = (row.cells for row in islice(_data(book.top(sheet.name), below), SAMPLE))
        made = propose_mapping(headers, module, schema, sample)
        if said:
            made = choose(made, schema, said)
    return evolve(made, columns=[_settled(one, module, wishes.zone) for one in made.columns])


def _settled(column: ColumnMapping, module: Module, zone: str | None) -> ColumnMapping:
    """`column` with the zone of the import; a column of reasons is never imported."""
    if read_header(column.header).text == REASONS and column.reason != "chosen":
        return evolve(column, target=None, confidence=0.0, reason="chosen")
    if column.target is None or column.format.zone is not None or zone is None:
        return column
    kind = module.by_name[column.target.field].kind
    if isinstance(kind, DateTime) and kind.zone is None:
        return evolve(column, format=evolve(column.format, zone=zone))
    return column


def _data(rows: Iterable[Row], below: int) -> Iterable[Row]:
    return (row for row in rows if row.number > below)


def _profiled(
    book: Book, sheet: Sheet, below: int, mapping: Mapping, module: Module, wishes: Wishes
) -> SheetPlan:
    """The plan of a sheet after one pass over all its rows."""
    known: dict[int, ColumnProfiler] = {}
    unknown: dict[int, ColumnProfiler] = {}
    for column in mapping.columns:
        if column.target is not None:
            field = module.by_name[column.target.field]
            if needs_profile(field):
                known[column.index] = ColumnProfiler(field)
            elif isinstance(field.kind, Link) and field.kind.target == PEOPLE:
                # Who is no user can be told, and proposed, before any row is tried.
                known[column.index] = ColumnProfiler()
        elif wishes.propose and column.reason != "chosen":
            unknown[column.index] = ColumnProfiler()
    rows = _pass(book, sheet.name, below, {**known, **unknown})
    profiles = {index: one.profile() for index, one in unknown.items()}
    told = {index: one.profile() for index, one in known.items()}
    mapping = _dated(mapping, told, book)
    proposals = propose_fields(mapping, profiles, module, wishes.zone) if wishes.propose else ()
    return SheetPlan(
        sheet.name,
        module.name,
        below,
        mapping,
        rows,
        proposals=proposals,
        profiles=told,
    )


def _dated(mapping: Mapping, profiles: Dictionary[int, ColumnProfile], book: Book) -> Mapping:
    """`mapping` with bare day numbers in the calendar of the workbook."""
    if book.info.dates_from != 1904:
        return mapping
    counting = {index for index, one in profiles.items() if one.counts_days}
    columns = [
        evolve(one, format=evolve(one.format, serials=1904))
        if one.index in counting and one.format.serials is None
        else one
        for one in mapping.columns
    ]
    return evolve(mapping, columns=columns)


def _pass(book: Book, sheet: str, below: int, profilers: Dictionary[int, ColumnProfiler]) -> int:
    """Show every row to the profilers of its columns; the number of rows."""
    adders = [(index, one.add) for index, one in profilers.items()]
    rows = 0
    for row in book.rows(sheet, below):
        rows += 1
        cells = row.cells
        for index, add in adders:
            if index < len(cells):
                add(cells[index])
    return rows


def _without_module(
    book: Book, sheet: Sheet, headers: Sequence[str], below: int, schema: Schema, wishes: Wishes
) -> SheetPlan:
    columns = [ColumnMapping(place, text) for place, text in enumerate(headers)]
    if not wishes.propose:
        return SheetPlan(sheet.name, None, below, Mapping("", columns))
    profilers = {place: ColumnProfiler() for place in range(len(headers))}
    rows = _pass(book, sheet.name, below, profilers)
    profiles: dict[int, ColumnProfile] = {place: one.profile() for place, one in profilers.items()}
    made: ProposedModule = propose_new_module(
        _subject(book, sheet), headers, profiles, schema, wishes.zone
    )
    return SheetPlan(
        sheet.name,
        None,
        below,
        Mapping("", columns),
        rows,
        proposals=made.fields,
        new_module=made,
    )
