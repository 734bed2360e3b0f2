"""Values as people read them: labels, titles, local times, grouped digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Context, Decimal
from typing import Final

from attrs import frozen

from crmcore.errors import Invalid, Language
from crmcore.kinds import (
    Choice,
    Json,
    Kind,
    Link,
    Money,
    MultiChoice,
    MultiLink,
    Percent,
    typed_form,
)
from crmcore.kinds.reference import canonical_json
from crmcore.tables.columns import TableColumn

Shower = Callable[[object], str]
"""Text of one value that is not empty."""

_WEEKDAYS: Final = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_CENT: Final = Decimal("0.01")
# Sums have up to 38 digits; the default context would round at 28.
_EXACT: Final = Context(prec=60)
_TRUTH: Final = {"zh": ("否", "是"), "en": ("no", "yes")}


@frozen
class Presentation:
    """For whom values are shown: language, titles of linked records by id, zone of instants."""

    language: Language
    titles: Mapping[str, str]
    zone: tzinfo

    def join(self, parts: list[str]) -> str:
        """Several texts as one list."""
        return ("、" if self.language == "zh" else ", ").join(parts)

    def title(self, record: object) -> str:
        """What people call the record of an id; the id where no title is known."""
        text = str(record)
        return self.titles.get(text) or text

    def truth(self, value: object) -> str:
        """Yes or no."""
        return _TRUTH[self.language][bool(value)]

    def local(self, moment: datetime) -> datetime:
        """`moment` in the zone."""
        return moment.astimezone(self.zone)


def option_texts(kind: Choice, language: Language) -> dict[str, str]:
    """Code → text in the order of the options; the code where its label means something else."""
    return {
        option.code: _option_text(kind, option.code, option.shown(language))
        for option in kind.options
    }


def _option_text(kind: Choice, code: str, label: str) -> str:
    try:
        return label if kind.resolve(label) == code else code
    except Invalid:
        return code


def is_number(kind: Kind) -> bool:
    """Whether values are numbers, which people compare from the right."""
    return kind.shape in ("integer", "scaled")


def shower(column: TableColumn, present: Presentation) -> Shower:
    """What turns the values of `column` into text; `None` is not among them."""
    kind = column.kind
    name = named(column, present)
    if name is not None:
        return lambda value: _plain(name(value), present)
    if isinstance(kind, Json):
        return lambda value: canonical_json(kind, value)
    if column.bucket is not None:
        return lambda value: _bucket(value, column.bucket, present)
    if column.role != "measure" and kind.shape == "integer":
        return str
    if isinstance(kind, Percent):
        return lambda value: f"{_plain(value, present)}%"
    return lambda value: _plain(value, present)


def named(
    column: TableColumn, present: Presentation, *, codes: bool = False
) -> Callable[[object], object] | None:
    """What turns codes into labels and ids into titles; `None` where values say it themselves.

    With `codes` sets are put into the order of their options, and nothing else is done.
    """
    kind = column.kind
    if isinstance(kind, MultiLink):
        return None if codes else lambda value: tuple(map(present.title, _items(value)))
    if isinstance(kind, Link):
        return None if codes or not present.titles else present.title
    if not isinstance(kind, Choice):
        return None
    texts = {} if codes else option_texts(kind, present.language)
    if isinstance(kind, MultiChoice):
        return lambda value: tuple(
            texts.get(code, code) for code in kind.in_option_order(_items(value))
        )
    return None if codes else lambda value: texts.get(str(value), str(value))


def _items(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _plain(value: object, present: Presentation) -> str:
    if isinstance(value, str):
        return typed_form(value)
    if isinstance(value, bool):
        return present.truth(value)
    if isinstance(value, int | Decimal):
        return f"{value:,}" if isinstance(value, int) else f"{value:,f}"
    if isinstance(value, datetime):
        return present.local(value).replace(tzinfo=None).isoformat(" ", "seconds")
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, Money):
        return f"{_amount(value.amount):,f} {value.currency}"
    if isinstance(value, tuple):
        return present.join([_plain(item, present) for item in value])
    return value.isoformat() if isinstance(value, date) else str(value)


def _duration(value: timedelta) -> str:
    # Only here, that importing crmcore does not load the writers of files.
    from crmcore.sheets.plain import plain_duration

    return plain_duration(value)


def _amount(amount: Decimal) -> Decimal:
    """`amount` with as few digits behind the point as it needs, but two."""
    short = amount.normalize(_EXACT)
    exponent = short.as_tuple().exponent
    if isinstance(exponent, int) and exponent > -2:
        return amount.quantize(_CENT, context=_EXACT)
    return short


def _bucket(value: object, bucket: str | None, present: Presentation) -> str:
    if bucket == "weekday" and isinstance(value, int) and 1 <= value <= 7:
        return _WEEKDAYS[present.language][value - 1]
    if not isinstance(value, date):
        return str(value)
    if bucket == "year":
        return f"{value.year:04}"
    if bucket == "quarter":
        return f"{value.year:04}-Q{(value.month + 2) // 3}"
    if bucket == "month":
        return f"{value.year:04}-{value.month:02}"
    if bucket == "week":
        found = value.isocalendar()
        return f"{found.year:04}-W{found.week:02}"
    return value.isoformat()
