"""Tokens: used once, by one, for what they are for, while they hold."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Barrier

import pytest
from tests.accounts.conftest import CHEAP, PHRASE, with_password

from crmcore import accounts
from crmcore.accounts import SignInPolicy, totp
from crmcore.accounts.cells import CREDENTIAL, THROTTLE, cell, looking, put, writing
from crmcore.accounts.desk import Desk
from crmcore.accounts.passwords import Hasher
from crmcore.accounts.signing_in import opened
from crmcore.clock import ManualClock
from crmcore.errors import (
    AccessDenied,
    CrmError,
    Duplicate,
    Invalid,
    NotFound,
    SignInRefused,
    Throttled,
)
from crmcore.query.bound import BoundQuery, full_columns
from crmcore.work import Workspace

OTHER = "another battery 9x"


def at_once(threads: int, do: Callable[[int], object]) -> list[object]:
    """What `threads` get that begin together: results, or the codes of refusals."""
    barrier = Barrier(threads)

    def one(number: int) -> object:
        barrier.wait(timeout=60)
        try:
            return do(number)
        except CrmError as error:
            return error.code

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


def test_of_two_who_redeem_a_token_one_wins(crm: Workspace) -> None:
    user = with_password(crm)
    reset = accounts.request_reset(crm, "wang")
    assert reset is not None
    words = ["first battery 9x", "second battery 9x"]
    told = at_once(2, lambda number: accounts.redeem(crm, reset.token, words[number]))
    assert sorted(map(str, told)) == sorted([user, "token_void"])
    winner = words[told.index(user)]
    assert accounts.sign_in(crm, "wang", winner).user == user
    with pytest.raises(SignInRefused):
        accounts.redeem(crm, reset.token, OTHER)


def test_of_two_who_register_by_an_invitation_one_comes_in(crm: Workspace) -> None:
    invited = accounts.invite(crm, roles=["rep"])
    told = at_once(
        2,
        lambda number: accounts.register(crm, f"guest{number}", PHRASE, invitation=invited.token),
    )
    assert told.count("token_void") == 1
    came = crm.find("crm_user")
    guests = [one for one in came if str(one["login"]).startswith("guest")]
    assert [one.id for one in guests] == [one for one in told if one != "token_void"]


def test_no_failure_is_lost_among_many_at_once(crm: Workspace) -> None:
    with_password(crm)
    accounts.enable(
        crm, SignInPolicy(free_attempts=6, hash_time=1, hash_memory_kib=8, hash_lanes=1)
    )

    def guess(number: int) -> object:
        return accounts.sign_in(crm, "wang", f"wrong password {number}", origin="10.0.0.1")

    told = at_once(6, guess)
    assert told == ["sign_in_failed"] * 6
    with looking(crm._store) as transaction:
        query = BoundQuery(THROTTLE, full_columns(THROTTLE))
        counts = [row[8] for batch in transaction.select(query) for row in batch]
    assert sorted(counts) == [6, 6]  # type: ignore[type-var]
    with pytest.raises(Throttled):
        accounts.sign_in(crm, "wang", PHRASE)


def test_a_code_is_good_once_for_one_of_two(crm: Workspace, clock: ManualClock) -> None:
    user = with_password(crm)
    me = crm.as_(user)
    secret = accounts.begin_factor(me).secret
    clock.advance(timedelta(minutes=2))
    accounts.confirm_factor(me, code_at(secret, clock))
    clock.advance(timedelta(minutes=2))
    now = code_at(secret, clock)

    def come(number: int) -> object:
        return accounts.sign_in(crm, "wang", PHRASE, code=now).user

    assert sorted(map(str, at_once(2, come))) == sorted([user, "sign_in_failed"])


def code_at(secret: str, clock: ManualClock) -> str:
    import base64

    return totp.code(base64.b32decode(secret), totp.step_of(clock.now()))


def test_a_token_is_for_its_purpose_for_its_time(crm: Workspace, clock: ManualClock) -> None:
    user = with_password(crm)
    session = accounts.sign_in(crm, "wang", PHRASE).token
    reset = accounts.request_reset(crm, "wang")
    assert reset is not None
    invited = accounts.invite(crm).token
    service = accounts.create_service(crm, "ERP")
    api = accounts.issue_token(crm, service, "nightly").token
    numbers = count()
    uses: dict[str, Callable[[str], object]] = {
        "session": lambda token: accounts.resume(crm, token),
        "reset": lambda token: accounts.redeem(crm, token, OTHER),
        "invitation": lambda token: accounts.register(
            crm, f"new{next(numbers)}", PHRASE, invitation=token
        ),
        "api": lambda token: accounts.serving(crm, token),
    }
    made = {"session": session, "reset": reset.token, "invitation": invited, "api": api}
    for name, use in uses.items():
        for kind, token in made.items():
            for wrong in (token.replace(kind, name), token[:-1], token + "A", "", token.upper()):
                if wrong != token or kind != name:
                    with pytest.raises(SignInRefused):
                        use(wrong)
    assert accounts.resume(crm, session).user == user
    again = accounts.request_reset(crm, "wang")
    assert again is not None
    with pytest.raises(SignInRefused):
        accounts.redeem(crm, reset.token, OTHER)
    clock.advance(timedelta(minutes=60))
    with pytest.raises(SignInRefused):
        accounts.redeem(crm, again.token, OTHER)
    clock.advance(timedelta(hours=168))
    with pytest.raises(SignInRefused):
        accounts.register(crm, "new", PHRASE, invitation=invited)


def test_a_reset_forgets_failures_and_keeps_the_second_factor(
    local: Workspace, clock: ManualClock
) -> None:
    user = with_password(local)
    secret = accounts.begin_factor(local.as_(user)).secret
    accounts.confirm_factor(local.as_(user), code_at(secret, clock))
    for _ in range(5):
        with pytest.raises(SignInRefused):
            accounts.sign_in(local, "wang", "wrong password 77")
    clock.advance(timedelta(seconds=2))
    with pytest.raises(SignInRefused):
        accounts.sign_in(local, "wang", "wrong password 77")
    reset = accounts.request_reset(local, "wang")
    assert reset is not None
    with pytest.raises(Invalid):
        accounts.redeem(local, reset.token, "woaini1314")
    accounts.redeem(local, reset.token, OTHER)
    with pytest.raises(SignInRefused) as refused:
        accounts.sign_in(local, "wang", OTHER)
    assert refused.value.code == "second_factor_needed"
    clock.advance(timedelta(minutes=1))
    accounts.sign_in(local, "wang", OTHER, code=code_at(secret, clock))


def test_who_registers_gets_what_was_meant_for_him(local: Workspace) -> None:
    with pytest.raises(AccessDenied) as refused:
        accounts.register(local, "guest", PHRASE)
    assert refused.value.code == "registration_by_invitation"
    accounts.enable(local, SignInPolicy(hash_time=1, hash_memory_kib=8, hash_lanes=1))
    invited = accounts.invite(local, roles=["rep"])
    with pytest.raises(AccessDenied) as refused:
        accounts.register(local, "guest", PHRASE, invitation=invited.token)
    assert refused.value.code == "registration_off"
    accounts.enable(local, CHEAP)
    for bad in ("short", "guest password 5", "5201314", "客户管理员123456"):
        with pytest.raises(Invalid):
            accounts.register(local, "guest", bad, invitation=invited.token)
    with pytest.raises(Duplicate):
        accounts.register(local, "wang", PHRASE, invitation=invited.token)
    guest = accounts.register(local, "guest", PHRASE, name="客人", invitation=invited.token)
    with accounts.sign_in(local, "guest", PHRASE).workspace.work() as work:
        work.create("note", {"text": "到"})
    opened = SignInPolicy("open", hash_time=1, hash_memory_kib=8, hash_lanes=1)
    accounts.enable(local, opened)
    other = accounts.register(local, "other", PHRASE)
    with pytest.raises(AccessDenied), local.as_(other).work() as work:
        work.create("note", {"text": "也到"})
    kinds = {one["user"]: one["kind"] for one in local.find("crm_account")}
    assert kinds == {guest: "person", other: "person"}
    with pytest.raises(NotFound):
        accounts.invite(local, roles=["nobody"])
    with pytest.raises(AccessDenied):
        accounts.invite(local.as_(guest))


def test_a_session_opened_with_the_former_password_is_over(local: Workspace) -> None:
    user = with_password(local)
    desk = Desk.of(local)
    with looking(local._store) as transaction:
        former = cell(transaction, CREDENTIAL, user)
    accounts.change_password(local.as_(user), PHRASE, OTHER)
    with writing(local._store) as transaction:
        late = opened(transaction, desk, user, former, None, None)
    with pytest.raises(SignInRefused):
        accounts.resume(local, late.token)
    assert not accounts.sessions(local.as_(user))


def test_a_password_that_was_changed_while_it_was_verified_is_none(
    local: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = with_password(local)
    holds = Hasher.holds

    def slowly(self: Hasher, encoded: str | None, password: object) -> bool:
        found = holds(self, encoded, password)
        monkeypatch.setattr(Hasher, "holds", holds)
        accounts.change_password(local.as_(user), PHRASE, OTHER)
        return found

    monkeypatch.setattr(Hasher, "holds", slowly)
    with pytest.raises(SignInRefused):
        accounts.sign_in(local, "wang", PHRASE)
    assert accounts.sign_in(local, "wang", OTHER).user == user


def test_nobody_ends_the_session_of_another(local: Workspace) -> None:
    with_password(local)
    boss = local.as_(with_password(local, "boss"))
    signed = accounts.sign_in(local, "wang", PHRASE)
    with pytest.raises(NotFound):
        accounts.end_session(boss, signed.session)
    assert accounts.resume(local, signed.token).session == signed.session


def test_a_cell_is_changed_by_one_of_two(crm: Workspace) -> None:
    user = with_password(crm)
    with looking(crm._store) as transaction:
        former = cell(transaction, CREDENTIAL, user)

    def change(number: int) -> object:
        with writing(crm._store) as transaction:
            return put(transaction, former, crm.clock.now(), epoch=100 + number)["epoch"]

    told = at_once(2, change)
    assert told.count("record_changed") == 1
    with looking(crm._store) as transaction:
        assert cell(transaction, CREDENTIAL, user)["epoch"] in told
