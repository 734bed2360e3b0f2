"""Cells of columns of choices: yes or no, one option, several options."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from crmcore.errors import Invalid
from crmcore.importing.convert.cleaning import clean_line, clean_lines, plain
from crmcore.importing.convert.columns import Column, Reader, refusal
from crmcore.importing.convert.texts import as_text
from crmcore.importing.convert.words import ACCEPTED, yes_or_no
from crmcore.importing.sources.values import Cell
from crmcore.kinds import Choice

_SEPARATORS: Final = re.compile(r"([,，;；、|｜/／\n])")
_MAX_PIECES: Final = 500


def boolean_reader(column: Column) -> Reader:
    """Reads 是/否, 有/无, 对/错, √/×, yes/no, true/false, Y/N, 1/0."""
    del column

    def read(cell: Cell) -> object:
        if isinstance(cell, bool):
            return cell
        if not isinstance(cell, str):
            found = None if cell not in (0, 1) else bool(cell)
        else:
            text = plain(cell).lower()
            found = {"1": True, "0": False}.get(text, yes_or_no(text))
        if found is None:
            raise refusal("boolean_unreadable", cell, accepted=ACCEPTED)
        return found

    return read


def folded(text: str) -> str:
    """`text` as options are compared: half-width, lower case, without blanks."""
    return "".join(unicodedata.normalize("NFKC", clean_line(text)).casefold().split())


class Spellings:
    """The spellings of the options of a choice: exact ones first, then folded ones."""

    def __init__(self, kind: Choice) -> None:
        self._kind = kind
        self._folded: dict[str, set[str]] = {}
        for option in kind.options:
            for spelling in (option.code, *option.label.all()):
                self._folded.setdefault(folded(spelling), set()).add(option.code)

    def code(self, cell: Cell, text: str) -> str:
        """The code of the one open option that `text` means; raises `Invalid`."""
        codes = self._codes(text)
        if not codes:
            raise refusal("not_an_option", cell, accepted=self._kind.accepted())
        if len(codes) > 1:
            raise refusal("option_ambiguous", cell)
        code = next(iter(codes))
        self._kind.resolve(code)
        return code

    def knows(self, text: str) -> bool:
        """Whether `text` spells an option."""
        return bool(self._codes(text))

    def _codes(self, text: str) -> set[str]:
        try:
            exact = self._kind.resolve(text)
        except Invalid:
            return self._folded.get(folded(text), set())
        return {exact} if exact is not None else set()


def choice_reader(column: Column) -> Reader:
    """Reads one option by code, label or synonym, whatever its width, case and blanks."""
    assert isinstance(column.field.kind, Choice)
    spellings = Spellings(column.field.kind)
    return lambda cell: spellings.code(cell, as_text(cell))


def multi_choice_reader(column: Column) -> Reader:
    """Reads options separated by `,` `;` `、` `|` `/` or line breaks.

    A separator inside a spelling of an option does not separate.
    """
    assert isinstance(column.field.kind, Choice)
    spellings = Spellings(column.field.kind)

    def read(cell: Cell) -> object:
        text = clean_lines(cell) if isinstance(cell, str) else as_text(cell)
        if spellings.knows(text):
            return (spellings.code(cell, text),)
        pieces = _SEPARATORS.split(text)
        if len(pieces) > _MAX_PIECES:
            raise refusal("too_many_values", cell, limit=_MAX_PIECES // 2)
        return tuple(spellings.code(piece, piece) for piece in _joined(pieces, spellings))

    return read


def _joined(pieces: list[str], spellings: Spellings) -> list[str]:
    """Texts and separators by turns → the texts, those joined again that are one option."""
    found: list[str] = []
    start = 0
    while start < len(pieces):
        end = start + 1
        for stop in range(min(start + 9, len(pieces)), start + 1, -2):
            if spellings.knows("".join(pieces[start:stop])):
                end = stop
                break
        text = "".join(pieces[start:end]).strip()
        if text:
            found.append(text)
        start = end + 1
    return found
