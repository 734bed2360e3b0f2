"""Commands of signing in."""

from __future__ import annotations

from typing import Final

from crmcore import accounts
from crmcore.testing.refusing.command import Act, Attempt, Command, Own, call
from crmcore.testing.refusing.stage import CHEAP, NOWHERE, PHRASE
from crmcore.work import Workspace

_CONFIGURES: Final = "right configures"
_COUNTED: Final = "crm_throttle crm_sign_in crm_operation crm_change_set crm_head"
"""Failed attempts are counted, or nobody could be made to wait."""
_SHORT: Final = "short"
_BAD_TOKEN: Final = "crm_r_" + "0" * 40


def _clerk(one: Attempt) -> Workspace:
    return one.stage.crm.as_("clerk")


def _user(one: Attempt) -> str:
    known: str = one.stage.things["clerk"]
    return NOWHERE if one.record == NOWHERE else known


def _own(name: str, codes: str, act: Act) -> Own:
    return Own(name, codes.split(), act)


def _registered(one: Attempt, login: str = "new", password: str = PHRASE) -> object:
    token = one.stage.things["invitation"].token
    return accounts.register(one.stage.crm, login, password, invitation=token)


ADMITTING: Final[tuple[Command, ...]] = (
    call("accounts.enable", _CONFIGURES, lambda a: accounts.enable(a.who, CHEAP)),
    call("accounts.tidy", _CONFIGURES, lambda a: accounts.tidy(a.who)),
    call(
        "accounts.map_identity",
        f"{_CONFIGURES} names",
        lambda a: accounts.map_identity(a.who, "host", "two", _user(a)),
        [
            _own(
                "mapped-before",
                "value_taken key_taken",
                lambda a: accounts.map_identity(a.stage.crm, "host", "one", a.ready.who),
            )
        ],
    ),
    call(
        "accounts.unmap_identity",
        f"{_CONFIGURES} names",
        lambda a: accounts.unmap_identity(a.who, "host", "none" if a.record == NOWHERE else "one"),
    ),
    call(
        "accounts.invite",
        f"{_CONFIGURES} names",
        lambda a: accounts.invite(a.who, _user(a)),
        [_own("unknown-role", "not_found", lambda a: accounts.invite(a.stage.crm, roles=["none"]))],
    ),
    call(
        "accounts.create_service",
        _CONFIGURES,
        lambda a: accounts.create_service(a.who, "web"),
        [
            _own(
                "unknown-role",
                "not_found",
                lambda a: accounts.create_service(a.stage.crm, "web", roles=["none"]),
            )
        ],
    ),
    call(
        "accounts.issue_token",
        f"{_CONFIGURES} names",
        lambda a: accounts.issue_token(
            a.who, NOWHERE if a.record == NOWHERE else a.stage.things["service"], "weekly"
        ),
        [
            _own(
                "no-service",
                "not_a_service",
                lambda a: accounts.issue_token(a.stage.crm, _user(a), "weekly"),
            )
        ],
    ),
    call(
        "accounts.revoke_token",
        f"{_CONFIGURES} names",
        lambda a: accounts.revoke_token(
            a.who, NOWHERE if a.record == NOWHERE else a.stage.things["token"].id
        ),
    ),
    call(
        "accounts.clear_factor",
        f"{_CONFIGURES} names",
        lambda a: accounts.clear_factor(a.who, _user(a)),
        [
            _own(
                "has-none",
                "not_found no_password",
                lambda a: accounts.clear_factor(a.stage.crm, a.ready.who),
            )
        ],
    ),
    call(
        "accounts.end_sessions",
        _CONFIGURES,
        lambda a: accounts.end_sessions(a.who, _user(a)),
    ),
    call("accounts.unlock", _CONFIGURES, lambda a: accounts.unlock(a.who, _user(a))),
)
"""What who configures does for others."""

GUESTS: Final[tuple[Command, ...]] = (
    call(
        "accounts.begin_factor",
        "",
        lambda a: accounts.begin_factor(_clerk(a)),
        [_own("no-password", "no_password", lambda a: accounts.begin_factor(a.who))],
    ),
    call(
        "accounts.confirm_factor",
        "",
        lambda a: None,
        [_own("wrong-code", "wrong_code", lambda a: accounts.confirm_factor(_clerk(a), "000000"))],
        _COUNTED,
    ),
    call(
        "accounts.end_factor",
        "",
        lambda a: None,
        [_own("wrong-code", "wrong_code", lambda a: accounts.end_factor(_clerk(a), "000000"))],
        _COUNTED,
    ),
    call(
        "accounts.change_password",
        "",
        lambda a: accounts.change_password(_clerk(a), PHRASE, f"{PHRASE} too"),
        [
            _own(
                "wrong-password",
                "sign_in_failed",
                lambda a: accounts.change_password(_clerk(a), "another phrase", PHRASE),
            ),
            _own(
                "short",
                "password_too_short",
                lambda a: accounts.change_password(_clerk(a), PHRASE, _SHORT),
            ),
            _own("none", "no_password", lambda a: accounts.change_password(a.who, PHRASE, PHRASE)),
        ],
        _COUNTED,
    ),
    call(
        "accounts.end_session",
        "",
        lambda a: accounts.end_session(_clerk(a), a.stage.things["session"].session),
        [
            _own(
                "of-somebody-else",
                "not_found",
                lambda a: accounts.end_session(a.who, a.stage.things["session"].session),
            )
        ],
    ),
    call(
        "accounts.sign_in",
        "",
        lambda a: accounts.sign_in(a.stage.crm, "clerk", PHRASE),
        [
            _own(
                "wrong-password",
                "sign_in_failed",
                lambda a: accounts.sign_in(a.stage.crm, "clerk", "another phrase"),
            ),
            _own(
                "nobody",
                "sign_in_failed",
                lambda a: accounts.sign_in(a.stage.crm, "nobody", PHRASE),
            ),
        ],
        _COUNTED,
    ),
    call(
        "accounts.resume",
        "",
        lambda a: accounts.resume(a.stage.crm, a.stage.things["session"].token),
        [_own("no-session", "session_over", lambda a: accounts.resume(a.stage.crm, _BAD_TOKEN))],
    ),
    call(
        "accounts.sign_out",
        "",
        lambda a: accounts.sign_out(a.stage.crm, a.stage.things["session"].token),
    ),
    call(
        "accounts.redeem",
        "",
        lambda a: None,
        [
            _own(
                "no-token", "token_void", lambda a: accounts.redeem(a.stage.crm, _BAD_TOKEN, PHRASE)
            ),
            _own(
                "short",
                "password_too_short",
                lambda a: accounts.redeem(a.stage.crm, a.stage.things["second"].token, _SHORT),
            ),
        ],
        _COUNTED,
    ),
    call(
        "accounts.register",
        "",
        _registered,
        [
            _own("login-taken", "value_taken", lambda a: _registered(a, "clerk")),
            _own("short", "password_too_short", lambda a: _registered(a, password=_SHORT)),
            _own(
                "not-invited",
                "registration_by_invitation",
                lambda a: accounts.register(a.stage.crm, "new", PHRASE),
            ),
            _own(
                "no-token",
                "token_void",
                lambda a: accounts.register(a.stage.crm, "new", PHRASE, invitation=_BAD_TOKEN),
            ),
        ],
        _COUNTED,
    ),
    call("accounts.request_reset", "", lambda a: accounts.request_reset(a.stage.crm, "clerk")),
    call(
        "accounts.acting",
        "",
        lambda a: accounts.acting(a.stage.crm, "host", "one", signed_in=True),
        [
            _own(
                "unknown-subject",
                "unknown_subject",
                lambda a: accounts.acting(a.stage.crm, "host", "none"),
            )
        ],
        _COUNTED,
    ),
    call(
        "accounts.serving",
        "",
        lambda a: accounts.serving(a.stage.crm, a.stage.things["token"].token),
        [_own("no-token", "token_void", lambda a: accounts.serving(a.stage.crm, _BAD_TOKEN))],
        _COUNTED,
    ),
)
"""What people and programs do for themselves."""
