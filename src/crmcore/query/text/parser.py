"""Reads the text form of an expression by precedence climbing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, cast

from crmcore.errors import QueryError
from crmcore.query.ast import (
    MAX_DEPTH,
    Arithmetic,
    Call,
    Comparator,
    Compare,
    Connective,
    Constant,
    Items,
    Logic,
    Name,
    Node,
    Not,
    Operator,
    Value,
)
from crmcore.query.constants import duration, microseconds
from crmcore.query.limits import check_size, too_deep
from crmcore.query.text.levels import COMPARE, LEVELS, LOWEST, NOT, PRODUCT, SUM
from crmcore.query.text.lexer import Tokens, tokenize
from crmcore.query.text.refusals import no_name, no_operand, no_operator, not_closed, refusal
from crmcore.query.text.words import CANONICAL

# A level of the tree takes at most two levels of the parser: one for its parentheses.
_MAX_NESTING: Final = 2 * MAX_DEPTH + 2
_NUMBERS: Final = (int, Decimal, timedelta)
_CLOSERS: Final = frozenset({")", "]", ","})


@lru_cache(256)
def parse(text: str) -> Node:
    """Read one expression.

    Positions in nodes and errors count code points from 0. Same connectives are
    flattened: `a and (b and c)` is one `Logic` of three terms. Raises `QueryError` with
    `position`, with `suggestion` where one is known, and with the caps of the AST exceeded.
    """
    tokens = tokenize(text)
    if len(tokens.kinds) == 1:
        raise QueryError("expression_empty", position=0)
    node = _Parser(tokens).whole()
    # Each level and each term takes a token at least.
    if len(tokens.kinds) > MAX_DEPTH:
        check_size(node)
    return node


class _Parser:
    __slots__ = ("_index", "_kinds", "_nesting", "_positions", "_tokens", "_values")

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._kinds = tokens.kinds
        self._values = tokens.values
        self._positions = tokens.positions
        self._index = 0
        self._nesting = 0

    def whole(self) -> Node:
        node = self._climb(LOWEST)
        if self._kinds[self._index] != "end":
            raise no_operator(self._tokens, self._index)
        return node

    def _climb(self, minimum: int) -> Node:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise too_deep(self._positions[self._index])
        left = self._prefix(minimum)
        kind = self._kinds[self._index]
        while (level := LEVELS.get(kind, -1)) >= minimum:
            if level == COMPARE:
                left = self._comparison(left)
            elif level >= SUM:
                left = self._arithmetic(left, cast("Operator", kind), level)
            else:
                left = self._logic(left, cast("Connective", kind), level)
            kind = self._kinds[self._index]
        self._nesting -= 1
        return left

    def _logic(self, first: Node, connective: Connective, level: int) -> Node:
        position = self._positions[self._index]
        terms = [first]
        while self._kinds[self._index] == connective:
            self._index += 1
            terms.append(self._climb(level + 1))
        return Logic(connective, flattened(connective, terms), position)

    def _arithmetic(self, left: Node, operator: Operator, level: int) -> Node:
        position = self._positions[self._index]
        self._index += 1
        return Arithmetic(operator, left, self._climb(level + 1), position)

    def _comparison(self, left: Node) -> Node:
        start = self._index
        position, kind = self._positions[start], self._kinds[start]
        negated = kind == "not in"
        if kind == "not":
            if self._kinds[start + 1] != "in":
                raise no_operator(self._tokens, start)
            negated = True
            self._index += 1
        self._index += 1
        right = self._climb(SUM)
        following = self._kinds[self._index]
        if LEVELS.get(following) == COMPARE:
            raise refusal(self._tokens, self._index, "chained_comparison")
        if negated:
            return Not(Compare("in", left, right, position), position)
        return Compare(cast("Comparator", kind), left, right, position)

    def _prefix(self, minimum: int) -> Node:
        kind, position = self._kinds[self._index], self._positions[self._index]
        if kind == "word" or kind == "quoted":
            node = self._name()
        elif kind == "value":
            node = Value(self._values[self._index], position)
            self._index += 1
        elif kind == "not" and minimum <= NOT:
            self._index += 1
            return Not(self._climb(NOT), position)
        else:
            node = self._other_prefix(kind, position)
        return self._receiver_calls(node) if self._kinds[self._index] == "." else node

    def _other_prefix(self, kind: str, position: int) -> Node:
        self._index += 1
        if kind == "(":
            node = self._climb(LOWEST)
            self._close(")")
            return node
        if kind == "[":
            return Items(self._sequence("]"), position)
        if kind == "-":
            return self._negative(position)
        if kind == "!":
            return Not(self._deeper_prefix(), position)
        if kind in {"and", "or"} and self._kinds[self._index] == "(":
            self._index += 1
            return Logic(cast("Connective", kind), self._sequence(")"), position)
        self._index -= 1
        raise no_operand(self._tokens, self._index)

    def _deeper_prefix(self) -> Node:
        # Higher than every level of LEVELS: takes an operand and no operator.
        return self._climb(PRODUCT + 1)

    def _negative(self, position: int) -> Node:
        node = self._deeper_prefix()
        if isinstance(node, Value) and type(node.value) in _NUMBERS:
            return Value(negated(node.value, position), position)
        return Arithmetic("-", Value(0, position), node, position)

    def _name(self) -> Node:
        kinds, start = self._kinds, self._index
        parts = [cast("str", self._values[start])]
        index = start + 1
        while kinds[index] == ".":
            if kinds[index + 1] not in {"word", "quoted"}:
                raise no_name(self._tokens, index + 1)
            parts.append(cast("str", self._values[index + 1]))
            index += 2
        self._index = index
        position = self._positions[start]
        if kinds[index] != "(":
            return Name(tuple(parts), position)
        if len(parts) == 1:
            return self._call(())
        return self._call((Name(tuple(parts[:-1]), position),))

    def _call(self, receiver: tuple[Node, ...]) -> Node:
        """The call whose name was read just now and whose `(` comes next."""
        at = self._index - 1
        name = cast("str", self._values[at])
        function = CANONICAL.get(name, name) if self._kinds[at] == "word" else name
        self._index += 1
        return Call(function, receiver + self._sequence(")"), self._positions[at])

    def _receiver_calls(self, node: Node) -> Node:
        while self._kinds[self._index] == ".":
            at = self._index + 1
            if self._kinds[at] not in {"word", "quoted"}:
                raise no_name(self._tokens, at)
            if self._kinds[at + 1] != "(":
                raise refusal(self._tokens, at, "part_of_value")
            self._index = at + 1
            node = self._call((node,))
        return node

    def _sequence(self, closer: str) -> tuple[Node, ...]:
        kinds = self._kinds
        if kinds[self._index] == closer:
            self._index += 1
            return ()
        items: list[Node] = []
        while True:
            index = self._index
            if kinds[index] == "value" and kinds[index + 1] in _CLOSERS:
                items.append(Value(self._values[index], self._positions[index]))
                self._index = index + 1
            else:
                items.append(self._climb(LOWEST))
            if kinds[self._index] != ",":
                break
            self._index += 1
        self._close(closer)
        return tuple(items)

    def _close(self, closer: str) -> None:
        if self._kinds[self._index] != closer:
            raise not_closed(self._tokens, self._index, closer)
        self._index += 1


def flattened(connective: Connective, terms: list[Node]) -> tuple[Node, ...]:
    """The terms, those of the same connective replaced by their own."""
    flat: list[Node] = []
    for term in terms:
        if isinstance(term, Logic) and term.connective == connective:
            flat.extend(term.terms)
        else:
            flat.append(term)
    return tuple(flat)


def negated(value: Constant, position: int) -> Constant:
    """Minus a number or a duration, exactly."""
    match value:
        case Decimal():
            return value.copy_negate()
        case timedelta():
            found = duration(-microseconds(value))
            if found is None:
                raise QueryError("duration_range", position=position)
            return found
        case _:
            return -cast("int", value)
