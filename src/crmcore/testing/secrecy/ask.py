"""One public call as data."""

from __future__ import annotations

from attrs import field, frozen


@frozen
class Ask:
    """One public call: its name, the module, and what it is called with."""

    call: str
    module: str
    arguments: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
