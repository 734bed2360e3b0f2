"""The law of the text form: what is printed is read back as the same expression."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.query.strategies import expressions, orders, paths

from crmcore.errors import Language
from crmcore.query.ast import Node, OrderBy
from crmcore.query.text import (
    parse,
    parse_order,
    parse_path,
    print_expression,
    print_order,
    print_path,
)

LANGUAGES: st.SearchStrategy[Language] = st.sampled_from(["en", "zh"])


@given(expressions(), LANGUAGES)
def test_every_expression_is_read_back_as_it_was_printed(node: Node, language: Language) -> None:
    assert parse(print_expression(node, language)) == node


@given(paths())
def test_every_path_is_read_back(path: tuple[str, ...]) -> None:
    assert parse_path(print_path(path)) == path


@given(st.lists(orders(), min_size=1, max_size=4))
def test_every_order_is_read_back(order: list[OrderBy]) -> None:
    assert parse_order(print_order(order)) == tuple(order)
