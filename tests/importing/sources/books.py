"""Workbooks made by hand, so that every byte of them can be wrong on purpose."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from attrs import Factory, define

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

WORKSHEET = "xl/worksheets/sheet{}.xml"


@define
class Page:
    """One sheet: its rows as XML, and what stands around them."""

    rows: str | bytes | Iterable[bytes]
    name: str = "Sheet1"
    state: str | None = None
    kind: str = "worksheet"
    before: str = ""
    after: str = ""
    prefix: str = ""

    def xml(self) -> Iterator[bytes]:
        """The whole part, in pieces."""
        p = self.prefix
        space = f"xmlns:{p[:-1]}" if p else "xmlns"
        head = f'{DECLARATION}<{p}worksheet {space}="{MAIN}">{self.before}<{p}sheetData>'
        rows = self.rows.encode() if isinstance(self.rows, str) else self.rows
        yield head.encode()
        yield from [rows] if isinstance(rows, bytes) else rows
        yield f"</{p}sheetData>{self.after}</{p}worksheet>".encode()


@define
class Book:
    """A workbook in the making; `bytes` gives the file."""

    pages: Sequence[Page]
    strings: Iterable[str] | str | None = None
    formats: Sequence[str] = ()
    date1904: bool = False
    parts: Mapping[str, bytes | Iterable[bytes]] = Factory(dict)
    method: int = zipfile.ZIP_DEFLATED

    def bytes(self) -> bytes:
        """The file."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", self.method, allowZip64=True) as package:
            for name, data in {**self._parts(), **self.parts}.items():
                with package.open(name, "w", force_zip64=True) as part:
                    for piece in [data] if isinstance(data, bytes) else data:
                        part.write(piece)
        return file.getvalue()

    def _parts(self) -> dict[str, bytes | Iterable[bytes]]:
        parts: dict[str, bytes | Iterable[bytes]] = {
            "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
            "xl/workbook.xml": self._workbook(),
        }
        targets = [
            (f"rId{n}", page.kind, f"worksheets/sheet{n}.xml") for n, page in enumerate(self.pages)
        ]
        if self.strings is not None:
            targets.append(("rIdS", "sharedStrings", "sharedStrings.xml"))
            parts["xl/sharedStrings.xml"] = shared_strings(self.strings)
        if self.formats:
            targets.append(("rIdF", "styles", "styles.xml"))
            parts["xl/styles.xml"] = styles(self.formats)
        parts["xl/_rels/workbook.xml.rels"] = _relations(targets)
        for n, page in enumerate(self.pages):
            parts[WORKSHEET.format(n)] = page.xml()
        return parts

    def _workbook(self) -> bytes:
        calendar = '<workbookPr date1904="1"/>' if self.date1904 else ""
        sheets = "".join(
            f"<sheet name={quoteattr(page.name)} sheetId='{n + 1}' r:id='rId{n}'"
            + (f" state='{page.state}'/>" if page.state else "/>")
            for n, page in enumerate(self.pages)
        )
        return (
            f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{calendar}'
            f"<sheets>{sheets}</sheets></workbook>"
        ).encode()


def book(rows: str | bytes | Iterable[bytes], **more: object) -> bytes:
    """A workbook of one sheet with these rows."""
    return Book([Page(rows)], **more).bytes()  # type: ignore[arg-type]


def shared_strings(strings: Iterable[str] | str) -> bytes:
    """The part with the shared texts, or with the XML of them."""
    inner = (
        strings
        if isinstance(strings, str)
        else "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
    )
    return f'{DECLARATION}<sst xmlns="{MAIN}">{inner}</sst>'.encode()


def styles(formats: Sequence[str]) -> bytes:
    """Styles: number n shows format n - 1, a code or the number of a builtin one; 0 is plain."""
    codes = {code: 164 + n for n, code in enumerate(formats) if not code.isdigit()}
    defined = "".join(
        f'<numFmt numFmtId="{n}" formatCode={quoteattr(code)}/>' for code, n in codes.items()
    )
    used = "".join(f'<xf numFmtId="{codes.get(code, code)}"/>' for code in formats)
    return (
        f'{DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts>{defined}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>{used}'
        "</cellXfs></styleSheet>"
    ).encode()


def _relations(targets: Sequence[tuple[str, str, str]]) -> bytes:
    inner = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for name, kind, target in targets
    )
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'.encode()
