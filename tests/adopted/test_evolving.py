"""Files, plans and changes of the configuration where a module lies in a table of a host."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert
from tests.adopted.erp import CUSTOMER, Erp
from tests.adopted.test_reading import refused

from crmcore import Workspace, evolving, open_workspace

Edit = Callable[[dict[str, Any]], object]


def applied(crm: Workspace, edit: Edit) -> evolving.Applied:
    """Plan and apply the configuration as `edit` changes it."""
    data: Any = json.loads(json.dumps(evolving.pull(crm).to_json()))
    edit(data["modules"])
    return evolving.apply(crm, evolving.plan(crm, evolving.document_of(data)))


def fields(modules: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = modules["account"]["fields"]
    return found


def rename(modules: dict[str, Any]) -> None:
    given = fields(modules)
    given["label"] = {**given.pop("name"), "renamed_from": "name"}
    modules["account"]["title"] = "label"


def retire(modules: dict[str, Any], *, retired: bool = True) -> None:
    for one in (modules["account"], modules["opportunity"]["fields"]["account"]):
        one.pop("retire", None)
        if retired:
            one["retire"] = True


@pytest.fixture
def before(erp: Erp) -> str:
    """The full digest, with a record that leads to an account."""
    with erp.crm.work() as work:
        work.create("opportunity", {"name": "x", "account": erp.account_of(1)})
    return erp.crm.digest("full").value


def test_what_is_pulled_changes_nothing(erp: Erp, before: str) -> None:
    for crm in (erp.crm, open_workspace(erp.engine)):
        assert evolving.pull(crm).to_json()["modules"]["account"]["keeping"] == "adopted"
        assert applied(crm, lambda _: None).operation is None
    assert erp.crm.digest("full").value == before


def test_labels_columns_and_names(erp: Erp, before: str) -> None:
    applied(erp.crm, lambda m: fields(m).update(revision={"kind": "integer"}))
    assert [one["revision"] for one in erp.crm.find("account", "revision == 1")] == [1] * 4
    applied(erp.crm, lambda m: fields(m)["credit"].update(retire=True))
    assert "credit" not in erp.crm.find("account")[0]
    # The column stays, though the field has another name, which another column has as well.
    applied(erp.crm, rename)
    assert [one["label"] for one in erp.crm.find("account", "label == '乙公司'")] == ["乙公司"]
    assert len(erp.crm.find("opportunity", "account.label == '甲公司'")) == 1


def test_a_change_is_taken_back(erp: Erp, before: str) -> None:
    done = applied(erp.crm, lambda m: fields(m).update(revision={"kind": "integer"}))
    assert done.operation is not None
    assert not erp.crm.undo(done.operation).impossible
    assert "revision" not in erp.crm.find("account")[0]


def test_options_and_lengths_as_far_as_rows_fit(erp: Erp, before: str) -> None:
    applied(erp.crm, lambda m: fields(m)["name"].update(max_length=100))
    erp.run(insert(CUSTOMER), [{"id": 7, "label": "x" * 30}])
    assert len(erp.crm.find("account")) == 5
    kept = erp.crm.digest("full").value
    error = refused(
        "adopted_value",
        lambda: applied(erp.crm, lambda m: fields(m)["name"].update(max_length=20)),
    )
    assert (error.problems[0].params["key"], error.problems[0].params["column"]) == (7, "label")
    assert erp.crm.digest("full").value == kept
    assert len(erp.crm.find("account")) == 5
    options = ["east", {"code": "north", "retire": True}]
    applied(erp.crm, lambda m: fields(m)["region"].update(options=options))
    assert len(erp.crm.find("account", "region == 'north'")) == 1


REFUSED: dict[str, tuple[str, Edit]] = {
    "kind": ("adopted_kind", lambda m: fields(m)["code"].update(kind="integer")),
    "emptying": (
        "adopted_kind",
        lambda m: fields(m)["code"].update(kind="integer", on_failure="empty"),
    ),
    "merging": (
        "adopted_merge",
        lambda m: fields(m)["region"].update(
            options=["east", {"code": "north", "merge_into": "east"}]
        ),
    ),
    "unique": ("adopted_field", lambda m: fields(m)["code"].update(unique="exact")),
    "key": ("adopted_key", lambda m: m["account"].update(keys=[["code", "name"]])),
    "set of links": (
        "adopted_field",
        lambda m: fields(m).update(many={"kind": "multi_link", "target": "account"}),
    ),
    "formula": (
        "adopted_field",
        lambda m: fields(m).update(double={"kind": "decimal", "formula": "credit * 2"}),
    ),
    "ours": ("stays_adopted", lambda m: m["account"].pop("keeping")),
    "theirs": ("has_records", lambda m: m["opportunity"].update(keeping="adopted")),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("bound", [True, False], ids=["bound", "unbound"])
def test_what_no_host_s_table_becomes_is_refused(
    erp: Erp, before: str, name: str, bound: bool
) -> None:
    code, edit = REFUSED[name]
    crm = erp.crm if bound else open_workspace(erp.engine)
    sets = len(list(erp.crm.changes()))
    refused(code, lambda: applied(crm, edit))
    assert erp.crm.digest("full").value == before
    assert len(list(erp.crm.changes())) == sets
    assert len(erp.crm.find("account")) == 4


def test_a_field_without_a_column_is_refused_where_the_table_is_known(
    erp: Erp, before: str
) -> None:
    def edit(modules: dict[str, Any]) -> None:
        fields(modules).update(score={"kind": "integer"})

    refused("adopted_column", lambda: applied(erp.crm, edit))
    assert erp.crm.digest("full").value == before
    # A program that knows no table cannot tell; whoever reads through one is told.
    applied(open_workspace(erp.engine), edit)
    refused("adopted_column", lambda: erp.crm.find("account"))
    erp.adopt(erp.crm, fields={"name": "label", "parent": "parent_id", "score": None})
    assert erp.crm.find("account")[0]["score"] is None


def test_an_adopted_module_is_retired_and_comes_back(erp: Erp, before: str) -> None:
    applied(erp.crm, retire)
    refused("unknown_module", lambda: erp.crm.find("account"))
    assert len(erp.crm.find("opportunity")) == 1
    applied(erp.crm, lambda m: retire(m, retired=False))
    assert len(erp.crm.find("opportunity", "account.name == '甲公司'")) == 1
