"""What the text of a header says: its words, its unit, whether it is required."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from attrs import frozen

from crmcore.importing.convert.cleaning import clean_line
from crmcore.importing.convert.currencies import COUNTED, TIME_UNITS, magnitude_and_currency

_LONGEST: Final = 200
_NUMBERING: Final = re.compile(r"(?:q ?)?[0-9]{1,3} ?[.、)] ?(?=\D)", re.IGNORECASE)
_MARKS: Final = re.compile(r"[*★※✱]+|__c\b")
_BRACKETS: Final = re.compile(r"[(\[{【<〔「]([^()\[\]{}【】<>〔〕「」]*)[)\]}】>〕」]")
_NEEDED: Final = re.compile(
    r"(?:非?必[填输]|选填|必须|可空|可选|唯一|不可重复|不能为空|required|mandatory|optional|unique)项?",
    re.IGNORECASE,
)
_EXPLAINED: Final = re.compile(
    r"单选|多选|下拉|文本|数字|日期|整数|小数|格式|例如?|如|示例|样例|[ymd]{1,4}[-/.年][ymd]{1,2}"
    r"|e\.?g|format|example|text|number|date",
    re.IGNORECASE,
)
_NOISE: Final = re.compile(r"[\W_]+|的")
_BEHIND: Final = re.compile(r"(.+?) ?([/:_\- ]) ?(?:单位 ?:? ?)?(\S{1,6})")


@frozen
class Header:
    """A header taken apart.

    `text` is what the cell holds, cleaned; `key` what is compared: half-width, lower case,
    without blanks, punctuation, numbering and marks. `unit` is that of the numbers below
    (`万元`), `qualifiers` are what else stands in brackets. `required` says that the file
    marks it so.
    """

    text: str
    key: str
    unit: str | None = None
    qualifiers: tuple[str, ...] = ()
    required: bool = False


@lru_cache(maxsize=4_096)
def key_of(text: str) -> str:
    """What is compared of a name or label."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", clean_line(text)).casefold())


def read_header(text: str) -> Header:
    """The parts of the header `text`."""
    shown = clean_line(text)[:_LONGEST]
    rest = unicodedata.normalize("NFKC", shown)
    required = "*" in rest
    unit: str | None = None
    qualifiers: list[str] = []
    for content in _BRACKETS.findall(rest):
        inner = content.strip()
        found = _unit(inner.removeprefix("单位").lstrip(" :"))
        if _NEEDED.fullmatch(inner):
            required = required or not _is_free(inner)
        elif found is not None:
            unit = found
        elif inner and not _EXPLAINED.match(inner):
            qualifiers.append(inner)
    rest = _NUMBERING.sub("", _MARKS.sub("", _BRACKETS.sub(" ", rest)).strip(), count=1).strip()
    behind = _BEHIND.fullmatch(rest)
    if unit is None and behind is not None and _is_unit_behind(behind[3], behind[2]):
        rest, unit = behind[1], behind[3]
    key = key_of(rest) or key_of("".join(qualifiers))
    return Header(shown, key, unit, tuple(qualifiers), required)


def _is_free(text: str) -> bool:
    return text.startswith(("非", "选", "可")) or text.lower().startswith("opt")


def _is_unit_behind(text: str, separator: str) -> bool:
    """Whether `text` is a unit without brackets; blanks also stand inside words (姓 名)."""
    if magnitude_and_currency(text) is None or len(text.encode()) == 1:
        return text == "%"
    return separator != " " or len(text) > 1 or text == "元"


def _unit(text: str) -> str | None:
    """`text` if it is a unit of numbers."""
    upper = text.upper()
    if upper == "%" or (text and magnitude_and_currency(text) is not None):
        return text
    if text in COUNTED or (len(text) <= 3 and upper in TIME_UNITS and not text.isascii()):
        return text
    return None
