"""Writers of a host that fail, lie, or do only half of it: nothing is kept of what they did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, select, update
from tests.adopted.erp import CUSTOMER, Desk, Erp

from crmcore import CrmError, UnitOfWork
from crmcore.errors import UnitOfWorkClosed


class Trouble(Exception):
    """What only the host knows."""


class Raising(Desk):
    """Writes, and then fails."""

    def create(self, connection: object, values: Mapping[str, object]) -> object:
        super().create(connection, values)
        raise Trouble

    def update(self, connection: object, key: object, values: Mapping[str, object]) -> None:
        super().update(connection, key, values)
        raise Trouble

    def delete(self, connection: object, key: object) -> None:
        super().delete(connection, key)
        raise Trouble


class Lying(Desk):
    """Answers `key` for what it made, and changes and removes the row of `key` instead."""

    def __init__(self, key: object) -> None:
        self.key = key

    def create(self, connection: object, values: Mapping[str, object]) -> object:
        super().create(connection, values)
        return self.key

    def update(self, connection: object, key: object, values: Mapping[str, object]) -> None:
        super().update(connection, self.key, values)

    def delete(self, connection: object, key: object) -> None:
        super().delete(connection, self.key)


class Idle(Desk):
    """Does nothing, and says so to nobody."""

    def update(self, connection: object, key: object, values: Mapping[str, object]) -> None:
        """Nothing."""

    def delete(self, connection: object, key: object) -> None:
        """Nothing."""


class Careless(Desk):
    """Forgets the version, or stores another value."""

    def create(self, connection: object, values: Mapping[str, object]) -> object:
        return super().create(connection, {**values, "name": "something else"})

    def update(self, connection: object, key: object, values: Mapping[str, object]) -> None:
        assert isinstance(connection, Connection)
        row = CUSTOMER.c.id == key
        connection.execute(update(CUSTOMER).where(row).values(**self._columns(values)))


class Ending(Desk):
    """Ends the transaction of his own application, and so our unit's."""

    def __init__(self, how: str) -> None:
        self.how = how

    def create(self, connection: object, values: Mapping[str, object]) -> object:
        made = super().create(connection, values)
        getattr(connection, self.how)()
        return made


def create(work: UnitOfWork, erp: Erp) -> None:
    work.create("account", {"name": "新"})


def create_two(work: UnitOfWork, erp: Erp) -> None:
    work.create_all("account", [{"name": "新"}, {"name": "又"}])


def change(work: UnitOfWork, erp: Erp) -> None:
    work.update("account", erp.account_of(2), {"name": "改"})


def remove(work: UnitOfWork, erp: Erp) -> None:
    work.delete("account", erp.account_of(4))


Do = Callable[[UnitOfWork, Erp], None]
CASES: dict[str, tuple[Desk, Do, str | None]] = {
    "raises creating": (Raising(), create, None),
    "raises updating": (Raising(), change, None),
    "raises deleting": (Raising(), remove, None),
    "key of another row": (Lying(1), create, "writer_differs"),
    "key of no row": (Lying(999), create, "record_changed"),
    "no key": (Lying(None), create, "bad_key"),
    "half a key": (Lying(1.5), create, "bad_key"),
    "words for a key": (Lying("甲公司"), create, "bad_key"),
    "one key for two": (Lying(5), create_two, "writer_repeats"),
    "changes another row": (Lying(1), change, "writer_differs"),
    "removes another row": (Lying(2), remove, "writer_differs"),
    "changes nothing": (Idle(), change, "writer_differs"),
    "removes nothing": (Idle(), remove, "writer_differs"),
    "another value": (Careless(), create, "writer_differs"),
    "the version stays": (Careless(), change, "writer_version"),
}


def rows(connection: Any) -> list[tuple[Any, ...]]:
    return [tuple(one) for one in connection.execute(select(CUSTOMER).order_by(CUSTOMER.c.id))]


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_kept_of_what_a_bad_writer_did(erp: Erp, name: str) -> None:
    writer, do, code = CASES[name]
    erp.adopt(erp.crm, writer=writer, version="revision")
    before, sets = erp.crm.digest("full").value, len(list(erp.crm.changes()))
    with erp.engine.connect() as connection:
        connection.execute(CUSTOMER.insert().values(id=50, label="theirs", revision=1))
        kept = rows(connection)

        def run() -> None:
            with erp.crm.work(join=connection) as work:
                work.create("opportunity", {"name": "ours", "account": erp.account_of(1)})
                do(work, erp)

        with pytest.raises(Trouble if code is None else CrmError) as caught:
            run()
        assert code is None or getattr(caught.value, "code", "") == code
        # What the host did before in his transaction stands, and is his to commit.
        assert rows(connection) == kept
        connection.commit()
    assert len(erp.crm.find("account")) == 5
    assert len(erp.crm.find("opportunity")) == 0
    assert erp.crm.digest("full").value == before
    assert len(list(erp.crm.changes())) == sets


@pytest.mark.parametrize("name", ["raises creating", "key of another row", "changes nothing"])
def test_a_unit_is_over_though_its_error_is_caught(erp: Erp, name: str) -> None:
    writer, do, _ = CASES[name]
    erp.adopt(erp.crm, writer=writer, version="revision")
    with erp.engine.connect() as connection:
        kept = rows(connection)

        def go_on() -> None:
            with erp.crm.work(join=connection) as work:
                with pytest.raises((Trouble, CrmError)):
                    do(work, erp)
                work.create("opportunity", {"name": "after all"})

        with pytest.raises(UnitOfWorkClosed):
            go_on()
        assert rows(connection) == kept
        connection.commit()
    assert len(erp.crm.find("opportunity")) == 0


def test_an_honest_writer_is_believed(erp: Erp) -> None:
    erp.adopt(erp.crm, writer=Desk(), version="revision")
    with erp.engine.begin() as connection, erp.crm.work(join=connection) as work:
        create_two(work, erp)
        change(work, erp)
        remove(work, erp)
    assert {one["name"] for one in erp.crm.find("account")} == {"甲公司", "改", "Élan", "新", "又"}


@pytest.mark.parametrize("how", ["commit", "rollback"])
def test_a_writer_ends_no_transaction(erp: Erp, how: str) -> None:
    erp.adopt(erp.crm, writer=Ending(how), version="revision")
    before = erp.crm.digest("full").value

    def run(connection: Connection) -> None:
        with erp.crm.work(join=connection) as work:
            work.create("opportunity", {"name": "ours"})
            create(work, erp)

    with erp.engine.connect() as connection:
        with pytest.raises(CrmError) as caught:
            run(connection)
        assert caught.value.code == "writer_ends"
    assert len(erp.crm.find("account")) == 4
    assert erp.crm.digest("full").value == before
