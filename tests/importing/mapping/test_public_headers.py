"""Headers of well-known products, most of them written down before they were first tried."""

from __future__ import annotations

import pytest
from tests.importing.mapping.public_headers import SHEETS, Expected
from tests.importing.mapping.schema import SCHEMA

from crmcore.importing.mapping import Mapping, propose_mapping
from crmcore.schema.standard import standard_schema


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


RENAMED = {
    "note": "remark",
    "description": "remark",
    "close_date": "closes_on",
    "order_date": "ordered_on",
    "revenue": "annual_revenue",
    "spec": "model",
    "active": "on_sale",
    "last_contact": "last_contact_at",
}
"""What the standard modules call the fields of `tests.importing.mapping.schema`."""

BESIDE = {
    "最后跟进时间": "last_contact_at",
    "下次联系时间": "next_contact_at",
    "客户需求": "requirement",
    "微信号": "wechat",
    "竞争对手": "competitor",
    "收货地址": "address",
    "商机编号": "code",
    "法定代表人": "legal_person",
    "成立日期": "founded_on",
}
"""Fields that only the standard modules have."""

OF_A_LEAD = {"Account Name": "account.name"}
"""A standard lead can also lead to an account."""


@pytest.mark.parametrize(("title", "module", "expected"), SHEETS, ids=[one[0] for one in SHEETS])
def test_the_standard_modules_are_understood_as_well(
    title: str, module: str, expected: Expected
) -> None:
    schema = standard_schema()
    fields = schema.module(module).by_name
    mapping = propose_mapping(list(expected), schema.module(module), schema)
    for index, (header, name) in enumerate(expected.items()):
        wanted = BESIDE.get(header) if name is None else RENAMED.get(name, name)
        if wanted is not None and wanted.partition(".")[0] not in fields:
            wanted = None
        if module == "lead":
            wanted = OF_A_LEAD.get(header, wanted)
        found = target(mapping, index)
        assert found in (wanted, f"{wanted}.name"), header
