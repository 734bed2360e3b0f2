"""Choices: columns with few texts that repeat, alone or several in a cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from crmcore.importing.convert import ColumnProfile
from crmcore.importing.convert.choosing import folded
from crmcore.importing.convert.cleaning import clean_line
from crmcore.importing.convert.formats import EMPTY_WORDS
from crmcore.importing.infer.naming import name_of
from crmcore.kinds import Choice, Kind, MultiChoice, Option
from crmcore.kinds.labels import labels

MAX_OPTIONS: Final = 20
"""Columns with more different texts hold no choices."""

_REPEATED: Final = 2
_LONGEST: Final = 30
_SHARE: Final = 0.3
_SEPARATORS: Final = re.compile(r"[,，;；、|｜\n]")


def option_kind(profile: ColumnProfile) -> Kind | None:
    """The choice, or multi-choice, that a column of texts is; `None` where it is neither.

    At most 20 short texts, each twice on average, make a choice. Several in one cell,
    separated by commas or the like, make a multi-choice.
    """
    found = profile.distinct
    if not found or profile.count("text", "boolean") < profile.filled / 2:
        return None
    whole = _spellings(found)
    if _few(whole):
        return Choice(options=options_of(whole))
    pieces: Counter[str] = Counter()
    joined = 0
    for text, count in found.items():
        parts = [part for part in _SEPARATORS.split(text) if part.strip()]
        joined += count if len(parts) > 1 else 0
        for part in parts:
            pieces[part] += count
    if joined < _SHARE * profile.filled:
        return None
    single = _spellings(pieces)
    return MultiChoice(options=options_of(single)) if _few(single) else None


def _few(texts: Mapping[str, int]) -> bool:
    """Whether `texts` are few, short and repeated enough to be options."""
    return (
        2 <= len(texts) <= MAX_OPTIONS
        and sum(texts.values()) >= _REPEATED * len(texts)
        and max(map(len, texts)) <= _LONGEST
    )


def _spellings(texts: Mapping[str, int]) -> dict[str, int]:
    """The most frequent spelling of each text and how often the text occurs in any."""
    groups: dict[str, Counter[str]] = {}
    for text, count in texts.items():
        shown = clean_line(text)
        if shown and shown.lower() not in EMPTY_WORDS:
            groups.setdefault(folded(shown), Counter())[shown] += count
    return {found.most_common(1)[0][0]: found.total() for found in groups.values()}


def options_of(texts: Iterable[str]) -> tuple[Option, ...]:
    """Options labeled `texts`, with codes made from them."""
    made: list[Option] = []
    for text in texts:
        code = name_of(text, "option", [option.code for option in made])
        made.append(Option(code, labels(text)))
    return tuple(made)
