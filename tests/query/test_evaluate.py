"""The evaluator is the definition of the language: golden truth tables."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from attrs import evolve

from crmcore.query.bind import Binder
from crmcore.query.bound import (
    TRUE,
    AllOf,
    Always,
    AnyOf,
    Comparison,
    Const,
    Negation,
    Ref,
)
from crmcore.query.evaluate import Look, Row, condition, value
from crmcore.query.text import parse
from crmcore.schema import Schema
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.asking import SYSTEM
from crmcore.testing.conformance.desk import Desk
from crmcore.testing.conformance.golden import TABLES, Truths
from crmcore.testing.conformance.golden_links import (
    COMPANY,
    DEAL,
    DEALS,
    LINK_TABLES,
    PEOPLE,
    LinkTruths,
)
from crmcore.testing.rows import new_row, record_id


class Nowhere:
    """A look at a store without other records."""

    def target(self, module: str, record: str) -> Row | None:
        """Nothing is linked to."""
        return None

    def image(self, module: str, record: str) -> Row | None:
        """Nothing was ever there."""
        return None

    def children(self, module: str, link: str, record: str) -> Iterable[Row]:
        """Nothing links here."""
        return ()

    @property
    def present(self) -> Look:
        """The same."""
        return self


NOWHERE: Look = Nowhere()


def rows_of(table: Truths) -> dict[str, Row]:
    normal = table.kind.normalize
    return {
        label: new_row(
            table.module,
            record_id(number),
            0,
            {"label": label, "x": normal(given), "y": normal(table.others.get(label))},
        )
        for number, (label, given) in enumerate(table.values.items())
    }


CASES = [(table, text) for table in TABLES for text in table.conditions]


@pytest.mark.parametrize(("table", "text"), CASES, ids=lambda part: getattr(part, "subject", part))
def test_golden_truths(table: Truths, text: str) -> None:
    module, rows = table.module, rows_of(table)
    bound = Binder(Schema((module,)), SYSTEM.reader).condition(module, parse(text))
    holds, fails = condition(bound, module), condition(Negation(bound), module)
    expected = table.holding(text)
    assert {label for label, row in rows.items() if holds(row, NOWHERE)} == expected
    assert {label for label, row in rows.items() if fails(row, NOWHERE)} == set(rows) - expected


@pytest.mark.parametrize("table", LINK_TABLES, ids=lambda table: str(table.subject))
def test_golden_truths_of_links(table: LinkTruths) -> None:
    desk = Desk.at(MemoryBackend(), COMPANY, DEAL)
    desk.commit(*PEOPLE, *DEALS)
    visible = set(desk.find(table.module, asker=table.asker))
    for text, names in table.found.items():
        expected = {"*": visible, "-": set()}.get(names, set(names.split()))
        assert set(desk.find(table.module, text, asker=table.asker)) == expected, text
        rest = set(desk.find(table.module, f"not ({text})", asker=table.asker))
        assert rest == visible - expected, text


def test_a_wrong_table_would_be_seen() -> None:
    table = TABLES[0]
    wrong = evolve(table, conditions={"x == 'alpha'": "upper"})
    with pytest.raises(AssertionError):
        test_golden_truths(wrong, "x == 'alpha'")


def test_nothing_and_everything() -> None:
    table = TABLES[0]
    row = rows_of(table)["lower"]
    for node, holds in (
        (AllOf(()), True),
        (AnyOf(()), False),
        (Always(True), True),
        (Always(False), False),
        (Negation(AllOf(())), False),
        (Negation(Negation(TRUE)), True),
    ):
        assert condition(node, table.module)(row, NOWHERE) is holds


def test_conditions_give_booleans_and_leave_rows_alone() -> None:
    for table in TABLES:
        binder = Binder(Schema((table.module,)), SYSTEM.reader)
        rows = rows_of(table)
        before = dict(rows)
        for text in table.conditions:
            holds = condition(binder.condition(table.module, parse(text)), table.module)
            assert {type(holds(row, NOWHERE)) for row in rows.values()} == {bool}
        assert rows == before


def test_values_of_users_never_enter_generated_code() -> None:
    table = TABLES[0]
    text = "'); import os; os.abort() #"
    place = Ref((), table.module.by_name["x"])
    holds = condition(Comparison("==", place, Const(text, table.kind)), table.module)
    code = holds.__code__
    assert text not in repr((code.co_consts, code.co_names, code.co_varnames))
    assert not holds(rows_of(table)["lower"], NOWHERE)


def test_a_place_is_read_where_it_lies() -> None:
    table = TABLES[0]
    for name, expected in (("label", "lower"), ("x", "alpha"), ("id", record_id(1))):
        place = value(Ref((), table.module.by_name[name]), table.module)
        assert place(rows_of(table)["lower"], NOWHERE) == expected
