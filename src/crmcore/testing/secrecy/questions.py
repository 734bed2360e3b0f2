"""What is asked of both stores of a pair: every call, every field, in every position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from crmcore.testing.choices import Choices
from crmcore.testing.secrecy.ask import Ask
from crmcore.testing.secrecy.far_asks import far_acts, far_questions, loads
from crmcore.testing.secrecy.openness import Openness
from crmcore.testing.secrecy.pair import SCHEMA, Pair
from crmcore.testing.secrecy.staging import END
from crmcore.testing.secrecy.viewing import view
from crmcore.testing.secrecy.world import World

ASKED: Final = 45
"""Questions of each pair, besides those that are always asked."""

FAR_ASKED: Final = 12
"""Questions of each pair about what leaves, waits or is explained."""

MERGES: Final = 4
"""At most so many merges of each pair, behind all the rest."""

_WRITES: Final = 9
_FAR_WRITES: Final = 4
_PATHS: Final = {
    "account": ("owner.name", "owner.department"),
    "deal": ("account.name", "account.amount", "account.phone", "account.owner.name"),
}
_NAMES: Final = {"account": "name", "deal": "title"}


def make_asks(choices: Choices, pair: Pair) -> tuple[Ask, ...]:
    """Questions in an order of their own, acts after them."""
    events = (*pair.first.events, *pair.second.events)
    keys = sorted({(one.module, one.key) for one in events})
    reads = [*_questions(keys), *_computed(pair)]
    farther = [*far_questions(keys)]
    if pair.consumes:
        # Positions, and how many commits there were, are for consumers to know.
        reads = [one for one in reads if one.call != "position"]
        farther = [one for one in farther if one.module != "crm_change_set"]
    chosen = choices.several(reads, ASKED, ASKED)
    chosen += choices.several(farther, FAR_ASKED, FAR_ASKED)
    chosen += [Ask("changes", ""), Ask("waiting", "")]
    chosen.append(Ask("extract", "", choices.pick((("account", "deal"), ("account",), ()))))
    always = [Ask("find", module, ("", "")) for module in ("account", "deal")]
    always += [Ask("history", *one[:1], one[1:]) for one in keys]
    codes = {str(one.values["code"]) for one in events if one.values.get("code")}
    titles = sorted({str(one.values["name"]) for one in events if one.values.get("name")})
    far = [*far_acts(keys), *loads(sorted(codes), titles)]
    acts = [one for one in _acts(keys) if not _opens(pair, one)]
    far = [one for one in far if not _opens(pair, one)]
    taken = [Ask("upsert", "account", (code, "name=new")) for code in sorted(codes)]
    sides = [{one.key for one in side.events} for side in (pair.first, pair.second)]
    alone = sorted(one for one in sides[0] ^ sides[1] if one.startswith("a"))
    taken += [Ask("create", "deal", ("title=new", f"account=@{one}")) for one in alone[:2]]
    written = [*(choices.pick(acts) for _ in range(_WRITES))]
    written += [choices.pick(far) for _ in range(_FAR_WRITES)]
    seen = view(pair, pair.first)["seen"]
    assert isinstance(seen, dict)
    merges = [one for one in far if one.call == "merge" and seen.keys() >= {*one.arguments}]
    merged = choices.several(merges, 0, MERGES) if merges else []
    return (*always, *chosen, *taken, *written, *merged)


def _questions(keys: Sequence[tuple[str, str]]) -> Iterator[Ask]:
    for module in ("account", "deal"):
        title = _NAMES[module]
        yield Ask("find", module, ("", f"{title} desc"))
        yield Ask("pages", module, (title,))
        yield Ask("export", module)
        yield Ask("count", module, ("true",))
        yield Ask("figures", module, ("", "count", ""))
        yield Ask("figures", module, (title, "count", ""))
        yield from (Ask("past", module, (str(minute), title)) for minute in (9, 21, 33, 99))
        for one in SCHEMA.by_name[module].live:
            if one.name not in ("deals", "total", "double", "phone", "contact"):
                yield from _positions(module, one.name)
        for stamp in ("updated_at", "updated_by", "created_at", "created_by"):
            yield from _positions(module, stamp)
        for path in _PATHS[module]:
            yield from _positions(module, path)
    yield from _positions("account", "phone")
    for where in ("exists(deals, amount > 100)", "count(deals) > 1", "exists(deals, title != '')"):
        yield Ask("find", "account", (where, ""))
    for module, key in keys:
        yield Ask("get", module, (key,))
        if module == "account":
            yield Ask("count", "deal", (f"account == '@{key}'",))
    yield from (Ask("position", "account", (str(number),)) for number in (9, 12, 30))


def _computed(pair: Pair) -> Iterator[Ask]:
    for place in pair.computed:
        module, name = place.split(".")
        yield from _positions(module, name)


def _positions(module: str, path: str) -> Iterator[Ask]:
    """Every place of a question in which a field can stand."""
    yield Ask("columns", module, ("id", path))
    yield Ask("find", module, (f"{path} == null", ""))
    yield Ask("find", module, (f"not ({path} == null) and true", ""))
    yield Ask("find", module, ("", path))
    yield Ask("figures", module, (path, "count", ""))
    yield Ask("figures", module, ("", f"count_distinct:{path}", ""))
    name = path.rpartition(".")[2]
    if name in ("amount", "total", "double", "deals"):
        yield Ask("find", module, (f"100 < {path}", ""))
        yield Ask("figures", module, ("", f"sum:{path}", ""))
        yield Ask("figures", module, ("", f"max:{path}", f"{path} > 1"))
        yield Ask("pages", module, (path,))
    elif name in ("name", "title", "code"):
        yield Ask("find", module, (f"starts_with({path}, 'l')", ""))
        yield Ask("figures", module, ("", f"min:{path}", ""))


def _acts(keys: Sequence[tuple[str, str]]) -> Iterator[Ask]:
    for module, key in keys:
        title = _NAMES[module]
        yield Ask("update", module, (key, title, "changed"))
        yield Ask("update", module, (key, "amount", "60"))
        yield Ask("update", module, (key, "owner", "@peer"))
        yield from (Ask(call, module, (key,)) for call in ("delete", "share", "claim"))
        yield Ask("undo", module, ("event4",))
        yield Ask("undo", module, ("",))
        if module == "account":
            yield Ask("update", "deal", ("d0", "account", f"@{key}"))
            yield Ask("create", "deal", ("title=new", f"account=@{key}"))
            yield Ask("update", module, (key, "code", "K1"))
    for code in ("K1", "K2", "Ca0", "Ca1"):
        yield Ask("create", "account", ("name=new", f"code={code}"))
        yield Ask("upsert", "account", (code, "name=new"))
        for duplicates in ("update", "ask"):
            lines = (duplicates, "name,code,amount", f"new,{code},5", f"other,X{code},6")
            yield Ask("plan", "account", lines)
    yield Ask("undo", "account", ("nothing",))


def _openness(pair: Pair) -> Openness:
    sensitive = (place for place, one in pair.classes.items() if one == "sensitive")
    return Openness(pair.roles(END), frozenset(sensitive))


def _lacking(pair: Pair, key: str) -> list[str]:
    """What an account may take from another: the fields that it has not in either store."""
    found = []
    for side in (pair.first, pair.second):
        things = World.of(side, pair.guarded).things
        values = things[key].values if key in things else {}
        found += [name for name in ("region", "amount", "code") if values.get(name) is None]
    return found


def _code_is_unknown(pair: Pair) -> bool:
    return _openness(pair).least("account", "code") in ("hidden", "masked")


def _opens(pair: Pair, act: Ask) -> bool:
    """Whether an act changes what policy asks of: it may show more after, as it should."""
    rules = [
        one.where or ""
        for role in pair.roles(END)
        for some in (role.grants, role.denials, role.fields)
        for one in some
    ]
    scoped = [word for role in pair.roles(END) for one in role.grants for word in one.scopes]
    if act.call in ("claim", "team"):
        changed = ["owner"]
    elif act.call == "decide":
        changed = [one.partition(".")[2] for one in pair.guarded]
    elif act.call == "consent":
        return pair.purpose
    elif act.call == "delete":
        # The code of a removed record, which he may not know, is free after.
        return _code_is_unknown(pair)
    elif act.call == "merge":
        # What hung on the one hangs on the other, and may be opened by it.
        if _code_is_unknown(pair) or {"via:account", "territory"} & {*scoped}:
            return True
        changed = ["account.", *_lacking(pair, act.arguments[0])]
    elif act.call in ("update", "park", "bulk"):
        changed = [act.arguments[1]]
    else:
        return False
    if "owner" in changed and {"own", "department", "department_and_below"} & {*scoped}:
        return act.call != "update"
    return any(name in one for name in changed for one in rules)
