"""Reviews of rights: campaigns, what was looked at in them, and duties that are kept apart."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import Boolean, DateTime, Integer, Json, Labels, Link, LongText, Text
from crmcore.schema.field import Field
from crmcore.schema.module import Module
from crmcore.schema.reserved.parts import CODE, DIGEST

REVIEW: Final = Module(
    "crm_review",
    [
        Field("name", Text(), Labels("名称", "Name"), required=True, number=1),
        Field("state", CODE, Labels("状态", "State"), required=True, indexed=True, number=2),
        Field("days", Integer(), Labels("天数", "Days"), number=3),
        Field("picture", DIGEST, Labels("快照摘要", "Picture"), number=4),
        Field("signature", DIGEST, Labels("签署摘要", "Signature"), number=5),
        Field("closed_by", Link("crm_user"), Labels("签署人", "Signed by"), number=6),
        Field("closed_at", DateTime(), Labels("签署时间", "Signed at"), number=7),
    ],
    title="name",
    label=Labels("权限审查", "Access review"),
    number=50,
)

REVIEW_ITEM: Final = Module(
    "crm_review_item",
    [
        Field(
            "review",
            Link("crm_review", "cascade"),
            Labels("审查", "Review"),
            required=True,
            indexed=True,
            number=1,
        ),
        Field("sort", CODE, Labels("类别", "Sort"), required=True, number=2),
        Field("entry", CODE, Labels("授予记录", "Entry"), required=True, number=3),
        Field("holder", CODE, Labels("持有者", "Holder"), number=4),
        Field("holder_name", Text(), Labels("持有者姓名", "Name of the holder"), number=5),
        Field("role", CODE, Labels("角色", "Role"), number=6),
        Field("what", LongText(), Labels("内容", "What"), number=7),
        Field("since", DateTime(), Labels("起始", "Since"), number=8),
        Field("granted_by", Text(), Labels("授予人", "Granted by"), number=9),
        Field("until", DateTime(), Labels("截止", "Until"), number=10),
        Field("last_used", DateTime(), Labels("最近使用", "Last used"), number=11),
        Field("unused", Json(), Labels("未使用", "Not used"), number=12),
        Field("decision", CODE, Labels("决定", "Decision"), number=13),
        Field("decided_by", Link("crm_user"), Labels("审查人", "Decided by"), number=14),
        Field("decided_at", DateTime(), Labels("决定时间", "Decided at"), number=15),
        Field("reason", LongText(), Labels("理由", "Reason"), number=16),
    ],
    label=Labels("审查项", "Reviewed right"),
    number=51,
)
"""What somebody had when the review began. Ids and names are texts: they stay as they were."""

DUTY_RULE: Final = Module(
    "crm_duty_rule",
    [
        Field("name", CODE, Labels("名称", "Name"), required=True, unique="exact", number=1),
        Field("label_zh", Text(), Labels("中文名", "Chinese name"), number=2),
        Field("label_en", Text(), Labels("英文名", "English name"), number=3),
        Field("duties", Json(), Labels("职责", "Duties"), required=True, number=4),
        Field("block", Boolean(), Labels("禁止违反", "Refuse"), number=5),
    ],
    title="name",
    label=Labels("职责分离规则", "Separation of duties"),
    number=52,
)
"""Duties that nobody has together."""
