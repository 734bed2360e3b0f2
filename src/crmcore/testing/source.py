"""Values as the Python code that makes them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import attrs

from crmcore.kinds import Canonical

_WIDTH: Final = 92
_PUBLIC: Final = (
    "crmcore.access",
    "crmcore.kinds",
    "crmcore.query.ast",
    "crmcore.schema",
    "crmcore.testing.secrecy",
    "crmcore.testing",
)


def program(name: str, value: object, *lines: str) -> str:
    """A runnable program: imports, `name = value`, then `lines`."""
    return "\n".join([*_imports(value), "", f"{name} = {source(value)}", *lines, ""])


def _imports(value: object) -> list[str]:
    names: dict[str, set[str]] = {}
    plain: set[str] = set()
    for part in _parts(value):
        if attrs.has(type(part)) or isinstance(part, Canonical):
            module = type(part).__module__
            public = next(one for one in _PUBLIC if module.startswith(one))
            names.setdefault(public, set()).add(type(part).__name__)
        elif isinstance(part, Decimal):
            plain.add("from decimal import Decimal")
        elif isinstance(part, (date, time, timedelta)):
            plain.add("import datetime")
    ours = [f"from {place} import {', '.join(sorted(names[place]))}" for place in sorted(names)]
    return [*sorted(plain, reverse=True), *ours]


def _parts(value: object) -> Iterator[object]:
    yield value
    if attrs.has(type(value)):
        for _, found in _arguments(value):
            yield from _parts(found)
    elif isinstance(value, Mapping):
        for key, found in value.items():
            yield from _parts(key)
            yield from _parts(found)
    elif isinstance(value, (tuple, list)):
        for found in value:
            yield from _parts(found)


def _arguments(value: object) -> Iterator[tuple[str, object]]:
    """Names and values of what a class is made with, but for what it would take by itself."""
    kind: Any = type(value)
    for one in attrs.fields(kind):
        if not one.init or one.name.startswith("_") or one.eq is False:
            continue
        found = getattr(value, one.name)
        default = one.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            default = None if default.takes_self else default.factory()
        if default is attrs.NOTHING or type(found) is not type(default) or found != default:
            yield one.name, found


def source(value: object, depth: int = 0) -> str:
    """`value` as an expression."""
    if attrs.has(type(value)):
        parts = [f"{name}={source(found, depth + 1)}" for name, found in _arguments(value)]
        return _laid_out(f"{type(value).__name__}(", parts, ")", depth)
    if isinstance(value, Mapping):
        items = [f"{source(key)}: {source(found, depth + 1)}" for key, found in value.items()]
        return _laid_out("{", items, "}", depth)
    if isinstance(value, tuple):
        items = [source(item, depth + 1) for item in value]
        if len(items) == 1 and "\n" not in items[0]:
            return f"({items[0]},)"
        return _laid_out("(", items, ")", depth)
    if isinstance(value, list):
        return _laid_out("[", [source(item, depth + 1) for item in value], "]", depth)
    if isinstance(value, (datetime, str, int, float, Decimal, date, time, timedelta)):
        return repr(value)
    if value is None:
        return "None"
    raise TypeError(f"no source for {type(value).__name__}")


def _laid_out(begin: str, parts: Iterable[str], end: str, depth: int) -> str:
    parts = list(parts)
    line = f"{begin}{', '.join(parts)}{end}"
    if "\n" not in line and len(line) + 4 * depth <= _WIDTH:
        return line
    inner = "".join(f"{'    ' * (depth + 1)}{part},\n" for part in parts)
    return f"{begin}\n{inner}{'    ' * depth}{end}"
