"""Names of fields and modules that are made from headers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from crmcore.importing.mapping.headers import key_of
from crmcore.importing.mapping.vocabulary import meanings_of
from crmcore.schema import STAMPS
from crmcore.schema.names import NAME_LENGTH, RESERVED_PREFIX, generated_name, is_name

_WORD: Final = re.compile(r"[a-z0-9]+", re.ASCII)
_RESERVED: Final = frozenset(stamp.name for stamp in STAMPS)
_TAIL: Final = 4


def name_of(label: str, prefix: str, taken: Iterable[str]) -> str:
    """A free identifier for what people call `label`.

    English words become the name, Chinese ones with one known meaning that of the meaning
    (`兴趣爱好`: `hobby`); otherwise it is numbered (`field_1`).
    """
    used = {*taken, *_RESERVED}
    found = _spelled(label) or _meant(label)
    if found is None or found.startswith(RESERVED_PREFIX):
        return generated_name(prefix, used)
    return found if found not in used else _numbered(found, used)


def _spelled(label: str) -> str | None:
    """The name that an ASCII label spells, `First Name` being `first_name`."""
    if not label.isascii():
        return None
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", label)
    found = "_".join(_WORD.findall(spaced.lower()))[: NAME_LENGTH - _TAIL].rstrip("_")
    return found if is_name(found) else None


def _meant(label: str) -> str | None:
    meanings = meanings_of(key_of(label))
    return next(iter(meanings)) if len(meanings) == 1 else None


def _numbered(name: str, used: set[str]) -> str:
    number = 2
    while f"{name}_{number}" in used:
        number += 1
    return f"{name}_{number}"
