"""A shop on FastAPI and SQLAlchemy that keeps its customers here.

Orders are the shop's own table, accounts are records of the workspace, and both are written
in one transaction: an order that is refused leaves no account, an account that is refused
no order. `python fastapi_app.py` serves it, where uvicorn is installed.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import Engine, ForeignKey, Numeric, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from crmcore import CrmError, Workspace, open_workspace
from crmcore.schema.standard import standard_schema


class Base(DeclarativeBase):
    """The shop's own tables."""


class Product(Base):
    """What can be ordered."""

    __tablename__ = "product"
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))


class Order(Base):
    """One order; `account` is the id of a record of the workspace."""

    __tablename__ = "shop_order"
    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(ForeignKey("product.code"))
    account: Mapped[str] = mapped_column(String(32))


class NewOrder(BaseModel):
    """What a customer sends."""

    product: str
    code: str
    customer: str
    phone: str


def make_app(engine: Engine) -> FastAPI:
    """The application on a database that belongs to the shop."""
    Base.metadata.create_all(engine)
    crm = open_workspace(engine, create=True, schema=standard_schema())
    app = FastAPI()
    app.state.crm = crm

    def session() -> Iterator[Session]:
        with Session(engine) as made, made.begin():
            yield made

    def reader(user: Annotated[str, Header(alias="X-User")]) -> Workspace:
        return crm.as_(user)

    @app.exception_handler(CrmError)
    def refused(request: Request, error: CrmError) -> JSONResponse:
        language = "zh" if "zh" in request.headers.get("accept-language", "") else "en"
        return JSONResponse(error.to_dict(language), error.http_status)

    @app.post("/orders", status_code=201)
    def order(
        wanted: NewOrder, session: Annotated[Session, Depends(session, scope="function")]
    ) -> dict[str, object]:
        with crm.work(join=session, origin="shop") as work:
            values = {"name": wanted.customer, "phone": wanted.phone}
            account = work.upsert("account", {"code": wanted.code}, values)
        made = Order(product=wanted.product, account=account.id)
        session.add(made)
        session.flush()
        return {"id": made.id, "account": account.id}

    @app.get("/orders")
    def orders(session: Annotated[Session, Depends(session)]) -> list[dict[str, object]]:
        account = crm.table("account")
        query = select(Order.id, account.c.name).join(account, account.c.id == Order.account)
        return [dict(row) for row in session.execute(query.order_by(Order.id)).mappings()]

    @app.get("/accounts")
    def accounts(
        crm: Annotated[Workspace, Depends(reader)], where: str | None = None
    ) -> list[dict[str, object]]:
        return [{"id": one.id, "name": one["name"]} for one in crm.find("account", where)]

    return app


def main() -> None:
    """Serve a shop of two products from one file."""
    import uvicorn

    engine = create_engine("sqlite:///shop.db")
    app = make_app(engine)
    with Session(engine) as session, session.begin():
        session.merge(Product(code="P1", price=Decimal(10)))
    uvicorn.run(app)


if __name__ == "__main__":
    main()
