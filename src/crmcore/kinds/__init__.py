"""Kinds of values: normal form, order and JSON form of each. They know no field."""

from crmcore.kinds.choice import Choice, MultiChoice, Option
from crmcore.kinds.contact import (
    Canonical,
    CreditCode,
    Email,
    Postcode,
    TypedKind,
    Url,
    typed_form,
)
from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.labels import Labels
from crmcore.kinds.money import AnyMoney, Money, MoneyKind
from crmcore.kinds.number import Boolean, DecimalKind, Integer, Percent, Rating, Score
from crmcore.kinds.phone import Phone
from crmcore.kinds.reference import Json, Link, MultiLink, is_record_id
from crmcore.kinds.temporal import Date, DateTime, Duration, WallTime
from crmcore.kinds.text import LongText, Text
from crmcore.kinds.unicode import order_key, search_key

__all__ = [
    "AnyMoney",
    "Boolean",
    "Canonical",
    "Choice",
    "CreditCode",
    "Date",
    "DateTime",
    "DecimalKind",
    "Duration",
    "Email",
    "Integer",
    "Json",
    "Kind",
    "Labels",
    "Link",
    "LongText",
    "Money",
    "MoneyKind",
    "MultiChoice",
    "MultiLink",
    "Option",
    "Percent",
    "Phone",
    "Postcode",
    "Rating",
    "Score",
    "Shape",
    "Text",
    "TypedKind",
    "Url",
    "WallTime",
    "is_record_id",
    "order_key",
    "search_key",
    "typed_form",
]
