"""`account`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from crmcore import accounts
from crmcore.accounts import Issued
from crmcore.cli.accounting import Asked, done, when
from crmcore.cli.command import argument, command, flag, number, option
from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK
from crmcore.cli.factors import totp
from crmcore.cli.lessons.accounts import ACCOUNT
from crmcore.cli.secrets import Secrets
from crmcore.schema.reserved.signing_in import EVENTS

_LOGINS: Final = 50


@command(
    "account",
    ACCOUNT,
    argument("action"),
    argument("words", many=True, required=False),
    option("--name"),
    option("--email"),
    option("--role", many=True),
    number("--hours", least=1),
    number("--limit", least=1, default=_LOGINS),
    flag("--invited"),
    flag("--all"),
    flag("--stdin"),
)
def account(
    desk: Desk,
    action: str,
    words: tuple[str, ...],
    name: str | None,
    email: str | None,
    role: tuple[str, ...],
    hours: int | None,
    limit: int,
    invited: bool,
    all: bool,
    stdin: bool,
) -> int:
    """Who signs in."""
    if action not in ACTIONS:
        raise desk.bad("action", f"one of {', '.join(ACTIONS)}", f"可用：{'、'.join(ACTIONS)}")
    secrets = Secrets(desk, stdin)
    asked = Asked(
        desk, desk.workspace(), words, secrets, name, email, role, hours, limit, invited, all
    )
    ACTIONS[action](asked)
    return OK


def _enable(asked: Asked) -> None:
    asked.at_most(0)
    accounts.enable(asked.crm)
    done(asked, {"enabled": True}, "people sign in here from now on", "已启用账户登录")


def _invite(asked: Asked) -> None:
    _issued(asked, accounts.invite(asked.crm, asked.user(), roles=asked.roles, hours=asked.hours))


def _reset(asked: Asked) -> None:
    user = asked.needed()
    login = asked.crm.configuration.users[user].login
    made = None if login is None else accounts.request_reset(asked.crm, login)
    if made is None:
        raise asked.desk.bad("words", "he has no password: invite him", "该用户没有密码：请先邀请")
    _issued(asked, made)


def _issued(asked: Asked, made: Issued) -> None:
    until = when(asked.crm, made.expires)
    asked.desk.screen.data({"id": made.id, "token": made.token, "expires": str(made.expires)})
    asked.desk.screen.line(made.token)
    asked.desk.screen.note(
        asked.desk.tongue(
            f"shown this once, good once, until {until}: crmcore account redeem",
            f"仅显示一次，只能使用一次，{until} 前有效：crmcore account redeem",
        )
    )


def _register(asked: Asked) -> None:
    asked.at_most(1)
    if not asked.words:
        raise asked.desk.bad("words", "give a login", "请给出用户名")
    token = asked.secrets.asked("invitation", "邀请令牌") if asked.invited else None
    user = accounts.register(
        asked.crm,
        asked.words[0],
        asked.secrets.chosen(),
        name=asked.name,
        email=asked.email,
        invitation=token,
    )
    done(asked, {"user": user}, f"registered: {user}", f"已注册：{user}")


def _redeem(asked: Asked) -> None:
    asked.at_most(0)
    token = asked.secrets.asked("token", "令牌")
    user = accounts.redeem(asked.crm, token, asked.secrets.chosen())
    done(asked, {"user": user}, "the password is set", "密码已设置")


def _password(asked: Asked) -> None:
    asked.at_most(0)
    present = asked.secrets.asked("present password", "当前密码")
    accounts.change_password(asked.crm, present, asked.secrets.chosen())
    done(asked, {"changed": True}, "changed; all sessions end", "密码已修改，所有会话已结束")


def _unlock(asked: Asked) -> None:
    user = asked.needed()
    accounts.unlock(asked.crm, user)
    done(asked, {"user": user}, "he may try again at once", "可以立即重试")


def _sessions(asked: Asked) -> None:
    found = accounts.sessions(asked.crm, asked.user())
    told = [
        {
            "id": one.id,
            "began": str(one.began),
            "seen": str(one.seen),
            "expires": str(one.expires),
            "origin": one.origin,
            "device": one.device,
        }
        for one in found
    ]
    asked.desk.screen.data({"sessions": told})
    for one in found:
        where = " ".join(part for part in (one.origin, one.device) if part)
        asked.desk.screen.line(f"{one.id}  {when(asked.crm, one.seen)}  {where}".rstrip())
    if not found:
        asked.desk.screen.line(asked.desk.tongue("nobody is signed in", "没有登录中的会话"))


def _revoke(asked: Asked) -> None:
    if asked.all:
        accounts.end_sessions(asked.crm, asked.user())
    else:
        asked.at_most(1)
        if not asked.words:
            raise asked.desk.bad("words", "name a session, or --all", "请指定会话或 --all")
        accounts.end_session(asked.crm, asked.words[0])
    done(asked, {"ended": True}, "ended", "已结束")


def _logins(asked: Asked) -> None:
    found = accounts.sign_ins(asked.crm, asked.user(), limit=asked.limit)
    language = asked.desk.tongue.language
    words = {one.code: one.label.shown(language, one.code) for one in EVENTS}
    names = ("event", "moment", "origin", "reason")
    asked.desk.screen.data(
        {"logins": [{n: None if one[n] is None else str(one[n]) for n in names} for one in found]}
    )
    for one in found:
        moment = one["moment"]
        assert isinstance(moment, datetime)
        rest = " ".join(str(one[name]) for name in ("origin", "reason") if one[name] is not None)
        event = words[str(one["event"])]
        asked.desk.screen.line(f"{when(asked.crm, moment)}  {event}  {rest}".rstrip())


def _tidy(asked: Asked) -> None:
    asked.at_most(0)
    count = accounts.tidy(asked.crm)
    done(asked, {"removed": count}, f"{count} removed", f"已清除 {count} 项")


ACTIONS: Final[Mapping[str, Callable[[Asked], None]]] = {
    "enable": _enable,
    "invite": _invite,
    "register": _register,
    "redeem": _redeem,
    "password": _password,
    "reset": _reset,
    "unlock": _unlock,
    "sessions": _sessions,
    "revoke": _revoke,
    "logins": _logins,
    "totp": totp,
    "tidy": _tidy,
}
"""What can be done with accounts, by name."""
