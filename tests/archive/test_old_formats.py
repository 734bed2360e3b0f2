"""Archives of every version of the format stay readable: these files are never made anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.archive.conftest import BACKENDS

from crmcore import open_workspace
from crmcore.archive import restore, verify
from crmcore.storage import Backend
from crmcore.testing.living.story import state

FIXTURES = Path(__file__).parent / "fixtures"
KEY = bytes(range(32))
BASE = "a92bbc00f81b04fcf8d0b83e5c823c13085ac6d31dddc64e5c9d739b83d3ce5f"
LATER = "dd867deaa4cead02d02941cabd2c2ff1afdade63ae7015a11909f2bad7cb1a83"

FORMATS = [
    (["format-1.crmz"], None, 16, BASE),
    (["format-1.crmz", "format-1-increment.crmz"], None, 17, LATER),
    (["format-1-encrypted.crmz"], KEY, 17, LATER),
]


@pytest.mark.parametrize("to", BACKENDS)
@pytest.mark.parametrize(("names", "key", "position", "full"), FORMATS, ids=lambda one: str(one))
def test_it_is_still_restored(
    to: str,
    names: Sequence[str],
    key: bytes | None,
    position: int,
    full: str,
    stores: Callable[[str], Backend],
) -> None:
    files = [FIXTURES / name for name in names]
    for file in files:
        verify(file, key=key)
    backend = stores(to)
    restore(files, backend, key=key)
    crm = open_workspace(backend)
    found = crm.digest("full")
    assert (found.position, found.value) == (position, full)
    expected = json.loads((FIXTURES / "format-1.json").read_text("utf-8"))
    for moment, seen in expected.items():
        told = json.dumps(state(crm, int(moment)), default=str)
        assert json.loads(told) == seen
    account = crm.find("account", order="id")[0]
    assert crm.history(account)
    with crm.work() as work:
        made = work.create("account", {"name": "goes on", "code": "NEW"})
    crm.undo(made_by(crm, made.id))
    assert not crm.find("account", "code == 'NEW'")


def made_by(crm: object, record: str) -> str:
    """The operation that made a record."""
    from crmcore.work import Workspace

    assert isinstance(crm, Workspace)
    change = crm.history("account", record)[0]
    with crm.work() as work:
        return str(work.get("crm_operation", change.operation)["op_id"])


def test_every_version_has_its_file() -> None:
    from crmcore.archive.manifest import VERSION

    for version in range(1, VERSION + 1):
        assert (FIXTURES / f"format-{version}.crmz").is_file()
