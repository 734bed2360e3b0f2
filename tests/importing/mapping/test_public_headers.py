"""Headers of well-known products, most of them written down before they were first tried."""

from __future__ import annotations

import pytest
from tests.importing.mapping.public_headers import SHEETS, Expected
from tests.importing.mapping.schema import SCHEMA

from crmcore.importing.mapping import Mapping, propose_mapping


def target(mapping: Mapping, index: int) -> str | None:
    """The field that a column fills; a link by title is named by its field alone or in full."""
    column = mapping.columns[index]
    return None if column.target is None else str(column.target)


@pytest.mark.parametrize(("title", "module", "expected"), SHEETS, ids=[one[0] for one in SHEETS])
def test_headers_mean_what_their_product_means(title: str, module: str, expected: Expected) -> None:
    mapping = propose_mapping(list(expected), SCHEMA.module(module), SCHEMA)
    found = {header: target(mapping, index) for index, header in enumerate(expected)}
    for header, name in expected.items():
        assert found[header] in (name, name and f"{name}.name"), header
    fields = [column.target.field for column in mapping.mapped if column.target is not None]
    assert len(fields) == len(set(fields))


def test_the_lists_are_large_enough_to_mean_something() -> None:
    assert sum(name is not None for _, _, expected in SHEETS for name in expected.values()) >= 240
    assert sum(name is None for _, _, expected in SHEETS for name in expected.values()) >= 90
