"""A user is a person too: handed out without a secret, erased with every way in that he had."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import frozen
from tests.accounts.conftest import CHEAP, PHRASE
from tests.privacy.conftest import BACKENDS, World, code_of
from tests.privacy.dumping import dump, stands_in

from crmcore import Field, Grant, Module, Preset, Schema, accounts, audit, privacy, reviewing
from crmcore.access import SYSTEM_USER, System, grants_to_json
from crmcore.accounts import totp
from crmcore.accounts.cells import CREDENTIAL, SESSION, THROTTLE, TOKEN, looking
from crmcore.approving import guard
from crmcore.archive import backup, restore
from crmcore.clock import ManualClock
from crmcore.editing import update
from crmcore.errors import AccessDenied, Invalid, NotFound, SignInRefused
from crmcore.kinds import Link, Text
from crmcore.query.bound import BoundQuery, full_columns
from crmcore.sharing import join_team, share
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.stores import empty_stores
from crmcore.work import Workspace, open_workspace

LEAD = Module(
    "lead",
    [
        Field("title", Text(), "线索", required=True),
        Field("phase", Text(), "阶段"),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
    ],
    title="title",
)
NAME, LOGIN = "李青云planted", "planted.login"
FORMER_NAME, FORMER_LOGIN = "李旧云planted", "former.planted"
EMAIL, PHONE = "planted.mail@example.com", "13812345678"
ADDRESS, DEVICE, SUBJECT = "203.0.113.77", "planted-device 7", "planted-subject-7"
TOKENS = (NAME, LOGIN, FORMER_NAME, FORMER_LOGIN, EMAIL, PHONE, ADDRESS, DEVICE, SUBJECT)


@frozen
class Staff(World):
    """A workspace in which `person` is a user who did everything, and `deal` a lead of his."""

    tokens: dict[str, str]
    kept: frozenset[str]
    signed: accounts.SignedIn


def worked(backend: object) -> Staff:
    """A workspace in which a user stands in every place that can hold one."""
    clock = ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    crm = open_workspace(backend, create=True, schema=Schema([LEAD]), owner="boss", clock=clock)
    accounts.enable(crm, CHEAP)
    every = ("read", "create", "update", "delete", "share", "transfer")
    with crm.work() as work:
        grants = [Grant("lead", every), Grant("crm_user", "read")]
        role = work.create("crm_role", {"name": "rep", "grants": grants_to_json(grants)}).id
        values = {"name": FORMER_NAME, "login": FORMER_LOGIN, "roles": [role]}
        user = work.create("crm_user", values).id
        other = work.create("crm_user", {"name": "赵六other", "login": "zhao", "roles": [role]}).id
        work.create("crm_role_assignment", {"user": user, "role": role, "reason": f"for {NAME}"})
        work.create("crm_department", {"name": "华东", "manager": user})
        work.create("crm_territory", {"name": "沪", "members": [user, other]})
        work.update("crm_user", other, {"superior": user})
    clock.advance(timedelta(minutes=1))
    with crm.work() as work:
        work.update(
            "crm_user", user, {"name": NAME, "login": LOGIN, "email": EMAIL, "phone": PHONE}
        )
    deal = _at_work(crm, user, other)
    tokens, signed = _ways_in(crm, clock, user)
    found = reviewing.start(crm, "spring")
    for whose, reason in ((user, f"{NAME} needs it"), (other, "as ever")):
        theirs = [one.id for one in found.items if one.holder == whose]
        reviewing.decide(crm, "spring", theirs, "keep", reason=reason)
    crm._store.keep_notes(at_once=True)
    return Staff(crm, clock, user, deal, other, tokens, frozenset(_kept(crm)), signed)


def _at_work(crm: Workspace, user: str, other: str) -> str:
    """What he did, and what was done for him; the id of his lead."""
    his = crm.as_(user)
    with his.work(op_id="his") as work:
        deal = work.create("lead", {"title": "first"}).id
        share(work, "lead", deal, user=other, level="update")
    with crm.work() as work:
        lead = work.create("lead", {"title": "second"}).id
        share(work, "lead", lead, user=user, reason=f"{NAME} helps")
        join_team(work, "lead", lead, user)
        work.emit("assigned", {"who": NAME, "mail": EMAIL})
    guard(crm, "lead", ["phase"])
    with his.work() as work:
        work.update("lead", deal, {"phase": "won"})
    guard(crm, "lead", [])
    with pytest.raises(AccessDenied):
        privacy.erasures(his)
    return deal


def _ways_in(
    crm: Workspace, clock: ManualClock, user: str
) -> tuple[dict[str, str], accounts.SignedIn]:
    """Every way in that there is: the tokens that were given out, and the session."""
    accounts.redeem(crm, accounts.invite(crm, user).token, PHRASE, origin=ADDRESS)
    his = crm.as_(user)
    begun = accounts.begin_factor(his)
    key = base64.b32decode(begun.secret)
    codes = accounts.confirm_factor(his, totp.code(key, totp.step_of(clock.now())))
    given = {"origin": ADDRESS, "device": DEVICE}
    signed = accounts.sign_in(crm, LOGIN, PHRASE, code=codes[0], **given)
    with pytest.raises(SignInRefused):
        accounts.sign_in(crm, LOGIN, "wrong password 77", **given)
    accounts.map_identity(crm, "sso", SUBJECT, user)
    accounts.acting(crm, "sso", SUBJECT, signed_in=True, origin=ADDRESS)
    reset = accounts.request_reset(crm, LOGIN, origin=ADDRESS)
    assert reset is not None
    secrets = {"reset": reset.token, "session": signed.token, "factor": begun.secret}
    return {**secrets, "recovery": codes[1]}, signed


def _kept(crm: Workspace) -> Iterator[str]:
    """What lies of secrets in cells."""
    with looking(crm._store) as transaction:
        for module in (CREDENTIAL, SESSION, TOKEN):
            for batch in transaction.select(BoundQuery(module, full_columns(module))):
                for row in batch:
                    flat = json.loads(json.dumps(row[8:], default=str))
                    for one in flat:
                        texts = one if isinstance(one, list) else [one]
                        yield from (
                            text for text in texts if isinstance(text, str) and len(text) > 32
                        )


@pytest.fixture(params=BACKENDS)
def staff(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Staff]:
    if request.param == "sqlite":
        made = worked(f"sqlite:///{tmp_path / 'crm.db'}")
        yield made
        made.crm.close()
        return
    with empty_stores(request.param) as stores:
        made = worked(stores())
        yield made
        made.crm.close()


@pytest.fixture
def local() -> Staff:
    return worked("memory://")


def planted(text: str) -> set[str]:
    """The tokens that lie in a dump."""
    found = set()
    for one in TOKENS:
        spellings = (one, one.upper(), one.encode().hex(), repr(one.encode())[2:-1])
        found |= {one} if any(each in text for each in spellings) else set()
    return found


def hand_over(staff: Staff) -> None:
    """Let another look after what he looked after."""
    update(staff.crm, "lead", f"owner == '{staff.person}'", {"owner": staff.other}, op_id="over")


def cells(crm: Workspace) -> dict[str, int]:
    """How many cells there are of each sort."""
    with looking(crm._store) as transaction:
        return {
            module.name: sum(
                len(batch) for batch in transaction.select(BoundQuery(module, full_columns(module)))
            )
            for module in (CREDENTIAL, SESSION, TOKEN, THROTTLE)
        }


def refused_everywhere(staff: Staff) -> None:
    """Nobody comes in as him any more, by whatever way, and no session goes on."""
    crm, code = staff.crm, staff.tokens["recovery"]
    ways = (
        lambda: accounts.resume(crm, staff.signed.token),
        lambda: accounts.sign_in(crm, LOGIN, PHRASE, code=code),
        lambda: accounts.acting(crm, "sso", SUBJECT),
        lambda: accounts.redeem(crm, staff.tokens["reset"], "another battery 9x"),
    )
    for way in ways:
        with pytest.raises(SignInRefused):
            way()
    for still in (lambda: staff.signed.workspace, lambda: crm.as_(staff.person)):
        with pytest.raises(AccessDenied):
            still().find("lead")
    assert accounts.request_reset(crm, LOGIN) is None


def test_a_user_is_handed_out_without_a_secret(staff: Staff) -> None:
    found = privacy.export(staff.crm, "crm_user", staff.person)
    text = repr(found.to_json())
    assert all(one in text for one in TOKENS)
    ways = {one.module: one.versions for one in found.parts if one.how == "way_in"}
    assert {name: len(some) for name, some in ways.items()} == {
        "crm_credential": 1, "crm_session": 1, "crm_token": 1, "crm_throttle": 2,
    }  # fmt: skip
    credential, session = dict(ways["crm_credential"][0]), dict(ways["crm_session"][0])
    assert credential.pop("made_at") is not None
    assert credential == {
        "password": True, "second_factor": True, "second_factor_begun": False,
        "recovery_codes": 9,
    }  # fmt: skip
    assert (session["origin"], session["device"]) == (ADDRESS, DEVICE)
    assert {"made_at", "seen", "expires"} <= session.keys()
    assert ways["crm_token"][0]["purpose"] == "reset"
    assert {one["attempts_at"] for one in ways["crm_throttle"]} == {"password", "reset"}
    assert len(staff.kept) == 1 + 2 + 9
    assert not [one for one in {*staff.kept, *staff.tokens.values(), PHRASE} if one in text]
    assert {one.how for one in found.parts} >= {"own", "about", "mentions", "audit", "way_in"}
    other = repr(privacy.export(staff.crm, "crm_user", staff.other).to_json())
    assert "way_in" not in other
    assert ADDRESS not in other


@pytest.mark.parametrize("action", ["erase", "anonymise"])
def test_nothing_of_a_user_is_left_but_his_id(staff: Staff, tmp_path: Path, action: str) -> None:
    crm, anchor = staff.crm, audit.head(staff.crm)
    assert planted(dump(staff, tmp_path)) == set(TOKENS)
    before = cells(crm)
    assert before["crm_session"] == before["crm_credential"] == before["crm_token"] == 1
    if action == "erase":
        hand_over(staff)
        done = privacy.erase(crm, "crm_user", staff.person)
        with pytest.raises(NotFound):
            crm.get("crm_user", staff.person)
    else:
        done = privacy.anonymise(crm, "crm_user", staff.person)
        left = crm.get("crm_user", staff.person)
        assert [left[one] for one in ("name", "login", "email", "phone", "active")] == [
            "▇▇", None, None, None, False,
        ]  # fmt: skip
        assert crm.get("lead", staff.deal)["owner"] == staff.person
    assert {"crm_credential", "crm_session", "crm_token", "crm_throttle"} <= done.records.keys()
    after = dump(staff, tmp_path)
    assert planted(after) == set()
    assert not [one for one in staff.kept | {staff.tokens["factor"]} if stored(after, one)]
    assert "赵六other" in after
    assert cells(crm) == {**dict.fromkeys(before, 0), "crm_throttle": cells(crm)["crm_throttle"]}
    refused_everywhere(staff)
    found = audit.verify(crm, anchor)
    assert found.problems == ()
    assert {"crm_user", "crm_identity", "crm_sign_in"} <= {one.module for one in found.erased}
    # Who did what stays told by his id: in the history, and in the journals.
    assert crm.history("lead", staff.deal)[0].user == staff.person
    assert crm.as_(System("look")).find("crm_sign_in", f"user == '{staff.person}'")


def stored(text: str, kept: str) -> bool:
    """Whether a secret lies in a dump, as a text or as the bytes of its digits."""
    is_digest = len(kept) == 64 and set(kept) <= set("0123456789abcdef")
    return kept in text or (is_digest and stands_in(text, kept))


def test_places_of_a_user_go_with_him(staff: Staff) -> None:
    crm = staff.crm
    hand_over(staff)
    privacy.erase(crm, "crm_user", staff.person)
    for module in ("crm_account", "crm_identity", "crm_role_assignment", "crm_team_member"):
        assert not crm.as_(System("look")).find(module, f"user == '{staff.person}'"), module
    assert [one["user"] for one in crm.find("crm_share")] == [staff.other]
    assert crm.find("crm_department")[0]["manager"] is None
    assert crm.find("crm_territory")[0]["members"] == (staff.other,)
    assert crm.get("crm_user", staff.other)["superior"] is None
    # Those he worked with go on.
    with crm.as_(staff.other).work() as work:
        work.update("lead", staff.deal, {"phase": "lost"})
    assert crm.as_(staff.other).get("lead", staff.deal)["owner"] == staff.other
    assert crm.find("lead", as_of=audit.head(crm).position - 1)
    undone = crm.undo("over")
    assert not undone.restored
    assert crm.get("lead", staff.deal)["owner"] == staff.other
    assert audit.verify(crm).problems == ()


def test_who_looks_after_records_is_anonymised_or_hands_over_first(local: Staff) -> None:
    crm, full = local.crm, local.crm.digest("full").value
    before = cells(crm)
    with pytest.raises(Invalid) as error:
        privacy.erase(crm, "crm_user", local.person)
    assert code_of(error) == "in_use"
    assert crm.digest("full").value == full
    assert cells(crm) == before
    assert accounts.resume(crm, local.signed.token).user == local.person


def test_reviews_vouch_for_what_is_left(staff: Staff, tmp_path: Path) -> None:
    crm = staff.crm
    found = reviewing.campaign(crm, "spring")
    assert found.is_sound
    mine = [one.id for one in found.undecided]
    with crm.work() as work:
        boss = work.create("crm_user", {"name": "chief", "login": "chief"})
        admin = crm.find("crm_role", "name == 'administrator'")[0].id
        work.update("crm_user", boss, {"roles": [admin]})
    reviewing.decide(crm.as_("chief"), "spring", mine, "keep")
    assert reviewing.close(crm, "spring").is_sound
    privacy.anonymise(crm, "crm_user", staff.person)
    after = reviewing.campaign(crm, "spring")
    assert after.is_sound
    assert after.closed_at is not None
    assert NAME not in repr(after)
    assert {one.holder for one in after.items} == {one.holder for one in found.items}
    assert "赵六other" in repr(after)
    text = dump(staff, tmp_path)
    assert not stands_in(text, found.picture)
    assert audit.verify(crm).problems == ()
    with crm.as_(System("break")).work() as work:
        work.update("crm_review_item", after.items[0].id, {"holder_name": "somebody"})
    assert not reviewing.campaign(crm, "spring").is_sound
    privacy.anonymise(crm, "crm_user", staff.other)
    assert not reviewing.campaign(crm, "spring").is_sound


def test_who_comes_in_while_he_is_erased_is_let_go_too(
    local: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crmcore.accounts import signing_in

    crm, look = local.crm, signing_in.credential_of
    hand_over(local)

    def erased_meanwhile(*given: object) -> object:
        found = look(*given)  # type: ignore[arg-type]
        privacy.erase(crm, "crm_user", local.person)
        return found

    monkeypatch.setattr(signing_in, "credential_of", erased_meanwhile)
    with pytest.raises(SignInRefused) as error:
        accounts.sign_in(crm, LOGIN, PHRASE, code=local.tokens["recovery"], origin=ADDRESS)
    assert code_of(error) == "sign_in_failed"
    assert cells(crm)["crm_session"] == 0


def test_the_system_is_nobody_to_be_erased(local: Staff) -> None:
    for action in (privacy.erase, privacy.anonymise):
        with pytest.raises(Invalid) as error:
            action(local.crm, "crm_user", SYSTEM_USER)
        assert code_of(error) == "not_a_subject"


def test_an_older_archive_brings_no_user_back(local: Staff, tmp_path: Path) -> None:
    backup(local.crm, tmp_path / "before.crm")
    privacy.anonymise(local.crm, "crm_user", local.person)
    listed = privacy.erasures(local.crm)
    target = MemoryBackend()
    restore(tmp_path / "before.crm", target)
    again = open_workspace(target, clock=local.clock)
    assert again.get("crm_user", local.person)["name"] == NAME
    assert [one.subject for one in privacy.replay(again, listed)] == [local.person]
    world = World(again, local.clock, local.person, local.deal, local.other)
    assert planted(dump(world, tmp_path)) == set()
    assert audit.verify(again).problems == ()


def test_an_address_stands_with_sign_ins_alone(local: Staff) -> None:
    everybody = local.crm.as_(System("look"))
    for name in ("crm_operation", "crm_change_set", "crm_audit_entry"):
        assert ADDRESS not in repr([dict(one) for one in everybody.find(name, limit=500)])
    assert ADDRESS in repr([dict(one) for one in everybody.find("crm_sign_in", limit=500)])
