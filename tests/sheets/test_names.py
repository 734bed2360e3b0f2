"""Names of sheets as spreadsheets accept them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.sheets import is_formula_like, sheet_names


@given(st.lists(st.text(max_size=40) | st.sampled_from(["客户", "A", "a", "History", "", "'"])))
def test_names_are_acceptable_and_unique(names: list[str]) -> None:
    made = sheet_names(names)
    assert len(made) == len(names)
    assert len({name.casefold() for name in made}) == len(made)
    for name in made:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.casefold() != "history"
        assert not is_formula_like(name)


@pytest.mark.parametrize(
    ("names", "made"),
    [
        (["客户", "联系人"], ["客户", "联系人"]),
        (["a", "A", "a"], ["a", "A (2)", "a (3)"]),
        (["2024/01", "x" * 40], ["2024_01", "x" * 31]),
        (["x" * 40, "x" * 35], ["x" * 31, "x" * 27 + " (2)"]),
        (["", "'"], ["Sheet", "Sheet (2)"]),
        (["=cmd"], ["_=cmd"]),
        (["😀" * 20], ["😀" * 15]),
        (["History"], ["History (2)"]),
    ],
)
def test_known_cases(names: list[str], made: list[str]) -> None:
    assert list(sheet_names(names)) == made
