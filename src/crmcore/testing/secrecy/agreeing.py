"""Every way of looking at a record or a field, and what the words of policy say of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from attrs import define, field

from crmcore.access.masks import FULL
from crmcore.errors import AccessDenied, CrmError, NotFound
from crmcore.exporting import export
from crmcore.query import ast
from crmcore.schema import Module
from crmcore.storage import Backend
from crmcore.testing.secrecy.openness import INPUTS
from crmcore.testing.secrecy.oracle import Eyes
from crmcore.testing.secrecy.pair import Pair
from crmcore.testing.secrecy.staging import END, Stage, staged
from crmcore.testing.secrecy.world import World
from crmcore.work import Workspace

_KNOWING = ("read", "write")


@define
class Said:
    """What was asked, and what did not agree."""

    questions: int = 0
    non_trivial: int = 0
    wrong: list[str] = field(factory=list)

    def ask(self, what: str, expected: object, found: object, *, trivial: bool) -> None:
        """Count one question."""
        self.questions += 1
        self.non_trivial += not trivial
        if found != expected:
            self.wrong.append(f"{what}: by policy {expected}, found {found}")


def disagreements(pair: Pair, store: Backend) -> Said:
    """Look at the first side of `pair` in every way."""
    world = World.of(pair.first, pair.guarded)
    stage, eyes, said = staged(store, pair, pair.first), Eyes(pair, world), Said()
    for module in pair.schema().modules:
        _records(stage, eyes, module, said)
        _fields(stage, eyes, module, said)
    return said


def _records(stage: Stage, eyes: Eyes, module: Module, said: Said) -> None:
    crm, name = stage.crm, module.name
    things = [one for one in eyes.world.things.values() if one.module == name]
    live = [one for one in things if one.removed is None]
    seen = sorted(stage.ids[one.key] for one in live if eyes.may(one, "read"))
    trivial = len(seen) in (0, len(live))
    listed = sorted(one.id for one in crm.find(name))
    said.ask(f"{name} listed", seen, listed, trivial=trivial)
    columns = crm.find(name, columns=["id"], order="id")
    said.ask(f"{name} columns", seen, [row[0] for row in columns.rows()], trivial=trivial)
    past = sorted(one.id for one in crm.find(name, as_of=stage.moment(END)))
    said.ask(f"{name} as of now", seen, past, trivial=trivial)
    for one in things:
        may = eyes.may(one, "read")
        key = stage.ids[one.key]
        opened = _is_there(partial(crm.get, name, key))
        is_open = may and one.removed is None
        said.ask(f"{name} {one.key} opened", is_open, opened, trivial=trivial)
        told = _is_there(partial(crm.history, name, key))
        said.ask(f"{name} {one.key} history", may, told, trivial=trivial)
    reported = [one for one in live if eyes.may(one, "read") and eyes.may(one, "report")]
    said.ask(f"{name} figures", len(reported), _figure(stage, name), trivial=trivial)
    taken = sorted(
        stage.ids[one.key] for one in live if eyes.may(one, "read") and eyes.may(one, "export")
    )
    said.ask(f"{name} exported", taken, _exported(stage, name), trivial=trivial)


def _is_there(call: Callable[[], object]) -> bool:
    try:
        call()
    except NotFound:
        return False
    return True


def _figure(stage: Stage, module: str) -> object:
    try:
        table = stage.crm.summarize(ast.Summary(module, (), (ast.Measure("count"),)))
    except AccessDenied:
        return 0
    return next(table.rows())[0]


def _exported(stage: Stage, module: str) -> list[object]:
    try:
        return sorted(str(row[0]) for row in export(stage.crm, module, columns=["id"]).rows())  # type: ignore[return-value]
    except AccessDenied:
        return []


def _fields(stage: Stage, eyes: Eyes, module: Module, said: Said) -> None:
    """A field is asked about where it is open in every record; shown where it is in that one."""
    crm, name = stage.crm, module.name
    keys = {stage.ids[key]: one for key, one in eyes.world.things.items()}
    records = crm.find(name)
    for one in module.live:
        if f"{name}.{one.name}" in INPUTS:
            continue
        level = eyes.openness.least(name, one.name)
        for where in (f"{one.name} == null", f"not ({one.name} == null)"):
            found = _is_answered(crm, name, where)
            said.ask(f"{name}: {where}", level in _KNOWING, found, trivial=level == "write")
        for record in records:
            thing = keys[record.id]
            here = eyes.level(thing, one.name)[0]
            value = eyes.shown(thing, thing.values).get(one.name)
            if here in _KNOWING and isinstance(value, str) and not value.startswith("@"):
                what = f"{name} {thing.key}.{one.name}"
                shown = str(record.get(one.name))
                said.ask(what, str(one.kind.normalize(value)), shown, trivial=level == "write")
            elif here == "hidden":
                hidden = record.get(one.name) in (None, FULL)
                said.ask(f"{name} {thing.key}.{one.name} hidden", True, hidden, trivial=False)


def _is_answered(crm: Workspace, module: str, where: str) -> bool:
    try:
        crm.find(module, where)
    except CrmError:
        return False
    return True
