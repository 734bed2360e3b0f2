"""The JSON form of expressions and questions: versioned, exact, and strict when read.

`{"version": 1, "expression": {...}}`; a node is an object with `type` and exactly the keys
of that type, a constant says its `kind` and holds text where JSON would lose exactness.
Whatever differs from what is written here is refused with `QueryError` and its path.
"""

from __future__ import annotations

from typing import Any, Final, Literal, cast, get_args

from crmcore.query.ast import (
    MAX_DEPTH,
    MAX_LIST,
    Arithmetic,
    Bucket,
    Call,
    Comparator,
    Compare,
    Connective,
    GroupBy,
    Items,
    Logic,
    Measure,
    Name,
    Node,
    Not,
    Operator,
    OrderBy,
    Query,
    Ratio,
    Summary,
    Value,
)
from crmcore.query.json_constants import constant_from_json, constant_to_json
from crmcore.query.json_reader import Place
from crmcore.query.limits import check_size, too_deep

VERSION: Final = 1
"""The version of the JSON form that is written, and the only one read."""

Json = dict[str, Any]

_COMPARATORS: Final = get_args(Comparator)
_OPERATORS: Final = get_args(Operator)
_CONNECTIVES: Final = get_args(Connective)
_EMPTIES: Final = ("smallest", "last")
_UNITS: Final = ("day", "week", "month", "quarter", "year", "fiscal_year", "weekday", "hour")
_FIGURES: Final = ("count", "count_distinct", "sum", "min", "max", "avg")
_MAX_ROWS: Final = 2**53


def to_json(node: Node) -> Json:
    """The JSON form of an expression. Raises `QueryError` for what is too large or inexact."""
    check_size(node)
    return {"version": VERSION, "expression": _node_json(node)}


def from_json(data: object) -> Node:
    """The expression of a JSON form; positions are 0. Raises `QueryError`."""
    return _expression(_envelope(data, "expression"))


def query_to_json(query: Query) -> Json:
    """The JSON form of a list question."""
    return {
        "version": VERSION,
        "query": {
            "module": query.module,
            "where": _optional_json(query.where),
            "columns": [list(path) for path in query.columns],
            "order": [_order_json(term) for term in query.order],
            "limit": query.limit,
            "after": query.after,
        },
    }


def query_from_json(data: object) -> Query:
    """The list question of a JSON form. Raises `QueryError`."""
    at = _envelope(data, "query").keys("module", "where", "columns", "order", "limit", "after")
    return Query(
        module=at["module"].name(),
        where=at["where"].optional(_expression),
        columns=at["columns"].each(Place.path),
        order=at["order"].each(_order),
        limit=at["limit"].optional(_limit),
        after=at["after"].optional(Place.text),
    )


def summary_to_json(summary: Summary) -> Json:
    """The JSON form of a summary."""
    return {
        "version": VERSION,
        "summary": {
            "module": summary.module,
            "by": [_group_json(group) for group in summary.by],
            "measures": [_measure_json(measure) for measure in summary.measures],
            "where": _optional_json(summary.where),
            "order": [_order_json(term) for term in summary.order],
            "limit": summary.limit,
            "total": summary.total,
        },
    }


def summary_from_json(data: object) -> Summary:
    """The summary of a JSON form. Raises `QueryError`."""
    at = _envelope(data, "summary").keys(
        "module", "by", "measures", "where", "order", "limit", "total"
    )
    return Summary(
        module=at["module"].name(),
        by=at["by"].each(_group),
        measures=at["measures"].each(_measure),
        where=at["where"].optional(_expression),
        order=at["order"].each(_order),
        limit=at["limit"].optional(_limit),
        total=at["total"].boolean(),
    )


def _envelope(data: object, content: str) -> Place:
    at = Place(data).keys("version", content)
    at["version"].version(VERSION)
    return at[content]


def _optional_json(node: Node | None) -> Json | None:
    if node is None:
        return None
    check_size(node)
    return _node_json(node)


def _node_json(node: Node) -> Json:
    match node:
        case Value(value):
            return {"type": "value", **constant_to_json(value)}
        case Name(parts):
            return {"type": "name", "parts": list(parts)}
        case Items(items):
            return {"type": "items", "items": _nodes_json(items)}
        case Not(term):
            return {"type": "not", "term": _node_json(term)}
        case Logic(connective, terms):
            return {"type": "logic", "connective": connective, "terms": _nodes_json(terms)}
        case Compare(comparator, left, right):
            sides = {"left": _node_json(left), "right": _node_json(right)}
            return {"type": "compare", "comparator": comparator, **sides}
        case Arithmetic(operator, left, right):
            sides = {"left": _node_json(left), "right": _node_json(right)}
            return {"type": "arithmetic", "operator": operator, **sides}
        case Call(function, arguments):
            return {"type": "call", "function": function, "arguments": _nodes_json(arguments)}
    raise TypeError(f"{type(node).__name__} is no node of the language")


def _nodes_json(nodes: tuple[Node, ...]) -> list[Json]:
    return [_node_json(node) for node in nodes]


def _expression(at: Place) -> Node:
    node = _node(at, 1)
    check_size(node)
    return node


def _node(at: Place, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise too_deep(0)
    match at.type():
        case "value":
            inside = at.keys("type", "kind", "value")
            return Value(constant_from_json(inside["kind"], inside["value"]))
        case "name":
            return Name(at.keys("type", "parts")["parts"].path())
        case "items":
            return Items(_nodes(at.keys("type", "items")["items"], depth))
        case "not":
            return Not(_node(at.keys("type", "term")["term"], depth + 1))
        case "logic":
            inside = at.keys("type", "connective", "terms")
            connective = cast("Connective", inside["connective"].one_of(_CONNECTIVES))
            return Logic(connective, _nodes(inside["terms"], depth))
        case "compare":
            inside = at.keys("type", "comparator", "left", "right")
            comparator = cast("Comparator", inside["comparator"].one_of(_COMPARATORS))
            return Compare(comparator, *_sides(inside, depth))
        case "arithmetic":
            inside = at.keys("type", "operator", "left", "right")
            operator = cast("Operator", inside["operator"].one_of(_OPERATORS))
            return Arithmetic(operator, *_sides(inside, depth))
        case "call":
            inside = at.keys("type", "function", "arguments")
            return Call(inside["function"].name(), _nodes(inside["arguments"], depth))
    raise at.unexpected("a node")


def _nodes(at: Place, depth: int) -> tuple[Node, ...]:
    return at.each(lambda item: _node(item, depth + 1), MAX_LIST)


def _sides(inside: dict[str, Place], depth: int) -> tuple[Node, Node]:
    return _node(inside["left"], depth + 1), _node(inside["right"], depth + 1)


def _limit(at: Place) -> int:
    return at.whole(0, _MAX_ROWS)


def _order_json(term: OrderBy) -> Json:
    return {"path": list(term.path), "descending": term.descending, "empties": term.empties}


def _order(at: Place) -> OrderBy:
    inside = at.keys("path", "descending", "empties")
    empties: Literal["smallest", "last"]
    empties = "last" if inside["empties"].one_of(_EMPTIES) == "last" else "smallest"
    return OrderBy(inside["path"].path(), inside["descending"].boolean(), empties)


def _group_json(group: GroupBy) -> Json:
    bucket = group.bucket
    return {
        "path": list(group.path),
        "bucket": bucket and {"unit": bucket.unit, "zone": bucket.zone, "starts": bucket.starts},
        "name": group.name,
    }


def _group(at: Place) -> GroupBy:
    inside = at.keys("path", "bucket", "name")
    return GroupBy(
        inside["path"].path(),
        inside["bucket"].optional(_bucket),
        inside["name"].optional(Place.name),
    )


def _bucket(at: Place) -> Bucket:
    inside = at.keys("unit", "zone", "starts")
    return Bucket(
        inside["unit"].one_of(_UNITS),
        inside["zone"].optional(Place.name),
        inside["starts"].whole(1, 12),
    )


def _measure_json(measure: Measure | Ratio) -> Json:
    if isinstance(measure, Ratio):
        return {
            "type": "ratio",
            "numerator": measure.numerator,
            "denominator": measure.denominator,
            "name": measure.name,
        }
    return {
        "type": "measure",
        "function": measure.function,
        "path": list(measure.path),
        "where": _optional_json(measure.where),
        "name": measure.name,
    }


def _measure(at: Place) -> Measure | Ratio:
    if at.type() == "ratio":
        inside = at.keys("type", "numerator", "denominator", "name")
        return Ratio(
            inside["numerator"].name(), inside["denominator"].name(), inside["name"].name()
        )
    if at.type() != "measure":
        raise at.unexpected("a measure or a ratio")
    inside = at.keys("type", "function", "path", "where", "name")
    return Measure(
        inside["function"].one_of(_FIGURES),
        inside["path"].each(Place.name),
        inside["where"].optional(_expression),
        inside["name"].optional(Place.name),
    )
