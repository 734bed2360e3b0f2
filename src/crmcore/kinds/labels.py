"""What people call a module, a field or an option, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen

from crmcore.errors import Language
from crmcore.kinds.unicode import nfc


def _spelling(text: str | None) -> str | None:
    return None if text is None else nfc(text).strip() or None


def _synonyms(items: Iterable[str]) -> tuple[str, ...]:
    if isinstance(items, str):
        raise TypeError("synonyms are a list of texts, not one text")
    return tuple(found for item in items if (found := _spelling(item)) is not None)


@frozen
class Labels:
    """The names that people see and may write; `synonyms` (former labels too) may be written.

    A synonym that is a label already, or stands twice, is left out.
    """

    zh: str | None = field(default=None, converter=_spelling)
    en: str | None = field(default=None, converter=_spelling)
    synonyms: tuple[str, ...] = field(default=(), converter=_synonyms)

    def __attrs_post_init__(self) -> None:
        own = [one for one in dict.fromkeys(self.synonyms) if one not in (self.zh, self.en)]
        object.__setattr__(self, "synonyms", tuple(own))

    def shown(self, language: Language, default: str) -> str:
        """The label in `language`, else in the other one, else `default`."""
        first, second = (self.zh, self.en) if language == "zh" else (self.en, self.zh)
        return first or second or default

    def all(self) -> tuple[str, ...]:
        """Every spelling, without repetition."""
        names = dict.fromkeys(label for label in (self.zh, self.en) if label)
        return (*names, *self.synonyms)

    def renamed(self, new: Labels) -> Labels:
        """`new`, keeping the present spellings as synonyms."""
        return Labels(new.zh, new.en, (*new.synonyms, *self.all()))


def labels(given: Labels | str | None) -> Labels:
    """`given` as `Labels`; one text is Chinese if it holds a Han character, else English."""
    if given is None:
        return Labels()
    if isinstance(given, Labels):
        return given
    is_chinese = any("\u3400" <= character <= "\u9fff" for character in given)
    return Labels(zh=given) if is_chinese else Labels(en=given)
