"""Encrypted fields under change: of schemas, of kinds, of places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve
from tests.encryption.conftest import ANNA, BACKENDS, KEYS, PERSON, SCHEMA, Opened, told

from crmcore import Field, Formula, LinkedField, RollUp, Schema
from crmcore.archive import backup, move, restore
from crmcore.clock import ManualClock
from crmcore.encrypting import Keyring
from crmcore.errors import CrmError
from crmcore.evolving import plan_purge, purge
from crmcore.kinds import DecimalKind, Integer, Kind, LongText, Text
from crmcore.rules import ComputedRule
from crmcore.schema.codec import schema_from_json, schema_to_json
from crmcore.work import Workspace

Urls = Callable[[str], str]
PAIRS = [("memory", "sqlite"), *(("sqlite", one) for one in BACKENDS if one != "sqlite")]
OTHERS = Keyring({"elsewhere": b"\x07" * 32})


def changed(crm: Workspace, field: str, **values: object) -> Schema:
    module = crm.schema.module("person")
    fields = [evolve(one, **values) if one.name == field else one for one in module.fields]
    return crm.schema.with_module(evolve(module, fields=fields))


def test_a_schema_keeps_the_mark_as_data() -> None:
    assert schema_from_json(schema_to_json(SCHEMA)) == SCHEMA
    assert sum(one.encrypted for one in SCHEMA.by_name["person"].fields) == 11


def test_it_is_not_switched_in_place(opened: Opened) -> None:
    crm = opened("memory://")
    for name, mark in (("ident", False), ("name", True)):
        with pytest.raises(CrmError) as refused:
            crm.configure(changed(crm, name, encrypted=mark))
        assert refused.value.code in ("encryption_switched", "encrypted_title")
    with pytest.raises(CrmError, match="add a new field"):
        crm.configure(changed(crm, "ident", encrypted=False))


COMPUTED: list[tuple[ComputedRule, Kind]] = [
    (Formula("person", "made", "pay * 2"), DecimalKind(2)),
    (Formula("person", "made", "upper(ident)"), Text()),
    (RollUp("person", "made", "visit", "person", "count", None, "person.pay == 3"), Integer()),
]


@pytest.mark.parametrize(("rule", "kind"), COMPUTED)
def test_what_is_computed_of_it_is_refused(opened: Opened, rule: ComputedRule, kind: Kind) -> None:
    crm = opened("memory://")
    module = crm.schema.module("person")
    fields = [*module.fields, Field("made", kind)]
    schema = crm.schema.with_module(evolve(module, fields=fields))
    assert told(lambda: crm.configure(schema, computed=[rule])) == "bad_rule"


def test_a_roll_up_over_it_is_refused(opened: Opened) -> None:
    secret = Field("cost", DecimalKind(2), encrypted=True)
    visit = evolve(SCHEMA.by_name["visit"], fields=[*SCHEMA.by_name["visit"].fields, secret])
    person = evolve(PERSON, fields=[*PERSON.fields, Field("made", DecimalKind(2))])
    crm = opened("memory://", KEYS, Schema([person, visit]))
    for function in ("sum", "max"):
        rule = RollUp("person", "made", "visit", "person", function, "cost")  # type: ignore[arg-type]
        assert told(lambda rule=rule: crm.configure(computed=[rule])) == "bad_rule"  # type: ignore[misc]


def test_a_linked_field_reads_it_through(crm: Workspace) -> None:
    module = crm.schema.module("visit")
    schema = crm.schema.with_module(evolve(module, fields=[*module.fields, Field("ident", Text())]))
    crm.configure(schema, computed=[LinkedField("visit", "ident", "person.ident")])
    with crm.work() as work:
        anna = work.create("person", ANNA).id
        work.create("visit", {"title": "x", "person": anna})
    assert crm.find("visit", "ident == '110101-XQ'")[0]["ident"] == "110101-XQ"
    assert told(lambda: crm.find("visit", order="ident")) == "encrypted_field"
    assert told(lambda: crm.find("visit", "contains(ident, '1')")) == "encrypted_field"


def test_fields_are_added_renamed_and_retired(crm: Workspace, clock: ManualClock) -> None:
    with crm.work() as work:
        anna = work.create("person", ANNA).id
    clock.advance(timedelta(hours=1))
    before = clock.now()
    clock.advance(timedelta(hours=1))
    module = crm.schema.module("person")
    ident = evolve(module.by_name["ident"], name="paper", required=False)
    fields = [ident if one.name == "ident" else one for one in module.fields]
    fields = [evolve(one, retired=one.name == "ward") for one in fields]
    fields.append(Field("secret", LongText(), encrypted=True))
    crm.configure(crm.schema.with_module(evolve(module, fields=fields)))
    with crm.work() as work:
        work.update("person", anna, {"secret": "new", "pay": None})
    (found,) = crm.find("person", "paper == '110101-XQ' and secret == 'new' and pay == null")
    assert (found["paper"], found["secret"]) == ("110101-XQ", "new")
    assert crm.get("person", anna, as_of=before)["ward"] == 17
    crm.configure(changed(crm, "ward", retired=False))
    assert len(crm.find("person", "ward == 17")) == 1


def test_a_kind_is_changed_and_the_former_values_are_purged(
    crm: Workspace, clock: ManualClock
) -> None:
    with crm.work() as work:
        anna = work.create("person", ANNA).id
    with crm.work() as work:
        work.update("person", anna, {"ward": 18})
    clock.advance(timedelta(hours=1))
    crm.configure(changed(crm, "ward", kind=Text()))
    assert len(crm.find("person", "ward == '18'")) == 1
    assert told(lambda: crm.find("person", "ward > '1'")) == "encrypted_field"
    assert [one.fields["ward"] for one in crm.history("person", anna)] == [
        (None, "17"),
        ("17", "18"),
    ]
    purge(crm, plan_purge(crm, "person", "ward"))
    assert len(crm.find("person", "ward == '18'")) == 1


def test_many_records_are_changed_at_once(crm: Workspace) -> None:
    from crmcore.editing import update

    with crm.work() as work:
        for number in range(30):
            work.create("person", {"name": f"p{number}", "pay": 1 if number % 2 else 2})
    update(crm, "person", "pay == 1", {"pay": 7, "level": "low"}, op_id="many")
    assert len(crm.find("person", "pay == 7 and level == 'low'", limit=100)) == 15
    assert crm.digest("content").value == crm.digest("content").value
    crm.undo("many")
    assert len(crm.find("person", "pay == 1 and level == null", limit=100)) == 15


def past(crm: Workspace) -> None:
    """A workspace with a past."""
    with crm.work() as work:
        anna = work.create("person", ANNA).id
        work.create("visit", {"title": "v", "person": anna})
    crm.configure(changed(crm, "ward", kind=Text()))
    with crm.work() as work:
        work.update("person", anna, {"pay": 3, "ident": "other"})
        work.create("person", {"name": "Ben"})


@pytest.mark.parametrize(("start", "target"), PAIRS)
def test_it_moves_to_other_keys_and_back(
    start: str, target: str, urls: Urls, opened: Opened
) -> None:
    from crmcore.storage.memory import MemoryBackend

    def somewhere(name: str) -> object:
        return MemoryBackend() if name == "memory" else urls(name)

    crm = opened(urls(start))
    past(crm)
    there, back = somewhere(target), somewhere(start)
    done = move(crm, there, keys=OTHERS)
    assert done.source == done.target
    moved = opened(there, OTHERS)
    assert len(moved.find("person", "ident == 'other' and pay == 3")) == 1
    move(moved, back, keys=KEYS)
    for kind in ("content", "full"):
        assert opened(back).digest(kind).value == crm.digest(kind).value  # type: ignore[arg-type]


def test_it_does_not_move_into_the_open(opened: Opened) -> None:
    from crmcore.storage.memory import MemoryBackend

    crm = opened("memory://")
    past(crm)
    assert told(lambda: move(crm, MemoryBackend())) == "keys_needed"


def test_an_archive_does_not_lie_open_unless_it_may(opened: Opened, tmp_path: Path) -> None:
    from crmcore.storage.memory import MemoryBackend

    crm = opened("memory://")
    past(crm)
    assert told(lambda: backup(crm, tmp_path / "a.crmz")) == "archive_lays_open"
    assert not (tmp_path / "a.crmz").exists()
    key = b"\x05" * 32
    backup(crm, tmp_path / "a.crmz", key=key)
    backup(crm, tmp_path / "b.crmz", plain=True)
    for name, given in (("a", key), ("b", None)):
        file, target = tmp_path / f"{name}.crmz", MemoryBackend()
        assert told(lambda f=file, g=given: restore(f, MemoryBackend(), key=g)) == "keys_needed"  # type: ignore[misc]
        restore(file, target, key=given, keys=OTHERS)
        again = opened(target, OTHERS)
        assert again.digest("full").value == crm.digest("full").value
        assert len(again.find("person", "ident == 'other'")) == 1


def test_versions_are_erased_in_place_with_what_stands_for_them(opened: Opened) -> None:
    from crmcore.query.bound import BoundQuery, Ref, full_columns
    from crmcore.records import layout_of
    from crmcore.schema import ENDINGS
    from crmcore.storage import Erase, Intent
    from crmcore.storage.memory import MemoryBackend

    inner = MemoryBackend()
    crm = opened(inner)
    with crm.work() as work:
        anna = work.create("person", ANNA).id
    with crm.work() as work:
        work.update("person", anna, {"ward": 18})
    module, backend = crm.schema.module("person"), crm._store.backend
    place = layout_of(module).index["ident"]
    columns = (*full_columns(module), *(Ref((), one) for one in ENDINGS))
    transaction = backend.begin(Intent.WRITE)
    query = BoundQuery(module, columns, versions=True)
    rows = [list(row) for batch in transaction.select(query) for row in batch]
    assert [row[place] for row in rows] == ["110101-XQ"] * 2
    for row in rows:
        row[place] = None
    live = [tuple(row[:-2]) for row in rows if row[-2] is None]
    former = [tuple(row[:-2]) for row in rows if row[-2] is not None]
    transaction.apply([Erase(module, live, former)])
    transaction.commit()
    assert len(crm.find("person", "ident == null and ward == 18")) == 1
    assert crm.history("person", anna)[0].fields.get("ident") is None
    ids = inner.tables["person"]
    numbers = (module.by_name["ident"].number, 1_000_000 + module.by_name["ident"].number)
    for row in [*ids.rows.values(), *(one[0] for one in ids.former)]:
        assert all(row[8 + ids.columns.index((number, 1))] is None for number in numbers)
