"""The meaning of the language: bound expressions as Python functions over rows.

This module is the definition that every backend is compared with. Conditions compile to
one Python expression over positions; values of users travel as arguments, never in code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from attrs import define, field

from crmcore.codegen import compile_function
from crmcore.kinds import Kind, Text, order_key, search_key
from crmcore.kinds.text import LongText
from crmcore.query.bound import (
    AllOf,
    Always,
    AnyOf,
    Apply,
    Arith,
    BoundNode,
    Comparison,
    Const,
    HasCodes,
    IsEmpty,
    Match,
    Negation,
    Ref,
    Related,
    Step,
    Within,
)
from crmcore.query.formulas import apply_function, arithmetic
from crmcore.records import layout_of
from crmcore.schema import Module

Row = tuple[object, ...]


class Look(Protocol):
    """Where other records are found while a condition is asked of one."""

    def target(self, module: str, record: str) -> Row | None:
        """The row of a record as of the moment asked of, or `None`."""
        ...

    def image(self, module: str, record: str) -> Row | None:
        """The row that decides today who may see a record: its current, else its last one."""
        ...

    def children(self, module: str, link: str, record: str) -> Iterable[Row]:
        """The rows of `module` whose field `link` holds `record`, as of the moment asked of."""
        ...

    @property
    def present(self) -> Look:
        """The same store as it is now: scopes are always asked there."""
        ...


Condition = Callable[[Row, Look], bool]
Place = Callable[[Row, Look], object]

_PYTHON: Final = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}


def condition(node: BoundNode, module: Module) -> Condition:
    """`node` as a function from (row of `module` in layout, look) to truth."""
    return _Code(module).function(node)


def value(node: BoundNode, module: Module) -> Place:
    """A place or formula as a function from (row, look) to its value."""
    code = _Code(module)
    return compile_function("place", f"def place(r, k):\n return {code.value(node)}", code.names)


def text_key(text: object) -> tuple[str, str]:
    """What texts are ordered by: the search key cut at 200, then the text."""
    assert isinstance(text, str)
    return (order_key(text), text)


@define
class _Code:
    """Composes one Python expression; `names` collects the constants that it uses."""

    module: Module
    names: dict[str, object] = field(factory=dict)
    variables: int = 0

    def function(self, node: BoundNode) -> Condition:
        source = f"def holds(r, k):\n return {self.truth(node)}"
        return compile_function("holds", source, self.names)

    def keep(self, value: object) -> str:
        name = f"c{len(self.names)}"
        self.names[name] = value
        return name

    def variable(self) -> str:
        self.variables += 1
        return f"t{self.variables}"

    def truth(self, node: BoundNode) -> str:
        if isinstance(node, Always):
            return "True" if node.holds else "False"
        if isinstance(node, (AllOf, AnyOf)):
            if not node.terms:
                return "True" if isinstance(node, AllOf) else "False"
            word = " and " if isinstance(node, AllOf) else " or "
            return "(" + word.join(self.truth(term) for term in node.terms) + ")"
        if isinstance(node, Negation):
            return f"(not {self.truth(node.term)})"
        if isinstance(node, Comparison):
            return self.comparison(node)
        if isinstance(node, IsEmpty):
            return f"({self.value(node.operand)} is None)"
        if isinstance(node, Within):
            return f"({self.value(node.operand)} in {self.keep(frozenset(node.values))})"
        if isinstance(node, Match):
            return self.match(node)
        if isinstance(node, HasCodes):
            test = self.keep(_has_codes(node))
            return f"{test}({self.value(node.operand)})"
        if isinstance(node, Related):
            return f"{self.keep(_related(self.module, node))}(r, k)"
        raise TypeError(f"no condition: {type(node).__name__}")

    def value(self, node: BoundNode) -> str:
        if isinstance(node, Const):
            return self.keep(node.value)
        if isinstance(node, Ref):
            if not node.steps:
                return f"r[{layout_of(self.module).index[node.field.name]}]"
            return f"{self.keep(_along(self.module, node))}(r, k)"
        if isinstance(node, Arith):
            left, right = self.value(node.left), self.value(node.right)
            return f"{self.keep(arithmetic(node))}({left}, {right})"
        if isinstance(node, Apply):
            arguments = ", ".join(self.value(argument) for argument in node.arguments)
            return f"{self.keep(apply_function(node))}({arguments})"
        return self.truth(node)

    def comparison(self, node: Comparison) -> str:
        kind = _kind(node.left)
        if node.comparator in ("==", "!="):
            equal = self.equality(node)
            return equal if node.comparator == "==" else f"(not {equal})"
        if kind.shape == "money":
            return self.money(node)
        sign = _PYTHON[node.comparator]
        left, right = self.variable(), self.variable()
        key = _order_function(kind)
        if isinstance(node.right, Const):
            constant = node.right.value if key is None else key(node.right.value)
            test = left if key is None else f"{self.keep(key)}({left})"
            place = self.value(node.left)
            return f"(({left} := {place}) is not None and {test} {sign} {self.keep(constant)})"
        first, second = self.value(node.left), self.value(node.right)
        name = "" if key is None else self.keep(key)
        return (
            f"(({left} := {first}) is not None and ({right} := {second}) is not None"
            f" and {name}({left}) {sign} {name}({right}))"
        )

    def equality(self, node: Comparison) -> str:
        if isinstance(node.right, Const):
            return f"({self.value(node.left)} == {self.value(node.right)})"
        left = self.variable()
        first, second = self.value(node.left), self.value(node.right)
        return f"(({left} := {first}) is not None and {left} == {second})"

    def money(self, node: Comparison) -> str:
        left, right = self.variable(), self.variable()
        first, second = self.value(node.left), self.value(node.right)
        return (
            f"(({left} := {first}) is not None and ({right} := {second}) is not None"
            f" and {left}.currency == {right}.currency"
            f" and {left}.amount {_PYTHON[node.comparator]} {right}.amount)"
        )

    def match(self, node: Match) -> str:
        text, key, fold = self.variable(), self.keep(node.key), self.keep(search_key)
        place = self.value(node.operand)
        test = {
            "contains": f"{key} in {fold}({text})",
            "starts_with": f"{fold}({text}).startswith({key})",
            "ends_with": f"{fold}({text}).endswith({key})",
            "like": f"{fold}({text}) == {key}",
        }[node.how]
        return f"(({text} := {place}) is not None and {test})"


def _kind(node: BoundNode) -> Kind:
    kind: Kind = node.kind  # type: ignore[attr-defined]
    return kind


def _order_function(kind: Kind) -> Callable[[object], object] | None:
    return text_key if isinstance(kind, (Text, LongText)) else None


def _has_codes(node: HasCodes) -> Callable[[object], bool]:
    codes = frozenset(node.codes)
    if node.how == "all":
        return lambda found: found is not None and codes.issubset(found)  # type: ignore[arg-type]
    return lambda found: found is not None and not codes.isdisjoint(found)  # type: ignore[arg-type]


def _hop(module: Module, steps: tuple[Step, ...]) -> Callable[[Row, Look], Row | None]:
    """The row at the end of `steps`, or `None` where they lead to nothing visible."""
    hops: list[tuple[int, str, Condition | None]] = []
    for step in steps:
        position = layout_of(module).index[step.link.name]
        visible = None if step.visible == Always(True) else condition(step.visible, step.target)
        hops.append((position, step.target.name, visible))
        module = step.target

    def follow(row: Row, look: Look) -> Row | None:
        for position, target, visible in hops:
            record = row[position]
            if record is None:
                return None
            found = look.target(target, record)  # type: ignore[arg-type]
            if found is None:
                return None
            if visible is not None:
                image = look.image(target, record)  # type: ignore[arg-type]
                if image is None or not visible(image, look.present):
                    return None
            row = found
        return row

    return follow


def _along(module: Module, ref: Ref) -> Place:
    follow = _hop(module, ref.steps)
    position = layout_of(ref.steps[-1].target).index[ref.field.name]

    def read(row: Row, look: Look) -> object:
        found = follow(row, look)
        return None if found is None else found[position]

    return read


_COUNTS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _related(module: Module, node: Related) -> Condition:
    follow = _hop(module, node.steps)
    child = node.child
    where = condition(node.where, child)
    visible = None if node.visible == Always(True) else condition(node.visible, child)
    compare = _COUNTS[node.comparator]

    def counted(row: Row, look: Look) -> bool:
        anchor = follow(row, look)
        number = 0
        if anchor is not None:
            for found in look.children(child.name, node.link.name, anchor[0]):  # type: ignore[arg-type]
                if visible is not None:
                    image = look.image(child.name, found[0])  # type: ignore[arg-type]
                    if image is None or not visible(image, look.present):
                        continue
                number += where(found, look)
        return compare(number, node.count)

    return counted
