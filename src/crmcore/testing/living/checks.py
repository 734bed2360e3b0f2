"""What each law asks of one story."""

from __future__ import annotations

import random
from collections.abc import Callable

from crmcore.errors import CrmError, StorageError
from crmcore.testing.living.faults import WatchedBackend
from crmcore.testing.living.findings import Broken, Findings
from crmcore.testing.living.story import acts, perform, state
from crmcore.testing.living.world import MODULES, World
from crmcore.work import UnitOfWork, Workspace
from crmcore.work.committing import Intention
from crmcore.work.transaction import unit_of


def _tell(crm: Workspace, rng: random.Random, count: int, *, alone: bool = True) -> str:
    """Do `count` random things as one operation; its `op_id`.

    Who is not `alone` does without upserts: another's key may be taken unseen.
    """
    plan = [one for one in acts(rng, count) if alone or one.verb != "upsert"]
    try:
        with crm.work() as work:
            perform(work, plan)
            return work.operation
    except CrmError as error:
        raise Broken(f"a legal story was refused: {error}") from error


def undo(here: World, rng: random.Random, found: Findings) -> None:
    """Undoing an operation restores the content digest; later edits survive and are named."""
    crm = here.crm
    _tell(crm, rng, 6)
    here.later(minutes=5)
    before, seen = crm.digest(), state(crm)
    operation = _tell(crm, rng, 6)
    changed = crm.digest().value != before.value
    if not changed:
        return
    if rng.random() < 0.5:
        undone = crm.undo(operation)
        found.ask(crm.digest().value == before.value, "undo did not restore the content digest")
        found.ask(state(crm) == seen, "undo did not restore what is seen")
        found.ask(not undone.kept and not undone.impossible, f"undo kept something: {undone}")
        return
    here.later(minutes=5)
    edited = _edit_something(crm, rng)
    undone = crm.undo(operation)
    kept = {(one.record, one.field) for one in undone.kept}
    for module, record, name, value in edited:
        now = crm.find(module, f"id == '{record}'")
        survives = len(now) == 1 and now[0][name] == value
        found.ask(survives, f"a later edit of {module}.{name} was lost (kept: {kept})")


def _edit_something(crm: Workspace, rng: random.Random) -> list[tuple[str, str, str, object]]:
    edited: list[tuple[str, str, str, object]] = []
    with crm.work() as work:
        accounts = work.find("account", order="id")
        for record in rng.sample(list(accounts), min(2, len(accounts))):
            name = f"later {rng.randrange(10**6)}"
            work.update("account", record, {"name": name})
            edited.append(("account", record.id, "name", name))
    return edited


def as_of(here: World, rng: random.Random, found: Findings) -> None:
    """A list asked of a past position is the list that was answered then."""
    remembered: list[tuple[int, dict[str, list[tuple[object, ...]]]]] = []
    for _ in range(4):
        _tell(here.crm, rng, 4)
        here.later(hours=3)
        position = here.crm.digest().position
        remembered.append((position, state(here.crm, position)))
        live = state(here.crm)
        past = remembered[-1][1]
        found.ask(_without_roll_ups(live) == past, f"as of {position} is not now")
    for position, then in remembered:
        trivial = not any(then.values())
        same = state(here.crm, position) == then
        found.ask(same, f"the past changed at position {position}", trivial=trivial)


def _without_roll_ups(
    seen: dict[str, list[tuple[object, ...]]],
) -> dict[str, list[tuple[object, ...]]]:
    return {**seen, "account": [row[:-2] for row in seen["account"]]}


def rehearsal(here: World, rng: random.Random, found: Findings) -> None:
    """A rehearsal predicts the run on an unchanged store: ids, values and refusals."""
    _tell(here.crm, rng, 5)
    plan, op_id = acts(rng, 6), f"rehearsed-{rng.randrange(10**9)}"
    before = here.crm.digest("full")
    predicted = _outcome(here.crm, op_id, plan, rehearse=True)
    found.ask(here.crm.digest("full") == before, "a rehearsal left a trace")
    happened = _outcome(here.crm, op_id, plan, rehearse=False)
    found.ask(predicted == happened, f"predicted {predicted}, happened {happened}")


def _outcome(crm: Workspace, op_id: str, plan: object, *, rehearse: bool) -> object:
    unit = unit_of(crm._store, crm.principal, Intention("story"), op_id=op_id, rehearsal=rehearse)
    try:
        with UnitOfWork(unit) as work:
            return perform(work, plan)  # type: ignore[arg-type]
    except CrmError as error:
        return [error.code]


def exactly_once(here: World, rng: random.Random, found: Findings) -> None:
    """An operation retried through failing commits has one effect and one result."""
    store = here.crm._store
    store.backend = watched = WatchedBackend(store.backend, rng, fault=0.5)
    for number in range(6):
        name = f"once {number} {rng.randrange(10**9)}"

        def once(work: UnitOfWork, name: str = name) -> str:
            return work.create("account", {"name": name}).id

        results = [_until_answered(here.crm, once, f"op-{name}") for _ in range(2)]
        records = here.crm.find("account", f"name == '{name}'")
        found.ask(len(records) == 1, f"{len(records)} effects of one operation")
        found.ask(results[0] == results[1], "two results of one operation")
    watched.fault = 0.0
    positions = [one.position for one in here.crm.changes()]
    gapless = positions == list(range(1, len(positions) + 1))
    found.ask(gapless, f"positions have gaps: {positions}")


def _until_answered(crm: Workspace, once: Callable[[UnitOfWork], str], op_id: str) -> object:
    for _ in range(60):
        try:
            return crm.run(once, op_id=op_id, request={"op": op_id})
        except StorageError:
            continue
    raise Broken("an operation never got an answer")


def one_door(here: World, rng: random.Random, found: Findings) -> None:
    """Every committed write of every verb is accounted for by its change set and its user."""
    store = here.crm._store
    store.backend = watched = WatchedBackend(store.backend, rng)
    told = (here.crm, here.rep, here.crm)
    operations = [_tell(who, rng, 4, alone=who is here.crm) for who in told]
    here.crm.run(lambda work: work.create("account", {"name": "run"}).id, op_id="run")
    here.crm.undo(rng.choice(operations), preview=False) if _known(here, operations) else None
    for what in watched.witness.unaccounted:
        found.ask(False, f"written past the door: {what}")
    found.ask(watched.witness.commits > 0, "nothing was written")
    for change_set in here.crm.changes():
        history = here.crm.find("crm_operation", f"id == '{change_set.operation}'")
        found.ask(len(history) == 1, "a change set without an operation")
    mine = {record.id for record in here.rep.find("account")}
    for record in here.crm.find("account"):
        if record.created_by == here.rep.principal:
            found.ask(record.id in mine, "a representative cannot see what he made")


def _known(here: World, operations: list[str]) -> bool:
    return all(len(here.crm.find("crm_operation", f"op_id == '{one}'")) for one in operations)


def refusal(here: World, rng: random.Random, found: Findings) -> None:
    """Whatever is refused leaves the full digest as it was."""
    _tell(here.crm, rng, 6)
    _tell(here.rep, rng, 2, alone=False)
    before = here.crm.digest("full")
    for who, attempt in _attempts(here, rng):
        try:
            with who.work() as work:
                if rng.random() < 0.5:
                    work.create("account", {"name": "goes with the rest"})
                attempt(work)
        except CrmError as error:
            found.refuse(error.code)
            found.ask(here.crm.digest("full") == before, f"a refusal ({error.code}) left a trace")
        else:
            found.ask(False, "something illegal was allowed")
            return


def _attempts(
    here: World, rng: random.Random
) -> list[tuple[Workspace, Callable[[UnitOfWork], object]]]:
    module = rng.choice(MODULES)
    records = here.crm.find("account", order="id")
    mine = here.crm.principal
    owned = [one for one in records if one.created_by == mine]
    attempts: list[tuple[Workspace, Callable[[UnitOfWork], object]]] = [
        (here.crm, lambda w: w.create("account", {})),
        (here.crm, lambda w: w.create("account", {"name": "x", "region": "火星"})),
        (here.crm, lambda w: w.create("account", {"name": "x", "id": "0" * 32})),
        (here.crm, lambda w: w.create("account", {"name": "x\x00"})),
        (here.crm, lambda w: w.create("deal", {"title": "x", "account": "f" * 32})),
        (here.crm, lambda w: w.update(module, "f" * 32, {})),
        (here.crm, lambda w: w.delete(module, "f" * 32)),
        (here.crm, lambda w: w.find(module, "no_such_field == 1")),
        (here.rep, lambda w: w.create("crm_role", {"name": "mine"})),
        (here.rep, lambda w: w.update("crm_user", str(here.rep.principal), {"roles": None})),
    ]
    if owned:
        target = rng.choice(owned)
        attempts += [
            (here.rep, lambda w: w.update("account", target.id, {"name": "x"})),
            (here.rep, lambda w: w.delete("account", target.id)),
            (here.crm, lambda w: w.update("account", target.id, {"name": "x"}, version=10**6)),
        ]
    return attempts
