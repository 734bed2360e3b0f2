"""Why a person's records are not there: consent, restriction and erasure are reasons, no rights."""

from __future__ import annotations

import pytest
from tests.privacy.conftest import World
from tests.privacy.test_consenting import MARKETING, Market
from tests.privacy.test_consenting import market as market

from crmcore import Workspace, privacy
from crmcore.access import Grant, Role, role_values
from crmcore.errors import NotFound
from crmcore.explaining import Explanation, can, who_can, why


def told(found: Explanation) -> tuple[list[tuple[str, str]], list[tuple[str, str, int]]]:
    """Obstacles and remedies."""
    return (
        [(one.code, one.name) for one in found.obstacles],
        [(one.code, one.name, one.exposes) for one in found.remedies],
    )


def reader(crm: Workspace) -> Workspace:
    """A user who may read all contacts and visits, and nothing else."""
    role = Role("reader", grants=[Grant("*", "read")])
    values = {name: value for name, value in role_values(role).items() if value is not None}
    with crm.work() as work:
        held = work.create("crm_role", values).id
        work.create("crm_user", {"name": "老李", "login": "ll", "roles": [held]})
    return crm.as_("ll")


def test_who_did_not_consent_is_told_as_that(market: Market) -> None:
    crm = market.crm
    rep = reader(crm)
    privacy.consent(crm, "contact", market.yes, MARKETING)
    found = why(crm, "老李", "read", "contact", market.no, purpose=MARKETING)
    # The visit of the same person would be there, too.
    assert told(found) == ([("purpose", MARKETING)], [("consent", MARKETING, 1)])
    assert list(found.lines("en")) == [
        "may not read",
        "the person did not consent to the purpose marketing",
        "remedy: the person consents to the purpose marketing (opens 1 records besides)",
    ]
    assert list(found.lines("zh"))[1:] == [
        "当事人未同意用于「marketing」",
        "可行办法：取得当事人对「marketing」的同意（另外开放 1 条记录）",
    ]
    for person, purpose in ((market.yes, MARKETING), (market.no, None)):
        assert why(crm, "老李", "read", "contact", person, purpose=purpose).allowed
        assert can(crm, "老李", "read", "contact", person, purpose=purpose)
    assert not can(crm, "老李", "read", "contact", market.no, purpose=MARKETING)
    # What goes with the person is told of him; what holds no person is as ever.
    visits = {str(one["contact"]): one.id for one in crm.find("visit")}
    gone = why(crm, "老李", "read", "visit", visits[market.no], purpose=MARKETING)
    assert told(gone) == ([("purpose", MARKETING)], [("consent", MARKETING, 1)])
    deal = crm.find("deal")[0].id
    assert why(crm, "老李", "read", "deal", deal, purpose=MARKETING).allowed
    # The remedy is one: the record is there, and nothing stands against it any more.
    view = privacy.for_purpose(rep, MARKETING)
    before = {one.id for name in ("contact", "visit") for one in view.find(name)}
    privacy.consent(crm, "contact", market.no, MARKETING)
    assert why(crm, "老李", "read", "contact", market.no, purpose=MARKETING).allowed
    after = {one.id for name in ("contact", "visit") for one in view.find(name)}
    assert len(after - before) == 2
    privacy.withdraw(crm, "contact", market.no, MARKETING)
    again = why(crm, "老李", "read", "contact", market.no, purpose=MARKETING)
    assert told(again)[0] == [("purpose", MARKETING)]


def test_consent_is_no_right(market: Market) -> None:
    crm = market.crm
    reader(crm)
    found = why(crm, "老李", "update", "contact", market.no, purpose=MARKETING)
    assert told(found)[0] == [("no_grant", ""), ("purpose", MARKETING)]
    assert "consent" not in {code for code, _, _ in told(found)[1]}


def test_a_view_for_a_purpose_tells_nothing_of_who_is_not_there(market: Market) -> None:
    crm = market.crm
    privacy.consent(crm, "contact", market.yes, MARKETING)
    view = privacy.for_purpose(reader(crm), MARKETING)
    assert why(view, "老李", "read", "contact", market.yes).allowed
    assert [one.name for one in who_can(view, "contact", market.yes, "read")] == ["老李"]
    for call in (why, can):
        with pytest.raises(NotFound):
            call(view, "老李", "read", "contact", market.no)
    with pytest.raises(NotFound):
        who_can(view, "contact", market.no, "read")
    privacy.withdraw(crm, "contact", market.yes, MARKETING)
    with pytest.raises(NotFound):
        why(view, "老李", "read", "contact", market.yes)


def test_a_restricted_person_is_told_to_who_configures(world: World) -> None:
    crm = world.crm
    reader(crm)
    assert why(crm, "老李", "read", "contact", world.person).allowed
    privacy.restrict(crm, "contact", world.person)
    privacy.restrict(crm, "contact", world.other)
    found = why(crm, "老李", "read", "contact", world.person)
    # Of the other person, nothing would be opened.
    opened = 1
    assert told(found) == ([("restricted", "")], [("release", "", opened)])
    assert "restricted: it is stored, and nothing else" in "".join(found.lines("en"))
    assert "仅限保存" in "".join(found.lines("zh"))
    with pytest.raises(NotFound):
        why(crm.as_("ll"), "老李", "read", "contact", world.person)
    assert not why(crm, "老李", "update", "contact", world.person).remedies
    privacy.release(crm, "contact", world.person)
    assert why(crm, "老李", "read", "contact", world.person).allowed


def test_an_erased_person_is_told_as_that(world: World) -> None:
    crm = world.crm
    reader(crm)
    privacy.erase(crm, "contact", world.person)
    found = why(crm, "老李", "read", "contact", world.person)
    assert told(found) == ([("erased", "王经理")], [])
    assert "永久删除" in "".join(found.lines("zh"))
    assert "erased by 王经理" in "".join(found.lines("en"))
    with crm.work() as work:
        work.delete("contact", world.other)
    found = why(crm, "老李", "read", "contact", world.other)
    assert told(found) == ([("deleted", "王经理")], [("restore", "", 0)])
