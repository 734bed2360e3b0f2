"""How the suite gets at the backend under test."""

from __future__ import annotations

from typing import Protocol

from crmcore.storage import Backend


class Opening(Protocol):
    """Opens the store called `name`: empty the first time, the same one again after `close`.

    What the fixture `backend` of a suite gives. Names are short words of ASCII letters,
    digits and `_`; each test has stores of its own. A store that is not durable may be new
    each time.
    """

    def __call__(self, name: str = "store", /) -> Backend:
        """The open store `name`."""
        ...
