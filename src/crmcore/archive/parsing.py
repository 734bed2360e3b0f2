"""Lines back to rows: most by one pattern of their module, the others as JSON.

The pattern knows the values that are common, in the order in which they are written. It may
take for a line what is none: who does not trust the file writes the rows again and compares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from attrs import define, field

from crmcore.archive.lines import column_name
from crmcore.archive.modules import ArchivedModule
from crmcore.codegen import compile_function
from crmcore.kinds import Kind
from crmcore.records.values import (
    INSTANT,
    Unreadable,
    read_instant,
    read_text,
    scaled_pattern,
    value_reader,
)
from crmcore.storage import Row

FEW: Final = 200
"""For so few lines no pattern is made."""

_NOTHING: Final[Mapping[str, object]] = {}
_SHORT: Final = 2
_LONG: Final = 3

# Everything is possessive: no line makes the pattern try twice.
_INNER: Final = r'[^"\\\x00-\x1f]*+(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*+)*+'
_STRING: Final = f'"{_INNER}"'
_PLAIN: Final[Mapping[str, tuple[str, str]]] = {
    "text": (f'"({_INNER})"', "v if escape not in v else unescaped(v)"),
    "integer": ("(-?[0-9]{1,18})", "integer(v)"),
    "boolean": ("(true|false)", "v == 'true'"),
    "date": ('"([0-9]{4}-[0-9]{2}-[0-9]{2})"', "day(v)"),
    "instant": (f'"({INSTANT})"', "instant(v)"),
    "id": ('"([0-9a-f]{32})"', "v"),
}
_AS_JSON: Final[Mapping[str, str]] = {
    "typed": rf'({_STRING}|\{{"typed":{_STRING},"value":{_STRING}\}})',
    "codes": rf"(\[{_STRING}(?:,{_STRING})*+\])",
    "money": rf'(\{{"amount":{_STRING},"currency":{_STRING}\}})',
    "minutes": f"({_STRING})",
    "milliseconds": "(-?[0-9]{1,18})",
}


def _unescaped(inner: str) -> str:
    return read_text(json.loads(f'"{inner}"'))


_NAMES: Final[Mapping[str, object]] = {
    "escape": "\\",
    "unescaped": _unescaped,
    "integer": int,
    "number": Decimal,
    "day": date.fromisoformat,
    "instant": read_instant,
}


@define
class LineParser:
    """Reads lines of one module."""

    module: ArchivedModule
    _decode: Callable[[Mapping[str, object], Mapping[str, object]], Row] = field(init=False)
    _pattern: re.Pattern[str] | None = field(default=None, init=False)
    _build: Callable[[Sequence[str | None]], Row] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._decode = _decoder(self.module)

    def rows(self, lines: Sequence[bytes]) -> list[Row]:
        """The rows of `lines`; raises `ValueError`, `TypeError` and others of their kin."""
        if self._pattern is None:
            if len(lines) <= FEW:
                return [self._by_json(line.decode()) for line in lines]
            self._pattern, self._build = _quick(self.module)
        match, build = self._pattern.fullmatch, self._build
        rows: list[Row] = []
        for line in lines:
            text = line.decode()
            found = match(text)
            rows.append(self._by_json(text) if found is None else build(found.groups()))
        return rows

    def _by_json(self, line: str) -> Row:
        parts = json.loads(line)
        if parts[0] != self.module.module.name or not _SHORT <= len(parts) <= _LONG:
            raise Unreadable("not a line of this module")
        return self._decode(parts[1], _NOTHING if len(parts) == _SHORT else parts[2])


def _decoder(module: ArchivedModule) -> Callable[..., Row]:
    """From the values of a line, and its further ones, to a row."""
    counted, further = dict(module.counted), dict(module.further)
    names: dict[str, object] = {}
    parts: list[str] = []
    for place in range(module.width + 2):
        source, one = ("d", counted[place]) if place in counted else ("e", further[place])
        names[f"n{place}"] = one.name if source == "d" else column_name(one)
        names[f"k{place}"] = value_reader(one.kind)
        parts.append(f"None if (v := {source}.get(n{place})) is None else k{place}(v)")
    return compile_function("decode", f"def decode(d, e):\n return ({', '.join(parts)},)", names)


def _quick(module: ArchivedModule) -> tuple[re.Pattern[str], Callable[..., Row]]:
    """A pattern of lines, and the function from its groups to a row."""
    names: dict[str, object] = dict(_NAMES)
    values = dict.fromkeys(range(module.width + 2), "None")
    parts: list[str] = []
    for named in (
        {one.name: (place, one) for place, one in module.counted},
        {column_name(one): (place, one) for place, one in module.further},
    ):
        found = ""
        for name in sorted(named):
            place, one = named[name]
            known = _form(one.kind, f"k{place}", names)
            if known is None:
                continue
            number = sum(value != "None" for value in values.values())
            values[place] = f"None if (v := g[{number}]) is None else {known[1]}"
            found += f'(?:,?+"{re.escape(name)}":{known[0]})?+'
        parts.append(found)
    source = f"def build(g):\n return ({', '.join(values[one] for one in sorted(values))},)"
    pattern = rf'\["{module.module.name}",\{{{parts[0]}\}}(?:,\{{{parts[1]}\}})?+\]'
    return re.compile(pattern), compile_function("build", source, names)


def _form(kind: Kind, name: str, names: dict[str, object]) -> tuple[str, str] | None:
    """The pattern of values of `kind`, and what makes one of its group; `None`: left to JSON."""
    if kind.shape == "scaled":
        return f'"({scaled_pattern(kind.scale)})"', "number(v)"
    if kind.shape in _PLAIN:
        return _PLAIN[kind.shape]
    pattern = _AS_JSON.get(kind.shape)
    if pattern is None:
        return None
    read = value_reader(kind)

    def from_json(text: str) -> object:
        return read(json.loads(text))

    names[name] = from_json
    return pattern, f"{name}(v)"
