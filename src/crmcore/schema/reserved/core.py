"""The modules that every workspace has for itself: users, roles, change sets, operations."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import (
    Boolean,
    DateTime,
    Email,
    Integer,
    Json,
    Labels,
    Link,
    LongText,
    MultiLink,
    Phone,
    Text,
)
from crmcore.schema.field import Field
from crmcore.schema.module import Module
from crmcore.schema.reserved.parts import CODE, DIGEST

USER: Final = Module(
    "crm_user",
    [
        Field("name", Text(), Labels("姓名", "Name"), required=True, number=1),
        Field("login", CODE, Labels("用户名", "Login"), unique="exact", number=2),
        Field("email", Email(), Labels("邮箱", "Email"), classification="personal", number=3),
        Field("phone", Phone(), Labels("电话", "Phone"), classification="personal", number=4),
        Field("job_title", Text(), Labels("职位", "Job title"), number=5),
        Field("department", Text(), Labels("部门", "Department"), number=6),
        Field("roles", MultiLink("crm_role"), Labels("角色", "Roles"), number=7),
        Field("superior", Link("crm_user", "detach"), Labels("上级", "Superior"), number=8),
        Field("active", Boolean(), Labels("启用", "Active"), default=True, number=9),
    ],
    title="name",
    label=Labels("用户", "User"),
    number=1,
)

ROLE: Final = Module(
    "crm_role",
    [
        Field("name", CODE, Labels("名称", "Name"), required=True, unique="exact", number=1),
        Field("label_zh", Text(), Labels("中文名", "Chinese name"), number=2),
        Field("label_en", Text(), Labels("英文名", "English name"), number=3),
        Field("grants", Json(), Labels("授权", "Grants"), number=4),
        Field("denials", Json(), Labels("禁止", "Denials"), number=5),
        Field("fields", Json(), Labels("字段权限", "Field rights"), number=6),
        Field("limits", Json(), Labels("数量限制", "Row limits"), number=7),
    ],
    title="name",
    label=Labels("角色", "Role"),
    number=2,
)

SETTING: Final = Module(
    "crm_setting",
    [
        Field("name", CODE, Labels("名称", "Name"), required=True, unique="exact", number=1),
        Field("value", Json(), Labels("值", "Value"), number=2),
    ],
    title="name",
    label=Labels("设置", "Setting"),
    number=3,
)

OPERATION: Final = Module(
    "crm_operation",
    [
        Field("op_id", CODE, Labels("操作号", "Operation"), unique="exact", number=1),
        Field("kind", CODE, Labels("类型", "Kind"), number=2),
        Field("request", DIGEST, number=3),
        Field("user", Link("crm_user"), Labels("用户", "User"), number=4),
        Field("behalf", Link("crm_user"), Labels("代表", "On behalf of"), number=5),
        Field("origin", CODE, Labels("来源", "Origin"), number=6),
        Field("reason", LongText(), Labels("原因", "Reason"), number=7),
        Field("state", CODE, Labels("状态", "State"), number=8),
        Field("result", Json(), Labels("结果", "Result"), number=9),
        Field("moment", DateTime(), Labels("时间", "Moment"), number=10),
        Field("undoes", Link("crm_operation"), Labels("撤销了", "Undoes"), number=11),
    ],
    label=Labels("操作", "Operation"),
    keeping="journal",
    number=4,
)

CHANGE_SET: Final = Module(
    "crm_change_set",
    [
        Field("position", Integer(), Labels("位置", "Position"), indexed=True, number=1),
        Field("moment", DateTime(), Labels("时间", "Moment"), indexed=True, number=2),
        Field("operation", Link("crm_operation"), indexed=True, number=3),
        Field("step", Integer(), number=4),
        Field("user", Link("crm_user"), number=5),
        Field("origin", CODE, number=6),
        Field("summary", Json(), number=7),
        Field("root", DIGEST, number=8),
        Field("chain", DIGEST, number=9),
        Field("content", DIGEST, number=10),
        Field("form", Integer(), number=11),
        Field("told", DIGEST, number=12),
        Field("schema", DIGEST, number=13),
        Field("rewrites", Json(), number=14),
    ],
    label=Labels("变更集", "Change set"),
    keeping="journal",
    number=5,
)

STEP: Final = Module(
    "crm_step",
    [
        Field("key", CODE, unique="exact", number=1),
        Field("result", Json(), number=2),
    ],
    label=Labels("步骤", "Step"),
    keeping="journal",
    number=6,
)

HEAD: Final = Module(
    "crm_head",
    [
        Field("position", Integer(), number=1),
        Field("moment", DateTime(), number=2),
        Field("chain", DIGEST, number=3),
        Field("content", DIGEST, number=4),
        Field("key", DIGEST, number=5),
        Field("schema", DIGEST, number=6),
        Field("policy", Integer(), number=7),
    ],
    label=Labels("头", "Head"),
    keeping="state",
    number=7,
)

DEFINITION: Final = Module(
    "crm_definition",
    [
        Field("name", CODE, Labels("名称", "Name"), required=True, unique="exact", number=1),
        Field("value", Json(large=True), Labels("值", "Value"), number=2),
    ],
    title="name",
    label=Labels("定义", "Definition"),
    number=8,
)

MESSAGE: Final = Module(
    "crm_message",
    [
        Field("topic", CODE, Labels("主题", "Topic"), indexed=True, number=1),
        Field("body", Json(), Labels("内容", "Body"), number=2),
    ],
    label=Labels("消息", "Message"),
    keeping="journal",
    number=9,
)
