"""The looks that the cells of one workbook use, numbered as they are met."""

from __future__ import annotations

import re
from typing import Final

from attrs import define, field, frozen

from crmcore.sheets.markup import xml_attribute

DATE_FORMAT: Final = "yyyy-mm-dd"
MOMENT_FORMAT: Final = "yyyy-mm-dd hh:mm:ss"
TIME_FORMAT: Final = "hh:mm:ss"
DURATION_FORMAT: Final = "[h]:mm:ss"
TEXT_FORMAT: Final = "@"

_BUILT_IN: Final = {
    "General": 0, "0": 1, "0.00": 2, "#,##0": 3, "#,##0.00": 4, "0%": 9, "0.00%": 10, "@": 49,
}  # fmt: skip
_FIRST_CUSTOM: Final = 164
_LITERALS: Final = re.compile(r'"[^"]*"|\\.|\[(?![hms]+\])[^\]]*\]')

_PLAIN_FONT, _BOLD_FONT, _BANNER_FONT = 0, 1, 2
_NO_FILL, _MARK_FILL, _HEADER_FILL = 0, 2, 3

_FONTS: Final = (
    '<fonts count="3"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
    '<font><b/><sz val="14"/><name val="Calibri"/><family val="2"/></font></fonts>'
)
_FILLS: Final = (
    '<fills count="4"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFFFC7CE"/></patternFill></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE2E8F0"/></patternFill></fill></fills>'
)
_BORDERS: Final = (
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
)


def is_date_format(number_format: str) -> bool:
    """Whether a format shows days or times rather than numbers."""
    return any(sign in "ymdhs" for sign in _LITERALS.sub("", number_format).lower())


@frozen
class Look:
    """How a cell looks; `quoted` keeps its text a text when somebody edits it."""

    number_format: str = "General"
    quoted: bool = False
    marked: bool = False
    font: int = _PLAIN_FONT
    fill: int = _NO_FILL


HEADER_LOOK: Final = Look(TEXT_FORMAT, font=_BOLD_FONT, fill=_HEADER_FILL)
BANNER_LOOK: Final = Look(TEXT_FORMAT, font=_BANNER_FONT)


@define
class Styles:
    """Numbers looks in the order they are first asked for; 0 is the plain one."""

    _looks: dict[Look, int] = field(factory=lambda: {Look(): 0}, init=False)
    _formats: dict[str, int] = field(factory=dict, init=False)

    def index(self, look: Look) -> int:
        """The number of `look` in this workbook."""
        return self._looks.setdefault(look, len(self._looks))

    def xml(self) -> str:
        """The part `xl/styles.xml`."""
        cells = "".join(self._cell(look) for look in self._looks)
        formats = "".join(
            f'<numFmt numFmtId="{number}" formatCode="{xml_attribute(code)}"/>'
            for code, number in self._formats.items()
        )
        listed = f'<numFmts count="{len(self._formats)}">{formats}</numFmts>' if formats else ""
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f"{listed}{_FONTS}{_FILLS}{_BORDERS}"
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
            f'</cellStyleXfs><cellXfs count="{len(self._looks)}">{cells}</cellXfs>'
            '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
            "</styleSheet>"
        )

    def _cell(self, look: Look) -> str:
        fill = _MARK_FILL if look.marked else look.fill
        quoted = ' quotePrefix="1"' if look.quoted else ""
        return (
            f'<xf numFmtId="{self._format(look.number_format)}" fontId="{look.font}" '
            f'fillId="{fill}" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" '
            f'applyFill="1"{quoted}/>'
        )

    def _format(self, code: str) -> int:
        if code in _BUILT_IN:
            return _BUILT_IN[code]
        return self._formats.setdefault(code, _FIRST_CUSTOM + len(self._formats))
