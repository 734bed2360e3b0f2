"""YAML: a plain subset. Read from the events of PyYAML, which decides nothing; written here.

`no` is a text, `2024-01-05` is a text, and so is every name; anchors, aliases and tags are
refused, so a small file stays a small value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from crmcore.errors import MissingExtra
from crmcore.evolving.formats.scalars import MAX_DEPTH, bad_file, checked_size, quoted

if TYPE_CHECKING:
    from types import ModuleType

_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,40}", re.ASCII)
_NUMBER: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?", re.ASCII)
_EMPTY: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN: Final = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
# What other readers of YAML take for something else is written in quotes.
_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_PLAIN: Final = re.compile("[A-Za-z_\u4e00-\u9fff]([\\w\u4e00-\u9fff ./-]*[\\w\u4e00-\u9fff])?")
_WIDTH: Final = 92


def read_yaml(text: str) -> object:
    """The data in `text`; raises `SchemaError`, and `MissingExtra` without PyYAML."""
    yaml = _library()
    try:
        return _Reader(iter(yaml.parse(checked_size(text), Loader=yaml.SafeLoader)), yaml).whole()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise bad_file(str(error.problem), mark.line + 1 if mark else None) from None
    except yaml.YAMLError as error:
        raise bad_file(type(error).__name__) from None


def _library() -> ModuleType:
    try:
        return import_module("yaml")
    except ImportError:
        raise MissingExtra("missing_extra", package="PyYAML", extra="yaml") from None


class _Reader:
    """Makes plain data of events."""

    def __init__(self, events: Iterator[Any], yaml: ModuleType) -> None:
        self.events, self.yaml = events, yaml

    def whole(self) -> object:
        """The only document of a stream."""
        next(self.events)
        first = next(self.events)
        if isinstance(first, self.yaml.StreamEndEvent):
            return None
        found = self.value(next(self.events), 0)
        next(self.events)
        end = next(self.events)
        if not isinstance(end, self.yaml.StreamEndEvent):
            raise bad_file("---", _line(end))
        return found

    def value(self, event: Any, depth: int) -> object:
        """The value that begins with `event`."""
        if getattr(event, "anchor", None) is not None:
            raise bad_file(f"&* {event.anchor}", _line(event))
        if getattr(event, "tag", None) not in (None, "!"):
            raise bad_file(str(event.tag), _line(event))
        if depth > MAX_DEPTH:
            raise bad_file(f"> {MAX_DEPTH}", _line(event))
        if isinstance(event, self.yaml.ScalarEvent):
            return scalar(event.value) if event.style is None else event.value
        if isinstance(event, self.yaml.SequenceStartEvent):
            return self.items(depth)
        return self.pairs(depth)

    def items(self, depth: int) -> list[object]:
        """The members of a list."""
        found: list[object] = []
        while not isinstance(event := next(self.events), self.yaml.SequenceEndEvent):
            found.append(self.value(event, depth + 1))
        return found

    def pairs(self, depth: int) -> dict[str, object]:
        """The members of a mapping, whose names are texts, each given once."""
        found: dict[str, object] = {}
        while not isinstance(event := next(self.events), self.yaml.MappingEndEvent):
            if not isinstance(event, self.yaml.ScalarEvent) or event.value in found:
                raise bad_file(str(getattr(event, "value", "?")), _line(event))
            self.value(event, depth)
            found[event.value] = self.value(next(self.events), depth + 1)
        return found


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def scalar(text: str) -> object:
    """What a word without quotes means: nothing, true or false, a number, or itself."""
    if text in _EMPTY:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def yaml_text(data: Mapping[str, object]) -> str:
    """`data` as YAML: blocks, and what is small on one line."""
    return "\n".join(_mapping(data, 0)) + "\n" if data else "{}\n"


def _mapping(data: Mapping[str, object], depth: int) -> Iterator[str]:
    margin = "  " * depth
    for name, value in data.items():
        head = f"{margin}{_word(name)}:"
        flow = _flow(value)
        if len(head) + len(flow) < _WIDTH and (depth > 0 or not isinstance(value, Mapping)):
            yield f"{head} {flow}"
        elif isinstance(value, Mapping) and value:
            yield head
            yield from _mapping(value, depth + 1)
        elif isinstance(value, list | tuple) and value:
            yield head
            yield from _sequence(value, depth + 1)
        else:
            yield f"{head} {flow}"


def _sequence(items: Sequence[object], depth: int) -> Iterator[str]:
    margin = "  " * depth
    for item in items:
        flow = _flow(item)
        if isinstance(item, Mapping) and item and len(margin) + len(flow) >= _WIDTH:
            lines = list(_mapping(item, depth + 1))
            yield f"{margin}- {lines[0].lstrip()}"
            yield from lines[1:]
        else:
            yield f"{margin}- {flow}"


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(name)}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _word(value) if isinstance(value, str) else repr(value)


def _word(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) is not None and text.casefold() not in _WORDS
    return text if is_plain and text.isprintable() else quoted(text)
