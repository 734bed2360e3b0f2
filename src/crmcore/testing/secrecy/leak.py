"""A planted leak as a value."""

from __future__ import annotations

from typing import Any

from attrs import frozen

Patch = tuple[object, str, Any]
"""An object, the name of one of its attributes, and what it is for a while."""


@frozen
class Leak:
    """One hole: `what` it lets out in a sentence, and the attributes exchanged to open it."""

    name: str
    what: str
    patches: tuple[Patch, ...]
