"""Names of modules, fields and options: stable identifiers, distinct from labels."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Final

from crmcore.kinds import Labels, search_key
from crmcore.kinds.unicode import nfc

NAME_LENGTH: Final = 40
RESERVED_PREFIX: Final = "crm_"
LABEL_LENGTH: Final = 200
_LONGEST_GUESSED: Final = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


def is_name(text: object) -> bool:
    """Whether `text` is an identifier: `[a-z][a-z0-9_]*`, at most 40 characters."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def spelling(text: str) -> str:
    """What two spellings of one label have in common: case, width and blanks do not count."""
    return search_key(nfc(text)).strip()


def nearest(word: str, known: Iterable[str]) -> str:
    """The spelling in `known` that `word` most likely meant, or an empty text."""
    if len(word) > _LONGEST_GUESSED:
        return ""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return found[0] if found else ""


class Spellings:
    """What people may write for a set of definitions: their labels, former ones too."""

    def __init__(self, labels: Iterable[tuple[str, Labels]]) -> None:
        self._present: dict[str, set[str]] = {}
        self._exact: dict[str, set[str]] = {}
        self._folded: dict[str, set[str]] = {}
        for name, label in labels:
            for text in (label.zh, label.en):
                if text:
                    self._present.setdefault(text, set()).add(name)
            for text in label.all():
                self._exact.setdefault(text, set()).add(name)
                self._folded.setdefault(spelling(text), set()).add(name)

    def meant(self, text: str) -> list[str]:
        """The names that `text` may mean, sorted.

        A present label goes before a synonym, a text as it stands before a folded one.
        """
        if len(text) > LABEL_LENGTH:
            return []
        found = self._present.get(text) or self._exact.get(text)
        return sorted(found or self._folded.get(spelling(text)) or ())

    def __iter__(self) -> Iterator[str]:
        return iter(self._exact)


def generated_name(prefix: str, taken: Iterable[str]) -> str:
    """A free name `prefix_1`, `prefix_2`, … for a definition that has only a label."""
    used = set(taken)
    number = 1
    while f"{prefix}_{number}" in used:
        number += 1
    return f"{prefix}_{number}"
