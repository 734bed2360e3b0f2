"""What a workspace remembers beside its changes: reads that matter, denials, logins."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import DateTime, Integer, Labels, Link, Text
from crmcore.schema.field import Field
from crmcore.schema.module import Module
from crmcore.schema.reserved.parts import CODE, DIGEST

AUDIT_ENTRY: Final = Module(
    "crm_audit_entry",
    [
        Field("position", Integer(), Labels("位置", "Position"), indexed=True, number=1),
        Field("moment", DateTime(), Labels("时间", "Moment"), indexed=True, number=2),
        Field("kind", CODE, Labels("类型", "Kind"), indexed=True, number=3),
        Field("user", Link("crm_user"), Labels("用户", "User"), indexed=True, number=4),
        Field("behalf", Link("crm_user"), Labels("代表", "On behalf of"), number=5),
        Field("module", CODE, Labels("模块", "Module"), number=6),
        Field("record", CODE, Labels("记录", "Record"), number=7),
        Field("fields", Text(max_length=1000, sorted=False), Labels("字段", "Fields"), number=8),
        Field("count", Integer(), Labels("数量", "Count"), number=9),
        Field("question", DIGEST, Labels("问题", "Question"), number=10),
        Field("variant", DIGEST, Labels("问法", "Variant"), number=11),
        Field("reason", CODE, Labels("原因", "Reason"), number=12),
        Field("origin", CODE, Labels("来源", "Origin"), number=13),
        Field("operation", CODE, Labels("操作号", "Operation"), number=14),
        Field("chain", DIGEST, Labels("链", "Chain"), number=15),
    ],
    label=Labels("审计记录", "Audit entry"),
    keeping="journal",
    number=10,
)
"""One thing that was done or refused, never with a value: ids, names, counts and digests."""
