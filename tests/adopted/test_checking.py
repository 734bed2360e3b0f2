"""What does not fit is listed before a table is adopted: where, why, how often, for example."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import evolve
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert
from tests.adopted.conftest import Databased
from tests.adopted.erp import CUSTOMER, FIELDS, METADATA, ROWS, schema

from crmcore import Field, Module
from crmcore.kinds import DateTime, Text
from crmcore_sql.adopt_check import Misfit, check

ACCOUNT = evolve(schema("adopted").module("account"), number=101)


def customers(database: Databased, *more: dict[str, object]) -> Engine:
    engine = database()
    METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(CUSTOMER), list(ROWS))
        for row in more:
            connection.execute(insert(CUSTOMER), [row])
    return engine


def found(misfits: list[Misfit]) -> dict[tuple[str, str | None], int]:
    return {(one.code, one.field): one.count for one in misfits}


def test_nothing_is_listed_where_all_fits(database: Databased) -> None:
    engine = customers(database)
    assert check(engine, ACCOUNT, CUSTOMER, key="id", fields=FIELDS, zone="UTC") == []


def test_values_that_do_not_fit_are_counted_with_samples(database: Databased) -> None:
    engine = customers(
        database,
        {"id": 7, "label": "x" * 21, "region": "nowhere"},
        {"id": 8, "label": "y" * 300},
        {"id": 9, "label": "a\x01b"},
    )
    misfits = check(engine, ACCOUNT, CUSTOMER, key="id", fields=FIELDS, zone="UTC")
    assert found(misfits) == {
        ("text_too_long", "name"): 2,
        ("not_an_option", "region"): 1,
        ("forbidden_character", "name"): 1,
    }
    long = next(one for one in misfits if one.code == "text_too_long")
    assert [key for key, _ in long.samples] == [7, 8]
    assert long.column == "label"
    assert "label → name: text_too_long × 2: 7: " in str(long)


def test_missing_columns_and_zones_are_listed_together(database: Databased) -> None:
    engine = customers(database)
    fields = {"name": "title", "parent": "parent_id"}
    assert found(check(engine, ACCOUNT, CUSTOMER, key="id", fields=fields)) == {
        ("adopted_column", "name"): 0,
        ("adopted_zone", "opened"): 0,
    }
    assert found(check(engine, ACCOUNT, CUSTOMER, key="region")) == {
        ("adopted_column", "name"): 0,
        ("adopted_column", "parent"): 0,
        ("adopted_zone", "opened"): 0,
        ("key_empty", None): 1,
        ("key_repeated", None): 2,
    }
    assert [one.code for one in check(engine, ACCOUNT, "nowhere")] == ["adopted_table"]


def test_a_naive_moment_needs_a_zone_that_has_it(database: Databased) -> None:
    skipped = datetime(2024, 3, 10, 2, 30)  # noqa: DTZ001
    engine = customers(database, {"id": 7, "label": "x", "opened": skipped})
    zone = "America/New_York"
    misfits = check(engine, ACCOUNT, CUSTOMER, key="id", fields=FIELDS, zone=zone)
    assert found(misfits) == {("no_such_moment", "opened"): 1}


def test_texts_said_to_be_exact_are_looked_at(database: Databased) -> None:
    engine = customers(database)
    terms: dict[str, Any] = {"fields": FIELDS, "zone": "UTC", "exact": ["name", "code"]}
    misfits = check(engine, ACCOUNT, CUSTOMER, **terms)
    assert found(misfits) == {("not_exact", "name"): 1}
    assert misfits[0].samples[0][0] == 2


def test_keys_that_have_no_id_are_listed(database: Databased) -> None:
    engine = database()
    table = Table(
        "thing", MetaData(), Column("k", String(60), primary_key=True), Column("n", Integer)
    )
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(table), [{"k": "A-1"}, {"k": "a very long key of a thing"}])
    module = Module("thing", [Field("n", DateTime(zone="UTC"))], keeping="adopted", number=101)
    misfits = check(engine, module, table)
    assert found(misfits) == {("bad_key", None): 1}
    module = Module("thing", [Field("n", Text(), unique="exact")], number=101)
    assert ("adopted_field", "n") in found(check(engine, module, table))
