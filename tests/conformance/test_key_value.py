"""The published suite on the sample backend of `examples/`, and what it says of itself."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from examples.backends import key_value
from examples.backends.key_value import KeyValueBackend
from tests.faults.processes import process

from crmcore import Field, Module, Schema, Workspace, open_workspace
from crmcore.errors import Duplicate
from crmcore.kinds import Text
from crmcore.storage import Insert, Intent
from crmcore.testing import BackendConformance, Opening
from crmcore.testing.rows import new_row, record_id

SCHEMA = Schema([Module("account", [Field("name", Text(), unique="folded")], title="name")])
COMMITS = 20


class TestKeyValue(BackendConformance):
    """Everything, without a known gap."""

    @pytest.fixture
    def backend(self, tmp_path: Path) -> Opening:
        """A folder for each store."""

        def opened(name: str = "store") -> KeyValueBackend:
            (tmp_path / name).mkdir(exist_ok=True)
            return KeyValueBackend(str(tmp_path / name))

        return opened


def opened(folder: Path) -> Workspace:
    return open_workspace(KeyValueBackend(str(folder)), create=True, schema=SCHEMA)


def test_a_workspace_lives_on_it_with_its_past(tmp_path: Path) -> None:
    crm = opened(tmp_path)
    with crm.work() as work:
        one = work.create("account", {"name": "Acme"}).id
    with pytest.raises(Duplicate), crm.work() as work:
        work.create("account", {"name": "ACME"})
    with crm.work(op_id="rename") as work:
        work.update("account", work.get("account", one), {"name": "Beta"})
    crm.close()
    crm = opened(tmp_path)
    assert [found["name"] for found in crm.find("account", "name == 'Beta'")] == ["Beta"]
    assert len(list(crm.history("account", one))) == 2
    crm.undo("rename")
    assert crm.get("account", one)["name"] == "Acme"
    crm.close()


def killed(folder: str, told: str) -> None:
    """Commit, tell of it, and be killed in the middle of the next one."""
    backend = KeyValueBackend(folder)
    crm = open_workspace(backend, create=True, schema=SCHEMA)
    for number in range(COMMITS):
        with crm.work() as work:
            work.create("account", {"name": f"n{number}"})
        Path(told).write_text(str(number))
    module = crm.schema.module("account")
    transaction = backend.begin(Intent.WRITE)
    transaction.apply([Insert(module, [new_row(module, record_id(1), 1, {"name": "never"})])])
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_was_committed_outlives_the_process(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    child = process(killed, str(tmp_path / "store"), str(tmp_path / "told"))
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    assert (tmp_path / "told").read_text() == str(COMMITS - 1)
    crm = opened(tmp_path / "store")
    assert {one["name"] for one in crm.find("account")} == {f"n{n}" for n in range(COMMITS)}
    crm.close()


def test_it_is_as_short_as_is_said() -> None:
    assert len(Path(str(key_value.__file__)).read_text("utf-8").splitlines()) <= 120
