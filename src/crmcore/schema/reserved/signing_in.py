"""Modules of who signs in and how; a workspace has them once that is kept here.

No secret is in them: those lie in the store alone, where no question reaches.
"""

from __future__ import annotations

from typing import Final

from crmcore.kinds import Choice, DateTime, Labels, Link, Option, Text
from crmcore.schema.field import Field
from crmcore.schema.module import Key, Module
from crmcore.schema.reserved.parts import CODE

_GIVEN = Text(max_length=255, sorted=False)

KINDS: Final = (
    Option("person", Labels("人员", "Person")),
    Option("service", Labels("服务", "Service")),
)
"""What signs in: people with passwords, services with tokens."""

ACCOUNT: Final = Module(
    "crm_account",
    [
        Field(
            "user",
            Link("crm_user", "cascade"),
            Labels("用户", "User"),
            required=True,
            unique="exact",
            number=1,
        ),
        Field(
            "kind",
            Choice(
                [
                    Option("person", Labels("人员", "Person")),
                    Option("service", Labels("服务", "Service")),
                ]
            ),
            Labels("类型", "Kind"),
            required=True,
            number=2,
        ),
    ],
    label=Labels("账户", "Account of a user"),
    number=40,
)

IDENTITY: Final = Module(
    "crm_identity",
    [
        Field("issuer", _GIVEN, Labels("签发方", "Issuer"), required=True, number=1),
        Field("subject", _GIVEN, Labels("主体", "Subject"), required=True, number=2),
        Field(
            "user",
            Link("crm_user", "cascade"),
            Labels("用户", "User"),
            required=True,
            indexed=True,
            number=3,
        ),
    ],
    label=Labels("外部身份", "Identity"),
    keys=[Key(["issuer", "subject"], number=10_000)],
    number=41,
)

EVENTS: Final = (
    Option("success", Labels("登录成功", "Signed in")),
    Option("failure", Labels("登录失败", "Refused")),
    Option("lockout", Labels("锁定", "Locked out")),
    Option("logout", Labels("退出", "Signed out")),
    Option("registered", Labels("注册", "Registered")),
    Option("password", Labels("修改密码", "Password set")),
    Option("issued", Labels("签发令牌", "Token issued")),
    Option("revoked", Labels("撤销", "Revoked")),
    Option("factor", Labels("两步验证变更", "Second factor changed")),
)
"""What is kept of signing in."""

SIGN_IN: Final = Module(
    "crm_sign_in",
    [
        Field("user", Link("crm_user"), Labels("用户", "User"), indexed=True, number=1),
        Field("event", Choice(EVENTS), Labels("事件", "Event"), required=True, number=2),
        Field("moment", DateTime(), Labels("时间", "Moment"), indexed=True, number=3),
        Field("origin", _GIVEN, Labels("来源", "Origin"), classification="personal", number=4),
        Field("reason", CODE, Labels("原因", "Reason"), number=5),
    ],
    label=Labels("登录记录", "Sign-ins"),
    keeping="journal",
    number=42,
)

SIGNING_IN: Final = (ACCOUNT, IDENTITY, SIGN_IN)
"""The modules of signing in, in the order of their numbers."""
