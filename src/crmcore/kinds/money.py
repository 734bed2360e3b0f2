"""Money: amounts of one declared currency, or of any."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from attrs import frozen

from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.number import DecimalKind, exact_decimal, fix_scale

_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
MONEY_SCALE = 4


@frozen(order=False)
class Money:
    """An amount (scale 4) of a currency (ISO 4217 code)."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.currency}"


@frozen
class MoneyKind(DecimalKind):
    """An amount of the one currency `currency`: a decimal with a label."""

    name: ClassVar[str] = "money"
    currency: str = "CNY"


@frozen
class AnyMoney(Kind):
    """Amounts of any currency, as `Money`; compares only with money of the same currency."""

    name: ClassVar[str] = "any_money"
    shape: ClassVar[Shape] = "money"

    def normalize(self, value: object) -> Money | None:
        if isinstance(value, str) and not value.strip():
            return None
        amount, currency = self._parts(value)
        if amount is None or (isinstance(amount, str) and not amount.strip()):
            return None
        if not isinstance(currency, str) or _CODE.fullmatch(currency) is None:
            self.refuse("not_a_currency", currency)
        number = exact_decimal(self, amount)
        assert number is not None
        return Money(fix_scale(self, number, MONEY_SCALE), currency)

    def _parts(self, value: object) -> tuple[object, object]:
        if isinstance(value, Money):
            return value.amount, value.currency
        if isinstance(value, Mapping) and set(value) == {"amount", "currency"}:
            return value["amount"], value["currency"]
        if isinstance(value, str):
            words = value.split()
            if len(words) == 2:
                first, second = words
                return (second, first) if _CODE.fullmatch(first) else (first, second)
        self.refuse("not_money", value)

    def sort_key(self, value: object) -> object:
        assert isinstance(value, Money)
        return (value.currency, value.amount)

    def to_json(self, value: object) -> object:
        if value is None:
            return None
        assert isinstance(value, Money)
        return {"amount": format(value.amount, "f"), "currency": value.currency}
