"""What happens beside a Tryton server, as one JSON line.

Words: folder of examples, URL of the server, URL of the database, its name."""

from __future__ import annotations

import json
import sys

sys.path.insert(0, sys.argv[1])

import tryton_app
from sqlalchemy import create_engine, text

server, url, name = sys.argv[2:]
tryton_app.make_database(server, name)

from trytond.pool import Pool  # noqa: E402
from trytond.transaction import Transaction  # noqa: E402

from crmcore import CrmError  # noqa: E402
from crmcore_sql import dbapi  # noqa: E402

crm = tryton_app.open_crm(url)
told: dict[str, object] = {}


def counts() -> list[int]:
    with create_engine(url).connect() as connection:
        parties = connection.execute(text("SELECT count(*) FROM party_party")).scalar_one()
    return [parties, len(crm.find("account")), len(crm.find("opportunity"))]


def digest() -> str:
    return str(crm.digest("full"))


told["empty"] = counts()
with Transaction().start(name, tryton_app.ADMIN) as transaction:
    tryton_app.offer(crm, transaction, "Alpha", "1,200.00")
    told["nobody else sees it yet"] = counts()
told["kept"] = counts()

before = digest()
with Transaction().start(name, tryton_app.ADMIN) as transaction:
    tryton_app.offer(crm, transaction, "Beta", "900")
    transaction.rollback()
told["taken back"] = [*counts(), digest() == before]

with Transaction().start(name, tryton_app.ADMIN) as transaction:
    Pool().get("party.party").create([{"name": "Gamma"}])
    try:
        with crm.work(join=dbapi(transaction.connection, "postgresql")) as work:
            work.create("opportunity", {"name": "x", "amount": "no number"})
    except CrmError as error:
        told["refused"] = error.problems[0].field
told["the party stays where ours was refused"] = counts()

with Transaction().start(name, tryton_app.ADMIN) as transaction:
    party = Pool().get("party.party")
    (alpha,) = party.search([("name", "=", "Alpha")])
    alpha.name = "Alpha Ltd"
    alpha.save()
    with crm.work(join=dbapi(transaction.connection, "postgresql")) as work:
        found = work.find("opportunity", "account.name == 'Alpha Ltd'")
        told["renamed, before the commit"] = [str(one["amount"]) for one in found]
told["with opportunities"] = [
    one["name"] for one in crm.find("account", "exists(opportunity)", order="name")
]
try:
    with (
        Transaction().start(name, tryton_app.ADMIN) as transaction,
        crm.work(join=dbapi(transaction.connection, "postgresql")) as work,
    ):
        work.create("account", {"name": "x"})
except CrmError as error:
    told["parties are written by Tryton alone"] = error.code
told["sealed"] = len(list(crm.changes())) > 2
print(json.dumps(told, ensure_ascii=False))
