"""Help of `account`."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.lesson import Lesson, example, lesson

ACCOUNT: Final[Lesson] = lesson(
    "Who signs in: invitations, passwords, sessions, sign-ins, the second factor.",
    "账户：邀请、密码、会话、登录记录、两步验证。",
    {
        "action": (
            "enable, invite, register, redeem, password, reset, unlock, sessions, revoke, logins,"
            " totp or tidy.",
            "enable（启用）、invite（邀请）、register（注册）、redeem（用令牌设置密码）、"
            "password（修改密码）、reset（重置密码）、unlock（解锁）、sessions（会话）、"
            "revoke（结束会话）、logins（登录记录）、totp（两步验证）或 tidy（清除过期项）。",
        ),
        "words": (
            "A user (id, login or name), oneself without; `register` a login; `revoke` a session;"
            " `totp`: enable, confirm, disable, or clear USER.",
            "用户（编号、用户名或姓名），不写则为本人；register 为用户名；revoke 为会话编号；"
            "totp 之后：enable、confirm、disable 或 clear 用户。",
        ),
        "name": ("What he who registers is called.", "注册者的姓名。"),
        "email": ("The address of who registers.", "注册者的邮箱。"),
        "role": (
            "A role for who makes a user of himself by `invite`; several times.",
            "受邀自行注册者获得的角色，可多次。",
        ),
        "hours": ("How long the invitation holds.", "邀请的有效小时数。"),
        "limit": ("At most so many sign-ins.", "最多显示的登录记录数。"),
        "invited": ("`register` with an invitation, which is asked for.", "凭邀请令牌注册。"),
        "all": ("`revoke` all sessions.", "结束全部会话。"),
        "stdin": (
            "Read secrets from standard input, a line each, instead of asking for them.",
            "从标准输入逐行读取密码、令牌和动态码，不再询问。",
        ),
    },
    (
        example("crmcore account enable", "keep who signs in, from now on", "启用账户登录"),
        example("crmcore account invite 小王", "a token to send to him", "得到发给他的令牌"),
        example("crmcore account redeem", "he sets his password by it", "用令牌设置密码"),
        example("crmcore account logins 小王", "when did he come in?", "他何时登录过？"),
        example("crmcore account unlock 小王", "somebody guessed at his password", "有人猜过密码"),
        example("crmcore account revoke --all 小王", "his telephone was stolen", "他的手机被偷了"),
        example("crmcore account totp enable --as 小王", "a second factor", "启用两步验证"),
    ),
    (
        "Passwords, tokens and codes are asked for, or read with --stdin: they are never words of"
        " the command, which others on the machine could read.",
        "密码、令牌和动态码会逐项询问，或用 --stdin 读取；绝不写在命令行中，以免被他人看到。",
    ),
)
