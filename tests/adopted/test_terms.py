"""Terms of an adoption that were misspelt, or are none: told in a sentence, nothing adopted."""

from __future__ import annotations

from typing import Any

import pytest
from tests.adopted.conftest import Databased
from tests.adopted.erp import CUSTOMER, METADATA, schema

from crmcore import Workspace, open_workspace
from crmcore.errors import SchemaError
from crmcore.work.inspecting import misfits
from crmcore_sql.adopt_columns import HostColumn

BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"keys": "id"}, "adopted_no_term", "nearest: key"),
    ({"field": {}}, "adopted_no_term", "nearest: fields"),
    ({"colums": {}}, "adopted_no_term", "known: key, key_form"),
    ({"zone": "Asia/Shangai"}, "unknown_zone", "Asia/Shangai"),
    ({"zone": 8}, "adopted_term", "zone="),
    ({"fields": ["name"]}, "adopted_term", "{'field': 'column', …}"),
    ({"fields": "name"}, "adopted_term", "fields="),
    ({"fields": {"opened": HostColumn("opened", zone="Nowhere")}}, "unknown_zone", "Nowhere"),
    ({"fields": {"region": HostColumn("region", options=["e"])}}, "adopted_term", "HostColumn"),  # type: ignore[arg-type]
    ({"fields": {"nom": "label"}}, "unknown_field", "name"),
    ({"key": ["id"]}, "adopted_term", "key="),
    ({"key_form": "int"}, "adopted_term", "integer | uuid | text"),
    ({"version": 3}, "adopted_term", "version="),
    ({"exact": "code"}, "adopted_term", "['field', …]"),
    ({"exact": [1]}, "adopted_term", "exact="),
    ({"lock": "no"}, "adopted_term", "lock="),
    ({"writer": object()}, "adopted_term", "create(…)"),
]


def opened(database: Databased) -> Workspace:
    """A workspace beside a table that nobody adopted yet."""
    engine = database()
    METADATA.create_all(engine)
    return open_workspace(engine, create=True, schema=schema())


@pytest.mark.parametrize(("terms", "code", "told"), BAD)
def test_what_is_no_term_is_refused_with_a_sentence(
    database: Databased, terms: dict[str, Any], code: str, told: str
) -> None:
    crm = opened(database)
    before = crm.digest("full")
    given: Any = {"zone": "Asia/Shanghai", **terms}
    with pytest.raises(SchemaError) as refused:
        crm.adopt("account", CUSTOMER, **given)
    assert refused.value.code == code
    assert told in refused.value.message()
    assert crm.schema.module("account").keeping == "history"
    if code != "unknown_field":
        with pytest.raises(SchemaError) as refused:
            crm.adopt_users(CUSTOMER, **terms)
    assert crm.digest("full") == before


def test_a_check_lists_what_is_no_term(database: Databased) -> None:
    terms: Any = {"keys": "id", "zone": "Asia/Shangai"}
    found = misfits(opened(database), "account", CUSTOMER, terms)
    assert {one.code for one in found} == {"adopted_no_term", "unknown_zone"}
