"""Choice and multi-choice: codes of a list of options that can be retired, not removed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import ClassVar, Final

from attrs import define, field

from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.labels import Labels, labels
from crmcore.kinds.plain import items_of, plain_str
from crmcore.kinds.unicode import WHITE_SPACE, nfc

_LONGEST_SPELLING: Final = 1_000
_MOST_OPTIONS: Final = 10_000


@define(frozen=True)
class Option:
    """One entry of an option list: stable `code`, labels, whether it may still be chosen."""

    code: str
    label: Labels = field(default=Labels(), converter=labels)
    retired: bool = False

    def shown(self, language: str = "zh") -> str:
        """What people read."""
        return self.label.shown("zh" if language == "zh" else "en", self.code)


def options(items: Iterable[Option | str]) -> tuple[Option, ...]:
    """Options of `items`; a bare text becomes an option whose code is that text."""
    if isinstance(items, str):
        raise TypeError("options are a list, not one text")
    return tuple(_option(item) for item in items)


def _option(item: Option | str) -> Option:
    if isinstance(item, Option):
        return item
    code = nfc(item).strip()
    return Option(code, Labels())


@define(frozen=True, slots=False, getstate_setstate=True)
class Choice(Kind):
    """One option of a list. Equal by code; ordered and grouped by the option's position.

    `normalize` accepts a code or a label; a retired option is refused.
    """

    name: ClassVar[str] = "choice"
    shape: ClassVar[Shape] = "text"
    options: tuple[Option, ...] = field(default=(), converter=options)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Code → position in the list."""
        return {option.code: index for index, option in enumerate(self.options)}

    @cached_property
    def _codes(self) -> dict[str, str | None]:
        """Code or label → code; `None` where a spelling means more than one option.

        Codes go before labels, and labels in use before those of retired options.
        """
        found: dict[str, str | None] = {}
        for retired in (True, False):
            here: dict[str, str | None] = {}
            for option in self.options:
                if option.retired is retired:
                    for spelling in map(nfc, option.label.all()):
                        same = here.get(spelling, option.code) == option.code
                        here[spelling] = option.code if same else None
            found.update(here)
        found.update({option.code: option.code for option in self.options})
        return found

    @cached_property
    def _open(self) -> dict[str, str]:
        retired = {option.code for option in self.options if option.retired}
        return {s: c for s, c in self._codes.items() if c is not None and c not in retired}

    def normalize(self, value: object) -> str | None:
        if type(value) is str:
            code = self._open.get(value)
            if code is not None:
                return code
        code = self.resolve(value)
        if code is not None and code not in self._open:
            self.refuse("option_retired", value)
        return code

    def resolve(self, value: object) -> str | None:
        """The code that `value` (code or label) means, retired ones included."""
        if value is None:
            return None
        text = plain_str(value)
        text = text if text is None else text.strip(WHITE_SPACE)
        if text is None or len(text) > _LONGEST_SPELLING:
            self.refuse("not_an_option", value, accepted=self.accepted())
        if not text:
            return None
        text = nfc(text)
        if text not in self._codes:
            self.refuse("not_an_option", value, accepted=self.accepted())
        code = self._codes[text]
        if code is None:
            self.refuse("option_ambiguous", value)
        return code

    def accepted(self) -> str:
        """The options that may be chosen, as a short list for people."""
        names = [option.shown() for option in self.options if not option.retired]
        return "、".join(names[:12]) + ("…" if len(names) > 12 else "")

    def _stored(self, data: object) -> str:
        """The code `data`, as it was stored: labels are not accepted, retired codes are."""
        code = plain_str(data)
        if code is None or code not in self.positions:
            self.refuse("not_an_option", data, accepted=self.accepted())
        return code

    def sort_key(self, value: object) -> object:
        assert isinstance(value, str)
        return self.positions.get(value, len(self.positions))

    def from_json(self, data: object) -> object | None:
        return None if data is None else self._stored(data)


@define(frozen=True, slots=False, getstate_setstate=True)
class MultiChoice(Choice):
    """A set of options, stored as a tuple sorted by code; the empty set is empty."""

    name: ClassVar[str] = "multi_choice"
    shape: ClassVar[Shape] = "codes"
    ordered: ClassVar[bool] = False

    def normalize(self, value: object) -> tuple[str, ...] | None:  # type: ignore[override]
        if value is None:
            return None
        one = plain_str(value)
        items = items_of(value, _MOST_OPTIONS) if one is None else [one]
        if items is None:
            self.refuse("not_a_set", value, accepted=self.accepted())
        codes = {super(MultiChoice, self).normalize(item) for item in items}
        found = sorted(code for code in codes if code is not None)
        return tuple(found) or None

    def sort_key(self, value: object) -> object:
        assert isinstance(value, tuple)
        return tuple(sorted(self.positions.get(code, len(self.positions)) for code in value))

    def in_option_order(self, value: tuple[str, ...]) -> tuple[str, ...]:
        """The codes of `value` as people see them."""
        return tuple(sorted(value, key=lambda code: self.positions.get(code, len(self.positions))))

    def to_json(self, value: object) -> object:
        return None if value is None else list(value)  # type: ignore[call-overload]

    def from_json(self, data: object) -> object | None:
        if data is None:
            return None
        items = items_of(data, _MOST_OPTIONS)
        if items is None:
            self.refuse("not_a_set", data, accepted=self.accepted())
        return tuple(sorted({self._stored(item) for item in items})) or None
