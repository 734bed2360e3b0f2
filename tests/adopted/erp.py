"""A small application of a host: customers in a table of its own, and a workspace beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from crmcore import Field, Module, Schema, Workspace, open_workspace
from crmcore.kinds import Choice, DecimalKind, Link, Text
from crmcore.kinds import DateTime as Moment
from crmcore.storage.adopted_keys import KeyCodec

METADATA = MetaData()
CUSTOMER = Table(
    "customer",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("label", String(300)),
    Column("code", String(20)),
    Column("region", String(20)),
    Column("credit", Numeric(12, 2)),
    Column("parent_id", Integer),
    Column("opened", DateTime),
    Column("revision", Integer, nullable=False, default=1),
)
ROWS: tuple[Mapping[str, Any], ...] = (
    {"id": 1, "label": "甲公司", "code": "A1", "region": "east", "parent_id": None},
    {"id": 2, "label": " 乙公司 ", "code": "B2", "region": "north", "parent_id": 1},
    {"id": 3, "label": "Élan", "code": "C3", "region": None, "parent_id": 1},
    {"id": 4, "label": None, "code": "D4", "region": "east", "parent_id": 3},
)
FIELDS = {"name": "label", "parent": "parent_id"}


def schema(keeping: Any = "history") -> Schema:
    """Accounts that are to be adopted, and opportunities of our own."""
    account = [
        Field("name", Text(max_length=20), "名称"),
        Field("code", Text()),
        Field("region", Choice(["east", "north"]), "区域"),
        Field("credit", DecimalKind(2)),
        Field("parent", Link("account")),
        Field("opened", Moment()),
    ]
    opportunity = [
        Field("name", Text(), required=True),
        Field("amount", DecimalKind(2)),
        Field("account", Link("account"), "客户"),
        Field("owner", Link("crm_user")),
    ]
    return Schema(
        [
            Module("account", account, title="name", label="客户", keeping=keeping),
            Module("opportunity", opportunity, title="name", label="商机"),
        ]
    )


@frozen
class Erp:
    """The engine of the host, and the workspace in the same database."""

    engine: Engine
    crm: Workspace

    @classmethod
    def made(cls, engine: Engine, **terms: Any) -> Erp:
        """A new database with four customers, which the workspace adopted."""
        METADATA.create_all(engine)
        with engine.begin() as connection:
            connection.execute(insert(CUSTOMER), list(ROWS))
        crm = open_workspace(engine, create=True, schema=schema(), zone="Asia/Shanghai")
        found = cls(engine, crm)
        found.adopt(crm, **terms)
        return found

    def adopt(self, crm: Workspace, **terms: Any) -> None:
        """Bind the customers of the host to the accounts of `crm`."""
        given = {"key": "id", "fields": FIELDS, "zone": "Asia/Shanghai", **terms}
        crm.adopt("account", CUSTOMER, **given)

    def run(self, statement: Any, *rows: Any) -> None:
        """What another part of the host does, committed."""
        with self.engine.begin() as connection:
            connection.execute(statement, *rows)

    def account(self, name: str) -> str:
        """The id of the account called `name`."""
        return self.crm.find("account", f"name == '{name}'")[0].id

    def account_of(self, key: int) -> str:
        """The id of the account of the row `key`."""
        module = self.crm.schema.module("account")
        return KeyCodec("integer", module.number).record(key)


class Desk:
    """The host's own way of writing customers."""

    def create(self, connection: object, values: Mapping[str, object]) -> object:
        """See `AdoptedWriter.create`."""
        assert isinstance(connection, Connection)
        last = connection.execute(select(func.max(CUSTOMER.c.id))).scalar_one()
        connection.execute(insert(CUSTOMER).values(id=last + 1, **self._columns(values)))
        return last + 1

    def update(self, connection: object, key: object, values: Mapping[str, object]) -> None:
        """See `AdoptedWriter.update`."""
        assert isinstance(connection, Connection)
        changed = {**self._columns(values), "revision": CUSTOMER.c.revision + 1}
        connection.execute(update(CUSTOMER).where(CUSTOMER.c.id == key).values(**changed))

    def delete(self, connection: object, key: object) -> None:
        """See `AdoptedWriter.delete`."""
        assert isinstance(connection, Connection)
        connection.execute(delete(CUSTOMER).where(CUSTOMER.c.id == key))

    def _columns(self, values: Mapping[str, object]) -> dict[str, object]:
        return {FIELDS.get(name, name): one for name, one in values.items() if name != "parent"}
