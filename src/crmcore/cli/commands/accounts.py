"""`account`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from crmcore import accounts
from crmcore.accounts import Issued
from crmcore.cli.command import argument, command, flag, number, option
from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK
from crmcore.cli.lessons.accounts import ACCOUNT
from crmcore.cli.secrets import Secrets
from crmcore.kinds.temporal import zone_of
from crmcore.schema.reserved.signing_in import EVENTS
from crmcore.work import Workspace
from crmcore.work.configuring import check_right
from crmcore.work.store import user_named

_LOGINS: Final = 50
_HOW: Final = (
    "enable, confirm, disable, or clear USER",
    "可用：enable、confirm、disable、clear 用户",
)


@frozen
class _Asked:
    """An action with its words and options."""

    desk: Desk
    crm: Workspace
    words: Sequence[str]
    secrets: Secrets
    name: str | None
    email: str | None
    roles: Sequence[str]
    hours: int | None
    limit: int
    invited: bool
    all: bool

    def user(self) -> str | None:
        """The id of the user who is named, for who may configure; `None`: oneself."""
        self.at_most(1)
        if not self.words:
            return None
        with self.crm._store.reading(self.crm.principal) as session:
            check_right(session)
            return user_named(session, self.words[0])

    def needed(self) -> str:
        """The same, where somebody must be named."""
        found = self.user()
        if found is None:
            raise self.desk.bad("words", "name a user", "请指定用户")
        return found

    def at_most(self, count: int) -> None:
        """Raise `WorkspaceError` (`bad_option`) for words that mean nothing."""
        if len(self.words) > count:
            left = " ".join(self.words[count:])
            raise self.desk.bad("words", f"what is meant by {left}?", f"无法理解：{left}")


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
    asked = _Asked(
        desk, desk.workspace(), words, secrets, name, email, role, hours, limit, invited, all
    )
    ACTIONS[action](asked)
    return OK


def _enable(asked: _Asked) -> None:
    asked.at_most(0)
    accounts.enable(asked.crm)
    _done(asked, {"enabled": True}, "people sign in here from now on", "已启用账户登录")


def _invite(asked: _Asked) -> None:
    _issued(asked, accounts.invite(asked.crm, asked.user(), roles=asked.roles, hours=asked.hours))


def _reset(asked: _Asked) -> None:
    user = asked.needed()
    login = asked.crm.configuration.users[user].login
    made = None if login is None else accounts.request_reset(asked.crm, login)
    if made is None:
        raise asked.desk.bad("words", "he has no password: invite him", "该用户没有密码：请先邀请")
    _issued(asked, made)


def _issued(asked: _Asked, made: Issued) -> None:
    until = _when(asked.crm, made.expires)
    asked.desk.screen.data({"id": made.id, "token": made.token, "expires": str(made.expires)})
    asked.desk.screen.line(made.token)
    asked.desk.screen.note(
        asked.desk.tongue(
            f"shown this once, good once, until {until}: crmcore account redeem",
            f"仅显示一次，只能使用一次，{until} 前有效：crmcore account redeem",
        )
    )


def _register(asked: _Asked) -> None:
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
    _done(asked, {"user": user}, f"registered: {user}", f"已注册：{user}")


def _redeem(asked: _Asked) -> None:
    asked.at_most(0)
    token = asked.secrets.asked("token", "令牌")
    user = accounts.redeem(asked.crm, token, asked.secrets.chosen())
    _done(asked, {"user": user}, "the password is set", "密码已设置")


def _password(asked: _Asked) -> None:
    asked.at_most(0)
    present = asked.secrets.asked("present password", "当前密码")
    accounts.change_password(asked.crm, present, asked.secrets.chosen())
    _done(asked, {"changed": True}, "changed; all sessions end", "密码已修改，所有会话已结束")


def _unlock(asked: _Asked) -> None:
    user = asked.needed()
    accounts.unlock(asked.crm, user)
    _done(asked, {"user": user}, "he may try again at once", "可以立即重试")


def _sessions(asked: _Asked) -> None:
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
        asked.desk.screen.line(f"{one.id}  {_when(asked.crm, one.seen)}  {where}".rstrip())
    if not found:
        asked.desk.screen.line(asked.desk.tongue("nobody is signed in", "没有登录中的会话"))


def _revoke(asked: _Asked) -> None:
    if asked.all:
        accounts.end_sessions(asked.crm, asked.user())
    else:
        asked.at_most(1)
        if not asked.words:
            raise asked.desk.bad("words", "name a session, or --all", "请指定会话或 --all")
        accounts.end_session(asked.crm, asked.words[0])
    _done(asked, {"ended": True}, "ended", "已结束")


def _logins(asked: _Asked) -> None:
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
        asked.desk.screen.line(f"{_when(asked.crm, moment)}  {event}  {rest}".rstrip())


def _totp(asked: _Asked) -> None:
    what, *rest = asked.words or ("",)
    if what == "clear" and len(rest) == 1:
        with asked.crm._store.reading(asked.crm.principal) as session:
            check_right(session)
            user = user_named(session, rest[0])
        accounts.clear_factor(asked.crm, user)
        _done(asked, {"user": user}, "he comes in without it", "已清除两步验证")
        return
    if what not in _FACTOR or rest:
        raise asked.desk.bad(
            "words",
            "enable, confirm, disable, or clear USER",
            "enable、confirm、disable 或 clear 用户",
        )
    _FACTOR[what](asked)


def _begin(asked: _Asked) -> None:
    made = accounts.begin_factor(asked.crm)
    asked.desk.screen.data({"secret": made.secret, "uri": made.uri})
    asked.desk.screen.line(made.secret)
    asked.desk.screen.line(made.uri)
    asked.desk.screen.note(
        asked.desk.tongue(
            "shown this once; give the authenticator's code to: crmcore account totp confirm",
            "仅显示一次；用验证器的动态码确认：crmcore account totp confirm",
        )
    )


def _confirm(asked: _Asked) -> None:
    codes = accounts.confirm_factor(asked.crm, asked.secrets.asked("code", "动态码"))
    asked.desk.screen.data({"recovery": list(codes)})
    for one in codes:
        asked.desk.screen.line(one)
    asked.desk.screen.note(
        asked.desk.tongue(
            "shown this once: each is good for one sign-in without the authenticator",
            "仅显示一次：每个恢复码可在没有验证器时登录一次",
        )
    )


def _disable(asked: _Asked) -> None:
    accounts.end_factor(asked.crm, asked.secrets.asked("code", "动态码"))
    _done(asked, {"enabled": False}, "switched off", "已关闭两步验证")


def _tidy(asked: _Asked) -> None:
    asked.at_most(0)
    count = accounts.tidy(asked.crm)
    _done(asked, {"removed": count}, f"{count} removed", f"已清除 {count} 项")


def _done(asked: _Asked, data: Mapping[str, object], english: str, chinese: str) -> None:
    asked.desk.screen.data(dict(data))
    asked.desk.screen.line(asked.desk.tongue(english, chinese))


def _when(crm: Workspace, moment: datetime) -> str:
    zone = zone_of(crm.configuration.setting("zone", "UTC"))
    return moment.astimezone(zone).isoformat(" ", "minutes")


_FACTOR: Final[Mapping[str, Callable[[_Asked], None]]] = {
    "enable": _begin,
    "confirm": _confirm,
    "disable": _disable,
}

ACTIONS: Final[Mapping[str, Callable[[_Asked], None]]] = {
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
    "totp": _totp,
    "tidy": _tidy,
}
"""What can be done with accounts, by name."""
