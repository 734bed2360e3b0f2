"""Reserved modules of personal data: erasures and what they took, and rules of processing."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import DateTime, Integer, Json, Labels, Link, LongText
from crmcore.schema.field import Field
from crmcore.schema.module import Module
from crmcore.schema.reserved.parts import CODE, DIGEST, about

ERASURE: Final = Module(
    "crm_erasure",
    [
        Field("subject", CODE, Labels("当事人", "Subject"), required=True, indexed=True, number=1),
        Field("module", CODE, Labels("模块", "Module"), required=True, number=2),
        Field("action", CODE, Labels("方式", "Action"), required=True, number=3),
        Field("moment", DateTime(), Labels("时间", "Moment"), required=True, number=4),
        Field("user", CODE, Labels("执行人", "User"), required=True, number=5),
        Field("reason", LongText(), Labels("原因", "Reason"), number=6),
        Field("versions", Integer(), Labels("版本数", "Versions"), number=7),
    ],
    label=Labels("个人信息删除", "Erasure"),
    number=60,
)
"""What was erased, when, by whom: kept for good, and carried out again after a restore."""

TOMBSTONE: Final = Module(
    "crm_tombstone",
    [
        Field("erasure", Link("crm_erasure"), required=True, indexed=True, number=1),
        Field("module", CODE, Labels("模块", "Module"), required=True, number=2),
        Field("record", CODE, Labels("记录", "Record"), required=True, indexed=True, number=3),
        Field("of_version", Integer(), Labels("版本", "Version"), required=True, number=4),
        Field("fields", Json(), Labels("字段", "Fields"), number=5),
        Field("commitments", Json(), number=6),
        Field("mark", DIGEST, number=7),
        Field("left", DIGEST, required=True, number=8),
    ],
    label=Labels("删除凭据", "Tombstone"),
    number=61,
)
"""One version that was erased: what the chain says of it, and a digest of what was left."""

RESTRICTION: Final = Module(
    "crm_restriction",
    [
        about("subject", Labels("当事人", "Subject")),
        Field("module", CODE, Labels("模块", "Module"), required=True, number=2),
        Field("reason", LongText(), Labels("原因", "Reason"), number=3),
    ],
    label=Labels("限制处理", "Restriction"),
    number=62,
)
"""A person whose records are stored, and nothing else is done with them while this is there."""

RETENTION: Final = Module(
    "crm_retention",
    [
        Field("name", CODE, Labels("名称", "Name"), required=True, unique="exact", number=1),
        Field("module", CODE, Labels("模块", "Module"), required=True, number=2),
        Field("where", LongText(), Labels("条件", "Condition"), required=True, number=3),
        Field("action", CODE, Labels("方式", "Action"), required=True, number=4),
        Field("reason", LongText(), Labels("原因", "Reason"), number=5),
    ],
    title="name",
    label=Labels("保留期限规则", "Retention rule"),
    number=63,
)
"""Which records are due, and what is done to them then."""

CONSENT: Final = Module(
    "crm_consent",
    [
        about("subject", Labels("当事人", "Subject")),
        Field("module", CODE, Labels("模块", "Module"), required=True, number=2),
        Field("purpose", CODE, Labels("目的", "Purpose"), required=True, number=3),
        Field("given_at", DateTime(), Labels("同意时间", "Given at"), required=True, number=4),
        Field("withdrawn_at", DateTime(), Labels("撤回时间", "Withdrawn at"), number=5),
        Field("source", LongText(), Labels("来源", "Source"), number=6),
    ],
    label=Labels("同意", "Consent"),
    number=64,
)
"""What a person agreed to: for which purpose, since when, and until when."""

PRIVACY: Final = (ERASURE, TOMBSTONE, RESTRICTION, RETENTION, CONSENT)
"""The modules of personal data, in the order of their numbers."""
