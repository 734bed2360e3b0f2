"""Imported before all else of this package: says which extra is missing."""

from __future__ import annotations

from importlib.util import find_spec

from crmcore.errors import MissingExtra

if find_spec("pymongo") is None:
    raise MissingExtra("missing_extra", package="pymongo", extra="mongodb")
