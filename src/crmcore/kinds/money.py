"""Money: amounts of one declared currency, or of any."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Final

from attrs import frozen

from crmcore.kinds.currency import CURRENCIES
from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.number import DecimalKind, exact_decimal, fix_scale
from crmcore.kinds.plain import is_a, pairs_of, plain_str

MONEY_SCALE: Final = 4
_INPUT_LENGTH: Final = 80


@frozen(order=False)
class Money:
    """An amount (scale 4) of a currency (ISO 4217 code)."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        whole, point, rest = f"{self.amount:f}".partition(".")
        rest = rest.rstrip("0")
        return f"{whole}{point if rest else ''}{rest} {self.currency}"


@frozen
class MoneyKind(DecimalKind):
    """An amount of the one currency `currency`: a decimal with a label."""

    name: ClassVar[str] = "money"
    currency: str = "CNY"

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.demand(self.currency in CURRENCIES, "currency", "an ISO 4217 code")

    def comparable(self, other: Kind) -> bool:
        same = not isinstance(other, MoneyKind) or other.currency == self.currency
        return same and super().comparable(other)


@frozen
class AnyMoney(Kind):
    """Amounts of any currency, as `Money`; compares only with money of the same currency."""

    name: ClassVar[str] = "any_money"
    shape: ClassVar[Shape] = "money"

    def normalize(self, value: object) -> Money | None:
        text = plain_str(value)
        if value is None or (text is not None and not text.strip()):
            return None
        amount, currency = self._parts(value)
        number = exact_decimal(self, amount)
        if number is None:
            return None
        code = plain_str(currency)
        if code is None or code not in CURRENCIES:
            self.refuse("not_a_currency", currency)
        return Money(fix_scale(self, number, MONEY_SCALE), code)

    def _parts(self, value: object) -> tuple[object, object]:
        if is_a(value, Money):
            return value.amount, value.currency
        pairs = pairs_of(value, 2)
        if pairs is not None and pairs.keys() == {"amount", "currency"}:
            return pairs["amount"], pairs["currency"]
        text = plain_str(value)
        if text is not None and len(text) <= _INPUT_LENGTH:
            words = text.split()
            if len(words) == 2:
                first, second = words
                return (second, first) if first in CURRENCIES else (first, second)
        return self.refuse("not_money", value)

    def sort_key(self, value: object) -> object:
        assert isinstance(value, Money)
        return (value.currency, value.amount)

    def to_json(self, value: object) -> object:
        if value is None:
            return None
        assert isinstance(value, Money)
        return {"amount": format(value.amount, "f"), "currency": value.currency}
