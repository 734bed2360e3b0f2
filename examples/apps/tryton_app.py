"""Opportunities beside the parties of a Tryton server: python tryton_app.py URL

The URL is that of a PostgreSQL server (`postgresql://user:word@host:port/`) on which a
database for Tryton may be made. Parties stay where they are, in `party_party`, and are
written by Tryton alone; opportunities are records of the workspace, in tables of their own in
the same database. A unit of work joins the transaction that Tryton has open, so both are
kept or neither.

Tryton is under the GPL: an application that imports it is too. The library never does.
"""

from __future__ import annotations

import sys
from typing import Any

import trytond.config
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine

from crmcore import Field, Module, Schema, Workspace, open_workspace
from crmcore.kinds import DecimalKind, Link, Text
from crmcore_sql import dbapi, open_sql

ADMIN = 1
PARTY = Table(
    "party_party",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String),
    Column("code", String),
)
SCHEMA = Schema(
    [
        Module("account", [Field("name", Text()), Field("code", Text())], title="name"),
        Module(
            "opportunity",
            [
                Field("name", Text(), required=True),
                Field("account", Link("account")),
                Field("amount", DecimalKind(2)),
            ],
            title="name",
        ),
    ]
)


def make_database(url: str, name: str) -> None:
    """A database of Tryton with its module `party`, on the server at `url`."""
    trytond.config.set("database", "uri", url)
    from trytond import backend
    from trytond.pool import Pool
    from trytond.transaction import Transaction

    server = backend.Database()
    connection = server.get_connection(autocommit=True)
    try:
        server.create(connection, name)
    finally:
        server.put_connection(connection)
        server.close()
    backend.Database(name).init()
    Pool.start()
    pool = Pool(name)
    pool.init(update=["res", "ir"], lang=["en"])
    with Transaction().start(name, 0):
        pool.get("ir.module").update_list()
    pool.init(update=["country", "party"], lang=["en"])


def open_crm(url: str) -> Workspace:
    """The workspace in Tryton's database, its tables named `sales_…`; parties are accounts."""
    backend = open_sql(create_engine(url), create=True, prefix="sales_")
    crm = open_workspace(backend, create=True, schema=SCHEMA)
    crm.adopt("account", PARTY, key="id", fields={"name": "name", "code": "code"})
    return crm


def offer(crm: Workspace, transaction: Any, customer: str, amount: str) -> str:
    """A party of Tryton and an opportunity of ours, in one `transaction` of Tryton."""
    from trytond.pool import Pool

    (party,) = Pool().get("party.party").create([{"name": customer}])
    with crm.work(join=dbapi(transaction.connection, "postgresql")) as work:
        # Seen before Tryton commits it; a link may be told by the name.
        values = {"name": party.name, "account": {"name": party.name}, "amount": amount}
        return work.create("opportunity", values).id


def main() -> None:
    """One offer, kept; another one, taken back."""
    server = sys.argv[1]
    make_database(server, "tryton")
    crm = open_crm(server.replace("postgresql://", "postgresql+psycopg://") + "tryton")
    from trytond.transaction import Transaction

    with Transaction().start("tryton", ADMIN) as transaction:
        offer(crm, transaction, "Alpha", "1,200.00")
    with Transaction().start("tryton", ADMIN) as transaction:
        offer(crm, transaction, "Beta", "900")
        transaction.rollback()
    print(crm.find("opportunity", columns=["name", "account.name", "amount"]))


if __name__ == "__main__":
    main()
