"""The published suite over the wrapper: whatever is not encrypted answers as it ever did."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.encrypting import Keyring, encrypting
from crmcore.storage.memory import MemoryBackend
from crmcore.testing import BackendConformance, Opening
from crmcore_sql.backend import open_sql

KEYS = Keyring({"one": b"\x01" * 32})


class TestMemory(BackendConformance):
    """Everything, without a known gap."""

    @pytest.fixture
    def backend(self) -> Opening:
        """A new store each time: it is not durable."""
        return lambda _name="store": encrypting(MemoryBackend(), KEYS)


class TestSqlite(BackendConformance):
    """Everything, without a known gap."""

    @pytest.fixture
    def backend(self, tmp_path: Path) -> Opening:
        """A file for each store."""

        def opened(name: str = "store") -> object:
            return encrypting(open_sql(f"sqlite:///{tmp_path / name}.db", create=True), KEYS)

        return opened  # type: ignore[return-value]
