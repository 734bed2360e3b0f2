"""Definitions of large companies fit, and where they end somebody says so."""

from __future__ import annotations

from datetime import date

import pytest
from tests.evolving.conftest import fields
from tests.faults.conftest import DEEP

from crmcore import Field, Module, Option, Schema, Workspace, evolving, open_workspace
from crmcore.archive import backup, verify
from crmcore.errors import SchemaError
from crmcore.kinds import Choice, Date, DecimalKind, Integer, Labels, Text
from crmcore.schema.size import MAX_SCHEMA

KINDS = (Text(), DecimalKind(2), Date(), Integer())


def options(count: int) -> list[Option]:
    return [Option(f"option_{n}", Labels(f"第 {n} 个选项", f"Option {n}")) for n in range(count)]


def of_many_options(fields: int) -> Schema:
    """A schema of few columns and much text: 2,000 options of each of `fields`."""
    choice = Choice(options(2_000))
    many = [Field(f"choice_{n}", choice, f"选择 {n}") for n in range(fields)]
    return Schema([Module("thing", [Field("name", Text()), *many], title="name")])


def test_many_modules_of_eight_hundred_fields() -> None:
    choice = Choice(options(12))

    def module(number: int) -> Module:
        made = [
            Field(
                f"custom_field_{n}",
                choice if n % 8 == 7 else KINDS[n % 4],
                Labels(f"自定义字段 {n}", f"Custom field {n}"),
            )
            for n in range(799)
        ]
        return Module(f"module_{number}", [Field("name", Text()), *made], title="name")

    count = 20 if DEEP else 6
    crm = open_workspace(schema=Schema(map(module, range(count))))
    with crm.work() as work:
        work.create(f"module_{count - 1}", {"name": "甲", "custom_field_798": "2026-01-01"})
    found = crm.find(f"module_{count - 1}", "custom_field_798 != null")
    assert found[0]["custom_field_798"] == date(2026, 1, 1)
    assert evolving.plan(crm, evolving.pull(crm)).is_empty


def test_definitions_of_megabytes_are_kept_changed_and_carried(
    url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    crm = open_workspace(url, create=True, schema=of_many_options(9))
    with crm.work() as work:
        work.create("thing", {"name": "甲", "choice_8": "option_1999"})
    document = evolving.pull(crm).to_json()
    assert evolving.plan(crm, evolving.document_of(document)).is_empty
    account = crm.schema.module("thing")
    more = Module("more", [Field("day", Date())])
    crm.configure(crm.schema.with_module(more))
    assert crm.schema.module("thing") == account
    assert len(crm.find("thing", "choice_8 == 'option_1999'", as_of=2)) == 1
    file = tmp_path_factory.mktemp("archive") / "crm.crm"
    backup(crm, file)
    verify(file)
    crm.close()


def test_what_does_not_fit_is_said_before_anything_is_written(crm: Workspace) -> None:
    before = crm.digest("full")
    with pytest.raises(SchemaError) as refused:
        crm.configure(Schema([*crm.schema.modules, *of_many_options(60).modules]))
    assert refused.value.code == "schema_too_large"
    assert str(MAX_SCHEMA) in str(refused.value)
    assert crm.digest("full") == before
    with pytest.raises(SchemaError) as refused:
        open_workspace(schema=of_many_options(60))
    assert refused.value.code == "schema_too_large"
    assert fields(dict(evolving.pull(crm).to_json()))
