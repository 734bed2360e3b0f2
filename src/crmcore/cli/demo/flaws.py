"""The ways in which cells go wrong: messes keep the meaning, problems do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random
from typing import Final

from attrs import Factory, define, frozen

from crmcore.cli.demo.invented import Customer, credit_check
from crmcore.sheets import Cell, CellError, Formula

_FULL_WIDTH: Final = str.maketrans("0123456789.,+-%", "０１２３４５６７８９．，＋－％")
_EXCEL_ZERO: Final = date(1899, 12, 30)


@define
class Known:
    """What is known so far: customers that others may refer to, and names borne by two."""

    linkable: list[Customer] = Factory(list)
    twice: list[Customer] = Factory(list)


Spoil = Callable[[Random, Cell, Known], Cell]


@frozen
class Flaw:
    """One way to spoil the cell of one column."""

    kind: str
    column: str
    spoil: Spoil


def day_number(day: date) -> int:
    """The number under which spreadsheets store `day`."""
    return (day - _EXCEL_ZERO).days


def full_width(text: str) -> str:
    """Digits and signs of numbers as wide as Chinese characters."""
    return text.translate(_FULL_WIDTH)


def _text(change: Callable[[Random, str], Cell]) -> Spoil:
    return lambda random, value, known: change(random, str(value))


def _one_of(*values: Cell) -> Spoil:
    return lambda random, value, known: random.choice(values)


def _inside(random: Random, text: str, sign: str) -> str:
    place = random.randrange(1, len(text))
    return text[:place] + sign + text[place:]


def text_messes(column: str) -> list[Flaw]:
    """Names with blanks and invisible characters around and in them."""
    return [
        Flaw("padded_text", column, _text(lambda r, s: f"  {s} ")),
        Flaw("nbsp_text", column, _text(lambda r, s: r.choice("\u00a0\u3000") + s + "\u00a0")),
        Flaw(
            "zero_width_text", column, _text(lambda r, s: _inside(r, s, r.choice("\u200b\ufeff")))
        ),
    ]


def phone_messes(column: str) -> list[Flaw]:
    """Phones as people write them; `value` has digits only."""
    prefixes = ("电话：", "手机:", "Tel: ")
    return [
        Flaw("phone_spaced", column, _text(lambda r, s: " ".join(_groups(s)))),
        Flaw("phone_dashed", column, _text(lambda r, s: "-".join(_groups(s)))),
        Flaw("phone_country_code", column, _text(_with_country)),
        Flaw("phone_prefixed", column, _text(lambda r, s: r.choice(prefixes) + s)),
        Flaw("phone_full_width", column, _text(lambda r, s: full_width(s))),
        Flaw("phone_number", column, _text(lambda r, s: int(s))),
    ]


def _groups(digits: str) -> tuple[str, ...]:
    if digits.startswith("1"):
        return digits[:3], digits[3:7], digits[7:]
    area = 3 if digits.startswith(("010", "02")) else 4
    return digits[:area], digits[area:]


def _with_country(random: Random, digits: str) -> Cell:
    return random.choice(("+86", "+86 ", "+86-", "0086")) + digits.removeprefix("0")


def mail_messes(column: str) -> list[Flaw]:
    """Mail addresses in capitals, with blanks, with a full-width sign."""
    return [
        Flaw("mail_untidy", column, _text(lambda r, s: s.capitalize())),
        Flaw("mail_untidy", column, _text(lambda r, s: f" {s}\u00a0")),
        Flaw("mail_untidy", column, _text(lambda r, s: s.replace("@", "＠"))),
    ]


def date_messes(column: str) -> list[Flaw]:
    """Dates as text and as bare numbers; `value` is a date."""

    def shown(change: Callable[[date], Cell]) -> Spoil:
        def spoil(random: Random, value: Cell, known: Known) -> Cell:
            assert isinstance(value, date)
            return change(value)

        return spoil

    return [
        Flaw("date_chinese", column, shown(lambda d: f"{d.year}年{d.month}月{d.day}日")),
        Flaw("date_slashes", column, shown(lambda d: f"{d.year}/{d.month}/{d.day}")),
        Flaw("date_dots", column, shown(lambda d: f"{d.year}.{d.month:02}.{d.day:02}")),
        Flaw("date_serial", column, shown(day_number)),
        Flaw("date_full_width", column, shown(lambda d: full_width(d.isoformat()))),
    ]


def _ten_thousands(random: Random, text: str) -> Cell:
    return f"{(Decimal(text) / 10000).normalize():f}万"


def _product(random: Random, text: str) -> Cell:
    value = Decimal(text)
    times = random.choice((2, 4, 5))
    return Formula(f"{value / times}*{times}", value)


AMOUNT_MESSES: Final = [
    Flaw("amount_yuan_sign", "金额", _text(lambda r, s: f"￥{Decimal(s):,.2f}")),
    Flaw("amount_ten_thousands", "金额", _text(_ten_thousands)),
    Flaw("amount_unit", "金额", _text(lambda r, s: f"{Decimal(s):,}元")),
    Flaw("amount_full_width", "金额", _text(lambda r, s: full_width(s))),
    Flaw("amount_formula", "金额", _text(_product)),
]
PERCENT_MESSES: Final = [
    Flaw("percent_text", "赢率", _text(lambda r, s: f"{Decimal(s):.0%}")),
    Flaw("percent_text", "赢率", _text(lambda r, s: full_width(f"{Decimal(s):.0%}"))),
]
CREDIT_MESSES: Final = [
    Flaw("credit_code_untidy", "统一社会信用代码", _text(lambda r, s: s.lower())),
    Flaw(
        "credit_code_untidy", "统一社会信用代码", _text(lambda r, s: f"{s[:4]} {s[4:10]} {s[10:]}")
    ),
]


def bad_mail(column: str) -> Flaw:
    """A mail address that is none."""
    wrong = ("@@", "#", "@.")
    return Flaw("bad_mail", column, _text(lambda r, s: s.replace("@", r.choice(wrong))))


def bad_phones(column: str) -> list[Flaw]:
    """Phones with a digit too few, and such that a spreadsheet has destroyed."""
    return [
        Flaw("bad_phone", column, _text(lambda r, s: s[:-2])),
        Flaw("phone_in_notation", column, _text(lambda r, s: _notation(s.lstrip("0")))),
    ]


def _notation(digits: str) -> str:
    return f"{digits[0]}.{digits[1:3]}E+{len(digits) - 1}"


def bad_date(column: str) -> Flaw:
    """A date that no calendar has, or that is none."""
    return Flaw(
        "bad_date", column, _one_of("2023-02-30", "2024年13月5日", "下个月初", "2024-06-31")
    )


def error_cell(column: str) -> Flaw:
    """An error value of the spreadsheet."""
    return Flaw("error_cell", column, _one_of(*map(CellError, ("#N/A", "#REF!", "#DIV/0!"))))


def missing(column: str) -> Flaw:
    """A name that is not there."""
    return Flaw("missing_name", column, _one_of(None, "   "))


def unknown_option(column: str, *values: str) -> Flaw:
    """An option that is not in the list."""
    return Flaw("unknown_option", column, _one_of(*values))


def wrong_credit_code(random: Random, value: Cell, known: Known) -> Cell:
    """A code whose last character does not fit the others."""
    code = str(value)[:17]
    right = credit_check(code)
    return code + random.choice([sign for sign in "0123456789ABCDEFGH" if sign != right])


def code_of_another(random: Random, value: Cell, known: Known) -> Cell:
    """The code of a customer further up."""
    return random.choice(known.linkable).code


def name_of_another(random: Random, value: Cell, known: Known) -> Cell:
    """The name of a customer further up, to whom nobody refers from then on."""
    chosen = known.linkable.pop(random.randrange(len(known.linkable)))
    known.twice.append(chosen)
    return chosen.name


def name_borne_by_two(random: Random, value: Cell, known: Known) -> Cell:
    """A name that two customers have."""
    return random.choice(known.twice).name
