"""The second factor: codes by the clock, each once, and codes to recover with."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.accounts.conftest import PHRASE, with_password

from crmcore import accounts
from crmcore.accounts import totp
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, CrmError, Invalid, NotFound, SignInRefused, Throttled
from crmcore.work import Workspace

SEEDS = {"sha1": b"1234567890" * 2, "sha256": b"1234567890" * 4, "sha512": b"1234567890" * 7}
SIZES = {"sha1": 20, "sha256": 32, "sha512": 64}
RFC_6238 = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]


@pytest.mark.parametrize(("seconds", "sha1", "sha256", "sha512"), RFC_6238)
def test_codes_are_those_of_the_standard(seconds: int, sha1: str, sha256: str, sha512: str) -> None:
    for algorithm, wanted in (("sha1", sha1), ("sha256", sha256), ("sha512", sha512)):
        secret = SEEDS[algorithm][: SIZES[algorithm]]
        step = totp.step_of(datetime.fromtimestamp(seconds, UTC))
        assert totp.code(secret, step, 8, algorithm) == wanted


MOMENTS = st.integers(1_000, 4_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
SECRETS = st.binary(min_size=20, max_size=20)


@given(SECRETS, MOMENTS, st.integers(-4, 4), st.none() | st.integers(-3, 3))
@example(bytes(20), datetime(2026, 3, 1, tzinfo=UTC), 2, None)
@example(bytes(20), datetime(2026, 3, 1, tzinfo=UTC), -2, None)
@example(bytes(20), datetime(2026, 3, 1, tzinfo=UTC), 0, 0)
def test_a_code_fits_about_its_step_and_after_the_last(
    secret: bytes, moment: datetime, off: int, last: int | None
) -> None:
    here = totp.step_of(moment)
    code = totp.code(secret, here + off)
    about = {totp.code(secret, here + one): here + one for one in (-1, 0, 1)}
    used = None if last is None else here + last
    found = totp.fitting_step(base64.b32encode(secret).decode(), code, moment, used)
    expected = about.get(code)
    if expected is not None and used is not None and expected <= used:
        expected = None
    assert found == expected


@given(st.text(max_size=12) | st.none() | st.integers())
def test_nothing_else_is_a_code(given: object) -> None:
    secret = base64.b32encode(bytes(20)).decode()
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    codes = {totp.code(bytes(20), totp.step_of(moment) + one) for one in (-1, 0, 1)}
    found = totp.fitting_step(secret, given, moment, None)
    assert (found is not None) == (isinstance(given, str) and given.replace(" ", "") in codes)


def code_at(secret: str, clock: ManualClock, off: int = 0) -> str:
    return totp.code(base64.b32decode(secret), totp.step_of(clock.now()) + off)


def test_who_has_a_second_factor_needs_it(crm: Workspace, clock: ManualClock) -> None:
    user = with_password(crm)
    me = crm.as_(user)
    begun = accounts.begin_factor(me, issuer="宏图 CRM")
    assert begun.uri.startswith("otpauth://totp/%E5%AE%8F%E5%9B%BE%20CRM%3Awang?secret=")
    assert begun.secret in begun.uri
    assert begun.secret not in repr(begun)
    accounts.sign_in(crm, "wang", PHRASE)
    with pytest.raises(Invalid):
        accounts.confirm_factor(me, "000000")
    codes = accounts.confirm_factor(me, code_at(begun.secret, clock))
    assert len(set(codes)) == 10
    with pytest.raises(SignInRefused) as refused:
        accounts.sign_in(crm, "wang", PHRASE)
    assert refused.value.code == "second_factor_needed"
    for wrong in ("000000", "", "nonsense", code_at(begun.secret, clock)):
        told = _told(crm, PHRASE, wrong)
        assert told == "sign_in_failed"
    clock.advance(timedelta(minutes=1))
    code = code_at(begun.secret, clock)
    assert accounts.sign_in(crm, "wang", PHRASE, code=code).user == user
    assert _told(crm, PHRASE, code) == "sign_in_failed"
    assert accounts.sign_in(crm, "wang", PHRASE, code=codes[3].upper().replace("-", " "))
    assert _told(crm, PHRASE, codes[3]) == "sign_in_failed"
    reasons = [one["reason"] for one in accounts.sign_ins(me) if one["event"] == "success"]
    assert sorted(map(str, reasons)) == ["code", "password", "recovery"]
    with pytest.raises(Invalid):
        accounts.end_factor(me, codes[3])
    accounts.end_factor(me, codes[4])
    accounts.sign_in(crm, "wang", PHRASE)


def _told(crm: Workspace, password: str, code: str) -> str:
    with pytest.raises(CrmError) as refused:
        accounts.sign_in(crm, "wang", password, code=code)
    return refused.value.code


def test_codes_cannot_be_guessed_between_right_passwords(
    local: Workspace, clock: ManualClock
) -> None:
    me = local.as_(with_password(local))
    begun = accounts.begin_factor(me)
    accounts.confirm_factor(me, code_at(begun.secret, clock))
    told = []
    for _ in range(8):
        for code in ("000000", None):
            try:
                accounts.sign_in(local, "wang", PHRASE, code=code)
            except (SignInRefused, Throttled) as error:
                told.append(error.code)
    assert told.count("sign_in_failed") == 5
    assert told[-1] == "too_many_attempts"


def test_a_lost_second_factor_is_cleared_by_who_configures(
    local: Workspace, clock: ManualClock
) -> None:
    user = with_password(local)
    me = local.as_(user)
    begun = accounts.begin_factor(me)
    accounts.confirm_factor(me, code_at(begun.secret, clock))
    with pytest.raises(AccessDenied):
        accounts.clear_factor(me, user)
    accounts.clear_factor(local, user)
    with pytest.raises(NotFound):
        accounts.clear_factor(local, user)
    accounts.sign_in(local, "wang", PHRASE)
    with pytest.raises(NotFound):
        accounts.begin_factor(local.as_("boss"))
