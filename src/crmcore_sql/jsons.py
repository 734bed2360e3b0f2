"""JSON that was stored as a text, read back as a value that cannot be changed."""

from __future__ import annotations

import json

from crmcore.kinds.opaque import FrozenDict, FrozenList


def json_value(value: str) -> object:
    """The value that the JSON `value` spells."""
    return _frozen(json.loads(value))


def json_codes(value: str) -> tuple[str, ...]:
    """The codes of a set that the JSON `value` spells."""
    return tuple(json.loads(value))


def _frozen(value: object) -> object:
    if isinstance(value, dict):
        return FrozenDict({name: _frozen(item) for name, item in value.items()})
    if isinstance(value, list):
        return FrozenList([_frozen(item) for item in value])
    return value
