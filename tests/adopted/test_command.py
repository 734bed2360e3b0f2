"""`crmcore adopt`: what is adopted, and whether a table would do, without writing anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve, frozen
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert
from tests.adopted.conftest import Databased
from tests.adopted.erp import CUSTOMER, METADATA, ROWS, Erp, schema

from crmcore import Field, Workspace, open_workspace
from crmcore.cli import main
from crmcore.errors import CrmError
from crmcore.kinds import Text
from crmcore.work.inspecting import misfits

WORDS = ("--column", "name=label", "--column", "parent=parent_id", "--zone", "Asia/Shanghai")


@frozen
class Host:
    """An application with customers, and a workspace that adopted nothing yet."""

    engine: Engine
    crm: Workspace
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str) -> tuple[int, str]:
        """The exit code of `crmcore adopt …` and what it said."""
        self.capture.readouterr()
        url = self.engine.url.render_as_string(hide_password=False)
        language = () if "--lang" in words else ("--lang", "en")
        code = main(["adopt", *words, *language, "-w", url])
        out, err = self.capture.readouterr()
        return code, out + err

    def data(self, *words: str) -> Any:
        """The JSON document that it answers."""
        return json.loads(self.run(*words, "--json")[1])


@pytest.fixture
def host(database: Databased, capsys: pytest.CaptureFixture[str]) -> Host:
    """The store stands where the command line finds it by the URL alone."""
    engine = database()
    METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(CUSTOMER), list(ROWS))
    url = engine.url.render_as_string(hide_password=False)
    crm = open_workspace(url, create=True, schema=schema())
    return Host(engine, crm, capsys)


def test_a_table_that_fits(host: Host) -> None:
    before = host.crm.digest("full").value
    assert host.run("account", "customer", "--check", *WORDS) == (0, "the table fits\n")
    assert host.data("account", "customer", "--check", *WORDS) == {"misfits": []}
    assert host.run("账户", "customer", "--check")[0] == 3
    assert host.crm.digest("full").value == before
    assert host.crm.schema.module("account").keeping == "history"


def test_what_does_not_fit_is_listed_with_samples(host: Host) -> None:
    with host.engine.begin() as connection:
        connection.execute(insert(CUSTOMER), [{"id": 7, "label": "x" * 21, "region": "moon"}])
    code, said = host.run("客户", "customer", "--check", *WORDS)
    assert (code, said.splitlines()[-1]) == (1, "2 things do not fit")
    assert "label → name: text_too_long × 1: 7: " in said
    listed = host.data("account", "customer", "--check", *WORDS)["misfits"]
    found = {one["code"]: one for one in listed}
    assert set(found) == {"text_too_long", "not_an_option"}
    region = found["not_an_option"]
    assert (region["column"], region["field"], region["rows"]) == ("region", "region", 1)
    assert region["samples"][0]["key"] == "7"
    code, said = host.run("account", "customer", "--check", *WORDS, "--lang", "zh")
    assert (code, said.splitlines()[-1]) == (1, "2 处不符合")
    assert "选项" in said


def test_columns_that_are_missing_and_tables_that_are_not_there(host: Host) -> None:
    found = host.data("account", "customer", "--check", "--column", "parent=")["misfits"]
    assert {(one["code"], one["field"]) for one in found} == {
        ("adopted_column", "name"),
        ("adopted_zone", "opened"),
    }
    assert host.data("account", "nowhere", "--check")["misfits"][0]["code"] == "adopted_table"


def test_a_key_of_two_columns_is_told(host: Host) -> None:
    table = Table(
        "line",
        MetaData(),
        Column("document", Integer, primary_key=True),
        Column("place", Integer, primary_key=True),
        Column("label", String(20)),
    )
    table.create(host.engine)
    found = host.data("account", "line", "--check", *WORDS)["misfits"]
    assert [one["code"] for one in found] == ["adopted_table"]
    assert "primary key is not one column" in found[0]["samples"][0]["message"]


def test_what_the_schema_promises_and_no_host_can(host: Host) -> None:
    module = host.crm.schema.module("account")
    fields = [
        Field("code", Text(), unique="exact") if one.name == "code" else one
        for one in module.fields
    ]
    host.crm.configure(host.crm.schema.with_module(evolve(module, fields=fields)))
    found = host.data("account", "customer", "--check", *WORDS)["misfits"]
    assert ("adopted_field", "code") in {(one["code"], one["field"]) for one in found}


def test_words_that_make_no_sense(host: Host) -> None:
    assert host.run("account")[0] == 2
    assert host.run("account", "customer")[0] == 2
    assert host.run("--check")[0] == 2
    assert host.run("account", "customer", "--check", "--column", "name")[0] == 2
    assert host.run("nothing", "customer", "--check")[0] == 3
    assert host.run("account", "customer", "--check", "--column", "nothing=label")[0] == 1


def test_only_who_may_configure_sees_samples(host: Host) -> None:
    with host.crm.work() as work:
        role = work.find("crm_role", "name == 'sales_rep'")[0]
        work.create("crm_user", {"name": "小李", "login": "li", "roles": [role.id]})
    assert host.run("account", "customer", "--check", *WORDS, "--as", "li")[0] == 1
    with pytest.raises(CrmError) as caught:
        misfits(host.crm.as_("li"), "account", CUSTOMER, {})
    assert caught.value.code == "needs_configure"


def test_what_is_adopted_is_listed(host: Host) -> None:
    assert host.run() == (0, "nothing is adopted\n")
    assert host.data() == {"modules": [], "users": False}
    Erp(host.engine, host.crm).adopt(host.crm)
    assert host.run() == (0, "account  客户\n")
    assert host.data() == {"modules": ["account"], "users": False}
    assert host.run("--lang", "zh")[1] == "account  客户\n"


def test_a_store_without_a_host() -> None:
    crm = open_workspace(schema=schema())
    with pytest.raises(CrmError) as caught:
        misfits(crm, "account", CUSTOMER, {})
    assert caught.value.code == "cannot_adopt"
