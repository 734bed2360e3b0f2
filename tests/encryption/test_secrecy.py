"""No value of an encrypted field lies anywhere in a store, whatever was done with it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.encryption.conftest import KEYS, SCHEMA, Opened

from crmcore.approving import approve
from crmcore.errors import CrmError
from crmcore.importing import load, plan
from crmcore.query.bound import BoundQuery, full_columns
from crmcore.query.evaluate import Row
from crmcore.schema import ENDINGS
from crmcore.storage import Intent
from crmcore.storage.memory import MemoryBackend
from crmcore.work import Workspace
from crmcore.work.opening import open_backend

TOKEN = "QXplanted7731"  # noqa: S105
OTHER = "QXplanted8842"
"""What is searched for; no other text holds it, and no Base64 is likely to."""


def lived_in(crm: Workspace, folder: Path) -> None:
    """A workspace in which the tokens went through whatever there is."""
    with crm.work(reason="first") as work:
        anna = work.create("person", {"name": "Anna", "ident": TOKEN, "notes": f"{TOKEN}\n!"})
        work.create("person", {"name": "Ben", "extra": {"deep": [TOKEN]}, "mail": f"{TOKEN}@x.org"})
        work.create("visit", {"title": "one", "person": {"ident": TOKEN}})
        work.emit("told", {"ident": TOKEN})
    crm.find("person", f"ident == '{TOKEN}'")
    with pytest.raises(CrmError), crm.work() as work:
        work.create("person", {"name": "Twin", "ident": TOKEN})
    crm.run(
        lambda work: {"found": work.update("person", anna.id, {"ident": OTHER})["ident"]},
        op_id="changed",
        request={"ident": OTHER},
    )
    crm.undo("changed")
    imported(crm, folder)
    parked(crm, anna.id)
    with crm.work() as work:
        work.delete("person", crm.find("person", "name == 'Ben'")[0].id)
    crm.digest("full")


def imported(crm: Workspace, folder: Path) -> None:
    """Rows with tokens: some that go in, some that are refused."""
    file = folder / "people.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["姓名", "证件号", "病历", "工资"])
        rows.writerow(["Cleo", f"{TOKEN}-c", f"{OTHER} note", "12"])
        rows.writerow(["Dora", f"{TOKEN}-c", "same key", "13"])
        rows.writerow(["Emil", f"{TOKEN}-e", "no number", TOKEN])
    made = plan(crm, file, modules="person", errors="reject")
    done = load(crm, made, rejects=folder / "rejects.csv")
    assert (done.counts.create, done.counts.reject) == (1, 1)


def parked(crm: Workspace, anna: str) -> None:
    """A change that somebody else has to approve."""
    with crm.work() as work:
        work.create("crm_setting", {"name": "approvals", "value": {"person": ["ident", "pay"]}})
        administrator = crm.find("crm_role", "name == 'administrator'")[0].id
        work.create("crm_user", {"name": "vera", "login": "vera", "roles": [administrator]})
    with crm.work() as work:
        work.update("person", anna, {"ident": OTHER, "pay": 5})
    request = crm.find("crm_change_request")[0]
    assert OTHER in str(request["changes"])
    with crm.as_("vera").work() as work:
        approve(work, request.id)
    assert crm.get("person", anna)["ident"] == OTHER


def stored(backend: object, crm: Workspace) -> Iterator[Row]:
    """Every row that the store has of its modules, former versions too, as they lie there."""
    from crmcore.encrypting.places import laid_schema

    transaction = backend.begin(Intent.READ)  # type: ignore[attr-defined]
    for module in laid_schema(crm.schema).modules:
        columns = full_columns(module)
        queries = [BoundQuery(module, columns)]
        if module.keeping == "history":
            from crmcore.query.bound import Ref

            ends = tuple(Ref((), one) for one in ENDINGS)
            queries.append(BoundQuery(module, (*columns, *ends), versions=True))
        for query in queries:
            for batch in transaction.select(query):
                yield from batch
    transaction.rollback()


def test_no_value_is_found_in_the_rows_of_a_store(crm: Workspace, tmp_path: Path) -> None:
    lived_in(crm, tmp_path)
    inner = crm._store.backend.inner  # type: ignore[attr-defined]
    rows = list(stored(inner, crm))
    assert len(rows) > 50
    told = "\n".join(repr(row) for row in rows)
    assert "Anna" in told
    for token in (TOKEN, OTHER):
        assert token.casefold() not in told.casefold()


def test_no_byte_of_a_file_tells(tmp_path: Path, opened: Opened) -> None:
    crm = opened(f"sqlite:///{tmp_path / 'crm.db'}")
    lived_in(crm, tmp_path)
    crm.close()
    files = [one for one in tmp_path.iterdir() if one.name.startswith("crm.db")]
    data = b"".join(one.read_bytes() for one in files).lower()
    assert b"anna" in data
    assert TOKEN.lower().encode() not in data
    assert OTHER.lower().encode() not in data


def test_nothing_in_memory_tells(tmp_path: Path, opened: Opened) -> None:
    backend = MemoryBackend()
    crm = opened(backend)
    lived_in(crm, tmp_path)
    told = repr(backend.tables)
    assert "Anna" in told
    assert TOKEN not in told
    assert OTHER not in told


def test_the_search_finds_what_lies_open(tmp_path: Path, opened: Opened) -> None:
    """The same, of fields that are not encrypted: what is looked for would be seen."""
    from attrs import evolve

    open_fields = [evolve(one, encrypted=False) for one in SCHEMA.by_name["person"].fields]
    schema = SCHEMA.with_module(evolve(SCHEMA.by_name["person"], fields=open_fields))
    backend = MemoryBackend()
    crm = opened(backend, None, schema)
    lived_in(crm, tmp_path)
    for name in ("person", "crm_change_request", "crm_operation", "crm_message"):
        assert TOKEN in repr(backend.tables[name]) or OTHER in repr(backend.tables[name]), name


def test_who_has_no_secret_cannot_try_values(tmp_path: Path, opened: Opened) -> None:
    """Digests without a key would tell whether a guess is right; none lies in the store."""
    backend = MemoryBackend()
    crm = opened(backend)
    lived_in(crm, tmp_path)
    change_sets = list(crm.find("crm_change_set"))
    head = crm.digest("content").value
    assert len(change_sets) > 5
    told = repr(backend.tables)
    for one in change_sets:
        for name in ("root", "chain", "content", "told"):
            assert one[name] is None or str(one[name]) not in told
    assert head not in told


def test_a_cipher_is_bound_to_its_record_and_its_field(opened: Opened) -> None:
    backend = MemoryBackend()
    crm = opened(backend)
    with crm.work() as work:
        first = work.create("person", {"name": "A", "ident": "one", "notes": "n"}).id
        second = work.create("person", {"name": "B", "ident": "two"}).id
    table = backend.tables["person"]
    place = next(at for at, one in enumerate(table.rows[first]) if _is_cipher(one))
    spoiled = list(table.rows[second])
    spoiled[place] = table.rows[first][place]
    table.rows[second] = tuple(spoiled)
    with pytest.raises(CrmError) as refused:
        crm.get("person", second)
    assert refused.value.code == "bad_cipher"
    assert "one" not in str(refused.value)
    ciphers = [at for at, one in enumerate(table.rows[first]) if _is_cipher(one)]
    spoiled = list(table.rows[first])
    spoiled[ciphers[0]], spoiled[ciphers[1]] = spoiled[ciphers[1]], spoiled[ciphers[0]]
    table.rows[first] = tuple(spoiled)
    with pytest.raises(CrmError) as refused:
        crm.get("person", first)
    assert refused.value.code == "bad_cipher"


def _is_cipher(value: object) -> bool:
    return isinstance(value, str) and value.startswith("1.first.")


def test_equal_values_have_other_ciphers(opened: Opened) -> None:
    backend = MemoryBackend()
    crm = opened(backend)
    with crm.work() as work:
        for name in ("A", "B"):
            work.create("person", {"name": name, "pay": 5})
    found = [
        one for row in backend.tables["person"].rows.values() for one in row if _is_cipher(one)
    ]
    assert len(found) == len(set(found)) == 2


def test_a_host_sees_ciphers_under_the_declared_names(tmp_path: Path, opened: Opened) -> None:
    from sqlalchemy import create_engine, text

    from crmcore.work import views

    url = f"sqlite:///{tmp_path / 'crm.db'}"
    crm = opened(url)
    with crm.work() as work:
        work.create("person", {"name": "Anna", "ident": TOKEN, "ward": 17})
    engine = create_engine(url)
    views(url, keys=KEYS)
    with engine.connect() as connection:
        for found in (crm.table("person").select(), crm.select("person")):
            (row,) = connection.execute(found).mappings()
            assert row["name"] == "Anna"
            assert _is_cipher(row["ident"])
            assert _is_cipher(row["ward"])
            assert not any(name.startswith("_") for name in row)
        (row,) = connection.execute(text("SELECT * FROM crmv_person")).mappings()
        assert _is_cipher(row["ident"])
        assert not any(name.startswith("_") for name in row)
    engine.dispose()


Urls = Callable[[str], str]


def test_a_store_alone_opens_nothing(urls: Urls, opened: Opened) -> None:
    url = urls("sqlite")
    opened(url).close()
    backend = open_backend(url, create=False)
    for target in (url, backend):
        with pytest.raises(CrmError) as refused:
            opened(target, None)
        assert refused.value.code == "keys_needed"
    backend.close()
