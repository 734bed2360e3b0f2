"""The small parts of a workbook file: lists of what it contains and how that hangs together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from crmcore.sheets.markup import xml_attribute

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"


@frozen
class Written:
    """A sheet that stands in the file: its final name, whether hidden, whether commented."""

    name: str
    hidden: bool
    noted: bool


def _relations(targets: Iterable[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def root_relations() -> str:
    """The part `_rels/.rels`."""
    return _relations([("officeDocument", "xl/workbook.xml")])


def sheet_relations(number: int) -> str:
    """The part `xl/worksheets/_rels/sheetN.xml.rels` of a sheet with comments."""
    return _relations(
        [
            ("vmlDrawing", f"../drawings/vmlDrawing{number}.vml"),
            ("comments", f"../comments{number}.xml"),
        ]
    )


def workbook_relations(sheets: Sequence[Written]) -> str:
    """The part `xl/_rels/workbook.xml.rels`."""
    pages = [("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)]
    return _relations([*pages, ("styles", "styles.xml")])


def workbook_xml(sheets: Sequence[Written]) -> str:
    """The part `xl/workbook.xml`."""
    active = next((i for i, sheet in enumerate(sheets) if not sheet.hidden), 0)
    listed = "".join(
        f'<sheet name="{xml_attribute(sheet.name)}" sheetId="{number}" '
        f'state="{"hidden" if sheet.hidden else "visible"}" '
        f'r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, start=1)
    )
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews>'
        f'<workbookView activeTab="{active}" firstSheet="{active}"/></bookViews>'
        f"<sheets>{listed}</sheets></workbook>"
    )


def content_types(sheets: Sequence[Written]) -> str:
    """The part `[Content_Types].xml`."""
    overrides = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    for number, sheet in enumerate(sheets, start=1):
        overrides.append((f"/xl/worksheets/sheet{number}.xml", "worksheet"))
        if sheet.noted:
            overrides.append((f"/xl/comments{number}.xml", "comments"))
    listed = "".join(
        f'<Override PartName="{part}" ContentType="{_SHEET_TYPE}.{kind}+xml"/>'
        for part, kind in overrides
    )
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="vml" '
        'ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
        f"{listed}</Types>"
    )
