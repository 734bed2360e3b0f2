"""What must be served by an index is: no scan, no sorting, whatever the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from tests.sql.stores import ACCOUNT, DEAL, account, filled, key_of, new, plans, read, traced, write

from crmcore.kinds import Money
from crmcore.query.bound import (
    ID_REF,
    TRUE,
    AllOf,
    AnyOf,
    BoundMeasure,
    BoundNode,
    BoundOrder,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    IsEmpty,
    Match,
    Negation,
    Ref,
    Related,
    Within,
    by_id,
    by_ids,
    stamp_ref,
)
from crmcore.storage import Insert
from crmcore_sql import SqlBackend

NAMES = ["name", "size", "amount", "price", "day", "at"]


def ref(name: str) -> Ref:
    return Ref((), ACCOUNT.by_name[name])


def const(name: str, value: object) -> Const:
    kind = ACCOUNT.by_name[name].kind
    return Const(kind.normalize(value), kind)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans") / "store.db"


@pytest.fixture(scope="module")
def store(path: Path) -> Iterator[SqlBackend]:
    days = ["2024-01-01", "2024-01-02", None]
    rows = [
        account(
            number, name=f"n{number % 7}" if number % 5 else None, size=number % 11 or None,
            code=f"c{number}", nick=f"N{number}", day=days[number % 3], amount=number,
            price=f"{number} CNY",
            parent=f"{number // 2:032x}" if number > 1 else None,
        )
        for number in range(1, 400)
    ]  # fmt: skip
    backend = filled(path, rows)
    write(backend, Insert(DEAL, [new(DEAL, n, account=f"{n % 9 + 1:032x}") for n in range(1, 99)]))
    yield backend
    backend.close()


def plan_of(store: SqlBackend, path: Path, query: BoundQuery) -> list[str]:
    return plans(path, traced(store, query))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_indexed_orders_and_all_their_pages_need_no_sorting(
    store: SqlBackend, path: Path, name: str, descending: bool
) -> None:
    order = (BoundOrder(ref(name), descending),)
    query = BoundQuery(ACCOUNT, (ref(name), ID_REF), order=order, limit=40)
    found, pages = read(store, query), []
    for _ in range(20):
        pages += plan_of(store, path, query)
        rows = read(store, query)
        query = evolve(query, after=rows[-1])
        found = rows
        if len(found) < 40:
            break
    assert len(found) < 40
    for plan in pages:
        assert "INDEX" in plan
        assert "TEMP B-TREE" not in plan
    assert all("SEARCH" in plan for plan in pages[1:])


@pytest.mark.parametrize(
    "where",
    [
        by_id(f"{7:032x}"),
        by_ids((f"{7:032x}", f"{8:032x}")),
        Comparison("==", ref("name"), const("name", "n3")),
        Within(ref("name"), ("n3", "n4")),
        Match("starts_with", ref("name"), key_of("N3")),
        Match("like", ref("name"), key_of("N3")),
        Comparison("<", ref("name"), const("name", "n1")),
        Comparison(">=", ref("size"), const("size", 9)),
        Comparison("==", ref("amount"), const("amount", "12.00")),
        Comparison("==", ref("price"), const("price", "12 CNY")),
        Comparison(">", ref("price"), const("price", "390 CNY")),
        Comparison("==", ref("code"), const("code", "c12")),
        Within(ref("code"), ("c12", "c13")),
        Match("like", ref("nick"), key_of("n12")),
        Comparison("==", ref("stage"), const("stage", "won")),
        Comparison("==", ref("parent"), const("parent", f"{3:032x}")),
        Comparison("==", stamp_ref("change_set"), Const(f"{3:032x}", stamp_ref("id").kind)),
        IsEmpty(ref("size")),
        Negation(Comparison(">=", ref("size"), const("size", 3))),
        AllOf((Comparison(">=", ref("size"), const("size", 3)), Negation(IsEmpty(ref("alias"))))),
    ],
)  # fmt: skip
def test_selective_conditions_are_searches(store: SqlBackend, path: Path, where: BoundNode) -> None:
    counted = BoundSummary(ACCOUNT, (), (BoundMeasure("count"),), where)
    for plan in plans(path, traced(store, counted)):
        assert "SCAN crmd_account_1" not in plan
        assert "SEARCH crmd_account_1" in plan


def test_children_are_looked_up_by_their_link(store: SqlBackend, path: Path) -> None:
    deals = Related((), DEAL, DEAL.by_name["account"], TRUE, TRUE, ">=", 1)
    plan = plan_of(store, path, BoundQuery(ACCOUNT, (ID_REF,), deals))[0]
    assert "SEARCH crmd_deal_1 USING" in plan


def test_a_price_is_money(store: SqlBackend) -> None:
    rows = read(store, BoundQuery(ACCOUNT, (ref("price"),), limit=1))
    assert isinstance(rows[0][0], Money)


def test_branches_of_a_scope_are_united_for_a_page_alone(store: SqlBackend, path: Path) -> None:
    """None, one, some and too many for one list: the same records, in the order of ids."""
    leaf = [Within(ref("parent"), (f"{number:032x}",)) for number in range(1, 41)]
    for count in (0, 1, 2, 16, 17, 40):
        scope = AnyOf(tuple(leaf[:count]))
        whole = BoundQuery(ACCOUNT, (ID_REF,), scope=scope)
        page = evolve(whole, limit=400)
        assert read(store, page) == read(store, whole) == sorted(read(store, whole))
        (text,) = traced(store, page)
        assert ("UNION ALL" in text) == (2 <= count <= 16)
        assert all("UNION ALL" not in one for one in traced(store, whole))
        if 2 <= count <= 16:
            (plan,) = plans(path, [text])
            assert "SCAN crmd" not in plan
            assert "TEMP B-TREE" not in plan
