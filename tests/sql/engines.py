"""The engines that answers are compared on: `params=ENGINES` for a fixture."""

from __future__ import annotations

from typing import Final

import pytest

ENGINES: Final = ["sqlite", "postgresql", "mariadb"]


def url_of(request: pytest.FixtureRequest, name: str = "store") -> str:
    """The URL of a new store of the engine that the fixture of `request` has as its parameter.

    A server is started only for the tests that need it.
    """
    if request.param == "sqlite":
        return "sqlite://"
    schemas = request.getfixturevalue(f"{request.param}_schemas")
    return str(schemas(name))
