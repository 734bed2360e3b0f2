"""A person's values leave every place of a store; the chain stays whole, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from tests.privacy.conftest import REMARK, TOKENS, VISITED, World, code_of
from tests.privacy.dumping import dump, key_digests, left_of, salts, stands_in

from crmcore import Field, audit, privacy
from crmcore.access import System
from crmcore.editing import update, updating
from crmcore.errors import AccessDenied, Invalid, NotFound, OpMismatch
from crmcore.kinds import Kind, Phone, Text
from crmcore.query.bound import TRUE, BoundQuery
from crmcore.records import layout_of
from crmcore.records.erased import FORGOTTEN
from crmcore.storage import Erase, Intent
from crmcore.work import Workspace
from crmcore.work.history import version_columns


def test_nothing_of_the_person_is_left_and_the_chain_is_whole(world: World, tmp_path: Path) -> None:
    anchor, hashes = audit.head(world.crm), [*key_digests(world), *salts(world)]
    before = dump(world, tmp_path)
    assert left_of(world, before) == set(TOKENS)
    assert all(stands_in(before, one) for one in hashes)
    done = privacy.erase(world.crm, "contact", world.person, reason="asked for it")
    after = dump(world, tmp_path)
    assert left_of(world, after) == set()
    assert not any(stands_in(after, one) for one in hashes)
    assert "赵六other" in after
    assert "keep this" in after
    found = audit.verify(world.crm, anchor)
    assert found.problems == ()
    assert sum(one.versions for one in found.erased) == done.versions > 8
    assert {one.user for one in found.erased} == {world.crm.principal}
    assert {one.module for one in found.erased} >= {
        "contact", "deal", "visit", "crm_operation", "crm_message", "crm_change_request",
        "crm_share",
    }  # fmt: skip


def test_anonymised_the_records_stay(world: World, tmp_path: Path) -> None:
    anchor = audit.head(world.crm)
    privacy.anonymise(world.crm, "contact", world.person)
    found = world.crm.get("contact", world.person)
    assert [found[one] for one in ("mobile", "email", "birthday")] == [None] * 3
    assert found["name"] == "▇▇"
    assert found["greeting"] == "Dear ▇▇"
    assert found["owner"] == world.crm.principal
    assert len(world.crm.find("visit")) == 1
    deal = world.crm.get("deal", world.deal)
    assert (deal["title"], deal["memo"]) == ("▇▇的订单", "called ▇▇ at ▇▇")
    assert deal["contact"] == world.person
    # What is not classified stays where it was written; what was asked for is gone.
    assert left_of(world, dump(world, tmp_path)) == {REMARK, VISITED}
    assert audit.verify(world.crm, anchor).problems == ()


def test_history_past_and_undo_say_that_it_was_erased(world: World) -> None:
    crm = world.crm
    position = audit.head(crm).position
    privacy.anonymise(crm, "contact", world.person, op_id="gone")
    first = crm.history("contact", world.person)[0]
    assert first.fields["mobile"] == (None, FORGOTTEN)
    past = crm.get("contact", world.person, as_of=position)
    assert (past["mobile"], past["birthday"]) == (FORGOTTEN, FORGOTTEN)
    page = crm.find("contact", f"id == '{world.person}'", as_of=position)
    assert page[0]["email"] is FORGOTTEN
    assert page.table().column("email")[0] is None
    other = crm.get("contact", world.other, as_of=position)
    assert (str(other["mobile"]), other["birthday"]) == ("+8613611112222", None)
    undone = crm.undo("gone")
    assert [one.reason for one in undone.impossible] == ["erased"]
    assert undone.impossible[0].message() == "its personal values were erased"
    assert not undone.restored
    assert crm.get("contact", world.person)["mobile"] is None
    second = crm.undo("second")
    assert {(one.field, one.reason) for one in second.kept} >= {("mobile", "erased")}
    assert crm.get("contact", world.person)["mobile"] is None
    assert audit.verify(crm).problems == ()


def test_who_was_erased_is_not_brought_back(world: World) -> None:
    crm = world.crm
    with crm.work(op_id="removal") as work:
        work.delete("contact", world.person)
    privacy.erase(crm, "contact", world.person)
    undone = crm.undo("removal")
    assert ("contact", "erased") in {(one.module, one.reason) for one in undone.kept}
    with pytest.raises(NotFound):
        crm.get("contact", world.person)
    assert audit.verify(crm).problems == ()


def test_it_happens_once_and_may_happen_again(world: World, tmp_path: Path) -> None:
    crm = world.crm
    first = privacy.anonymise(crm, "contact", world.person, op_id="one")
    full = crm.digest("full").value
    assert privacy.anonymise(crm, "contact", world.person, op_id="one") == first
    assert crm.digest("full").value == full
    with pytest.raises(OpMismatch):
        privacy.erase(crm, "contact", world.person, op_id="one")
    again = privacy.erase(crm, "contact", world.person)
    assert again.versions > 0
    assert left_of(world, dump(world, tmp_path)) == set()
    found = audit.verify(crm)
    assert found.problems == ()
    assert {one.erasure for one in found.erased if one.module == "visit"} == {again.id}


def test_what_was_rewritten_at_once_is_erased_too(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = world.crm
    monkeypatch.setattr(updating, "ONE_STEP", 10)
    with crm.work() as work:
        more = [{"title": f"{n}", "contact": world.person} for n in range(20)]
        work.create_all("deal", more)
    done = update(crm, "deal", f"contact == '{world.person}'", {"memo": f"{TOKENS[0]} rang"})
    assert done.how == "rewrite"
    with crm.work() as work:
        work.update_all("deal", [(one.id, {"memo": None}) for one in crm.find("deal")][:9])
    privacy.erase(crm, "contact", world.person)
    assert left_of(world, dump(world, tmp_path)) == set()
    assert audit.verify(crm).problems == ()


def test_columns_out_of_use_are_emptied_too(world: World, tmp_path: Path) -> None:
    crm, secret = world.crm, "13555554444"
    _with_fax(crm, Text())
    with crm.work() as work:
        work.update("contact", world.person, {"fax": secret})
        lost = work.create("contact", {"name": "无名者token", "fax": secret}).id
    _with_fax(crm, Phone())
    with crm.work() as work:
        work.update("contact", lost, {"fax": None})
    assert secret in dump(world, tmp_path)
    privacy.anonymise(crm, "contact", world.person)
    privacy.anonymise(crm, "contact", lost)
    assert secret not in dump(world, tmp_path)
    found = audit.verify(crm)
    assert found.problems == ()
    with crm.work() as work:
        work.update("contact", lost, {"remark": "again"})
    assert audit.verify(crm).problems == ()


def _with_fax(crm: Workspace, kind: Kind) -> None:
    schema = crm.schema
    contact = schema.module("contact")
    kept = [one for one in contact.fields if one.name != "fax"]
    fax = Field("fax", kind, classification="personal")
    crm.configure(schema.with_module(evolve(contact, fields=[*kept, fax])))


def test_who_is_named_where_nothing_links_to_him_is_told(world: World) -> None:
    crm = world.crm
    with crm.work() as work:
        namesake = work.create("contact", {"name": TOKENS[0]}).id
        deal = work.create("deal", {"title": "d", "memo": f"ask {TOKENS[4]}"}).id
    done = privacy.erase(crm, "contact", world.person)
    assert done.mentions == {"contact": (namesake,), "deal": (deal,)}
    assert crm.get("contact", namesake)["name"] == TOKENS[0]
    assert privacy.erase(crm, "contact", world.person).mentions == {}


def test_refusals_change_nothing(world: World) -> None:
    crm = world.crm
    with crm.work() as work:
        work.create("invoice", {"number": "1", "contact": world.person})
    full = crm.digest("full").value
    with pytest.raises(Invalid) as error:
        privacy.erase(crm, "contact", world.person)
    assert code_of(error) == "in_use"
    with pytest.raises(AccessDenied) as denied:
        privacy.anonymise(crm.as_("xw"), "contact", world.person)
    assert code_of(denied) == "needs_configure"
    with pytest.raises(AccessDenied):
        privacy.export(crm.as_("xw"), "contact", world.person)
    with pytest.raises(NotFound):
        privacy.erase(crm, "contact", "0" * 32)
    assert crm.digest("full").value == full


@pytest.mark.parametrize("how", ["live", "former", "tombstone", "salt"])
def test_what_is_changed_after_an_erasure_is_damage(world: World, how: str) -> None:
    crm = world.crm
    privacy.anonymise(crm, "contact", world.person)
    anchor = audit.head(crm)
    assert audit.verify(crm, anchor).problems == ()
    name, is_live = {"live": ("contact", True), "tombstone": ("crm_tombstone", True)}.get(
        how, ("deal" if how == "salt" else "contact", False)
    )
    with crm._store.reading(System("look")) as session:
        module = session.schema.by_name[name]
        query = BoundQuery(module, version_columns(module), TRUE, TRUE, versions=True)
        rows = [row for row in session.rows(query) if (row[-2] is None) == is_live]
    row = next(row for row in rows if name != "contact" or row[0] == world.person)
    index = layout_of(module).index
    made = list(row[:-2])
    place = {"salt": 7, "tombstone": index.get("left")}.get(how, index.get("remark"))
    assert place is not None
    made[place] = "0" * 64 if how == "tombstone" else ("1" * 32 if how == "salt" else "planted")
    transaction = crm._store.backend.begin(Intent.WRITE)
    write = Erase(module, [tuple(made)]) if is_live else Erase(module, (), [tuple(made)])
    transaction.apply([write])
    transaction.commit()
    assert audit.verify(crm, anchor).problems


def test_without_its_tombstone_an_erased_version_is_damage(local: World) -> None:
    privacy.anonymise(local.crm, "contact", local.person)
    assert audit.verify(local.crm).problems == ()
    backend = local.crm._store.backend
    backend.tables["crm_tombstone"].rows.clear()  # type: ignore[attr-defined]
    assert not audit.verify(local.crm).is_sound
