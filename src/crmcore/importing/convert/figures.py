"""Numbers in text: what is written beside the digits, and how the digits are grouped."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

from attrs import frozen

from crmcore.importing.convert.currencies import COUNTED, CURRENCIES, MAGNITUDES
from crmcore.importing.convert.numerals import chinese_numeral

_LONGEST: Final = 60


def _any_of(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_CURRENCY: Final = _any_of(list(CURRENCIES))
_FIGURE: Final = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[+-])?\s*(?P<before>{_CURRENCY})?[\s:]*(?P<sign2>[+-])?\s*"
    r"(?P<digits>[0-9](?:[0-9,.' ]*[0-9])?\.?|\.[0-9]+)"
    r"(?P<exponent>E[+-]?[0-9]{1,4})?\s*"
    rf"(?P<times>{_any_of(list(MAGNITUDES))})?\s*(?P<after>{_CURRENCY})?整?\s*"
    rf"(?P<counted>[{''.join(sorted(COUNTED))}])?(?P<percent>%)?\s*(?P<close>\))?",
)
# A quick look: no figure holds any other character.
_ALPHABET: Final = re.compile(
    r"[0-9\s,.'()+\-:%E整零〇一二三四五六七八九两壹贰叁肆伍陆柒捌玖壱貳參陸十百千拾佰仟角分正负圓"
    + "".join(sorted({re.escape(mark) for word in (*CURRENCIES, *MAGNITUDES) for mark in word}))
    + "".join(sorted(COUNTED))
    + "]+"
)
_PLAIN: Final = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
_GROUPED: Final = re.compile(
    r"[0-9]{1,3}(?:(?:,[0-9]{3})+|(?:'[0-9]{3})+|(?: [0-9]{3})+)(?:\.[0-9]*)?"
)
# Only a decimal comma, or points between thousands, explain these.
_COMMA: Final = re.compile(
    r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[0-9]{1,3}(?:\.[0-9]{3}){2,}"
    r"|[0-9]{1,3}(?: [0-9]{3})*,(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{4,},[0-9]+"
)
# These are read in either way, to different numbers.
_EITHER: Final = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
_WITH_COMMA: Final = re.compile(r"[0-9]{1,3}(?:[. '][0-9]{3})*(?:,[0-9]+)?|[0-9]+(?:,[0-9]+)?")

Marks = Literal["plain", "comma", "either"]


@frozen
class Figure:
    """A number as text holds it.

    `marks` says how it is punctuated: `plain` (1234.5 or 1,234.50), with a decimal `comma`
    (1.234,50), or so that `either` reading is possible (1.234). `value` follows the point
    unless the figure was read with a decimal comma. `currencies` are those that the sign
    beside it can mean. `scaled` says that a word such as 万 made it larger.
    """

    value: Decimal
    marks: Marks = "plain"
    currencies: tuple[str, ...] = ()
    percent: bool = False
    scaled: bool = False
    counted: str | None = None
    exponent: bool = False


def read_figure(text: str, *, comma: bool = False) -> Figure | None:
    """The number in `text` (half-width), `comma` being the decimal mark; `None` if it is none."""
    if len(text) > _LONGEST:
        return None
    text = text.upper()
    if _ALPHABET.fullmatch(text) is None:
        return None
    found = _FIGURE.fullmatch(text)
    if found is None:
        return _spelled(text)
    if bool(found["open"]) != bool(found["close"]):
        return None
    if found["before"] and found["after"] and not _same(found["before"], found["after"]):
        return None
    signs = [sign for sign in (found["sign"], found["sign2"]) if sign]
    if len(signs) > 1 or (signs and found["open"]):
        return None
    digits, marks = _digits(found["digits"], comma=comma)
    if digits is None:
        return None
    number = Decimal(digits + (found["exponent"] or ""))
    if found["times"]:
        number *= MAGNITUDES[found["times"]]
    return Figure(
        -number if found["open"] or signs == ["-"] else number,
        marks,
        CURRENCIES.get(found["before"] or found["after"] or "", ()),
        found["percent"] is not None,
        found["times"] is not None,
        found["counted"],
        found["exponent"] is not None,
    )


def _same(before: str, after: str) -> bool:
    """Whether both signs mean one currency, as in ￥100元 and RMB 100元."""
    return bool(set(CURRENCIES[before]) & set(CURRENCIES[after]))


def _digits(text: str, *, comma: bool) -> tuple[str | None, Marks]:
    if comma:
        if _WITH_COMMA.fullmatch(text) is None:
            return None, "comma"
        kept = "".join(mark for mark in text if mark not in ". '")
        return kept.replace(",", "."), "plain"
    marks: Marks = "either" if _EITHER.fullmatch(text) else "plain"
    if _PLAIN.fullmatch(text):
        return text, marks
    if _GROUPED.fullmatch(text):
        return "".join(mark for mark in text if mark not in ",' "), marks
    if _COMMA.fullmatch(text):
        return _digits(text, comma=True)[0], "comma"
    return None, "plain"


def _spelled(text: str) -> Figure | None:
    """A number in Chinese characters."""
    sign = text.startswith(("负", "-"))
    text = text[1:] if sign else text
    currencies: tuple[str, ...] = ()
    for word in ("人民币", "RMB", "¥"):
        if text.startswith(word):
            text, currencies = text.removeprefix(word).lstrip(" :"), ("CNY",)
            break
    value = chinese_numeral(text)
    if value is None:
        return None
    if any(mark in text for mark in "元圆角分"):
        currencies = ("CNY",)
    return Figure(-value if sign else value, currencies=currencies, scaled=value >= 100)
