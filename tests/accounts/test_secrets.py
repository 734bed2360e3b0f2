"""Where secrets are, and where they are not; what a restore means for signing in."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts.conftest import CHEAP, PHRASE, founded, with_password

from crmcore import System, accounts
from crmcore.accounts import SignInPolicy, passwords, totp
from crmcore.accounts.cells import CREDENTIAL, SESSION, THROTTLE, TOKEN, looking
from crmcore.accounts.passwords import Hasher
from crmcore.accounts.policy import policy_from_json, policy_to_json
from crmcore.accounts.tokens import digest, new_token, place, same
from crmcore.accounts.well_known import is_well_known
from crmcore.archive import backup, restore
from crmcore.clock import ManualClock
from crmcore.errors import CrmError, Invalid, MissingExtra, SchemaError, SignInRefused
from crmcore.query.bound import BoundQuery, full_columns
from crmcore.storage.memory import MemoryBackend
from crmcore.work import Workspace, open_workspace


def secrets_of(crm: Workspace, clock: ManualClock) -> tuple[set[str], set[str]]:
    """A workspace in use: what was given out, and what is kept of it."""
    user = with_password(crm)
    me = crm.as_(user)
    begun = accounts.begin_factor(me)
    key = base64.b32decode(begun.secret)
    codes = accounts.confirm_factor(me, totp.code(key, totp.step_of(clock.now())))
    given = {PHRASE, *codes, begun.secret}
    given.add(accounts.sign_in(crm, "wang", PHRASE, code=codes[0]).token)
    service = accounts.create_service(crm, "ERP")
    given.add(accounts.issue_token(crm, service, "nightly").token)
    given.add(accounts.invite(crm).token)
    reset = accounts.request_reset(crm, "wang")
    assert reset is not None
    given.add(reset.token)
    with pytest.raises(SignInRefused):
        accounts.sign_in(crm, "my secret instead of my login", "wrong password 77")
    given |= {"my secret instead of my login", "wrong password 77"}
    kept: set[str] = set()
    with looking(crm._store) as transaction:
        for module in (CREDENTIAL, SESSION, TOKEN):
            for batch in transaction.select(BoundQuery(module, full_columns(module))):
                for row in batch:
                    flat = json.loads(json.dumps(row[8:], default=str))
                    texts = [one for one in flat if isinstance(one, str)]
                    texts += [one for many in flat if isinstance(many, list) for one in many]
                    kept.update(one for one in texts if len(one) >= 32)
    assert len(kept) >= 5 + 9
    people = {one.id for one in crm.find("crm_user")}
    return given, kept - people


def told_by(crm: Workspace, tmp_path: Path) -> str:
    """All that the workspace tells to who may everything, in every way there is."""
    everybody = crm.as_(System("look for secrets"))
    texts: list[str] = []
    for module in crm.schema.modules:
        for record in everybody.find(module.name):
            texts.append(repr(dict(record)))
            if module.keeping == "history":
                texts += [repr(one) for one in everybody.history(module.name, record.id)]
    texts += [repr(one) for one in everybody.changes()]
    file = tmp_path / "all.crmz"
    backup(crm, file)
    restored = MemoryBackend()
    restore(file, restored)
    texts += [repr(one) for one in open_workspace(restored).as_(System("look")).changes()]
    import zipfile

    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            texts.append(data.decode("utf-8", "replace"))
    return "\n".join(texts)


def test_no_secret_leaves_the_store(crm: Workspace, clock: ManualClock, tmp_path: Path) -> None:
    given, kept = secrets_of(crm, clock)
    told = told_by(crm, tmp_path)
    assert "wang" in told
    leaked = [one for one in given | kept if one in told]
    assert not leaked
    for module in (CREDENTIAL, SESSION, TOKEN, THROTTLE):
        with pytest.raises(SchemaError):
            crm.as_(System("look")).find(module.name)


def test_what_was_given_out_is_in_no_file(clock: ManualClock, tmp_path: Path) -> None:
    crm = founded(f"sqlite:///{tmp_path / 'crm.db'}", clock)
    given, kept = secrets_of(crm, clock)
    crm.close()
    data = b"".join(one.read_bytes() for one in sorted(tmp_path.glob("crm.db*")))
    assert any(one.encode() in data for one in kept)
    secret = next(one for one in given if len(one) == 32 and one.isupper())
    # An authenticator's secret must be known to be checked.
    assert [one for one in given if one.encode() in data] == [secret]


def test_who_is_restored_signs_in_anew(clock: ManualClock, tmp_path: Path) -> None:
    crm = founded("memory://", clock)
    user = with_password(crm)
    signed = accounts.sign_in(crm, "wang", PHRASE)
    accounts.map_identity(crm, "sso", "u-17", user)
    file, target = tmp_path / "all.crmz", MemoryBackend()
    backup(crm, file)
    restore(file, target)
    again = open_workspace(target, clock=clock)
    assert again.digest("full").value == crm.digest("full").value
    for attempt in (
        lambda: accounts.sign_in(again, "wang", PHRASE),
        lambda: accounts.resume(again, signed.token),
    ):
        with pytest.raises(SignInRefused):
            attempt()
    assert accounts.acting(again, "sso", "u-17").principal == user
    assert accounts.sign_in_policy(again) == CHEAP
    with_password(again, "wang", "another battery 9x")
    assert accounts.sign_in(again, "wang", "another battery 9x").user == user


def test_digests_know_nothing_of_sessions(crm: Workspace, clock: ManualClock) -> None:
    with_password(crm)
    signed = accounts.sign_in(crm, "wang", PHRASE)
    before = crm.digest("full")
    clock.advance(timedelta(hours=2))
    accounts.resume(crm, signed.token)
    assert crm.digest("full") == before
    assert [one.seen for one in accounts.sessions(signed.workspace)] == [clock.now()]


WEAK = """
    5201314 woaini1314 woaini520 woaini5201314 Woaini@1314 5201314woaini ａｄｍｉｎ１２３４
    1qaz2wsx3edc password123 P@ssw0rd2024 Passw0rd! qwertyuiop123 qazwsx123456 abc123456789
    a1b2c3d4e5f6 iloveyou1314 13812345678 19900101199 1111111111 abababababab aaaaaaaaaaaa
    zhangwei1990 wangfang19851024 administrator1 admin@2023 123456789a welcome2025! crmcore2026
    我爱你1314520 管理员123456 zxcvbnm123 147258369qq taobao123456 asdfghjkl1 liuwei888888
    qwe123456789 letmein!!!!
"""
STRONG = """
    correct·horse·battery k7#mQ2vLx9 黄河之水天上来1 tJ8-rural-hinge plum-harbor-vexing
    江枫渔火对愁眠98 aluminium-kite-47 nineteen+owls+run
"""


def test_what_everybody_tries_first_is_refused() -> None:
    policy = SignInPolicy(min_length=8)
    let_in = []
    for word in WEAK.split():
        try:
            passwords.check(word, policy, ())
            let_in.append(word)
        except Invalid:
            pass
    assert not let_in
    for word in STRONG.split():
        assert passwords.check(word, policy, ("wang", "小王", "wang@example.com")) == word
    for named in ("xWANGx-4711-harbor", "plum-lihong-vexing"):
        with pytest.raises(Invalid) as refused:
            passwords.check(named, policy, ("wang", "lihong@example.com"))
        assert refused.value.code == "password_names_you"
    with pytest.raises(Invalid):
        passwords.check("k7#mQ2vLx9", policy, (), lambda word: word == "k7#mQ2vLx9")


@given(st.text(max_size=40))
def test_any_text_can_be_looked_at(word: str) -> None:
    assert is_well_known(word) in (True, False)


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_a_hash_is_of_one_password(first: str, second: str) -> None:
    hasher = Hasher(CHEAP, bytes)
    kept = hasher.hashed(first)
    assert hasher.holds(kept, first)
    assert hasher.holds(kept, second) == (passwords.normal(first) == passwords.normal(second))
    assert not hasher.holds(None, first)


def test_unknown_logins_cost_what_known_ones_do(monkeypatch: pytest.MonkeyPatch) -> None:
    from argon2 import PasswordHasher

    seen: list[str] = []
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, encoded: str, password: bytes) -> bool:
        seen.append(encoded.rsplit("$", 2)[0])
        return bool(verify(self, encoded, password))

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    hasher = Hasher(SignInPolicy(hash_time=2, hash_memory_kib=64, hash_lanes=2), bytes)
    assert not hasher.holds(None, "x")
    assert not hasher.holds(hasher.hashed("y"), "x")
    assert not hasher.holds("spoilt", "x")
    assert seen == ["$argon2id$v=19$m=64,t=2,p=2", "$argon2id$v=19$m=64,t=2,p=2", "spoilt"]


def test_without_the_extra_it_is_named(local: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "argon2", None)
    with pytest.raises(MissingExtra, match="accounts"):
        accounts.sign_in(local, "wang", PHRASE)
    accounts.map_identity(local, "sso", "u-17", str(local.as_("wang").principal))
    assert accounts.acting(local, "sso", "u-17")


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["session", "reset", "api"]))
def test_a_token_is_found_by_its_digest(random: bytes, purpose: str) -> None:
    asked: list[int] = []

    def entropy(size: int) -> bytes:
        asked.append(size)
        return random

    token = new_token(purpose, entropy)  # type: ignore[arg-type]
    kept = digest(purpose, token)
    assert asked == [32]
    assert same(kept, digest(purpose, token))
    assert not same(kept, digest("invitation", token))
    assert not same(kept, digest(purpose, token + "x"))
    assert not same(None, kept)
    assert len(place(kept)) == 32
    assert place(kept)[12] == "8"
    assert token.startswith(f"crmcore_{purpose}_")


BAD: list[dict[str, object]] = [
    {"registration": "maybe"},
    {"min_length": 4},
    {"free_attempts": 0},
    {"hash_memory_kib": 8, "hash_lanes": 4},
    {"hash_time": 1.5},
    {"roles": "rep"},
    {"roles": [1]},
    {"unknown": 1},
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_spoilt_policy_lets_nobody_in(local: Workspace, bad: dict[str, object]) -> None:
    with_password(local)
    assert policy_from_json(policy_to_json(CHEAP)) == CHEAP
    with local.work() as work:
        setting = next(iter(local.find("crm_setting", "name == 'accounts'")))
        work.update("crm_setting", setting, {"value": {**policy_to_json(CHEAP), **bad}})
    with pytest.raises(CrmError) as refused:
        accounts.sign_in(local, "wang", PHRASE)
    assert refused.value.code == "bad_sign_in_policy"
    assert refused.value.message("zh")
