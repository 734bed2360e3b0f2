"""Who was guessed at is let in again, by who may configure; and others' sessions are his to see."""

from __future__ import annotations

import pytest
from tests.accounts.conftest import CHEAP, PHRASE, with_password

from crmcore import Workspace, accounts
from crmcore.errors import AccessDenied, Invalid, NotFound, SignInRefused, Throttled


def guessed(crm: Workspace) -> None:
    """Somebody guesses until 小王 must wait, at his password and at a reset."""
    for _ in range(CHEAP.free_attempts):
        with pytest.raises(SignInRefused):
            accounts.sign_in(crm, "wang", "something else", origin="10.0.0.9")
        accounts.request_reset(crm, "wang")
    with pytest.raises(Throttled):
        accounts.sign_in(crm, "wang", PHRASE)
    with pytest.raises(Throttled):
        accounts.request_reset(crm, "wang")


def test_who_is_unlocked_waits_no_more(crm: Workspace) -> None:
    wang = with_password(crm)
    guessed(crm)
    with pytest.raises(AccessDenied):
        accounts.unlock(crm.as_("wang"), wang)
    with pytest.raises(Throttled):
        accounts.sign_in(crm, "wang", PHRASE)
    accounts.unlock(crm, wang)
    assert accounts.sign_in(crm, "wang", PHRASE).user == wang
    assert accounts.request_reset(crm, "wang") is not None
    kept = accounts.sign_ins(crm, wang)
    assert ("revoked", "lockout") in [(one["event"], one["reason"]) for one in kept]
    # Guessing begins anew, with as many free attempts as ever.
    guessed_again = 0
    for _ in range(CHEAP.free_attempts):
        with pytest.raises(SignInRefused):
            accounts.sign_in(crm, "wang", "something else")
        guessed_again += 1
    assert guessed_again == CHEAP.free_attempts


def test_nobody_and_services_are_not_unlocked(local: Workspace) -> None:
    with pytest.raises(NotFound):
        accounts.unlock(local, "0" * 31 + "9")
    service = accounts.create_service(local, "ERP")
    with pytest.raises(Invalid):
        accounts.unlock(local, service)


def test_sessions_of_others_are_seen_by_who_configures(crm: Workspace) -> None:
    wang = with_password(crm)
    signed = accounts.sign_in(crm, "wang", PHRASE, device="phone")
    assert [one.device for one in accounts.sessions(crm, wang)] == ["phone"]
    assert accounts.sessions(signed.workspace, wang) == accounts.sessions(signed.workspace)
    assert accounts.sessions(crm) == []
    boss = str(crm.principal)
    for call in (accounts.sessions, accounts.sign_ins):
        with pytest.raises(AccessDenied):
            call(signed.workspace, boss)
    mine = [one["event"] for one in accounts.sign_ins(signed.workspace)]
    assert "success" in mine
    assert sorted(one["event"] for one in accounts.sign_ins(crm, wang)) == sorted(mine)
