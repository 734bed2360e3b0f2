"""Names of modules, fields and options: stable identifiers, distinct from labels."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final

NAME_LENGTH: Final = 40
RESERVED_PREFIX: Final = "crm_"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


def is_name(text: object) -> bool:
    """Whether `text` is an identifier: `[a-z][a-z0-9_]*`, at most 40 characters."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def nearest(word: str, known: Iterable[str]) -> str:
    """The spelling in `known` that `word` most likely meant, or an empty text."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return found[0] if found else ""


def generated_name(prefix: str, taken: Iterable[str]) -> str:
    """A free name `prefix_1`, `prefix_2`, … for a definition that has only a label."""
    used = set(taken)
    number = 1
    while f"{prefix}_{number}" in used:
        number += 1
    return f"{prefix}_{number}"
