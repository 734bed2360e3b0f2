"""Whether a new version of a record would be one: an update that changes nothing makes none."""

from __future__ import annotations

from typing import Final

from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module

_STAMPS: Final = len(STAMPS)


def is_unchanged(module: Module, row: Row, former: Row) -> bool:
    """Whether nothing but stamps differs; a value typed differently is another value."""
    if row[_STAMPS:] != former[_STAMPS:]:
        return False
    layout = layout_of(module)
    typed = [layout.index[one.name] for one in module.stored if one.kind.shape == "typed"]
    return all(
        getattr(row[place], "typed", None) == getattr(former[place], "typed", None)
        for place in typed
    )
