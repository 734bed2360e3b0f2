"""Invented companies, people and deals, all of them clean."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from attrs import frozen

from crmcore.cli.demo import words
from crmcore.cli.demo.words import City

_CREDIT_DIGITS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANIZATION_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANIZATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_MOBILE_STARTS: Final = ("138", "139", "136", "150", "158", "186", "188", "177", "199")


@frozen
class Customer:
    """An invented customer; `phone` has digits only, national."""

    code: str
    name: str
    short: str
    domain: str
    industry: str
    city: City
    phone: str
    mail: str
    credit_code: str
    founded: date


def customers(random: Random, count: int, today: date) -> Iterator[Customer]:
    """`count` customers with different codes and names."""
    taken: set[str] = set()
    for number in range(1, count + 1):
        while True:
            city, industry = random.choice(words.CITIES), random.choice(list(words.INDUSTRIES))
            name, short, domain = _company(random, city, industry)
            if name not in taken:
                break
        taken.add(name)
        person = random.choice(words.SURNAMES)[1] + random.choice(words.GIVEN)[1]
        yield Customer(
            code=f"KH{number:05}",
            name=name,
            short=short,
            domain=domain,
            industry=industry,
            city=city,
            phone=mobile(random) if random.random() < 0.7 else _landline(random, city),
            mail=f"{person}@{domain}",
            credit_code=credit_code(random, city),
            founded=today - timedelta(days=random.randrange(400, 9000)),
        )


def _company(random: Random, city: City, industry: str) -> tuple[str, str, str]:
    syllables = [random.choice(words.SYLLABLES) for _ in range(random.choice((2, 2, 2, 3)))]
    short = "".join(sign for sign, _ in syllables)
    domain = "".join(sound for _, sound in syllables) + ".example.com"
    trade = random.choice(words.INDUSTRIES[industry])
    form = "股份有限公司" if random.random() < 0.08 else "有限公司"
    if random.random() < 0.08:
        return f"{short}（{city.name}）{trade}{form}", short, domain
    return f"{city.name}{short}{trade}{form}", short, domain


def mobile(random: Random) -> str:
    """A number of a mobile phone, eleven digits."""
    return random.choice(_MOBILE_STARTS) + f"{random.randrange(10**8):08}"


def _landline(random: Random, city: City) -> str:
    digits = 7 if city.area in ("0931", "0351", "0771") else 8
    first = random.choice("2345678")
    return f"{city.area}{first}{random.randrange(10 ** (digits - 1)):0{digits - 1}}"


def person(random: Random) -> tuple[str, str]:
    """The name of a person and how it sounds."""
    (surname, first), (given, second) = random.choice(words.SURNAMES), random.choice(words.GIVEN)
    return surname + given, first + second


def credit_code(random: Random, city: City) -> str:
    """A 统一社会信用代码 whose two check characters are right."""
    body = "".join(random.choice(_ORGANIZATION_DIGITS[:10] + "MA") for _ in range(8))
    values = [_ORGANIZATION_DIGITS.index(sign) for sign in body]
    total = sum(v * w for v, w in zip(values, _ORGANIZATION_WEIGHTS, strict=True))
    check = "0123456789X0"[(11 - total % 11) % 11 if total % 11 else 11]
    code = f"91{city.division}{body}{check}"
    return code + credit_check(code)


def credit_check(code: str) -> str:
    """The 18th character for the first 17 of a 统一社会信用代码 (GB 32100-2015)."""
    total = sum(_CREDIT_DIGITS.index(sign) * pow(3, place, 31) for place, sign in enumerate(code))
    return _CREDIT_DIGITS[(31 - total % 31) % 31]


def amount(random: Random) -> Decimal:
    """An amount of money; one in eight has cents."""
    whole = random.randrange(12, 240) * 500 * random.choice((1, 1, 1, 2, 4, 10))
    return Decimal(whole) + (
        Decimal(random.randrange(1, 100)) / 100 if random.random() < 0.125 else 0
    )
