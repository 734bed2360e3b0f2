"""Signs and names of currencies, and of units, as they stand beside numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

CURRENCIES: Final[dict[str, tuple[str, ...]]] = {
    "¥": ("CNY", "JPY"),
    "元": ("CNY",),
    "圆": ("CNY",),
    "RMB": ("CNY",),
    "CNY": ("CNY",),
    "人民币": ("CNY",),
    "人民币元": ("CNY",),
    "CN¥": ("CNY",),
    "$": ("USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MXN"),
    "US$": ("USD",),
    "USD": ("USD",),
    "美元": ("USD",),
    "美金": ("USD",),
    "HK$": ("HKD",),
    "HKD": ("HKD",),
    "港元": ("HKD",),
    "港币": ("HKD",),
    "NT$": ("TWD",),
    "TWD": ("TWD",),
    "新台币": ("TWD",),
    "台币": ("TWD",),
    "MOP": ("MOP",),
    "澳门元": ("MOP",),
    "€": ("EUR",),
    "EUR": ("EUR",),
    "欧元": ("EUR",),
    "£": ("GBP",),
    "GBP": ("GBP",),
    "英镑": ("GBP",),
    "JPY": ("JPY",),
    "JP¥": ("JPY",),
    "日元": ("JPY",),
    "円": ("JPY",),
    "₩": ("KRW",),
    "KRW": ("KRW",),
    "韩元": ("KRW",),
    "S$": ("SGD",),
    "SGD": ("SGD",),
    "新加坡元": ("SGD",),
    "新元": ("SGD",),
    "A$": ("AUD",),
    "AUD": ("AUD",),
    "澳元": ("AUD",),
    "C$": ("CAD",),
    "CAD": ("CAD",),
    "加元": ("CAD",),
    "CHF": ("CHF",),
    "瑞士法郎": ("CHF",),
    "₹": ("INR",),
    "INR": ("INR",),
    "卢比": ("INR",),
    "₽": ("RUB",),
    "RUB": ("RUB",),
    "卢布": ("RUB",),
    "THB": ("THB",),
    "泰铢": ("THB",),
    "VND": ("VND",),
    "MYR": ("MYR",),
    "IDR": ("IDR",),
    "PHP": ("PHP",),
    "BRL": ("BRL",),
    "SEK": ("SEK",),
    "NOK": ("NOK",),
    "DKK": ("DKK",),
    "PLN": ("PLN",),
    "TRY": ("TRY",),
    "ZAR": ("ZAR",),
    "AED": ("AED",),
    "SAR": ("SAR",),
}
"""What stands beside an amount → the currencies that it can mean, the usual one first."""

MAGNITUDES: Final[dict[str, Decimal]] = {
    "百": Decimal(10**2),
    "千": Decimal(10**3),
    "K": Decimal(10**3),
    "万": Decimal(10**4),
    "萬": Decimal(10**4),
    "W": Decimal(10**4),
    "十万": Decimal(10**5),
    "百万": Decimal(10**6),
    "千万": Decimal(10**7),
    "亿": Decimal(10**8),
    "億": Decimal(10**8),
    "十亿": Decimal(10**9),
    "百亿": Decimal(10**10),
    "千亿": Decimal(10**11),
    "万亿": Decimal(10**12),
}
"""What makes a number larger → how many times. `M` is left out: thousand to some, million to
others."""

COUNTED: Final = frozenset("个人名位家件台套次天岁分星条户份")
"""Words of counting that may follow a plain number."""

TIME_UNITS: Final[dict[str, Decimal]] = {
    "天": Decimal(86_400_000),
    "日": Decimal(86_400_000),
    "D": Decimal(86_400_000),
    "DAY": Decimal(86_400_000),
    "DAYS": Decimal(86_400_000),
    "小时": Decimal(3_600_000),
    "时": Decimal(3_600_000),
    "H": Decimal(3_600_000),
    "HR": Decimal(3_600_000),
    "HRS": Decimal(3_600_000),
    "HOUR": Decimal(3_600_000),
    "HOURS": Decimal(3_600_000),
    "分钟": Decimal(60_000),
    "分": Decimal(60_000),
    "M": Decimal(60_000),
    "MIN": Decimal(60_000),
    "MINS": Decimal(60_000),
    "MINUTE": Decimal(60_000),
    "MINUTES": Decimal(60_000),
    "秒": Decimal(1_000),
    "秒钟": Decimal(1_000),
    "S": Decimal(1_000),
    "SEC": Decimal(1_000),
    "SECONDS": Decimal(1_000),
}
"""Units of time in durations → milliseconds."""


def magnitude_and_currency(unit: str) -> tuple[Decimal, tuple[str, ...]] | None:
    """What `unit` (`万元`, `USD`, `千美元`) multiplies by, and its currencies; else `None`."""
    text = unit.strip().upper().replace("￥", "¥")
    if text in CURRENCIES:
        return Decimal(1), CURRENCIES[text]
    for length in (2, 1):
        factor = MAGNITUDES.get(text[:length])
        rest = text[length:]
        if factor is not None and (not rest or rest in CURRENCIES):
            return factor, CURRENCIES.get(rest, ())
    return None
