"""Rights of the importer: per row, and nothing told of what he may not see."""

from __future__ import annotations

import pytest

from crmcore.errors import Invalid
from crmcore.importing import import_file, load, plan
from crmcore.work import Workspace

from .conftest import csv, values


@pytest.fixture
def clerk(crm: Workspace) -> Workspace:
    """Somebody who may see and change what is in the east, and create everywhere."""
    with crm.work() as work:
        role = work.create(
            "crm_role",
            {
                "name": "clerk",
                "grants": [
                    {"module": "account", "operations": ["create"], "where": "region != 'west'"},
                    {"module": "account", "operations": ["read"], "where": "region == 'east'"},
                    {
                        "module": "account",
                        "operations": ["update"],
                        "where": "region == 'east' and status == 'new'",
                    },
                    {"module": "account", "operations": ["import"], "where": None},
                    {"module": "crm_user", "operations": ["read"], "where": None},
                ],
            },
        )
        user = work.create("crm_user", {"name": "小张", "login": "z", "roles": [role.id]})
    import_file(
        crm,
        csv(
            """
            客户编号,客户名称,区域,状态
            E1,东一,华东,new
            E2,东二,华东,old
            W1,西一,华西,new
            """
        ),
    )
    return crm.as_(user)


def test_rights_are_asked_row_by_row(crm: Workspace, clerk: Workspace) -> None:
    source = csv(
        """
        客户编号,客户名称,区域
        E1,东一改,华东
        E2,东二改,华东
        W1,西一改,华东
        N1,新东,华东
        N2,新西,华西
        """
    )
    made = plan(clerk, source, duplicates="update", errors="reject")
    assert [(one.row, one.code) for one in made.problems] == [
        (3, "outside_scope"), (4, "value_taken"), (6, "outside_scope"),
    ]  # fmt: skip
    done = load(clerk, made)
    assert (done.counts.create, done.counts.update, done.counts.reject) == (1, 1, 3)
    assert values(crm, "account", "code", "name") == [
        ("E1", "东一改"), ("E2", "东二"), ("N1", "新东"), ("W1", "西一"),
    ]  # fmt: skip


def test_the_unseen_is_only_a_value_that_is_taken(clerk: Workspace) -> None:
    made = plan(clerk, csv("客户编号,客户名称,区域\nW1,猜,华东"), duplicates="update")
    problem = made.problems[0]
    assert problem.code == "value_taken"
    told = str(problem.to_dict("zh"))
    assert "西一" not in told
    assert "skip" not in told


def test_without_a_grant_every_row_is_refused_and_nothing_written(crm: Workspace) -> None:
    with crm.work() as work:
        user = work.create("crm_user", {"name": "访客", "login": "g"})
    before = crm.digest("full")
    made = plan(crm.as_(user), csv("客户编号,客户名称\nA1,甲"), errors="reject")
    assert [one.code for one in made.problems] == ["not_allowed"]
    assert crm.digest("full") == before


def test_links_lead_only_to_what_the_importer_sees(crm: Workspace, clerk: Workspace) -> None:
    source = csv("客户编号,客户名称,区域,上级客户\nN1,新,华东,东一\nN2,新二,华东,西一")
    made = plan(clerk, source)
    assert [(one.place(), one.code) for one in made.problems] == [("bytes!D3", "link_not_found")]


@pytest.fixture
def blind(crm: Workspace) -> Workspace:
    """Somebody who may do everything with accounts, and see no user, not even himself."""
    with crm.work() as work:
        operations = ["create", "read", "update", "import"]
        grants = [{"module": "account", "operations": operations, "where": None}]
        role = work.create("crm_role", {"name": "blind", "grants": grants})
        user = work.create("crm_user", {"name": "小李", "login": "l", "roles": [role.id]})
    return crm.as_(user)


def test_who_sees_no_user_owns_what_he_makes(crm: Workspace, blind: Workspace) -> None:
    me = str(blind.principal)
    with blind.work() as work:
        made = work.create("account", {"code": "A0", "name": "零"})
        work.create("account", {"code": "B0", "name": "另", "owner": me})
    assert made["owner"] == me
    source = csv(f"客户编号,客户名称,负责人\nA1,甲,\nA2,乙,{me}")
    assert load(blind, plan(blind, source)).counts.create == 2
    assert values(crm, "account", "code", "owner") == [
        ("A0", me), ("A1", me), ("A2", me), ("B0", me),
    ]  # fmt: skip


def test_who_sees_no_user_gives_records_to_nobody_else(crm: Workspace, blind: Workspace) -> None:
    other = str(crm.principal)
    with pytest.raises(Invalid, match="crm_user"), blind.work() as work:
        work.create("account", {"code": "A0", "name": "零", "owner": other})
    source = csv(f"客户编号,客户名称,负责人\nA1,甲,{other}\nA2,乙,{'0' * 31}9\nA3,丙,")
    made = plan(blind, source, errors="reject")
    # Another user and none at all are the same to him, and no other row suffers.
    assert load(blind, made).counts.create == 3
    assert values(crm, "account", "code", "owner") == [
        ("A1", blind.principal), ("A2", blind.principal), ("A3", blind.principal),
    ]  # fmt: skip


def test_an_unseen_id_in_a_file_refuses_its_row_alone(crm: Workspace, clerk: Workspace) -> None:
    hidden = next(one.id for one in crm.find("account", "code == 'W1'"))
    source = csv(f"客户编号,客户名称,区域,上级客户\nN1,新,华东,{hidden}\nN2,新二,华东,东一")
    made = plan(clerk, source, errors="reject")
    assert [(one.place(), one.code) for one in made.problems] == [("bytes!D2", "link_not_found")]
    assert load(clerk, made).counts.create == 1
