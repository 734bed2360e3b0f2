"""Number formats: which cells show dates, times, elapsed times and percentages."""

from __future__ import annotations

import re
from typing import Literal

from crmcore.importing.sources.markup import Attributes, parse_part
from crmcore.importing.sources.package import Package

Shown = Literal["number", "percent", "day", "moment", "span"]
"""What a format shows: a date is a `day`, anything with a time of day a `moment`."""

# The formats without a definition in the file (ECMA-376 part 1, 18.8.30). Of the numbers that
# depend on the language, all are dates or times; which of both is then seen by the value.
_BUILTIN: dict[int, Shown] = {
    9: "percent",
    10: "percent",
    **dict.fromkeys((14, 15, 16, 17), "day"),
    **dict.fromkeys((18, 19, 20, 21, 22, 45, 47), "moment"),
    46: "span",
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "day"),
    **dict.fromkeys((32, 33), "moment"),
}
# Spreadsheet programs stop at 65,490 styles; formats of their own are far fewer.
_STYLES = 100_000
_CODES = 10_000
_CODE_CHARACTERS = 1_000

# Literal text, escaped, padding and skipped characters; the calendar "General" of any language.
_LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.|General|G/通用格式|E[+-]', re.IGNORECASE | re.DOTALL)
_BRACKET = re.compile(r"\[([^\]]*)\]")
_SPAN = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_HALF_DAY = re.compile(r"AM/PM|A/P|上午/下午", re.IGNORECASE)
_PLAIN_TIME = re.compile(r"[hs]", re.IGNORECASE)
_PLAIN_DATE = re.compile(r"[ydemgab]", re.IGNORECASE)
_DIGIT = re.compile(r"[#?]")


def shown_by(code: str) -> Shown:
    """What a number with format `code` shows; the section for positive numbers decides."""
    plain = _LITERAL.sub("", code[:_CODE_CHARACTERS]).split(";", 1)[0]
    if _SPAN.search(plain):
        return "span"
    plain = _BRACKET.sub("", plain)
    if "%" in plain:
        return "percent"
    if _DIGIT.search(plain):
        return "number"
    if _PLAIN_TIME.search(plain) or _HALF_DAY.search(plain):
        return "moment"
    return "day" if _PLAIN_DATE.search(plain) else "number"


class _Styles:
    """Collects the number format of every cell style."""

    def __init__(self) -> None:
        self.codes: dict[int, Shown] = {}
        self.styles: dict[str, Shown] = {}
        self._count = 0
        self._in_cell_styles = False

    def start(self, name: str, attributes: Attributes, /) -> None:
        """Notes formats and styles."""
        if name == "xf" and self._in_cell_styles:
            number = int(attributes.get("numFmtId", "0"))
            shown = self.codes.get(number) or _BUILTIN.get(number, "number")
            if shown != "number":
                self.styles[str(self._count)] = shown
            self._count += 1
            if self._count > _STYLES:
                raise ValueError("too many styles")
        elif name == "numFmt" and len(self.codes) < _CODES:
            number = int(attributes.get("numFmtId", ""))
            self.codes[number] = shown_by(attributes.get("formatCode", ""))
        elif name == "cellXfs":
            self._in_cell_styles = True

    def text(self, data: str, /) -> None:
        """Styles hold no text."""

    def end(self, name: str, /) -> None:
        """Leaves the list of cell styles."""
        if name == "cellXfs":
            self._in_cell_styles = False


def read_styles(package: Package, part: str) -> dict[str, Shown]:
    """What each style shows, by the number cells name it with; plain numbers are left out."""
    styles = _Styles()
    parse_part(package, part, styles)
    return styles.styles
