"""Rows to documents and back, by code generated once per module or answer.

Names and values of people never enter the code: it is made of positions; names of fields
travel as arguments.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from functools import partial
from typing import Any, Final

from attrs import frozen

from crmcore.codegen import compile_function
from crmcore.kinds import Canonical, Kind, Money, search_key
from crmcore.kinds.money import MONEY_SCALE
from crmcore.kinds.opaque import FrozenDict, FrozenList, Json, canonical_json
from crmcore.kinds.unicode import SORT_KEY_LENGTH
from crmcore.records import layout_of
from crmcore.schema import Module
from crmcore.storage.unique import digests
from crmcore_mongo import names
from crmcore_mongo.forms import Form, Part, parts, read_parts
from crmcore_mongo.layout import Shelf

Row = tuple[object, ...]
Document = dict[str, Any]
Encode = Callable[[object], Any]
_EXACT: Final = Context(prec=60, Emax=80, Emin=-80)


def json_value(value: str) -> object:
    """The value that the JSON `value` spells, which cannot be changed."""
    return _unchangeable(json.loads(value))


def _unchangeable(value: object) -> object:
    if isinstance(value, dict):
        return FrozenDict({name: _unchangeable(item) for name, item in value.items()})
    if isinstance(value, list):
        return FrozenList([_unchangeable(item) for item in value])
    return value


def _typed(value: object) -> str | None:
    return value.typed if isinstance(value, Canonical) else None


def _cut_key(value: str) -> str:
    return search_key(value)[:SORT_KEY_LENGTH]


def _whole_key(value: str) -> str | None:
    key = search_key(value)
    return key if len(key) > SORT_KEY_LENGTH else None


def _scaled(value: Decimal, scale: int) -> int:
    return int(_EXACT.scaleb(value, scale))


def _minutes(value: time) -> int:
    return value.hour * 60 + value.minute


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def _beginning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


_NAMES: Final[Mapping[str, object]] = {
    "typed_of": _typed,
    "plain": str.__str__,
    "Canonical": Canonical,
    "Money": Money,
    "integer": int,
    "scaled": _scaled,
    "scaleb": _EXACT.scaleb,
    "Decimal": Decimal,
    "cut_key": _cut_key,
    "whole_key": _whole_key,
    "minutes_of": _minutes,
    "wall_time": _time,
    "beginning": _beginning,
    "utc": UTC,
    "millisecond": timedelta(milliseconds=1),
    "listed": list,
    "tuple": tuple,
    "canonical": partial(canonical_json, Json(large=True)),
    "json_value": json_value,
    "none": {},
}


def _encoded(kind: Kind, form: Form, value: str) -> str:
    if form == "amount":
        return f"scaled({value}.amount, {MONEY_SCALE})"
    if kind.shape == "typed" and form == "text":
        return f"plain({value})"
    found = {
        "key": f"cut_key({value})",
        "whole": f"whole_key({value})",
        "typed": f"typed_of({value})",
        "currency": f"{value}.currency",
        "scaled": f"scaled({value}, {kind.scale})",
        "date": f"beginning({value})",
        "minutes": f"minutes_of({value})",
        "milliseconds": f"{value} // millisecond",
        "codes": f"listed({value})",
        "json": f"canonical({value})",
    }
    return found.get(form, value)


def _decoded(form: Form, scale: int, value: str) -> str:
    found = {
        "integer": f"integer({value})",
        "scaled": f"scaleb(Decimal({value}), -{scale})",
        "amount": f"scaleb(Decimal({value}), -{MONEY_SCALE})",
        "date": f"{value}.date()",
        "instant": f"{value}.replace(tzinfo=utc)",
        "minutes": f"wall_time({value})",
        "milliseconds": f"{value} * millisecond",
        "codes": f"tuple({value})",
        "json": f"json_value({value})",
    }
    return found.get(form, value)


def encoder(kind: Kind, form: Form) -> Encode:
    """A function from a value of `kind`, not empty, to its part `form`."""
    source = f"def encode(v):\n return {_encoded(kind, form, 'v')}"
    return compile_function("encode", source, _NAMES)


@frozen
class Read:
    """One value of an answer: its kind, and whether it is read in full or as its identity."""

    kind: Kind
    identity: bool = False

    @property
    def parts(self) -> tuple[Part, ...]:
        """The fields it is made of."""
        found = read_parts(self.kind)
        return tuple(part for part in found if not self.identity or part.form != "typed")


def _made(value: Read, first: str, others: Sequence[str]) -> str:
    """The expression for one value; all names but the first may be expressions."""
    kind = value.kind
    if kind.shape == "money":
        amount = _decoded("amount", 0, first)
        return f"None if {first} is None else Money({amount}, {others[0]})"
    if others:
        return f"{first} if {others[0]} is None else Canonical({first}, {others[0]})"
    expression = _decoded(value.parts[0].form, kind.scale, first)
    return first if expression == first else f"None if {first} is None else {expression}"


def value_decoder(value: Read) -> Callable[..., object]:
    """A function from the parts of one value to the value."""
    found = [f"a{index}" for index in range(len(value.parts))]
    source = f"def decode({', '.join(found)}):\n return {_made(value, found[0], found[1:])}"
    return compile_function("decode", source, _NAMES)


Path = tuple[str, ...]
"""Names from the outside of a document to a value in it."""


def decoder(values: Sequence[tuple[Read, Sequence[Path]]]) -> Callable[[Sequence[Any]], list[Row]]:
    """A function from documents to rows; each value is read at the paths of its parts."""
    scope: dict[str, object] = dict(_NAMES)
    body: list[str] = []
    for index, (value, paths) in enumerate(values):
        reads = [_reading(path, scope) for path in paths]
        for number, read in enumerate(reads[1:], 1):
            body.append(f"  a{index}_{number} = {read}")
        body.append(f"  a{index} = {reads[0]}")
        others = [f"a{index}_{number}" for number in range(1, len(reads))]
        body.append(f"  b{index} = {_made(value, f'a{index}', others)}")
    row = "".join(f"b{index}, " for index in range(len(values)))
    lines = ["def decode(documents):", " found = listed()", " for d in documents:"]
    lines += [*body, f"  found.append(({row}))", " return found"]
    return compile_function("decode", "\n".join(lines), scope)


def _reading(path: Path, scope: dict[str, object]) -> str:
    found = "d"
    for index, name in enumerate(path):
        spelled = f"n{len(scope)}"
        scope[spelled] = name
        is_last = index == len(path) - 1
        found = f"{found}.get({spelled})" if is_last else f"({found}.get({spelled}) or none)"
    return found


def row_encoder(shelf: Shelf) -> Callable[[Sequence[Row]], list[Document]]:
    """A function from rows in stored layout to documents without empty fields, keys included."""
    module = shelf.module
    scope: dict[str, object] = dict(_NAMES)
    body: list[str] = []
    layout = layout_of(module)
    fields = [module.by_name[name] for name in layout.columns[: layout.stored]]
    for place, one in enumerate(fields):
        body.append(f"  if r{place} is not None:")
        for part in parts(one.kind):
            name = f"n{len(scope)}"
            scope[name] = shelf.name(one, part.suffix)
            expression = _encoded(one.kind, part.form, f"r{place}")
            if part.form in ("typed", "whole"):
                body.append(f"   if (x := {expression}) is not None: d[{name}] = x")
            else:
                body.append(f"   d[{name}] = {expression}")
    for number, digest in digests(module):
        scope[f"key{number}"], scope[f"u{number}"] = digest, names.key_name(number)
        body.append(f"  if (x := key{number}(row)) is not None: d[u{number}] = x")
    pattern = "".join(f"r{place}, " for place in range(len(fields)))
    lines = ["def encode(rows):", " found = listed()", " for row in rows:"]
    lines += [f"  ({pattern}) = row", "  d = {}", *body, "  found.append(d)", " return found"]
    return compile_function("encode", "\n".join(lines), scope)


def stored_names(module: Module, shelf: Shelf) -> tuple[str, ...]:
    """All names that a row of `module` may set, but for the id."""
    layout = layout_of(module)
    fields = [module.by_name[name] for name in layout.columns[1 : layout.stored]]
    found = [shelf.name(one, part.suffix) for one in fields for part in parts(one.kind)]
    return (*found, *(names.key_name(number) for number, _ in digests(module)))
