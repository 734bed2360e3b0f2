"""Cells of columns of phones, mail addresses, web addresses and official numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from crmcore.importing.convert.cleaning import clean_lines, plain
from crmcore.importing.convert.columns import Column, Reader, refusal
from crmcore.importing.convert.texts import LOST, as_text
from crmcore.importing.sources.values import Cell
from crmcore.kinds import Email, Phone, TypedKind

_LABEL: Final = re.compile(
    r"(?:(?:联系|办公|公司|固定|移动|家庭)?(?:电话|手机|座机|传真)(?:号码?)?|固话|手机号|号码"
    r"|tel(?:ephone)?|phone|mobile|cell|mob|fax|电邮|邮箱(?:地址)?|电子邮[箱件]|e-?mail|mail)"
    r" ?[:.] ?",
    re.IGNORECASE,
)
_FLOAT: Final = re.compile(r"([0-9]{5,})\.0+")
_BETWEEN: Final = re.compile(r"[/、,;|\n]|\s(?:or|and)\s|或者?")
_BLANKS: Final = re.compile(r"\s+")
_DIGITS: Final = re.compile(r"[0-9]")
_PHONE_DIGITS: Final = 7
_PHONES: Final = "13800138000, 010-65521234, 010-65521234转8012, +44 20 7946 0958"
_MAIL_BLANKS: Final = re.compile(r"\s*([@.])\s*")
_MAIL_ENDS: Final = " .,;:。，；、<>\"'"
_IDEOGRAPHIC_STOP: Final = re.compile("[\u3002\uff61]")


def _half_width(cell: Cell) -> str:
    """The text of a cell, half-width, with its line breaks; raises `Invalid`."""
    if not isinstance(cell, str):
        return as_text(cell)
    if LOST.fullmatch(cell):
        raise refusal("digits_lost", cell)
    return unicodedata.normalize("NFKC", clean_lines(cell)).strip()


def phone_reader(column: Column) -> Reader:
    """Reads one telephone number: `电话：010-6552 1234`, `13800138000.0`, number cells."""
    kind = column.field.kind
    assert isinstance(kind, Phone)

    def read(cell: Cell) -> object:
        text = _half_width(cell)
        found = _phone(kind, text)
        if found is not None:
            return found
        if _several(kind, text):
            raise refusal("several_phones", cell)
        raise refusal("phone_unreadable", cell, accepted=_PHONES)

    return read


def _phone(kind: Phone, text: str) -> str | None:
    text = plain(_LABEL.sub("", plain(text), count=1)).lstrip("'")
    whole = _FLOAT.fullmatch(text)
    text = whole[1] if whole else text
    return text if text and kind.canonical_form(text) is not None else None


def _several(kind: Phone, text: str) -> bool:
    """Whether `text` holds more than one number."""
    for pieces in (_BETWEEN.split(text), _BLANKS.split(text)):
        if _count(pieces, _PHONE_DIGITS) > 1 and any(_phone(kind, piece) for piece in pieces):
            return True
    return False


def _count(pieces: Sequence[str], digits: int) -> int:
    return sum(len(_DIGITS.findall(piece)) >= digits for piece in pieces)


def email_reader(column: Column) -> Reader:
    """Reads one mail address: full-width signs, `mailto:`, blanks, trailing points go."""
    kind = column.field.kind
    assert isinstance(kind, Email)

    def read(cell: Cell) -> object:
        text = _IDEOGRAPHIC_STOP.sub(".", _half_width(cell))
        found = _mail(kind, text)
        if found is not None:
            return found
        pieces = re.split(r"[/、,;|\s]", text)
        if sum("@" in piece for piece in pieces) > 1:
            raise refusal("several_emails", cell)
        raise refusal("email_unreadable", cell)

    return read


def _mail(kind: Email, text: str) -> str | None:
    text = _LABEL.sub("", plain(text), count=1).strip(_MAIL_ENDS)
    if text[:7].lower() == "mailto:":
        text = text[7:]
    text = _MAIL_BLANKS.sub(r"\1", text).strip(_MAIL_ENDS)
    return text if kind.canonical_form(text) is not None else None


def typed_reader(column: Column) -> Reader:
    """Reads web addresses, postal codes and official numbers, full-width or not."""
    kind = column.field.kind
    assert isinstance(kind, TypedKind)

    def read(cell: Cell) -> object:
        text = plain(_half_width(cell)).strip()
        if kind.canonical_form(text) is None:
            # Sentences of kinds name what is expected: a web address, a postal code, …
            kind.refuse(f"not_{kind.name}", cell)
        return text

    return read
