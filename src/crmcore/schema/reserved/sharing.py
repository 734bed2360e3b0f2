"""Reserved modules that access looks at: departments, shares, teams, territories, requests."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import DateTime, Json, Labels, Link, LongText, MultiLink, Text
from crmcore.schema.field import Field
from crmcore.schema.module import Module
from crmcore.schema.reserved.parts import CODE, about

_LEVEL = Text(max_length=20, sorted=False)

DEPARTMENT: Final = Module(
    "crm_department",
    [
        Field("name", Text(), Labels("名称", "Name"), required=True, unique="exact", number=1),
        Field("parent", Link("crm_department"), Labels("上级部门", "Parent"), number=2),
        Field("manager", Link("crm_user", "detach"), Labels("主管", "Manager"), number=3),
    ],
    title="name",
    label=Labels("部门", "Department"),
    number=20,
)

ROLE_ASSIGNMENT: Final = Module(
    "crm_role_assignment",
    [
        Field("user", Link("crm_user", "cascade"), Labels("用户", "User"), required=True, number=1),
        Field("role", Link("crm_role", "cascade"), Labels("角色", "Role"), required=True, number=2),
        Field("valid_from", DateTime(), Labels("生效时间", "Valid from"), number=3),
        Field("valid_until", DateTime(), Labels("失效时间", "Valid until"), number=4),
        Field("reason", LongText(), Labels("原因", "Reason"), number=5),
    ],
    label=Labels("角色分配", "Role assignment"),
    number=21,
)

SHARE: Final = Module(
    "crm_share",
    [
        about("record", Labels("记录", "Record")),
        Field("module", CODE, Labels("模块", "Module"), required=True, number=2),
        Field("user", Link("crm_user", "cascade"), Labels("用户", "User"), indexed=True, number=3),
        Field("department", Text(), Labels("部门", "Department"), indexed=True, number=4),
        Field("role", Link("crm_role", "cascade"), Labels("角色", "Role"), number=5),
        Field("level", _LEVEL, Labels("级别", "Level"), required=True, number=6),
        Field("expires_at", DateTime(), Labels("到期时间", "Expires"), number=7),
        Field("reason", LongText(), Labels("原因", "Reason"), number=8),
    ],
    label=Labels("共享", "Share"),
    number=22,
)

TEAM_MEMBER: Final = Module(
    "crm_team_member",
    [
        about("record", Labels("记录", "Record")),
        Field("module", CODE, Labels("模块", "Module"), required=True, number=2),
        Field(
            "user",
            Link("crm_user", "cascade"),
            Labels("成员", "Member"),
            required=True,
            indexed=True,
            number=3,
        ),
        Field("team_role", Text(), Labels("团队角色", "Role in the team"), number=4),
        Field("level", _LEVEL, Labels("级别", "Level"), required=True, number=5),
    ],
    label=Labels("相关团队", "Record team"),
    number=23,
)

TERRITORY: Final = Module(
    "crm_territory",
    [
        Field("name", Text(), Labels("名称", "Name"), required=True, unique="exact", number=1),
        Field("parent", Link("crm_territory"), Labels("上级区域", "Parent"), number=2),
        Field("members", MultiLink("crm_user"), Labels("成员", "Members"), number=3),
    ],
    title="name",
    label=Labels("区域", "Territory"),
    number=24,
)

CHANGE_REQUEST: Final = Module(
    "crm_change_request",
    [
        about("record", Labels("记录", "Record")),
        Field("module", CODE, Labels("模块", "Module"), required=True, number=2),
        Field("base", CODE, Labels("版本", "Version"), number=3),
        Field("changes", Json(), Labels("修改", "Changes"), number=4),
        Field("user", Link("crm_user"), Labels("申请人", "Asked by"), required=True, number=5),
        Field("state", _LEVEL, Labels("状态", "State"), required=True, indexed=True, number=6),
        Field("decided_by", Link("crm_user"), Labels("审批人", "Decided by"), number=7),
        Field("decided_at", DateTime(), Labels("审批时间", "Decided at"), number=8),
        Field("reason", LongText(), Labels("意见", "Reason"), number=9),
    ],
    label=Labels("变更申请", "Change request"),
    number=25,
)
