"""Writes expressions as text, in English or Chinese, with as few parentheses as can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from attrs import frozen

from crmcore.errors import Language, QueryError
from crmcore.kinds.unassigned import has_newer
from crmcore.query.ast import (
    Arithmetic,
    Call,
    Compare,
    Constant,
    Items,
    Logic,
    Name,
    Node,
    Not,
    Value,
)
from crmcore.query.constants import check_integer, decimal_text, microseconds, name, seconds_text
from crmcore.query.limits import check_size
from crmcore.query.text.levels import AND, COMPARE, LEVELS, LOWEST, NOT, OR, PRODUCT
from crmcore.query.text.lexer import WORD
from crmcore.query.text.words import CANONICAL, FUNCTIONS, KEYWORDS, LITERALS

Path = tuple[str, ...]

_OPERAND: Final = PRODUCT + 1
_ZERO: Final = Value(0)
_UNITS: Final = (
    (86_400_000_000, "d", "天"),
    (3_600_000_000, "h", "小时"),
    (60_000_000, "min", "分钟"),
)
_ESCAPES: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def print_expression(
    node: Node, language: Language = "en", spell: Callable[[Path], Path] | None = None
) -> str:
    """The text of an expression, which `parse` reads back as an equal expression.

    `spell` turns a path into the names to show (labels, for instance). Raises `QueryError`
    for what has no text form: too deep a tree, a float, a moment without a zone, a number
    of more than 40 digits, an empty name.
    """
    check_size(node)
    return _Printer(_WORDS[language], language == "zh", spell or _as_is).at(node, LOWEST)


def print_path(path: Path) -> str:
    """A dotted path, each name in back-quotes where it needs them."""
    if not path:
        raise QueryError("no_text_form", found="()")
    return ".".join(map(_name, path))


@frozen
class _Printer:
    words: Mapping[str, str]
    chinese: bool
    spell: Callable[[Path], Path]

    def at(self, node: Node, minimum: int) -> str:
        """The text of `node` where operators below `minimum` need parentheses."""
        level, text = self._written(node)
        return f"({text})" if level < minimum else text

    def _written(self, node: Node) -> tuple[int, str]:
        match node:
            case Value(value):
                return _OPERAND, self._constant(value)
            case Name(parts):
                return _OPERAND, print_path(self.spell(parts))
            case Items(items):
                return _OPERAND, f"[{self._listed(items)}]"
            case Call(function, arguments):
                return _OPERAND, f"{self._function(function)}({self._listed(arguments)})"
            case Logic():
                return self._logic(node)
            case Not(Compare("in", left, right)):
                return COMPARE, self._infix(left, self.words["not in"], right, COMPARE)
            case Not(term):
                return NOT, f"{self.words['not']} {self.at(term, NOT)}"
            case Compare(comparator, left, right):
                word = self.words.get(comparator, comparator)
                return COMPARE, self._infix(left, word, right, COMPARE)
            case Arithmetic():
                return self._arithmetic(node)
        raise QueryError("no_text_form", found=type(node).__name__)

    def _logic(self, node: Logic) -> tuple[int, str]:
        word, level = self.words[node.connective], OR if node.connective == "or" else AND
        nested = any(
            isinstance(term, Logic) and term.connective == node.connective for term in node.terms
        )
        if nested or len(node.terms) < 2:
            return _OPERAND, f"{word}({self._listed(node.terms)})"
        return level, f" {word} ".join(self.at(term, level) for term in node.terms)

    def _arithmetic(self, node: Arithmetic) -> tuple[int, str]:
        if node.operator == "-" and node.left == _ZERO and not isinstance(node.right, Value):
            return _OPERAND, f"-{self.at(node.right, _OPERAND)}"
        level = LEVELS[node.operator]
        left, right = self.at(node.left, level), self.at(node.right, level + 1)
        return level, f"{left} {node.operator} {right}"

    def _infix(self, left: Node, word: str, right: Node, level: int) -> str:
        return f"{self.at(left, level + 1)} {word} {self.at(right, level + 1)}"

    def _listed(self, nodes: tuple[Node, ...]) -> str:
        return ", ".join(self.at(node, LOWEST) for node in nodes)

    def _function(self, function: str) -> str:
        if self.chinese and function in FUNCTIONS:
            return FUNCTIONS[function][0]
        return _quoted(function) if function in CANONICAL else _name(function)

    def _constant(self, value: Constant) -> str:
        match value:
            case None | bool():
                return self.words[str(value)]
            case str():
                return _text(value)
            case int():
                return str(check_integer(value))
            case Decimal():
                return decimal_text(value)
            case datetime():
                return _instant(value)
            case date():
                return value.isoformat()
            case time(tzinfo=None):
                return value.isoformat()
            case timedelta():
                return self._duration(value)
        raise QueryError("no_text_form", found=value)

    def _duration(self, value: timedelta) -> str:
        total = microseconds(value)
        for size, english, chinese in _UNITS:
            if total and not total % size:
                return f"{total // size}{chinese if self.chinese else english}"
        return seconds_text(value) + ("秒" if self.chinese else "s")


_ENGLISH: Final = {
    **{word: word for word in ("or", "and", "not", "in", "not in")},
    "None": "null",
    "True": "true",
    "False": "false",
}
_CHINESE: Final = {
    "or": "或",
    "and": "且",
    "not": "非",
    "in": "属于",
    "not in": "不属于",
    "None": "空",
    "True": "真",
    "False": "假",
}
_WORDS: Final[dict[Language, dict[str, str]]] = {"en": _ENGLISH, "zh": _CHINESE}


def _as_is(path: Path) -> Path:
    return path


def _name(written: str) -> str:
    plain = name(written)
    if not WORD.fullmatch(plain) or plain in KEYWORDS or plain in LITERALS:
        return _quoted(plain)
    # Letters that only a later Python knows are no letters to an earlier one.
    return plain if plain.isascii() or not has_newer(plain) else _quoted(plain)


def _quoted(written: str) -> str:
    return "`" + name(written).replace("`", "``") + "`"


def _text(value: str) -> str:
    if value.isprintable() and "'" not in value and "\\" not in value:
        return f"'{value}'"
    return "'" + "".join(_character(c) for c in value) + "'"


def _character(character: str) -> str:
    """Shown as it is only where people can see it: a mark that turns text around is escaped."""
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _instant(value: datetime) -> str:
    try:
        offset = value.utcoffset()
        if offset is None:
            raise QueryError("no_text_form", found=value.isoformat())
        whole = not microseconds(offset) % 60_000_000
        return (value if whole else value.astimezone(UTC)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        raise QueryError("no_text_form", found=str(value)) from None
