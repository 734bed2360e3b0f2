"""The published suite on SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.testing import BackendConformance, Opening
from crmcore_sql.backend import open_sql


class TestSqlite(BackendConformance):
    """Everything, without a known gap."""

    @pytest.fixture
    def backend(self, tmp_path: Path) -> Opening:
        """A file for each store."""
        return lambda name="store": open_sql(f"sqlite:///{tmp_path / name}.db", create=True)
