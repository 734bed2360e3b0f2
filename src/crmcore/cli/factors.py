"""`crmcore account totp`: the second factor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from crmcore import accounts
from crmcore.cli.accounting import Asked, done
from crmcore.work.configuring import check_right
from crmcore.work.store import user_named

_HOW: Final = (
    "enable, confirm, disable, or clear USER",
    "可用：enable、confirm、disable、clear 用户",
)


def totp(asked: Asked) -> None:
    """Begin, confirm or end one's own, or clear somebody's who lost it."""
    what, *rest = asked.words or ("",)
    if what == "clear" and len(rest) == 1:
        with asked.crm._store.reading(asked.crm.principal) as session:
            check_right(session)
            user = user_named(session, rest[0])
        accounts.clear_factor(asked.crm, user)
        done(asked, {"user": user}, "he comes in without it", "已清除两步验证")
        return
    if what not in _FACTOR or rest:
        raise asked.desk.bad(
            "words",
            "enable, confirm, disable, or clear USER",
            "enable、confirm、disable 或 clear 用户",
        )
    _FACTOR[what](asked)


def _begin(asked: Asked) -> None:
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


def _confirm(asked: Asked) -> None:
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


def _disable(asked: Asked) -> None:
    accounts.end_factor(asked.crm, asked.secrets.asked("code", "动态码"))
    done(asked, {"enabled": False}, "switched off", "已关闭两步验证")


_FACTOR: Final[Mapping[str, Callable[[Asked], None]]] = {
    "enable": _begin,
    "confirm": _confirm,
    "disable": _disable,
}
