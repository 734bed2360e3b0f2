"""Telephone numbers: E.164, with the many Chinese ways of writing them."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from attrs import frozen

from crmcore.kinds.contact import TypedKind, is_region

# What people write before a number: 电话：…, Tel. …; and the mark of a text in a spreadsheet.
_PREFIX = re.compile(
    r"'?(?:(?:联系|移动|固定|办公|公司|客服)?(?:电话|手机|座机|热线|传真)(?:号码?)?"
    r"|telephone|tel|mobile|phone|fax)?[.:]?\s*",
    re.IGNORECASE,
)
_LONGEST: Final = 60
_SPREADSHEET = re.compile(r"(\d{7,15})\.0", re.ASCII)
_EXTENSION = re.compile(
    r"\s*[,;(]?\s*(?:转|分机号?|#|ext(?:ension)?|x)\s*[.:=]?\s*(\d{1,6})\)?\Z", re.IGNORECASE
)
# 010-65521234-8012: a third group behind a number that is whole already.
_THIRD_GROUP = re.compile(r"(.{7,})-(\d{1,6})", re.ASCII)
_NOISE = re.compile(r"[\s\-\u2010-\u2015.()]+")
_FOREIGN_NOISE = re.compile(r"[\s\-\u2010-\u2015.()/]+")
_FOREIGN = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
# Hong Kong and Macao: eight digits, often written without the plus sign.
_SPECIAL_REGION = re.compile(r"85[23]\d{8}", re.ASCII)
_MOBILE: Final = r"0?1[3-9]\d{9}"
_SERVICE: Final = r"[48]00\d{7}"
_HOTLINE: Final = r"9[56]\d{3,6}|1[0-2]\d{3}|11[68]114"
_LANDLINE: Final = r"0?(?:(?:10|2\d)[2-8]\d{7}|[3-9]\d{2}[2-8]\d{6,7})"
_CHINESE = re.compile(f"{_MOBILE}|{_SERVICE}|{_HOTLINE}|{_LANDLINE}", re.ASCII)
_EXTENDED = re.compile(f"(?:\\+?86)?(?:{_SERVICE}|{_LANDLINE})", re.ASCII)


@frozen
class Phone(TypedKind):
    """A telephone number as E.164, national ones read for `region` (China: `CN`).

    An extension follows as `;ext=8012` (RFC 3966). Two numbers in one value, local
    numbers without their area code and anything doubtful are refused, never guessed.
    """

    name: ClassVar[str] = "phone"
    region: str = "CN"

    def __attrs_post_init__(self) -> None:
        self.demand(is_region(self.region), "region", "two capital letters")

    def canonical_form(self, text: str) -> str | None:
        text = " ".join(text.split())
        if len(text) > _LONGEST:
            return None
        text, extension = _extension(_without_prefix(text))
        number = self._number(text)
        if number is None or extension is None:
            return number
        return f"{number};ext={extension}"

    def _number(self, text: str) -> str | None:
        digits = _digits(text)
        if digits.startswith("+86"):
            return _chinese(digits[3:])
        if digits.startswith("+"):
            return _foreign(digits)
        if self.region != "CN":
            return None
        if _SPECIAL_REGION.fullmatch(digits):
            return "+" + digits
        return _chinese(digits) or _chinese(digits.removeprefix("86"))


def _without_prefix(text: str) -> str:
    found = _PREFIX.match(text)
    text = text[found.end() :].strip() if found else text
    exact = _SPREADSHEET.fullmatch(text)
    return exact[1] if exact else text


def _extension(text: str) -> tuple[str, str | None]:
    """The number in `text` and the extension behind it, if there is one."""
    found = _EXTENSION.search(text)
    if found is not None:
        return text[: found.start()], found[1]
    third = _THIRD_GROUP.fullmatch(text)
    if third is not None and _EXTENDED.fullmatch(_digits(third[1])):
        return third[1], third[2]
    return text, None


def _digits(text: str) -> str:
    abroad = text.lstrip("( ").startswith(("+", "00"))
    digits = _FOREIGN_NOISE.sub("", text.replace("(0)", "")) if abroad else _NOISE.sub("", text)
    return "+" + digits[2:] if digits.startswith("00") else digits


def _foreign(digits: str) -> str | None:
    if digits.startswith(("+852", "+853")) and len(digits) != 12:
        return None
    return digits if _FOREIGN.fullmatch(digits) else None


def _chinese(digits: str) -> str | None:
    return "+86" + digits.removeprefix("0") if _CHINESE.fullmatch(digits) else None
