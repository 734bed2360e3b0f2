"""The kind of values that a column holds, by the forms of its cells and the words above it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, Literal

from attrs import frozen

from crmcore.importing.convert import ColumnProfile, Form
from crmcore.importing.convert.currencies import magnitude_and_currency
from crmcore.importing.infer.options import option_kind
from crmcore.importing.mapping import Header
from crmcore.kinds import (
    AnyMoney,
    Boolean,
    Date,
    DateTime,
    DecimalKind,
    Duration,
    Email,
    Integer,
    Kind,
    LongText,
    MoneyKind,
    Percent,
    Phone,
    Text,
    Url,
    WallTime,
)

Basis = Literal["cells", "options", "header", "mixed"]
"""What a kind was inferred from: the forms of the cells, few texts that repeat, the header alone
(no cell is filled), or cells of several forms, which only text can hold."""

_LINE: Final = 255
_MAX_SCALE: Final = 6
_WIDEST: Final = 19

_MONEY: Final = re.compile(
    r"金额|[单总售定底]价|报价|价格|费用?$|收入|成本|营业额|预算|货款|工资|资本|[欠回货]款"
    r"|amount|price|cost|fee$|revenue|budget|salary"
)
_DATE: Final = re.compile(r"日期|日$|时间|date|day$|deadline|time$")
_PERCENT: Final = re.compile(r"比例|占比|概率|率$|percent|probability|rate$")
_PHONE: Final = re.compile(r"电话|手机|座机|传真|phone|mobile|^tel|fax|^cell")
_CODE: Final = re.compile(
    r"编号|编码|代码|单号|账号|帐号|工号|号码?$|id$|code|number|no$|sku|^qq|微信"
)
_LONG: Final = re.compile(r"备注|说明|描述|内容|简介|反馈|note|remark|comment|description")
_YES_NO: Final = re.compile(r"^(?:是否|有无|能否|可否)|是否$|^(?:is|has)[ _]", re.IGNORECASE)


@frozen
class Inferred:
    """A kind, and what it was inferred from."""

    kind: Kind
    basis: Basis


def infer_kind(header: Header, profile: ColumnProfile, zone: str | None = None) -> Inferred:
    """The narrowest kind that holds every filled cell of the column.

    Numbers with leading zeros, and those whose header calls them a code, a number or an
    account, stay text. A text column with at most 20 short texts that repeat is a choice.
    `zone` is that of moments without one.
    """
    if profile.filled == 0:
        return Inferred(_promised(header, zone), "header")
    for forms, make in _SURE:
        if profile.count(*forms) == profile.filled:
            kind = make(header, profile, zone)
            if kind is not None:
                return Inferred(kind, "cells")
    if not _LONG.search(header.key):
        choice = option_kind(profile)
        if choice is not None:
            return Inferred(choice, "options")
    texts = profile.count("text", "long_text", "code", "phone", "integer")
    return Inferred(_text(header, profile), "cells" if texts == profile.filled else "mixed")


def _promised(header: Header, zone: str | None) -> Kind:
    """The kind that a header promises where there is no cell to see."""
    key = header.key
    if _YES_NO.search(header.text):
        return Boolean()
    if _CODE.search(key) and not _PHONE.search(key):
        return Text()
    if _DATE.search(key):
        return DateTime(zone=zone) if key.endswith(("时间", "time")) else Date()
    if _MONEY.search(key) or _unit(header)[1] is not None:
        return _money(header, ColumnProfile())
    if _PHONE.search(key):
        return Phone()
    return LongText() if _LONG.search(key) else Text()


def _unit(header: Header) -> tuple[int, str | None]:
    """By how many powers of ten bare numbers are multiplied (万元: 4), and their currency."""
    factor, currencies = magnitude_and_currency(header.unit or "") or (Decimal(1), ())
    return factor.adjusted(), currencies[0] if currencies else None


def _number(header: Header, profile: ColumnProfile, zone: str | None) -> Kind | None:
    del zone
    key = header.key
    if profile.sign("comma"):
        return None
    if _DATE.search(key) and profile.counts_days:
        return Date()
    if _YES_NO.search(header.text) and set(profile.distinct or ("?",)) <= {"0", "1"}:
        return Boolean()
    if not profile.count("decimal", "money") and (_PHONE.search(key) or _CODE.search(key)):
        return None
    multiplied, currency = _unit(header)
    if profile.width + max(2, profile.scale) + multiplied > _WIDEST:
        return None
    if profile.scale > _MAX_SCALE:
        return None
    named, counted = profile.count("money"), profile.sign("counted")
    if named and counted:
        return None
    points = profile.sign("points") or not profile.sign("fraction")
    percent = header.unit == "%" or (points and _PERCENT.search(key))
    if percent and not (named or counted):
        return _percent(header, profile, None)
    if named or (not counted and (currency is not None or _MONEY.search(key))):
        return _money(header, profile)
    return (
        DecimalKind(digits=profile.scale) if multiplied or profile.count("decimal") else Integer()
    )


def _money(header: Header, profile: ColumnProfile) -> Kind:
    named = {*profile.currencies, _unit(header)[1]} - {None}
    if len(named) > 1:
        return AnyMoney()
    currency = next(iter(named), None) or "CNY"
    return MoneyKind(digits=max(2, profile.scale), currency=currency)


def _percent(header: Header, profile: ColumnProfile, zone: str | None) -> Kind | None:
    del header, zone
    if profile.scale > _MAX_SCALE:
        return None
    return Percent(digits=max(2, profile.scale), minimum=None, maximum=None)


def _date(header: Header, profile: ColumnProfile, zone: str | None) -> Kind:
    del header
    return DateTime(zone=zone) if profile.sign("moment") else Date()


def _phone(header: Header, profile: ColumnProfile, zone: str | None) -> Kind | None:
    del profile, zone
    is_code = _CODE.search(header.key) and not _PHONE.search(header.key)
    return None if is_code else Phone()


def _text(header: Header, profile: ColumnProfile) -> Kind:
    if profile.count("long_text") or profile.width > _LINE or _LONG.search(header.key):
        return LongText()
    return Text()


def _always(kind: Kind) -> Callable[[Header, ColumnProfile, str | None], Kind | None]:
    return lambda header, profile, zone: kind


_SURE: Final[
    tuple[tuple[tuple[Form, ...], Callable[[Header, ColumnProfile, str | None], Kind | None]], ...]
] = (
    (("boolean",), _always(Boolean())),
    (("email",), _always(Email())),
    (("phone",), _phone),
    (("url",), _always(Url())),
    (("date", "datetime"), _date),
    (("time",), _always(WallTime())),
    (("duration",), _always(Duration())),
    (("percent",), _percent),
    (("integer", "decimal", "money"), _number),
)
"""Forms that leave no doubt, and the kind of a column that has no other."""
