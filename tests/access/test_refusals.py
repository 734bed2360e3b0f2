"""Whatever is refused changes nothing: all commands, all reasons, all of the store."""

from __future__ import annotations

import copy
import importlib
import inspect
import os
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest
from attrs import evolve
from tests.access.conftest import Company
from tests.servers.turns import TURN

import crmcore
from crmcore import Grant, Role, UnitOfWork, Workspace, open_workspace
from crmcore.access import System
from crmcore.errors import AccessDenied, CrmError, Stale
from crmcore.privacy import retention
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.refusing import (
    COMMANDS,
    REASONS,
    Trial,
    impossible,
    refusal,
    staged,
    why_not,
)
from crmcore.testing.refusing.cells import CODES, EXCEPTIONS
from crmcore.testing.refusing.command import TRAITS, Attempt, call
from crmcore.testing.refusing.proof import Refusals
from crmcore.testing.refusing.reasons import OPERATIONS
from crmcore.testing.refusing.stage import KEYS, Stage, lying
from crmcore.testing.sabotage import SABOTAGES
from crmcore.work.opening import open_backend

IS_DEEP = os.environ.get("CRMCORE_TRIES") == "deep"
PARTS = 12

VALUES = (
    *("access", "charts", "clock", "codegen", "encrypting", "errors", "kinds", "query"),
    *("records", "rules", "schema", "sheets", "storage", "tables"),
)
"""Packages of values and ports: none of their functions takes a workspace."""
ROOF = ("cli", "testing")

READING = {
    "accounts": "sessions sign_in_policy sign_ins tokens",
    "approving": "waiting",
    "archive": "backup verify",
    "audit": "acts head judge verdicts verify watch",
    "editing": "preview",
    "evolving": "described document_of plan plan_from_json plan_purge plan_text pull purge_text"
    " read_files write_files",
    "explaining": "can what_can who_can why",
    "importing": "plan plan_from_json plan_to_json save_rejects template",
    "merging": "preview survivor",
    "privacy": "consents erasures erasures_from_json erasures_to_json export for_purpose",
    "privacy.retention": "preview rules",
    "reviewing": "assertions_in campaign campaigns check conflict_table conflicts difference"
    " expiring expiring_table matrix unused",
    "work": "migration",
    "Workspace": "as_ backend_name changes clock close configuration digest extract find get"
    " history principal schema select summarize table work",
    "UnitOfWork": "find get now operation parked schema summarize user",
}
"""What changes no store: it reads, makes views, writes files of its own, or watches a process."""


def public() -> Iterator[tuple[str, str]]:
    """(place, name) of every public function, and of every member of the two handles."""
    for found in pkgutil.iter_modules(crmcore.__path__):
        if found.name not in (*VALUES, *ROOF):
            module = importlib.import_module(f"crmcore.{found.name}")
            for name in getattr(module, "__all__", ()):
                if inspect.isfunction(getattr(module, name)):
                    yield found.name, name
    yield from (("privacy.retention", name) for name in functions(retention))
    for handle in (Workspace, UnitOfWork):
        yield from ((handle.__name__, one) for one in dir(handle) if not one.startswith("_"))


def functions(module: ModuleType) -> list[str]:
    """The public functions that a module without `__all__` defines."""
    return [
        name
        for name, one in vars(module).items()
        if inspect.isfunction(one) and one.__module__ == module.__name__ and name[0] != "_"
    ]


def test_every_public_call_is_a_command_or_reads() -> None:
    """A new verb is given a place in `crmcore.testing.refusing.working`, or is said to read."""
    known = {(place, name) for place, names in READING.items() for name in names.split()}
    commands = {tuple(one.partition(" (")[0].rsplit(".", 1)) for one in COMMANDS}
    assert not known & commands
    assert set(public()) == known | commands


def test_values_and_ports_take_no_workspace() -> None:
    for place in VALUES:
        module = importlib.import_module(f"crmcore.{place}")
        for name in getattr(module, "__all__", ()):
            one = getattr(module, name)
            if inspect.isfunction(one):
                asked = {
                    str(part.annotation) for part in inspect.signature(one).parameters.values()
                }
                assert not asked & {"Workspace", "UnitOfWork"}, f"{place}.{name}"


def test_every_cell_is_tried_or_says_why_it_cannot_be() -> None:
    cells = list(impossible())
    assert all(why.strip() for _, _, why in cells)
    tried = {
        (command, reason.name)
        for command, one in COMMANDS.items()
        for reason in REASONS
        if why_not(one, reason) is None
    }
    assert len(tried) + len(cells) == len(COMMANDS) * len(REASONS)
    assert {reason for _, reason in tried} == {one.name for one in REASONS}
    # Nothing is said of cells that are not there, or are no exception.
    assert set(CODES) <= tried
    for command, reason in EXCEPTIONS:
        one = next(other for other in REASONS if other.name == reason)
        traits = COMMANDS[command].traits
        assert one.needs <= traits
        assert not one.never & traits
    assert {trait for one in COMMANDS.values() for trait in one.traits} == set(TRAITS)
    # Two answer everybody alike, whatever he brings.
    never = {name for name, one in COMMANDS.items() if not one.own and not one.traits}
    assert never == {"accounts.sign_out", "accounts.request_reset"}


def test_nothing_changes_in_memory() -> None:
    proof = refusal(["memory"], examples=1)
    assert proof.holds, proof.report()
    count = sum(proof.refused.values())
    assert count > 850
    assert proof.line == f"0 state changes in {count} refused commands on 1 backends"
    assert isinstance(proof, Refusals)
    assert (proof.cells, proof.empty) == (proof.cells, len(list(impossible())))
    assert proof.cells > 600


def test_the_law_finds_a_rollback_that_keeps() -> None:
    proof = refusal(["memory"], examples=2, sabotage="rollback-keeps")
    assert not proof.holds
    assert not proof.line.startswith("0 state changes")


ELSEWHERE = [
    (backend, part)
    for backend in ("sqlite", "postgresql", "mariadb", "mongodb")
    for part in range(PARTS)
    if backend != "sqlite" or IS_DEEP or part == TURN % PARTS
]


@pytest.mark.parametrize(("url", "part"), ELSEWHERE, indirect=["url"])
def test_nothing_changes_elsewhere(url: str, part: int, tmp_path: Path) -> None:
    stage = staged(open_backend(url, create=True), str(tmp_path))
    trial = Trial(stage)
    trial.refuse(list(COMMANDS.values())[part::PARTS])
    assert trial.found.divergences == []
    assert trial.cells
    stage.close()


@pytest.mark.parametrize("url", ["postgresql", "mariadb", "mongodb"], indirect=True)
def test_rights_that_changed_meanwhile_refuse_the_whole_unit(company: Company) -> None:
    """Where two may write at once: memory and SQLite have one writer at a time."""
    grants = [Grant("account", (*OPERATIONS, "read", "report"))]
    rep = company.user("rep", Role("rep", grants=grants))
    role = company.crm.find("crm_role", "name == 'rep'")[0].id
    one = company.account("a", rep)

    def less() -> None:
        with company.crm.work() as work:
            work.update("crm_role", role, {"grants": None})

    with pytest.raises(Stale) as refused, rep.work() as work:
        work.update("account", one, {"name": "b"})
        work.create("account", {"name": "c"})
        work.emit("made", {})
        meanwhile = Thread(target=less)
        meanwhile.start()
        meanwhile.join()
        before = lying(company.crm)
    assert refused.value.code == "configuration_changed"
    assert lying(company.crm) == before
    assert [one["name"] for one in company.crm.find("account")] == ["a"]


QUIET = {
    "exporting.export": "only the audit is told",
    "work.impersonate": "only the audit is told",
    "work.note": "only the audit is told",
    "archive.restore": "another store is written",
    "archive.move": "another store is written",
    "archive.abandon": "there is nothing to abandon",
    "archive.renew_keys": "all lies under the current key",
    "work.migrate": "there is nothing to do",
    "work.views": "memory has none",
    "work.open_workspace": "another store is written",
    "accounts.enable": "it is enabled",
    "accounts.tidy": "nothing has expired",
    "accounts.clear_factor": "nobody has one",
    "accounts.confirm_factor": "it was not begun",
    "accounts.end_factor": "nobody has one",
    "accounts.redeem": "tried where there is a token",
    "reviewing.close": "not all is decided yet",
    "reviewing.carry_out": "it is not signed yet",
    "privacy.retention.apply": "nothing is due",
}
"""Commands that leave this store as it is even where they are allowed."""


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[MemoryBackend, Stage]:
    """A stage that nobody acts on: each test has a copy of it."""
    backend = MemoryBackend()
    return backend, staged(backend, str(tmp_path_factory.mktemp("stage")))


@pytest.fixture
def stage(first: tuple[MemoryBackend, Stage]) -> Stage:
    return copied(first)


def copied(first: tuple[MemoryBackend, Stage]) -> Stage:
    """The same stage on a store of its own."""
    backend, stage = MemoryBackend(), first[1]
    backend.tables = copy.deepcopy(first[0].tables)
    crm = open_workspace(backend, keys=KEYS, clock=stage.clock)

    def again(one: Workspace) -> Workspace:
        return Workspace(crm._store, one.principal)

    ready = {name: evolve(one, crm=again(one.crm)) for name, one in stage.prepared.items()}
    return evolve(stage, crm=again(stage.crm), prepared=ready, things=dict(stage.things))


def test_the_same_commands_change_something_where_they_are_allowed(
    first: tuple[MemoryBackend, Stage],
) -> None:
    """Else that nothing changed would say nothing."""
    for name, command in COMMANDS.items():
        if name not in QUIET:
            one = allowed(name, copied(first))
            before = lying(one.stage.crm)
            command.act(one)
            assert lying(one.stage.crm) != before, name


def allowed(name: str, stage: Stage) -> Attempt:
    """The attempt of somebody who may."""
    special = {"privacy.release": "restricted-person", "sharing.release": "key-taken"}
    ready = stage.prepared[special.get(name, "unknown-field")]
    if name in ("approving.approve", "approving.reject"):
        ready = evolve(ready, request=ready.own_request)
    if name == "sharing.release":
        with stage.crm.work() as work:
            work.update("account", ready.record, {"owner": ready.member})
    who = ready.crm if name == "approving.withdraw" else stage.crm
    return Attempt(stage, who, ready)


def test_a_command_that_writes_first_is_found(stage: Stage) -> None:
    def written_first(one: Attempt) -> None:
        with one.stage.crm.as_(System("careless")).work() as work:
            work.update("account", one.record, {"remark": "written first"})
        raise AccessDenied("not_allowed")

    def swallowing(one: Attempt) -> None:
        one.stage.crm.find("account")

    for act, told in ((written_first, "changed"), (swallowing, "was allowed")):
        trial = Trial(stage)
        trial.refuse([call("careless", "right", act)])
        assert any(told in one for one in trial.found.divergences)


def test_a_refusal_for_another_reason_is_found(stage: Stage) -> None:
    def otherwise(one: Attempt) -> None:
        raise AccessDenied("four_eyes")

    trial = Trial(stage)
    trial.refuse([call("otherwise", "right", otherwise)])
    assert any("refused as four_eyes" in one for one in trial.found.divergences)


def test_a_rollback_that_keeps_is_found(stage: Stage) -> None:
    # Only once the stage is set: what is rolled back there is no refusal.
    store = stage.crm._store
    store.backend = SABOTAGES["rollback-keeps"].spoil(store.backend)
    trial = Trial(stage)
    trial.refuse([COMMANDS["approving.approve"]])
    assert any("changed" in one for one in trial.found.divergences)


def test_whoever_catches_a_refusal_has_nothing_of_it(stage: Stage) -> None:
    """What was asked for changed meanwhile: it is neither made, nor counts as decided."""
    from crmcore.approving import approve

    ready = stage.prepared["unknown-field"]
    with stage.crm.work() as work:
        work.update("account", ready.record, {"discount": 9})
    before = stage.crm.digest("full")
    with (
        pytest.raises(CrmError) as refused,
        ready.crm.work() as work,
        pytest.raises(CrmError, match="meanwhile"),
    ):
        approve(work, ready.request)
    assert refused.value.code == "unit_broken"
    assert stage.crm.digest("full") == before
