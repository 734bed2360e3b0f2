"""Encrypted fields beside tables of a host; what a restore under keys left is given up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from sqlalchemy import Engine, insert, select
from tests.adopted.conftest import Databased
from tests.adopted.conftest import database as database
from tests.adopted.erp import CUSTOMER, FIELDS, METADATA, ROWS, Desk, schema
from tests.encryption.conftest import ANNA, KEYS, Opened, told

from crmcore import Field, Schema, Workspace, open_workspace
from crmcore.archive import abandon, backup, renew_keys, restore
from crmcore.archive.loading import Target
from crmcore.encrypting import Keyring, encrypting
from crmcore.kinds import Text
from crmcore.storage.memory import MemoryBackend
from crmcore.work.opening import open_backend

Urls = Callable[[str], str]
PIN = Field("pin", Text(), encrypted=True, unique="exact")
OPEN_PIN = Field("pin", Text(), encrypted=True)
"""Nothing is unique in a table of a host."""
BOTH = Keyring({"first": b"\x01" * 32, "second": b"\x02" * 32}, "second")


def with_pin(module: str = "opportunity") -> Schema:
    found = schema()
    one = found.module(module)
    pin = PIN if module == "opportunity" else OPEN_PIN
    return found.with_module(evolve(one, fields=[*one.fields, pin]))


def founded(engine: Engine, given: Schema) -> Workspace:
    METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(CUSTOMER), list(ROWS))
    return open_workspace(engine, create=True, schema=given, zone="Asia/Shanghai", keys=KEYS)


def adopt(crm: Workspace, **terms: object) -> None:
    crm.adopt("account", CUSTOMER, key="id", fields=FIELDS, zone="Asia/Shanghai", **terms)  # type: ignore[arg-type]


def test_adopted_modules_go_beside_encrypted_fields(database: Databased) -> None:
    engine = database()
    crm = founded(engine, with_pin())
    adopt(crm, writer=Desk(), version="revision")
    accounts = {one["code"]: one.id for one in crm.find("account")}
    assert sorted(accounts) == ["A1", "B2", "C3", "D4"]
    with crm.work() as work:
        work.create("opportunity", {"name": "n", "pin": "SECRET", "account": accounts["A1"]})
        work.create("opportunity", {"name": "m", "pin": "OTHER", "account": accounts["B2"]})
    asked = "pin == 'SECRET' and account.region == 'east'"
    assert [one["pin"] for one in crm.find("opportunity", asked)] == ["SECRET"]
    assert not len(crm.find("opportunity", "pin == 'OTHER' and account.region == 'east'"))
    assert len(crm.find("account", "exists(opportunity, pin == 'OTHER')")) == 1
    assert told(lambda: crm.find("opportunity", "pin > 'A' and account.region == 'east'")) == (
        "encrypted_field"
    )
    with engine.connect() as connection:
        with crm.work(join=connection) as work:
            made = work.create("account", {"name": "新公司", "code": "E5"}).id
            work.create("opportunity", {"name": "k", "pin": "THIRD", "account": made})
        connection.commit()
        codes = connection.execute(select(CUSTOMER.c.code)).scalars().all()
    assert "E5" in codes
    again = open_workspace(engine, keys=BOTH)
    adopt(again)
    full = again.digest("full")
    assert renew_keys(again).values["opportunity"] == 3
    assert again.digest("full") == full
    second = open_workspace(engine, keys=Keyring({"second": b"\x02" * 32}))
    adopt(second)
    assert [one["pin"] for one in second.find("opportunity", "account.code == 'E5'")] == ["THIRD"]


def test_an_adopted_module_is_not_encrypted(database: Databased) -> None:
    engine = database()
    crm = founded(engine, with_pin("account"))
    assert told(lambda: adopt(crm)) == "encrypted_adopted"
    crm.close()


def test_a_field_of_an_adopted_module_is_not_encrypted(database: Databased) -> None:
    crm = founded(database(), schema())
    adopt(crm)
    account = crm.schema.module("account")
    fields = [*account.fields, OPEN_PIN]
    changed = crm.schema.with_module(evolve(account, fields=fields))
    assert told(lambda: crm.configure(changed)) == "encrypted_adopted"
    assert len(crm.find("account")) == 4
    crm.close()


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_a_restore_under_keys_is_abandoned(
    place: str,
    urls: Urls,
    opened: Opened,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_wrapped: bool,
) -> None:
    crm = opened("memory://")
    with crm.work() as work:
        work.create("person", ANNA)
    key = b"\x07" * 32
    backup(crm, tmp_path / "a.crmz", key=key)
    inner = MemoryBackend() if place == "memory" else open_backend(urls(place), create=True)
    target = encrypting(inner, KEYS)
    with monkeypatch.context() as patch:
        patch.setattr(Target, "go_live", _fail)
        with pytest.raises(ZeroDivisionError):
            restore(tmp_path / "a.crmz", target, key=key)
    assert "person" in " ".join(abandon(target if is_wrapped else inner).tables)
    # The next to come has a secret of his own, under whatever keys he brings.
    other = encrypting(inner, Keyring({"other": b"\x09" * 32})) if not is_wrapped else target
    restore(tmp_path / "a.crmz", other, key=key)
    again = open_workspace(other)
    assert again.digest("full") == crm.digest("full")
    assert len(again.find("person", "ident == '110101-XQ'")) == 1
    assert told(lambda: abandon(other)) == "abandon_live"
    inner.close()


def _fail(*_: object) -> None:
    raise ZeroDivisionError
