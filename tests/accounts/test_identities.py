"""People whom a host knows, and services."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.accounts.conftest import PHRASE

from crmcore import System, accounts
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, Duplicate, Invalid, NotFound, SignInRefused, WorkspaceError
from crmcore.work import Workspace, open_workspace

ISSUER = "https://login.example.com"


def user_of(crm: Workspace, login: str) -> str:
    found = crm.as_(login).principal
    assert isinstance(found, str)
    return found


def test_a_subject_of_a_host_is_a_user_once(crm: Workspace) -> None:
    wang, boss = user_of(crm, "wang"), user_of(crm, "boss")
    with pytest.raises(SignInRefused) as refused:
        accounts.acting(crm, ISSUER, "u-17")
    assert refused.value.code == "unknown_subject"
    assert refused.value.http_status == 401
    accounts.map_identity(crm, ISSUER, "u-17", wang)
    with pytest.raises(Duplicate):
        accounts.map_identity(crm, ISSUER, "u-17", boss)
    accounts.map_identity(crm, "https://other.example.com", "u-17", boss)
    accounts.map_identity(crm, ISSUER, "U-17", boss)
    acting = accounts.acting(crm, ISSUER, "u-17", signed_in=True, origin="10.0.0.3")
    assert acting.principal == wang
    with acting.work() as work:
        work.create("note", {"text": "早"})
    (mine,) = accounts.sign_ins(acting)
    assert (mine["event"], mine["reason"], mine["origin"]) == ("success", "host", "10.0.0.3")
    accounts.unmap_identity(crm, ISSUER, "u-17")
    with pytest.raises(NotFound):
        accounts.unmap_identity(crm, ISSUER, "u-17")
    with pytest.raises(SignInRefused):
        accounts.acting(crm, ISSUER, "u-17")


def everything(crm: Workspace) -> dict[str, object]:
    """All records but what was remembered of reading and refusing."""
    names = [one.name for one in crm.schema.modules if one.keeping == "history"]
    everybody = crm.as_(System("look"))
    return {name: list(everybody.find(name)) for name in [*names, "crm_sign_in"]}


def test_mapping_is_for_who_configures_and_stands_in_history(crm: Workspace) -> None:
    wang, boss = user_of(crm, "wang"), user_of(crm, "boss")
    before = everything(crm)
    for attempt in (
        lambda: accounts.map_identity(crm.as_(wang), ISSUER, "u-17", boss),
        lambda: accounts.map_identity(crm.as_(wang), ISSUER, "u-17", wang),
        lambda: accounts.create_service(crm.as_(wang), "ERP"),
        lambda: accounts.tidy(crm.as_(wang)),
        lambda: accounts.enable(crm.as_(wang), accounts.SignInPolicy("open")),
        lambda: accounts.invite(crm.as_(wang), boss),
    ):
        with pytest.raises(AccessDenied):
            attempt()
    with pytest.raises(AccessDenied), crm.as_(wang).work() as work:
        work.create("crm_identity", {"issuer": ISSUER, "subject": "u-17", "user": boss})
    assert everything(crm) == before
    accounts.map_identity(crm, ISSUER, "u-17", wang)
    (record,) = crm.find("crm_identity")
    accounts.unmap_identity(crm, ISSUER, "u-17")
    changes = crm.history("crm_identity", record.id)
    assert [(one.kind, one.user) for one in changes] == [("created", boss), ("removed", boss)]
    assert not list(crm.as_(wang).find("crm_identity"))


@pytest.mark.parametrize(
    "subject", ["u-17 ", " u-17", "u\u00a017 ", "", "u\x0017", "ｕ\u030a" * 200]
)
def test_who_is_called_almost_the_same_is_refused(local: Workspace, subject: str) -> None:
    accounts.map_identity(local, ISSUER, "u-17", user_of(local, "wang"))
    with pytest.raises(Invalid):
        accounts.acting(local, ISSUER, subject)


def test_who_is_gone_or_inactive_is_unknown(local: Workspace) -> None:
    wang = user_of(local, "wang")
    accounts.map_identity(local, ISSUER, "u-17", wang)
    with local.work() as work:
        work.update("crm_user", wang, {"active": False})
    with pytest.raises(SignInRefused):
        accounts.acting(local, ISSUER, "u-17")
    with local.work() as work:
        gone = work.create("crm_user", {"name": "过客"}).id
    accounts.map_identity(local, ISSUER, "u-18", gone)
    assert accounts.acting(local, ISSUER, "u-18").principal == gone
    with local.work() as work:
        work.delete("crm_user", gone)
    assert [one["user"] for one in local.find("crm_identity")] == [wang]
    with pytest.raises(SignInRefused):
        accounts.acting(local, ISSUER, "u-18")
    with pytest.raises(Invalid):
        accounts.map_identity(local, ISSUER, "u-19", "0" * 32)


def test_a_service_comes_with_tokens_and_obeys_the_same_rights(
    crm: Workspace, clock: ManualClock
) -> None:
    service = accounts.create_service(crm, "ERP", roles=["rep"])
    issued = accounts.issue_token(crm, service, "nightly", days=30)
    assert issued.token not in repr(issued)
    serving = accounts.serving(crm, issued.token)
    with serving.work() as work:
        work.create("note", {"text": "ok"})
    with pytest.raises(AccessDenied), serving.work() as work:
        work.create("crm_user", {"name": "x"})
    with pytest.raises(AccessDenied):
        accounts.tokens(serving, service)
    (listed,) = accounts.tokens(crm, service)
    assert (listed.id, listed.label, listed.seen) == (issued.id, "nightly", clock.now())
    with pytest.raises(Invalid) as refused:
        accounts.invite(crm, service)
    assert refused.value.code == "service_without_password"
    with pytest.raises(Invalid) as refused:
        accounts.issue_token(crm, user_of(crm, "wang"), "mine")
    assert refused.value.code == "not_a_service"
    other = accounts.issue_token(crm, service, "second")
    accounts.revoke_token(crm, issued.id)
    for _ in range(2):
        with pytest.raises(SignInRefused):
            accounts.serving(crm, issued.token)
    assert accounts.serving(crm, other.token).principal == service
    with crm.work() as work:
        work.update("crm_user", service, {"active": False})
    with pytest.raises(SignInRefused):
        accounts.serving(crm, other.token)
    with crm.work() as work:
        work.update("crm_user", service, {"active": True})
    clock.advance(timedelta(days=90))
    with pytest.raises(SignInRefused):
        accounts.serving(crm, other.token)
    assert not accounts.tokens(crm, service)


def test_nothing_is_kept_before_it_is_wanted(clock: ManualClock) -> None:
    crm = open_workspace(owner="boss", clock=clock)
    assert not [one for one in crm.schema.modules if one.name == "crm_identity"]
    for attempt in (
        lambda: accounts.acting(crm, ISSUER, "u-17"),
        lambda: accounts.sign_in(crm, "boss", PHRASE),
    ):
        with pytest.raises(WorkspaceError) as refused:
            attempt()
        assert refused.value.code == "accounts_off"
    accounts.enable(crm)
    revision = crm.configuration.revision
    accounts.enable(crm)
    assert crm.configuration.revision == revision
    assert accounts.sign_in_policy(crm) == accounts.SignInPolicy()
    crm.configure(crm.schema)
    accounts.map_identity(crm.as_(System("setup")), ISSUER, "u-1", user_of(crm, "boss"))
    assert accounts.acting(crm, ISSUER, "u-1").principal == user_of(crm, "boss")
