"""`crmcore account`: people let in and kept out, and no secret among the words of a command."""

from __future__ import annotations

import base64
import getpass
import io
import sys
from datetime import datetime, timedelta

import pytest
from attrs import evolve
from tests.accounts.conftest import CHEAP
from tests.cli.conftest import Ran, Run

from crmcore import accounts, open_workspace
from crmcore.accounts import totp
from crmcore.cli.commands.accounts import ACTIONS

PHRASE, OTHER = "plum harbor vexing", "rural hinge aluminium"


@pytest.fixture
def typed(filled: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `account` with lines of standard input before the words: `typed([…], "redeem")`."""
    made = open_workspace("sqlite:///crm.db")
    with made.work() as work:
        rep = work.find("crm_role", "name == 'sales_rep'")[0]
        work.create("crm_user", {"name": "小王", "login": "wang", "roles": [rep.id]})
    # Waits that no slow machine sits out.
    accounts.enable(made, evolve(CHEAP, first_wait_seconds=600))
    made.close()

    def run(lines: list[str], *words: str) -> Ran:
        text = "".join(f"{one}\n" for one in lines).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        return filled("account", *words, *(["--stdin"] if lines else []))

    return run


def invited(typed: Run) -> None:
    """小王 has a password from now on."""
    token = typed([], "invite", "小王", "--json").data["token"]
    assert typed([token, PHRASE], "redeem").code == 0


def signed_in(password: str, code: str | None = None, **options: str) -> str:
    """Come in as 小王; the code of the refusal, if there is one."""
    crm = open_workspace("sqlite:///crm.db")
    try:
        accounts.sign_in(crm, "wang", password, code=code, **options)
    except Exception as error:
        return str(getattr(error, "code", error))
    finally:
        crm.close()
    return "in"


def test_accounts_are_switched_on(filled: Run) -> None:
    refused = filled("account", "invite", "王芳")
    assert refused.code != 0
    assert filled("account", "enable").code == 0
    assert filled("account", "invite", "王芳").code == 0
    assert filled("account", "dance").code == 2
    assert filled("account", "enable", "x").code == 2
    assert filled("account", "tidy", "--json").data == {"removed": 0}


def test_who_was_invited_sets_a_password(typed: Run) -> None:
    token = typed([], "invite", "小王", "--hours", "2", "--json").data["token"]
    weak = typed([token, "wang-2026!"], "redeem")
    assert (weak.code, "wang-2026!" in weak.out + weak.err) == (1, False)
    done = typed([token, PHRASE], "redeem", "--lang", "zh")
    assert (done.code, "密码已设置" in done.out) == (0, True)
    assert typed([token, OTHER], "redeem").code == 1
    assert signed_in(PHRASE) == "in"
    changed = typed([PHRASE, OTHER], "password", "--as", "wang")
    assert changed.code == 0
    assert typed(["wrong phrase here", PHRASE], "password", "--as", "wang").code == 1
    assert (signed_in(PHRASE), signed_in(OTHER)) == ("sign_in_failed", "in")
    told = typed([], "reset", "wang")
    assert (told.code, told.out.startswith("crmcore_reset_")) == (0, True)
    assert typed([told.out.strip(), PHRASE], "redeem").code == 0
    assert signed_in(PHRASE) == "in"
    assert typed([], "reset", "王芳").code == 2
    assert typed([token], "redeem").code == 2


def test_who_makes_a_user_of_himself(typed: Run) -> None:
    made = typed([], "invite", "--role", "sales_rep", "--json").data["token"]
    assert typed([PHRASE], "register", "li", "--name", "老李").code == 1
    done = typed([made, PHRASE], "register", "li", "--name", "老李", "--invited", "--json")
    assert done.code == 0
    crm = open_workspace("sqlite:///crm.db")
    assert crm.as_("li").principal == done.data["user"]
    crm.close()
    assert typed([made, PHRASE], "register", "--invited").code == 2


def test_who_guessed_waits_until_somebody_unlocks(typed: Run) -> None:
    invited(typed)
    for _ in range(CHEAP.free_attempts):
        assert signed_in("something else") == "sign_in_failed"
    assert signed_in(PHRASE) == "too_many_attempts"
    assert typed([], "unlock", "小王", "--as", "wang").code == 1
    assert signed_in(PHRASE) == "too_many_attempts"
    assert typed([], "unlock", "小王").code == 0
    assert signed_in(PHRASE, origin="10.0.0.1") == "in"
    assert typed([], "unlock").code == 2
    assert typed([], "unlock", "nobody").code == 3
    told = typed([], "logins", "小王").out
    assert ("Locked out" in told, "10.0.0.1" in told) == (True, True)
    assert "登录成功" in typed([], "logins", "小王", "--lang", "zh").out
    mine = typed([], "logins", "--as", "wang", "--limit", "1", "--json").data["logins"]
    assert [(one["event"], one["origin"]) for one in mine] == [("success", "10.0.0.1")]
    assert typed([], "logins", "王芳", "--as", "wang").code == 1


def test_sessions_are_listed_and_ended(typed: Run) -> None:
    invited(typed)
    for device in ("手机", "电脑"):
        assert signed_in(PHRASE, device=device) == "in"
    mine = typed([], "sessions", "--as", "wang", "--json").data["sessions"]
    assert {one["device"] for one in mine} == {"手机", "电脑"}
    assert "手机" in typed([], "sessions", "小王").out
    assert typed([], "sessions", "王芳", "--as", "wang").code == 1
    assert typed([], "revoke", mine[0]["id"], "--as", "wang").code == 0
    assert typed([], "revoke", mine[0]["id"], "--as", "wang").code == 3
    assert len(typed([], "sessions", "小王", "--json").data["sessions"]) == 1
    assert typed([], "revoke", "--all", "小王").code == 0
    assert "没有登录中的会话" in typed([], "sessions", "小王", "--lang", "zh").out
    assert typed([], "revoke").code == 2


def test_a_second_factor_is_begun_confirmed_and_ended(typed: Run) -> None:
    invited(typed)
    as_wang = ("--as", "wang", "--json")
    begun = typed([], "totp", "enable", *as_wang).data
    assert begun["uri"].startswith("otpauth://totp/")

    def code(later: int = 0) -> str:
        now = datetime.now().astimezone() + timedelta(seconds=30 * later)
        return totp.code(base64.b32decode(begun["secret"]), totp.step_of(now))

    assert typed(["000000" if code() != "000000" else "1"], "totp", "confirm", *as_wang).code == 1
    codes = typed([code()], "totp", "confirm", *as_wang).data["recovery"]
    assert signed_in(PHRASE) == "second_factor_needed"
    assert signed_in(PHRASE, codes[0]) == "in"
    assert typed([codes[1]], "totp", "disable", *as_wang).code == 0
    assert signed_in(PHRASE) == "in"
    begun = typed([], "totp", "enable", *as_wang).data
    assert typed([code(1)], "totp", "confirm", *as_wang).code == 0
    assert typed([], "totp", "clear", "小王", "--as", "wang").code == 1
    assert typed([], "totp", "clear", "小王").code == 0
    assert signed_in(PHRASE) == "in"
    for wrong in ([], ["dance"], ["clear"], ["enable", "x"]):
        assert typed([], "totp", *wrong).code == 2


def test_secrets_are_asked_for_where_nobody_sees_them(
    typed: Run, filled: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a terminal they are typed, the new one twice; without one they are refused."""
    token = typed([], "invite", "小王", "--json").data["token"]
    assert "--stdin" in typed([], "redeem").err
    answers: list[str] = []
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return answers.pop(0)

    terminal = io.TextIOWrapper(io.BytesIO(b""))
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    monkeypatch.setattr(getpass, "getpass", answer)
    answers[:] = [token, PHRASE, OTHER]
    assert filled("account", "redeem").code == 2
    answers[:] = [token, PHRASE, PHRASE]
    assert filled("account", "redeem", "--lang", "zh").code == 0
    assert asked[-3:] == ["令牌: ", "新密码: ", "再输入一次: "]
    assert signed_in(PHRASE) == "in"


@pytest.mark.parametrize(
    "words",
    [
        ["enable"],
        ["invite"],
        ["invite", "小王"],
        ["reset", "小王"],
        ["unlock", "小王"],
        ["sessions", "王芳"],
        ["revoke", "--all", "王芳"],
        ["logins", "王芳"],
        ["totp", "clear", "王芳"],
        ["tidy"],
    ],
)
def test_who_may_not_configure_lets_nobody_in(typed: Run, words: list[str]) -> None:
    assert words[0] in ACTIONS
    refused = typed([], *words, "--as", "wang", "--json")
    assert refused.code == 1
    assert "needs_configure" in refused.err or "not_allowed" in refused.err
    assert refused.out == ""
