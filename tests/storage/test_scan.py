"""The scanning parts: which ids a condition names, and which modules a question reads."""

from __future__ import annotations

import pytest

from crmcore.query.bind import Binder
from crmcore.query.bound import (
    FALSE,
    ID_REF,
    TRUE,
    AllOf,
    AnyOf,
    BoundGroup,
    BoundMeasure,
    BoundNode,
    BoundSummary,
    Comparison,
    Const,
    Negation,
    Within,
    by_id,
    by_ids,
)
from crmcore.query.mentions import modules_in
from crmcore.query.text import parse
from crmcore.storage.memory import MemoryBackend
from crmcore.storage.scan import BATCH, batches, named_ids
from crmcore.testing.asking import Asker
from crmcore.testing.conformance.desk import Desk, conditions_of
from crmcore.testing.conformance.golden_links import COMPANY, DEAL

A, B = "a" * 32, "b" * 32


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (by_id(A), (A,)),
        (by_ids((A, B)), (A, B)),
        (AllOf((FALSE, by_id(A))), (A,)),
        (AllOf((TRUE, AllOf((by_ids((B,)), TRUE)))), (B,)),
        (AnyOf((by_id(A), by_id(B))), None),
        (Negation(by_id(A)), None),
        (Comparison("!=", ID_REF, Const(A, ID_REF.kind)), None),
        (Comparison(">=", ID_REF, Const(A, ID_REF.kind)), None),
        (TRUE, None),
        (Within(ID_REF, ()), ()),
    ],
)
def test_ids_are_named_where_no_other_can_fulfil_the_condition(
    where: BoundNode, expected: tuple[str, ...] | None
) -> None:
    assert named_ids(where) == expected


def test_batches_are_of_a_thousand() -> None:
    found = [len(batch) for batch in batches(iter([(n,) for n in range(2 * BATCH + 1)]))]
    assert found == [BATCH, BATCH, 1]
    assert list(batches(iter([]))) == []


@pytest.mark.parametrize(
    ("module", "where", "columns", "order", "expected"),
    [
        ("deal", None, ("title",), None, {"deal"}),
        ("deal", "company.region == 'x'", ("title",), None, {"deal", "company"}),
        ("deal", None, ("company.name",), None, {"deal", "company"}),
        ("deal", None, ("title",), "company", {"deal", "company"}),
        ("company", "not exists(deal.company)", ("name",), None, {"deal", "company"}),
        ("company", "exists(deal.company, created_by.name == 'a')", ("name",), None,
         {"deal", "company", "crm_user"}),
        ("company", "name in ['a'] or contains(region, 'b') and parent == null", ("name",), None,
         {"company"}),
    ],
)  # fmt: skip
def test_the_modules_of_a_question(
    module: str,
    where: str | None,
    columns: tuple[str, ...],
    order: str | None,
    expected: set[str],
) -> None:
    desk = Desk.at(MemoryBackend(), COMPANY, DEAL)
    assert set(modules_in(desk.query(module, where, *columns, order=order))) == expected


def test_the_modules_of_a_summary_and_of_scopes() -> None:
    desk = Desk.at(MemoryBackend(), COMPANY, DEAL)
    asker = Asker(conditions_of({"deal": "created_by.name == 'a'", "company": "true"}))
    binder = Binder(desk.schema, asker.reader)
    deal = desk.schema.module("deal")
    region = binder.column(deal, ("company", "region"))
    east = binder.condition(deal, parse("company.region == 'x'"))
    plain = BoundSummary(deal, (), (BoundMeasure("count"),))
    assert set(modules_in(plain)) == {"deal"}
    for summary in (
        BoundSummary(deal, (BoundGroup(region),), ()),
        BoundSummary(deal, (), (BoundMeasure("max", region),)),
        BoundSummary(deal, (), (BoundMeasure("count", None, east),)),
    ):
        assert set(modules_in(summary)) == {"deal", "company"}
    scoped = BoundSummary(deal, (), (), scope=binder.visible(deal))
    assert set(modules_in(scoped)) == {"deal", "crm_user"}
