"""Conditions: every node of the language checked against schema and reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NoReturn

from crmcore.errors import QueryError
from crmcore.kinds import (
    Boolean,
    Choice,
    Json,
    Kind,
    LongText,
    MultiChoice,
    MultiLink,
    Text,
    search_key,
)
from crmcore.query import ast
from crmcore.query.bind.constants import (
    comparable,
    constant,
    means_title,
    numeric_comparison,
)
from crmcore.query.bind.paths import MAX_LINKS, Scope, child_relation
from crmcore.query.bind.values import Operand, operand
from crmcore.query.bound import (
    FALSE,
    TRUE,
    AllOf,
    Always,
    AnyOf,
    BoundComparator,
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
from crmcore.schema import Field

_MIRROR: Final[dict[str, BoundComparator]] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
_BOOLEAN: Final = Boolean()


def fail(code: str, node: object, **params: object) -> NoReturn:
    """Raise `QueryError` at the position of `node`."""
    raise QueryError(code, position=getattr(node, "position", 0), **params)


def predicate(scope: Scope, node: ast.Node, depth: int = 0) -> BoundNode:
    """`node` as a bound condition over the module of `scope`; raises `QueryError`."""
    if depth > ast.MAX_DEPTH:
        fail("too_deep", node, limit=ast.MAX_DEPTH)
    if isinstance(node, ast.Logic):
        return _logic(scope, node, depth)
    if isinstance(node, ast.Not):
        return _negated(predicate(scope, node.term, depth + 1))
    scope.terms += 1
    if scope.terms > ast.MAX_TERMS:
        fail("too_many_terms", node, limit=ast.MAX_TERMS)
    if isinstance(node, ast.Value) and isinstance(node.value, bool):
        return TRUE if node.value else FALSE
    if isinstance(node, ast.Name):
        return _bare_name(scope, node)
    if isinstance(node, ast.Compare):
        return _membership(scope, node) if node.comparator == "in" else _compare(scope, node, depth)
    if isinstance(node, ast.Call):
        return _call(scope, node, depth)
    fail("not_a_condition", node)


def _logic(scope: Scope, node: ast.Logic, depth: int) -> BoundNode:
    is_and = node.connective == "and"
    absorbing, neutral = (FALSE, TRUE) if is_and else (TRUE, FALSE)
    terms: list[BoundNode] = []
    for term in node.terms:
        bound = predicate(scope, term, depth + 1)
        if bound == absorbing:
            # Every term is still checked: an error must not hide behind a constant.
            terms = [absorbing]
        elif bound != neutral and terms != [absorbing]:
            terms.append(bound)
    if not terms:
        return neutral
    if len(terms) == 1:
        return terms[0]
    return AllOf(tuple(terms)) if is_and else AnyOf(tuple(terms))


def _negated(node: BoundNode) -> BoundNode:
    if isinstance(node, Always):
        return FALSE if node.holds else TRUE
    return node.term if isinstance(node, Negation) else Negation(node)


def _bare_name(scope: Scope, node: ast.Name) -> BoundNode:
    found = operand(scope, node)
    if found.constant_only:
        if isinstance(found.value, bool):
            return TRUE if found.value else FALSE
        fail("not_a_condition", node)
    bound = found.node
    if bound is None or found.kind is None or found.kind.name != "boolean":
        fail("not_a_condition", node)
    return Comparison("==", bound, Const(True, _BOOLEAN))


def _compare(scope: Scope, node: ast.Compare, depth: int) -> BoundNode:
    counted = _counted(scope, node, depth)
    if counted is not None:
        return counted
    comparator: BoundComparator = node.comparator  # type: ignore[assignment]
    if isinstance(node.right, ast.Value) and node.right.value is None:
        return _null_test(scope, comparator, node.left, node)
    if isinstance(node.left, ast.Value) and node.left.value is None:
        return _null_test(scope, comparator, node.right, node)
    left, right = operand(scope, node.left), operand(scope, node.right)
    if left.constant_only and right.constant_only:
        return _constants(comparator, left.value, right.value, node)
    if left.constant_only:
        left, right, comparator = right, left, _MIRROR[comparator]
    assert left.node is not None
    if right.constant_only:
        return _with_constant(scope, comparator, left, right.value, node)
    assert right.node is not None and left.kind is not None and right.kind is not None
    if not comparable(left.kind, right.kind) and not (
        scope.formula and left.kind.family == right.kind.family
    ):
        fail("not_comparable", node, left=left.kind.name, right=right.kind.name)
    _check_order(left.kind, comparator, node)
    return Comparison(comparator, left.node, right.node)


def _null_test(
    scope: Scope, comparator: BoundComparator, node: ast.Node, at: ast.Node
) -> BoundNode:
    if comparator not in ("==", "!="):
        fail("null_order", at)
    found = operand(scope, node)
    if found.constant_only:
        is_empty: BoundNode = TRUE if found.value is None else FALSE
    else:
        assert found.node is not None
        is_empty = IsEmpty(found.node)
    return is_empty if comparator == "==" else _negated(is_empty)


def _constants(
    comparator: BoundComparator, left: object, right: object, node: ast.Node
) -> BoundNode:
    if left is None or right is None:
        return TRUE if comparator == "!=" else FALSE
    same_sort = _sort(left) == _sort(right)
    if not same_sort or (isinstance(left, bool) and comparator not in ("==", "!=")):
        fail("not_comparable", node, left=_sort(left), right=_sort(right))
    return Always(_HOLDS[comparator](left, right))


_HOLDS: Final[dict[str, Callable[[object, object], bool]]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,  # type: ignore[operator]
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b,  # type: ignore[operator]
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
}


def _sort(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, Decimal)):
        return "number"
    if isinstance(value, datetime):
        return "datetime"
    return type(value).__name__


def _with_constant(
    scope: Scope, comparator: BoundComparator, left: Operand, value: object, node: ast.Node
) -> BoundNode:
    bound, kind = left.node, left.kind
    assert bound is not None and kind is not None
    _check_order(kind, comparator, node)
    if value is None:
        return TRUE if comparator == "!=" else FALSE
    ref = bound if isinstance(bound, Ref) else None
    if ref is not None and means_title(ref, value):
        return _with_constant(scope, comparator, _title(scope, ref, node), value, node)
    if (
        kind.family == "number"
        and isinstance(value, (int, Decimal))
        and not isinstance(value, bool)
    ):
        if ref is not None:
            return numeric_comparison(ref, comparator, value)
        return Comparison(comparator, bound, Const(Decimal(value), kind))
    place = ref if ref is not None else Ref((), _formula_field(kind))
    normal = constant(place, value, getattr(node, "position", 0))
    if normal is None:
        return TRUE if comparator == "!=" else FALSE
    return Comparison(comparator, bound, Const(normal, kind))


def _formula_field(kind: Kind) -> Field:
    return Field("value", kind)


def _title(scope: Scope, ref: Ref, node: ast.Node) -> Operand:
    module = scope.schema.module(ref.kind.target)  # type: ignore[attr-defined]
    title = module.title_field
    if title is None:
        fail("no_title", node, name=module.name)
    step = Step(ref.field, module, scope.visible(module))
    return Operand(Ref((*ref.steps, step), title), title.kind)


def _check_order(kind: Kind, comparator: BoundComparator, node: ast.Node) -> None:
    if isinstance(kind, Json):
        fail("opaque", node, kind=kind.name)
    if comparator in ("==", "!="):
        return
    unsorted = isinstance(kind, (Text, LongText)) and not kind.sorted
    if unsorted or isinstance(kind, Choice) or not kind.ordered or kind.shape in ("boolean", "id"):
        fail("not_ordered", node, kind=kind.name)


def _membership(scope: Scope, node: ast.Compare) -> BoundNode:
    right = operand(scope, node.right) if not isinstance(node.right, ast.Items) else None
    if right is not None:
        if right.node is None or not isinstance(right.node, Ref) or right.kind is None:
            fail("in_needs_list", node)
        if right.kind.shape != "codes":
            fail("in_needs_list", node)
        item = operand(scope, node.left)
        if not item.constant_only:
            fail("in_needs_constant", node)
        return _has(right.node, "all", [item.value], node)
    assert isinstance(node.right, ast.Items)
    left = operand(scope, node.left)
    values = _list(scope, node.right)
    if left.constant_only:
        terms = [_constants("==", left.value, value, node) for value in values]
        return TRUE if TRUE in terms else FALSE
    if not isinstance(left.node, Ref) or left.kind is None:
        fail("not_comparable", node, left="formula", right="list")
    return _within(scope, left.node, values, node)


def _within(scope: Scope, ref: Ref, values: Sequence[object], node: ast.Node) -> BoundNode:
    if values and all(value is None or means_title(ref, value) for value in values):
        title = _title(scope, ref, node).node
        assert isinstance(title, Ref)
        ref = title
    if isinstance(ref.kind, (MultiChoice, MultiLink, Json)):
        fail("in_needs_list", node)
    found: dict[object, None] = {}
    for value in values:
        if ref.kind.family == "number" and isinstance(value, (int, Decimal)):
            exact = numeric_comparison(ref, "==", value)
            if isinstance(exact, Comparison) and isinstance(exact.right, Const):
                found[exact.right.value] = None
            continue
        normal = constant(ref, value, getattr(node, "position", 0))
        if normal is not None:
            found[normal] = None
    return Within(ref, tuple(found)) if found else FALSE


def _list(scope: Scope, node: ast.Items) -> list[object]:
    if len(node.items) > ast.MAX_LIST:
        fail("list_too_long", node, limit=ast.MAX_LIST)
    values = [operand(scope, item) for item in node.items]
    if not all(value.constant_only for value in values):
        fail("in_needs_constant", node)
    return [value.value for value in values]


def _has(ref: Ref, how: str, values: Sequence[object], node: ast.Node) -> BoundNode:
    codes: set[str] = set()
    for value in values:
        found = constant(ref, [value], getattr(node, "position", 0)) if value is not None else None
        if found is None:
            if how == "all":
                return FALSE
            continue
        codes.update(found)  # type: ignore[arg-type]
    if not codes:
        return FALSE if how == "any" else Negation(IsEmpty(ref))
    return HasCodes(ref, "all" if how == "all" else "any", tuple(sorted(codes)))


def _call(scope: Scope, node: ast.Call, depth: int) -> BoundNode:
    name = node.function
    if name in ("contains", "starts_with", "ends_with", "like"):
        return _match(scope, node)
    if name in ("contains_all", "contains_any"):
        ref = _ref_argument(scope, node, 2)
        if ref.kind.shape != "codes" or not isinstance(node.arguments[1], ast.Items):
            fail("in_needs_list", node)
        values = _list(scope, node.arguments[1])
        return _has(ref, name.removeprefix("contains_"), values, node)
    if name in ("exists", "all"):
        return _related(scope, node, depth)
    if name == "is_empty" and len(node.arguments) == 1:
        return _null_test(scope, "==", node.arguments[0], node)
    found = operand(scope, node)
    if found.node is not None and found.kind is not None and found.kind.name == "boolean":
        return Comparison("==", found.node, Const(True, _BOOLEAN))
    fail("not_a_condition", node)


def _ref_argument(scope: Scope, node: ast.Call, count: int) -> Ref:
    if len(node.arguments) != count:
        fail("argument_count", node, function=node.function, count=count)
    found = operand(scope, node.arguments[0])
    if not isinstance(found.node, Ref):
        fail("needs_field", node, function=node.function)
    return found.node


def _match(scope: Scope, node: ast.Call) -> BoundNode:
    ref = _ref_argument(scope, node, 2)
    if ref.kind.shape == "codes":
        if node.function != "contains":
            fail("not_searchable", node, kind=ref.kind.name, name=ref.field.name)
        return _has(ref, "all", [operand(scope, node.arguments[1]).value], node)
    if ref.kind.shape == "id" and not isinstance(ref.kind, MultiLink):
        title = _title(scope, ref, node).node
        assert isinstance(title, Ref)
        ref = title
    if not isinstance(ref.kind, (Text, LongText)) or not ref.kind.sorted:
        fail("not_searchable", node, kind=ref.kind.name, name=ref.field.name)
    sought = operand(scope, node.arguments[1])
    if not sought.constant_only:
        fail("in_needs_constant", node)
    if sought.value is None:
        return FALSE
    if not isinstance(sought.value, str):
        fail("not_comparable", node, left=ref.kind.name, right=_sort(sought.value))
    text = constant(ref, sought.value, node.position)
    if text is None:
        return FALSE
    return Match(node.function, ref, search_key(str(text)))  # type: ignore[arg-type]


def _related(scope: Scope, node: ast.Call, depth: int) -> BoundNode:
    if not 1 <= len(node.arguments) <= 2 or not isinstance(node.arguments[0], ast.Name):
        fail("needs_relation", node, function=node.function)
    condition = node.arguments[1] if len(node.arguments) == 2 else None
    if node.function == "all":
        if condition is None:
            fail("argument_count", node, function="all", count=2)
        outside = ast.Not(condition, node.position)
        return _negated(relation(scope, node.arguments[0], outside, ">=", 1, depth))
    return relation(scope, node.arguments[0], condition, ">=", 1, depth)


def relation(
    scope: Scope,
    name: ast.Name,
    condition: ast.Node | None,
    comparator: BoundComparator,
    count: int,
    depth: int,
) -> BoundNode:
    """`count(name, condition) comparator count` as a bound condition."""
    steps, child, link = child_relation(scope, name)
    inner = scope.inside(child, name.parts)
    scope.links.add((*scope.prefix, *name.parts, "*"))
    if len(scope.links) > MAX_LINKS:
        fail("too_many_links", name, limit=MAX_LINKS)
    where: BoundNode = TRUE
    if condition is not None:
        where = predicate(inner, condition, depth + 1)
        scope.terms += inner.terms
    return Related(steps, child, link, scope.visible(child), where, comparator, count)


def _counted(scope: Scope, node: ast.Compare, depth: int) -> BoundNode | None:
    call, number = node.left, node.right
    comparator: BoundComparator = node.comparator  # type: ignore[assignment]
    if isinstance(number, ast.Call) and number.function == "count":
        call, number, comparator = number, call, _MIRROR[comparator]
    if not isinstance(call, ast.Call) or call.function != "count":
        return None
    is_whole = isinstance(number, ast.Value) and type(number.value) is int
    if not call.arguments or not isinstance(call.arguments[0], ast.Name) or not is_whole:
        fail("needs_relation", node, function="count")
    assert isinstance(number, ast.Value) and isinstance(number.value, int)
    condition = call.arguments[1] if len(call.arguments) > 1 else None
    limited = max(-1, min(number.value, 2**62))
    return relation(scope, call.arguments[0], condition, comparator, limited, depth)
