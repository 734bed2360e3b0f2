"""In which language the command line speaks."""

from __future__ import annotations

import locale
from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from crmcore.errors import Language

_VARIABLES: Final = ("CRMCORE_LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE", "LANG")


@frozen
class Tongue:
    """Chooses between an English text and the same in Chinese."""

    language: Language

    def __call__(self, english: str, chinese: str) -> str:
        return chinese if self.language == "zh" else english


def spoken(words: Sequence[str], environ: Mapping[str, str]) -> Language:
    """The language that `--lang` among `words`, the environment or the system asks for."""
    return _of(_wanted(words)) or _of_environment(environ)


def _wanted(words: Sequence[str]) -> str:
    for place, word in enumerate(words):
        if word == "--":
            break
        if word.startswith("--lang="):
            return word.partition("=")[2]
        if word == "--lang" and place + 1 < len(words):
            return words[place + 1]
    return ""


def _of_environment(environ: Mapping[str, str]) -> Language:
    for name in _VARIABLES:
        if environ.get(name):
            return _of(environ[name]) or "en"
    try:
        system = locale.getlocale()[0] or ""
    except ValueError:
        system = ""
    return _of(system) or "en"


def _of(name: str) -> Language | None:
    text = name.strip().lower()
    if text.startswith(("zh", "chinese")):
        return "zh"
    return "en" if text.startswith(("en", "english")) else None
