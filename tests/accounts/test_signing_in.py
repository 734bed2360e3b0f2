"""Passwords, sessions, waiting, and what is kept of it, on every backend."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.accounts.conftest import PHRASE, with_password

from crmcore import accounts
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, CrmError, Invalid, NotFound, SignInRefused, Throttled
from crmcore.work import Workspace


def test_who_signed_in_acts_with_his_own_rights(crm: Workspace, clock: ManualClock) -> None:
    user = with_password(crm)
    clock.advance(timedelta(minutes=1))
    signed = accounts.sign_in(crm, "wang", PHRASE, origin="10.0.0.1", device="手机")
    found = accounts.resume(crm, signed.token)
    assert (found.user, found.session, found.expires) == (user, signed.session, signed.expires)
    assert found.workspace.principal == user
    with found.workspace.work() as work:
        work.create("note", {"text": "早"})
    with pytest.raises(AccessDenied), found.workspace.work() as work:
        work.create("crm_user", {"name": "新人"})
    (mine,) = accounts.sessions(found.workspace)
    assert (mine.id, mine.origin, mine.device) == (signed.session, "10.0.0.1", "手机")
    clock.advance(timedelta(minutes=1))
    accounts.sign_out(crm, signed.token)
    with pytest.raises(SignInRefused) as refused:
        accounts.resume(crm, signed.token)
    assert refused.value.code == "session_over"
    assert not accounts.sessions(crm.as_(user))
    kept = accounts.sign_ins(crm.as_(user), limit=2)
    assert [(one["event"], one["origin"], one["reason"]) for one in kept] == [
        ("logout", "10.0.0.1", None),
        ("success", "10.0.0.1", "password"),
    ]


def test_nobody_learns_whether_a_login_is_known(crm: Workspace) -> None:
    with_password(crm)
    told = []
    for login in ("wang", "boss", "nobody", "", "wang ", "system"):
        with pytest.raises(CrmError) as refused:
            accounts.sign_in(crm, login, "wrong password 77")
        told.append((type(refused.value), refused.value.to_dict("zh"), refused.value.message()))
    assert len({str(one) for one in told}) == 1
    assert told[0][0] is SignInRefused
    assert told[0][1]["code"] == "sign_in_failed"


def test_waits_double_whoever_is_guessed(crm: Workspace, clock: ManualClock) -> None:
    with_password(crm)
    for login in ("wang", "nobody"):
        for _ in range(5):
            with pytest.raises(SignInRefused):
                accounts.sign_in(crm, login, "wrong password 77")
        for seconds in (2, 4, 8, 16):
            with pytest.raises(Throttled) as waits:
                accounts.sign_in(crm, login, PHRASE)
            assert waits.value.seconds == seconds
            assert str(seconds) in waits.value.message("zh")
            clock.advance(timedelta(seconds=seconds))
            with pytest.raises(SignInRefused):
                accounts.sign_in(crm, login, "wrong password 77")
    clock.advance(timedelta(hours=1))
    signed = accounts.sign_in(crm, "wang", PHRASE)
    kept = accounts.sign_ins(signed.workspace)
    assert [one["event"] for one in kept].count("lockout") == 1
    assert [one["event"] for one in kept].count("failure") == 9
    # What was right is forgotten: five more are free.
    for _ in range(5):
        with pytest.raises(SignInRefused):
            accounts.sign_in(crm, "wang", "wrong password 77")


def test_an_origin_that_guesses_many_logins_waits(local: Workspace) -> None:
    with_password(local)
    strict = accounts.SignInPolicy(
        free_attempts_per_origin=3, hash_time=1, hash_memory_kib=8, hash_lanes=1
    )
    accounts.enable(local, strict)
    for number in range(3):
        accounts.sign_in(local, "wang", PHRASE, origin="10.0.0.9")
        with pytest.raises(SignInRefused):
            accounts.sign_in(local, f"user{number}", "wrong password 77", origin="10.0.0.9")
    with pytest.raises(Throttled):
        accounts.sign_in(local, "wang", PHRASE, origin="10.0.0.9")
    accounts.sign_in(local, "wang", PHRASE, origin="10.0.0.8")


def test_a_session_ends_idle_and_in_any_case(crm: Workspace, clock: ManualClock) -> None:
    with_password(crm)
    idle = accounts.sign_in(crm, "wang", PHRASE)
    clock.advance(timedelta(minutes=480))
    with pytest.raises(SignInRefused):
        accounts.resume(crm, idle.token)
    used = accounts.sign_in(crm, "wang", PHRASE)
    for _ in range(47):
        clock.advance(timedelta(hours=7))
        accounts.resume(crm, used.token)
    clock.advance(timedelta(hours=7, minutes=1))
    with pytest.raises(SignInRefused):
        accounts.resume(crm, used.token)
    assert accounts.tidy(crm) == 2
    assert accounts.tidy(crm) == 0


def test_another_password_ends_all_sessions(crm: Workspace) -> None:
    user = with_password(crm)
    signed = [accounts.sign_in(crm, "wang", PHRASE) for _ in range(2)]
    with pytest.raises(SignInRefused):
        accounts.change_password(signed[0].workspace, "not this one at all", "another battery 9x")
    with pytest.raises(Invalid):
        accounts.change_password(signed[0].workspace, PHRASE, "5201314")
    accounts.change_password(signed[0].workspace, PHRASE, "another battery 9x")
    for one in signed:
        with pytest.raises(SignInRefused):
            accounts.resume(crm, one.token)
    with pytest.raises(SignInRefused):
        accounts.sign_in(crm, "wang", PHRASE)
    again = accounts.sign_in(crm, "wang", "another battery 9x")
    assert again.user == user
    other = accounts.sign_in(crm, "wang", "another battery 9x")
    accounts.end_session(again.workspace, other.session)
    with pytest.raises(NotFound):
        accounts.end_session(again.workspace, other.session)
    with pytest.raises(AccessDenied):
        accounts.end_sessions(again.workspace, crm.as_("boss").principal)  # type: ignore[arg-type]
    assert accounts.resume(crm, again.token).user == user
    accounts.end_sessions(crm, user)
    with pytest.raises(SignInRefused):
        accounts.resume(crm, again.token)


def test_who_is_inactive_is_nobody(crm: Workspace) -> None:
    user = with_password(crm)
    signed = accounts.sign_in(crm, "wang", PHRASE)
    with crm.work() as work:
        work.update("crm_user", user, {"active": False})
    for attempt in (
        lambda: accounts.resume(crm, signed.token),
        lambda: accounts.sign_in(crm, "wang", PHRASE),
    ):
        with pytest.raises(SignInRefused):
            attempt()
    assert accounts.request_reset(crm, "wang") is None


def test_a_password_is_hashed_anew_where_it_was_cheap(local: Workspace) -> None:
    from crmcore.accounts.cells import CREDENTIAL, cell, looking

    user = with_password(local)

    def kept() -> str:
        with looking(local._store) as transaction:
            return str(cell(transaction, CREDENTIAL, user)["password"])

    before = kept()
    accounts.sign_in(local, "wang", PHRASE)
    assert kept() == before
    dear = accounts.SignInPolicy(hash_time=2, hash_memory_kib=16, hash_lanes=2)
    accounts.enable(local, dear)
    accounts.sign_in(local, "wang", PHRASE)
    assert "m=8,t=1,p=1" in before
    assert "m=16,t=2,p=2" in kept()
    accounts.sign_in(local, "wang", PHRASE)


def test_sign_ins_are_for_who_configures_and_for_oneself(crm: Workspace) -> None:
    user = with_password(crm)
    boss = with_password(crm, "boss")
    with pytest.raises(SignInRefused):
        accounts.sign_in(crm, "wang", "wrong password 77", origin="10.0.0.7")
    with pytest.raises(SignInRefused):
        accounts.sign_in(crm, "nobody", "wrong password 77")
    accounts.sign_in(crm, "boss", PHRASE)
    refused = crm.find("crm_sign_in", "event == '登录失败'", order="moment")
    assert sorted((one["user"] or "", one["reason"]) for one in refused) == [
        ("", "unknown"),
        (user, "password"),
    ]
    assert {one["user"] for one in accounts.sign_ins(crm.as_(user))} == {user}
    assert {one["user"] for one in accounts.sign_ins(crm)} == {boss}
    assert not list(crm.as_(user).find("crm_sign_in"))
