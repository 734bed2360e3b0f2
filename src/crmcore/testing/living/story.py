"""Seeded stories: what users do in a unit of work, legal or not, and how to tell two apart."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import frozen

from crmcore.merging import merge
from crmcore.work import UnitOfWork, Workspace

_NAMES: Final = ("甲公司", "乙公司", "Ünïcode", 'O\'Brien "Q"', "50%_off", "丁公司 😀")
_PHONES: Final = ("138 0013 8000", "13900139000", "010-65521234转8012", None)
_AMOUNTS: Final = ("1,200.00", 0, "0.01", -5, None, "99999999.99")
_STAGES: Final = ("new", "offer", "赢单", "won", None)
_VERBS: Final = ("create", "create", "create", "update", "update", "delete", "upsert", "merge")
_REGIONS: Final = ("east", "华南", "north", None)


@frozen
class Act:
    """One thing a user does: a verb on a module, a pick among records, values."""

    verb: str
    module: str
    pick: int
    values: dict[str, Any]


def acts(rng: random.Random, count: int) -> list[Act]:
    """`count` things to do."""
    return [_act(rng) for _ in range(count)]


def _act(rng: random.Random) -> Act:
    verb = rng.choice(_VERBS)
    module = rng.choice(("account", "account", "deal", "deal", "note"))
    if verb == "upsert":
        module = "account"
    return Act(verb, module, rng.randrange(1_000), values_for(module, rng, verb))


def values_for(module: str, rng: random.Random, verb: str) -> dict[str, Any]:
    """Values for a record of `module`: some of its fields."""
    if module == "account":
        found: dict[str, Any] = {
            "name": rng.choice(_NAMES),
            "region": rng.choice(_REGIONS),
            "phone": rng.choice(_PHONES),
            "amount": rng.choice(_AMOUNTS),
            "since": rng.choice(("2024-01-05", None)),
            "key_account": rng.choice((True, False, None)),
        }
        if verb == "create" and rng.random() < 0.7:
            found["code"] = f"C{rng.randrange(10**9)}"
    elif module == "deal":
        found = {
            "title": f"{rng.choice(_NAMES)}{rng.randrange(10**9)}",
            "stage": rng.choice(_STAGES),
            "amount": rng.choice(_AMOUNTS),
        }
    else:
        found = {"text": rng.choice(_NAMES)}
    if verb == "update":
        kept = rng.sample(sorted(found), rng.randint(1, len(found)))
        found = {name: found[name] for name in kept}
        if found.get("name", "") is None:
            del found["name"]
    return found


def perform(work: UnitOfWork, acts: Sequence[Act]) -> list[object]:
    """Do `acts` one after another; what came of each (ids, values)."""
    outcome: list[object] = []
    for act in acts:
        outcome.append(_perform(work, act))
    return outcome


def _perform(work: UnitOfWork, act: Act) -> object:
    existing = work.find(act.module, order="id")
    chosen = existing[act.pick % len(existing)] if len(existing) else None
    if act.verb == "create" or (act.verb != "upsert" and chosen is None):
        made = work.create(act.module, {**_complete(act), **_links(work, act)})
        return ["created", made.id, dict(made)]
    if act.verb == "upsert":
        key = {"code": f"U{act.pick % 5}"}
        found = work.upsert("account", key, {"name": "乙公司", **act.values, **key})
        return ["upserted", found.id, dict(found)]
    assert chosen is not None
    if act.verb == "update":
        changed = work.update(act.module, chosen, act.values)
        return ["updated", changed.id, dict(changed)]
    if act.verb == "merge":
        other = existing[(act.pick + 1) % len(existing)]
        if other.id == chosen.id:
            return ["kept", chosen.id]
        return ["merged", merge(work, act.module, chosen, [other]).to_json()]
    if _is_free(work, act.module, chosen.id):
        work.delete(act.module, chosen)
        return ["deleted", chosen.id]
    return ["kept", chosen.id]


def _complete(act: Act) -> dict[str, Any]:
    required = {"account": {"name": "甲公司"}, "deal": {"title": f"d{act.pick}"}, "note": {}}
    return {**required[act.module], **act.values}


def _links(work: UnitOfWork, act: Act) -> dict[str, Any]:
    if act.module == "account":
        return {}
    accounts = work.find("account", order="id")
    if not len(accounts):
        return {}
    return {"account": accounts[act.pick // 7 % len(accounts)].id}


def _is_free(work: UnitOfWork, module: str, record: str) -> bool:
    return module != "account" or not len(work.find("deal", f"account == '{record}'"))


Check = Callable[[Workspace], object]


def state(crm: Workspace, as_of: int | None = None) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is to be seen, by module, ordered by id; roll-ups only of today."""
    columns = {
        "account": ["id", "code", "name", "region", "phone", "amount", "since", "owner"],
        "deal": ["id", "title", "account", "stage", "amount", "double", "region", "account.name"],
        "note": ["id", "text", "account", "deal", "deal.title"],
    }
    found = {}
    for module, wanted in columns.items():
        if as_of is None and module == "account":
            wanted = [*wanted, "deals", "won"]
        table = crm.find(module, columns=wanted, order="id", as_of=as_of)
        found[module] = list(table.rows())
    return found
