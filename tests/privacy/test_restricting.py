"""A restricted person is stored and nothing else; corrected, exported and released he can be."""

from __future__ import annotations

import pytest
from tests.privacy.conftest import MOBILE, NAME, REMARK, TOKENS, World, code_of
from tests.privacy.dumping import spelled

from crmcore import audit, privacy
from crmcore.access import System
from crmcore.errors import AccessDenied, Invalid, NotFound
from crmcore.explaining import why
from crmcore.query.ast import Measure, Summary


def test_every_place_that_holds_the_person_is_exported(world: World) -> None:
    found = privacy.export(world.crm, "contact", world.person)
    held = {
        (part.how, part.module)
        for part in found.parts
        for token, spellings in spelled().items()
        for version in part.versions
        if any(one in repr(version) for one in spellings)
    }
    assert held >= {
        ("own", "contact"), ("own", "visit"), ("about", "deal"), ("attached", "crm_share"),
        ("attached", "crm_change_request"), ("mentions", "crm_operation"),
        ("mentions", "crm_message"),
    }  # fmt: skip
    text = repr(found.to_json())
    assert all(any(one in text for one in spelled()[token]) for token in TOKENS)
    assert "赵六other" not in text
    contact = next(part for part in found.parts if part.module == "contact")
    assert [one["is_former"] for one in contact.versions] == [True, False]
    world.crm._store.keep_notes(at_once=True)
    noted = world.crm.find("crm_audit_entry", "kind == 'export' and reason == 'privacy'")
    assert [one["record"] for one in noted] == [world.person]
    again = privacy.export(world.crm, "contact", world.person)
    entries = [one for part in again.parts if part.how == "audit" for one in part.versions]
    assert [(one["kind"], one["record"]) for one in entries] == [("export", world.person)]


def test_nothing_is_done_with_a_restricted_person_but_storing(world: World) -> None:
    crm, digest = world.crm, world.crm.digest("content")
    privacy.restrict(crm, "contact", world.person, reason="disputed")
    privacy.restrict(crm, "contact", world.person)
    role = crm.configuration.restricted
    assert role is not None
    assert [(one.name, one.module) for one in role.denials] == [
        ("restricted", "contact"), ("restricted 2", "visit"),
    ]  # fmt: skip
    for asker in (crm, crm.as_("xw")):
        for module in ("contact", "visit"):
            assert all(one.id != world.person for one in asker.find(module))
        assert not len(asker.find("visit"))
        with pytest.raises(NotFound):
            asker.get("contact", world.person)
        with pytest.raises(NotFound):
            asker.history("contact", world.person)
        with pytest.raises(NotFound), asker.work() as work:
            work.update("contact", world.person, {"remark": "x"})
    assert len(crm.find("contact")) == 1
    assert list(crm.summarize(Summary("contact", (), (Measure("count"),))).rows()) == [(1,)]
    told = why(crm.as_(System("look")), "xw", "read", "contact", world.person)
    assert not told.allowed
    assert "restricted" in [one.code for one in told.obstacles]
    position = audit.head(crm).position
    assert len(crm.find("contact", as_of=position - 1)) == 1
    assert crm.digest("content").value == digest.value
    assert any(part.module == "contact" for part in
               privacy.export(crm, "contact", world.person).parts)  # fmt: skip
    privacy.release(crm, "contact", world.person)
    assert crm.get("contact", world.person)["name"] == NAME
    with pytest.raises(NotFound):
        privacy.release(crm, "contact", world.person)
    assert audit.verify(crm).problems == ()


def test_a_restricted_person_may_be_erased(world: World) -> None:
    privacy.restrict(world.crm, "contact", world.person, reason=f"about {NAME}")
    privacy.erase(world.crm, "contact", world.person)
    assert audit.verify(world.crm).problems == ()
    assert len(world.crm.find("contact")) == 1


def test_who_may_not_configure_restricts_nobody(local: World) -> None:
    with pytest.raises(AccessDenied):
        privacy.restrict(local.crm.as_("xw"), "contact", local.person)
    with pytest.raises(NotFound):
        privacy.restrict(local.crm, "contact", "0" * 32)
    with pytest.raises(Invalid) as error:
        user = str(local.crm.principal)
        privacy.restrict(local.crm, "crm_user", user)
    assert code_of(error) == "not_a_subject"


def test_a_correction_says_why(world: World) -> None:
    made = privacy.correct(
        world.crm, "contact", world.person, {"mobile": "13900001111"}, reason="he said so"
    )
    assert str(made["mobile"]) == "+8613900001111"
    last = world.crm.history("contact", world.person)[-1]
    operation = world.crm.as_(System("look")).get("crm_operation", last.operation)
    assert operation["reason"] == "he said so"
    assert REMARK in str(world.crm.get("contact", world.person)["remark"])
    assert MOBILE not in str(world.crm.get("contact", world.person)["mobile"])
