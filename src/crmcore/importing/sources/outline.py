"""The parts of a workbook and its list of sheets."""

from __future__ import annotations

import posixpath

from attrs import frozen

from crmcore.errors import SourceError
from crmcore.importing.sources.limits import Limits
from crmcore.importing.sources.markup import Attributes, parse_part
from crmcore.importing.sources.package import Package
from crmcore.importing.sources.serials import Calendar
from crmcore.importing.sources.values import Sheet

_ROOT = "_rels/.rels"
_USUAL_WORKBOOK = "xl/workbook.xml"
_OPEN_DOCUMENT = "content.xml"
_RELATIONS = 20_000
_SHEETS = 10_000


@frozen
class Outline:
    """What a workbook consists of: sheets with their parts, texts, styles, calendar."""

    sheets: tuple[Sheet, ...]
    parts: tuple[str | None, ...]
    strings: str | None
    styles: str | None
    calendar: Calendar


@frozen
class _Relation:
    kind: str
    target: str


class _Relations:
    """Collects the relations of a part, by id."""

    def __init__(self, folder: str) -> None:
        self.found: dict[str, _Relation] = {}
        self._folder = folder

    def start(self, name: str, attributes: Attributes, /) -> None:
        """Notes a relation to another part of the file."""
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            if len(self.found) == _RELATIONS:
                raise ValueError("too many relations")
            target = attributes.get("Target", "").replace("\\", "/")
            kind = attributes.get("Type", "").rpartition("/")[2]
            path = posixpath.normpath(posixpath.join("/", self._folder, target)).lstrip("/")
            self.found[attributes.get("Id", "")] = _Relation(kind, path)

    def text(self, data: str, /) -> None:
        """Relations hold no text."""

    def end(self, name: str, /) -> None:
        """Nothing to close."""

    def first(self, kind: str) -> str | None:
        """The target of the first relation of this kind."""
        return next((item.target for item in self.found.values() if item.kind == kind), None)


class _Workbook:
    """Collects sheets, by name, relation and state, and the calendar."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, str]] = []
        self.calendar: Calendar = 1900

    def start(self, name: str, attributes: Attributes, /) -> None:
        """Notes a sheet, or which calendar counts."""
        if name == "sheet":
            if len(self.sheets) == _SHEETS:
                raise ValueError("too many sheets")
            relation = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            state = attributes.get("state", "visible")
            self.sheets.append((attributes.get("name", ""), relation, state))
        elif name == "workbookPr" and attributes.get("date1904") in ("1", "true", "on"):
            self.calendar = 1904

    def text(self, data: str, /) -> None:
        """A workbook holds no text of interest."""

    def end(self, name: str, /) -> None:
        """Nothing to close."""


def read_outline(package: Package, limits: Limits) -> Outline:
    """The parts of the workbook in `package`, every part to be read checked for its size.

    Raises `SourceError`: `zip_no_workbook`, `zip_part_missing`, `zip_bomb`, `xml_damaged`.
    """
    main = _main_part(package)
    workbook = _Workbook()
    parse_part(package, main, workbook)
    relations = _relations_of(package, main)
    sheets: list[Sheet] = []
    parts: list[str | None] = []
    for index, (name, relation, state) in enumerate(workbook.sheets):
        target = relations.found.get(relation)
        part = target.target if target is not None and target.kind == "worksheet" else None
        if target is None:
            raise SourceError("zip_part_missing", file=package.name, part=name)
        sheets.append(Sheet(name, index, state == "visible", part is not None))
        parts.append(part)
    if len({sheet.name for sheet in sheets}) < len(sheets):
        raise SourceError("xml_damaged", file=package.name, part=main)
    strings, styles = relations.first("sharedStrings"), relations.first("styles")
    for part in (*parts, strings, styles):
        if part is not None:
            package.check(part)
    return Outline(tuple(sheets), tuple(parts), strings, styles, workbook.calendar)


def _main_part(package: Package) -> str:
    found = _relations_of(package, "").first("officeDocument") if _ROOT in package else None
    main = found or _USUAL_WORKBOOK
    if main.lower().endswith(".bin"):
        raise SourceError("source_xlsb", file=package.name)
    if main not in package or posixpath.dirname(main).lower() in ("word", "ppt"):
        if _OPEN_DOCUMENT in package:
            raise SourceError("source_foreign", file=package.name, kind="OpenDocument")
        raise SourceError("zip_no_workbook", file=package.name)
    return main


def _relations_of(package: Package, part: str) -> _Relations:
    folder, name = posixpath.split(part)
    relations = _Relations(folder)
    where = posixpath.join(folder, "_rels", f"{name}.rels")
    if where in package:
        parse_part(package, where, relations)
    return relations
