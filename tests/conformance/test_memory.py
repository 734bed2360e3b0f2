"""The published suite on the in-memory backend."""

from __future__ import annotations

import pytest

from crmcore.storage.memory import MemoryBackend
from crmcore.testing import BackendConformance, Opening


class TestMemory(BackendConformance):
    """Everything, without a known gap."""

    @pytest.fixture
    def backend(self) -> Opening:
        """A new store each time: it is not durable."""
        return lambda _name="store": MemoryBackend()
