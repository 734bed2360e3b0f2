"""A company whose rights are reviewed."""

from __future__ import annotations

from tests.access.conftest import clock as clock
from tests.access.conftest import company as company
from tests.access.conftest import local as local
from tests.access.conftest import url as url
from tests.servers.mongodb import mongodb as mongodb
from tests.servers.mongodb import mongodb_stores as mongodb_stores
