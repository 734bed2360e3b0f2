"""What leaves and what comes in: export and import are rights of their own, obeyed by field."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.access.conftest import Company

from crmcore import Grant, Role, importing
from crmcore.access import FieldRule
from crmcore.errors import AccessDenied, CapacityExceeded, CrmError, NotFound, QueryError
from crmcore.exporting import export

READ = Grant("account", ("read", "report"))
WORK = Grant("account", ("read", "create", "update"))


def test_reading_is_not_taking_out(company: Company, tmp_path: Path) -> None:
    rep = company.user("rep", Role("rep", grants=[READ]))
    company.account("a")
    assert len(rep.find("account")) == 1
    with pytest.raises(AccessDenied):
        export(rep, "account")
    with pytest.raises((AccessDenied, NotFound)):
        rep.extract(tmp_path / "out")
    with pytest.raises(AccessDenied):
        rep.extract(tmp_path / "out", modules=["account"])
    assert not (tmp_path / "out").exists()


def test_taking_out_obeys_scope_field_and_number(company: Company, tmp_path: Path) -> None:
    role = Role(
        "rep",
        grants=[READ, Grant("account", "export", "region == 'east'")],
        fields=[
            FieldRule("account", "amount", "hidden"),
            FieldRule("account", "phone", "masked", "last4"),
        ],
        limits={"export": 2},
    )
    rep = company.user("rep", role)
    for name in "ab":
        company.account(name, region="east", amount=5, phone="13812345678")
    company.account("c", region="south")
    table = export(rep, "account", order="name")
    names = [column.name for column in table.columns]
    assert "amount" not in names
    assert "double" not in names
    assert [row[names.index("name")] for row in table.rows()] == ["a", "b"]
    assert "13812345678" not in table.to_csv()
    with pytest.raises(QueryError):
        export(rep, "account", columns=["name", "amount"])
    rep.extract(tmp_path / "out", modules=["account"], history=True)
    written = b"".join(file.read_bytes() for file in (tmp_path / "out").rglob("*.parquet"))
    assert b"amount" not in written
    assert b"13812345678" not in written
    company.account("d", region="east")
    with pytest.raises(CapacityExceeded):
        export(rep, "account")


def sheet(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "in.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_coming_in_is_a_right_of_its_own(company: Company, tmp_path: Path) -> None:
    without = company.user("without", Role("w", grants=[WORK]))
    rep = company.user("rep", Role("rep", grants=[WORK, Grant("account", "import")]))
    file = sheet(tmp_path, "客户名称,客户编号", "a,1", "b,2")
    before = company.crm.digest()
    plan = importing.plan(without, file, modules=["account"])
    with pytest.raises(CrmError):
        importing.load(without, plan)
    assert company.crm.digest() == before
    importing.load(rep, importing.plan(rep, file, modules=["account"]))
    assert len(rep.find("account")) == 2


@pytest.mark.parametrize("level", ["hidden", "masked", "read"])
def test_no_column_goes_around_a_field_right(company: Company, tmp_path: Path, level: str) -> None:
    rules = [FieldRule("account", "amount", level)]  # type: ignore[arg-type]
    role = Role("rep", grants=[WORK, Grant("account", "import")], fields=rules)
    rep = company.user("rep", role)
    record = company.account("a", code="1", amount=5)
    file = sheet(tmp_path, "客户名称,客户编号,金额", "a,1,9", "b,2,9")
    plan = importing.plan(rep, file, modules=["account"], duplicates="update")
    with pytest.raises(CrmError):
        importing.load(rep, plan)
    assert company.crm.get("account", record)["amount"] == 5
    assert len(company.crm.find("account")) == 1


def test_a_hidden_key_matches_nothing(company: Company, tmp_path: Path) -> None:
    rules = [FieldRule("account", "code", "hidden")]
    role = Role("rep", grants=[WORK, Grant("account", "import")], fields=rules)
    rep = company.user("rep", role)
    record = company.account("a", code="1")
    for code in ("1", "2"):
        file = sheet(tmp_path, "客户名称,客户编号", f"x,{code}")
        with pytest.raises(CrmError) as refused:
            importing.load(rep, importing.plan(rep, file, modules=["account"], duplicates="update"))
        assert record not in str(refused.value)
    assert company.crm.get("account", record)["name"] == "a"
