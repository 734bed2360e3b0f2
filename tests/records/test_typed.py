"""Typed views: a record as a user's own attrs class, strictly, and back again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any, Literal, Optional

import pytest
from attrs import Factory, define, evolve, field, frozen
from tests.records.test_record import MOMENT, record

from crmcore.errors import Invalid, SchemaError
from crmcore.kinds import (
    AnyMoney,
    Boolean,
    Choice,
    Date,
    DateTime,
    Duration,
    Integer,
    Json,
    Link,
    Money,
    MoneyKind,
    MultiChoice,
    MultiLink,
    Phone,
    Rating,
    Text,
    WallTime,
)
from crmcore.records import Record
from crmcore.records.typed import values, view
from crmcore.schema import Field, Module

DEAL = Module(
    "deal",
    [
        Field("name", Text(), "名称"),
        Field("stage", Choice(options=["first", "won"]), "阶段"),
        Field("tags", MultiChoice(options=["a", "b", "c"])),
        Field("amount", MoneyKind(), "金额"),
        Field("price", AnyMoney()),
        Field("pieces", Integer()),
        Field("stars", Rating()),
        Field("urgent", Boolean()),
        Field("closes_on", Date()),
        Field("met_at", DateTime()),
        Field("opens", WallTime()),
        Field("lasts", Duration()),
        Field("phone", Phone()),
        Field("account", Link("account")),
        Field("people", MultiLink("contact")),
        Field("more", Json()),
    ],
    title="name",
)
GIVEN: dict[str, object] = {
    "name": "大单",
    "stage": "won",
    "tags": ["b", "a"],
    "amount": "1,200.5",
    "price": "3 USD",
    "pieces": 12,
    "stars": 5,
    "urgent": False,
    "closes_on": "2024-02-29",
    "met_at": MOMENT,
    "opens": "9:30",
    "lasts": 90,
    "phone": "138 0013 8000",
    "account": f"{5:032x}",
    "people": [f"{6:032x}"],
    "more": {"a": [1, {"b": None}]},
}


def deal(**given: object) -> Record:
    """A record whose values are the normal forms of `given`."""
    return record(
        DEAL, **{name: DEAL.field(name).kind.normalize(value) for name, value in given.items()}
    )


FULL = deal(**GIVEN)


class Stage(Enum):
    FIRST = "first"
    WON = "won"


class Tag(StrEnum):
    A = "a"
    B = "b"
    C = "c"


@frozen
class Deal:
    """All of a deal."""

    id: str
    name: str
    stage: Stage
    tags: tuple[Tag, ...]
    amount: Decimal
    price: Money
    pieces: int
    stars: Decimal
    urgent: bool
    closes_on: date
    met_at: datetime
    opens: time
    lasts: timedelta
    phone: str
    account: str
    people: frozenset[str]
    more: dict[str, Any]
    version: int
    created_at: datetime


def test_a_view_holds_every_value_as_it_is() -> None:
    found = view(FULL, Deal)
    assert found == Deal(
        id=FULL.id,
        name="大单",
        stage=Stage.WON,
        tags=(Tag.A, Tag.B),
        amount=Decimal("1200.50"),
        price=Money(Decimal("3.0000"), "USD"),
        pieces=12,
        stars=Decimal(5),
        urgent=False,
        closes_on=date(2024, 2, 29),
        met_at=MOMENT,
        opens=time(9, 30),
        lasts=timedelta(minutes=90),
        phone="+8613800138000",
        account=f"{5:032x}",
        people=frozenset({f"{6:032x}"}),
        more={"a": [1, {"b": None}]},
        version=1,
        created_at=MOMENT,
    )
    assert found.urgent is False
    assert view(FULL, Deal) == found


def test_what_a_view_says_makes_the_same_record_again() -> None:
    said = values(view(FULL, Deal))
    assert said.keys() == GIVEN.keys()
    assert deal(**said) == FULL
    assert values(view(FULL, Deal), since=FULL) == {}


@define
class Small:
    """Some of a deal, by names and by labels."""

    名称: str
    amount: Optional[Decimal] = None  # noqa: UP045 - the way many write it
    stage: Literal["first", "won"] | None = None
    lasts: timedelta | None = None
    note: str = field(default="", init=False)
    _pieces: int | None = None


def test_a_view_may_name_some_fields_by_their_labels() -> None:
    found = view(deal(name="x", stage="first", pieces=3), Small)
    assert (found.名称, found.amount, found.stage, found.lasts) == ("x", None, "first", None)
    assert found == Small("x", stage="first", pieces=3)
    assert values(found) == {
        "名称": "x",
        "amount": None,
        "stage": "first",
        "lasts": None,
        "pieces": 3,
    }


def test_only_what_was_changed_is_written_back() -> None:
    @define
    class Plain:
        name: str
        amount: Decimal | None
        tags: list[str] | None = None
        account: object = None

    found = view(FULL, Plain)
    found.amount = Decimal("1200.5")
    assert values(found, since=FULL) == {}
    found.tags = ["b", "c"]
    found.account = {"code": "A001"}
    assert values(found, since=FULL) == {"tags": ["b", "c"], "account": {"code": "A001"}}
    assert values(found)["amount"] == Decimal("1200.5")
    assert values(evolve(found, amount="a lot"), since=FULL)["amount"] == "a lot"  # type: ignore[arg-type]


def test_fields_that_the_module_lacks_are_all_told() -> None:
    @frozen
    class Wrong:
        nmae: str
        name: str
        budget: Decimal
        salt: str

    with pytest.raises(SchemaError) as caught:
        view(FULL, Wrong)
    told = {problem.params["name"]: problem.code for problem in caught.value.problems}
    assert told == {"nmae": "unknown_field", "budget": "unknown_field", "salt": "name_reserved"}
    assert caught.value.problems[0].params["suggestion"] == "name"


class Number(IntEnum):
    NONE = 0
    FIVE = 5


class Other(StrEnum):
    X = "x"


STRICT: dict[str, tuple[str, Any]] = {
    "a false of text": ("urgent", str),
    "a truth of a number": ("pieces", bool),
    "a number of a truth": ("urgent", int),
    "a level of a truth": ("urgent", Number),
    "a level of a decimal": ("stars", Number),
    "a float of a decimal": ("amount", float),
    "an integer of a decimal": ("stars", int),
    "a decimal of an integer": ("pieces", Decimal),
    "a text of a decimal": ("amount", str),
    "a text of a day": ("closes_on", str),
    "an instant of a day": ("closes_on", datetime),
    "a day of an instant": ("met_at", date),
    "minutes of a length": ("lasts", int),
    "money of a decimal": ("amount", Money),
    "letters of a text": ("name", tuple[str, ...]),
    "letters of a text in a list": ("name", list[str]),
    "a text of a set": ("tags", str),
    "numbers of codes": ("tags", tuple[int, ...]),
    "an unknown literal": ("stage", Literal["first"]),
    "an unknown member": ("stage", Other),
    "unknown members": ("tags", frozenset[Other]),
    "a mapping of a text": ("name", dict[str, str]),
}


@pytest.mark.parametrize("case", STRICT)
def test_nothing_is_turned_into_something_else(case: str) -> None:
    name, wanted = STRICT[case]
    cls = define(type("Strict", (), {"__annotations__": {name: wanted}}))
    with pytest.raises(Invalid) as caught:
        view(FULL, cls)
    problem = caught.value.problems[0]
    assert (problem.code, problem.field, problem.record) == ("view_value", name, FULL.id)
    assert problem.message("zh") != "view_value"


def test_an_empty_value_needs_an_optional_attribute() -> None:
    @frozen
    class Full:
        name: str
        pieces: int = 5
        tags: tuple[str, ...] = Factory(tuple)

    with pytest.raises(Invalid) as caught:
        view(deal(), Full)
    told = [(problem.code, problem.field) for problem in caught.value.problems]
    # A default is for what is not said, never for what is empty.
    assert told == [("view_empty", "name"), ("view_empty", "pieces"), ("view_empty", "tags")]
    assert "optional" in caught.value.message("en")


@frozen
class Details:
    a: list[Any]


@frozen
class WithDetails:
    more: Details


@frozen
class Extra:
    a: list[Any]
    b: int


@frozen
class WithExtra:
    more: Extra


@frozen
class Empty:
    pass


@frozen
class WithEmpty:
    more: Empty


def test_a_json_value_may_be_a_class_of_its_own() -> None:
    found = view(FULL, WithDetails)
    assert found.more.a == [1, {"b": None}]
    assert values(found, since=FULL) == {}
    for cls in (WithExtra, WithEmpty):
        with pytest.raises(Invalid):
            view(FULL, cls)


def test_what_is_no_view_is_refused_by_name() -> None:
    class Plain:
        name: str

    with pytest.raises(SchemaError) as caught:
        view(FULL, Plain)
    assert caught.value.code == "not_a_view"
    with pytest.raises(Invalid):
        values(Plain())

    @frozen
    class Unknown:
        name: Nowhere  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(SchemaError) as caught:
        view(FULL, Unknown)
    assert caught.value.code == "view_type"

    @frozen
    class Odd:
        name: str | int | date

    with pytest.raises((SchemaError, Invalid)):
        view(FULL, Odd)
