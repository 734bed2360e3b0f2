"""The shop on FastAPI and SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session
from tests.embedding.conftest import engine as engine
from tests.embedding.conftest import engines as engines
from tests.examples.conftest import example

SHOP = example("fastapi_app")


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys = ON"))
        engine.dispose()
    app = SHOP.make_app(engine)
    with Session(engine) as session, session.begin():
        session.add(SHOP.Product(code="P1", price=Decimal(10)))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def orders(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalars(select(func.count()).select_from(SHOP.Order)).one()


def ordered(client: TestClient, **changed: str) -> tuple[int, dict[str, object]]:
    wanted = {"product": "P1", "code": "A1", "customer": "甲公司", "phone": "138 0013 8000"}
    answer = client.post("/orders", json=wanted | changed, headers={"accept-language": "zh"})
    return answer.status_code, answer.json() if answer.status_code != 500 else {}


def test_both_are_written_or_none(client: TestClient, engine: Engine) -> None:
    crm = client.app.state.crm  # type: ignore[attr-defined]
    status, made = ordered(client)
    assert (status, orders(engine), len(crm.find("account"))) == (201, 1, 1), made
    assert client.get("/orders").json() == [{"id": made["id"], "name": "甲公司"}]
    # The account is refused: no order.
    status, refusal = ordered(client, phone="12", code="A2")
    assert (status, refusal["problems"][0]["field"]) == (422, "phone")  # type: ignore[index]
    # The order is refused by the database: no account, and no trace of one.
    before = str(crm.digest("full"))
    assert ordered(client, product="none", code="A3")[0] == 500
    assert (orders(engine), len(crm.find("account"))) == (1, 1)
    assert str(crm.digest("full")) == before
    # The same customer again is the same account.
    assert ordered(client)[1]["account"] == made["account"]
    assert [one.origin for one in crm.changes()].count("shop") == 1


def test_everybody_sees_his_own(client: TestClient) -> None:
    crm = client.app.state.crm  # type: ignore[attr-defined]
    assert ordered(client)[0] == 201
    with crm.work() as work:
        role = work.find("crm_role", "name == 'sales_rep'")[0]
        work.create("crm_user", {"name": "小李", "login": "li", "roles": [role.id]})
    everything = client.get("/accounts", headers={"X-User": crm.principal}).json()
    assert [one["name"] for one in everything] == ["甲公司"]
    assert client.get("/accounts", headers={"X-User": "li"}).json() == []
    assert client.get("/accounts", headers={"X-User": "nobody"}).status_code == 403
    wrong = client.get("/accounts?where=name ==", headers={"X-User": crm.principal})
    assert wrong.status_code == 400
