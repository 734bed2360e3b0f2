"""Questions and acts of one user as data, and what he is told, to the letter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve

from crmcore import importing, sharing
from crmcore.errors import CrmError
from crmcore.exporting import export
from crmcore.query import ast
from crmcore.query.text import parse
from crmcore.records import Record
from crmcore.tables import Table
from crmcore.testing.asking import exact
from crmcore.testing.secrecy.ask import Ask
from crmcore.testing.secrecy.farther import FAR_READING, FARTHER
from crmcore.work.history import Change
from crmcore.work.page import Page
from crmcore.work.undoing import Undone

if TYPE_CHECKING:
    from crmcore.testing.secrecy.staging import Stage

REFUSAL: Final = "refused:"
"""How the answer begins where there is none."""

_PAGE: Final = 2
_STAMPS: Final = ("created_at", "created_by", "updated_at", "updated_by")


def answer(ask: Ask, stage: Stage, number: int) -> str:
    """What the user of `stage` is told; refusals with their whole text."""
    try:
        return told(CALLS[ask.call](stage, ask, number))
    except CrmError as error:
        data = json.dumps(error.to_dict(), ensure_ascii=False, sort_keys=True, default=str)
        return f"{REFUSAL} {type(error).__name__}: {error}\n{data}"


def told(found: object) -> str:
    """`found` as a text that differs wherever the user could see a difference.

    Version tokens are left out: they tell that a visible record was changed, as a conflict
    does; that is on the closed list.
    """
    if isinstance(found, Record):
        values = [f"{name}={exact(found[name])}" for name in found]
        stamps = [f"{name}={exact(getattr(found, name))}" for name in _STAMPS]
        return " ".join((found.module, found.id, *values, *stamps))
    if isinstance(found, Page):
        lines = [told(one) for one in found]
        return "\n".join((*lines, f"{found.next} {found.hint}", told(found.table())))
    if isinstance(found, Table):
        columns = [f"{one.name}:{one.kind.name}" for one in found.columns]
        rows = [" ".join(map(exact, row)) for row in found.rows()]
        return "\n".join((" ".join(columns), *rows, found.to_csv()))
    if isinstance(found, Change):
        fields = " ".join(f"{name}: {exact(value)}" for name, value in found.fields.items())
        moment = f"{found.kind} {found.user} {found.moment.isoformat()} {found.operation}"
        return f"{moment} {found.position} {fields}"
    if isinstance(found, Undone):
        return json.dumps(found.to_json(), ensure_ascii=False)
    if isinstance(found, (list, tuple)):
        return "\n".join(map(told, found))
    return exact(found)


def _find(stage: Stage, ask: Ask, _: int) -> object:
    where, order = ask.arguments
    return stage.crm.find(ask.module, stage.named(where) or None, order=order or None)


def _count(stage: Stage, ask: Ask, _: int) -> object:
    return len(stage.crm.find(ask.module, stage.named(ask.arguments[0])))


def _columns(stage: Stage, ask: Ask, _: int) -> object:
    return stage.crm.find(ask.module, columns=list(ask.arguments), order="id")


def _pages(stage: Stage, ask: Ask, _: int) -> object:
    return list(_all_pages(stage, ask))


def _all_pages(stage: Stage, ask: Ask) -> Iterator[Page]:
    after: str | None = None
    while True:
        page = stage.crm.find(ask.module, order=ask.arguments[0], limit=_PAGE, after=after)
        yield page
        after = page.next
        if after is None:
            return


def _figures(stage: Stage, ask: Ask, _: int) -> object:
    path, measure, where = ask.arguments
    by = (ast.GroupBy(tuple(path.split("."))),) if path else ()
    function, _sign, over = measure.partition(":")
    measures = (ast.Measure(function, tuple(over.split(".")) if over else ()),)
    condition = parse(stage.named(where)) if where else None
    return stage.crm.summarize(ast.Summary(ask.module, by, measures, condition, total=bool(by)))


def _get(stage: Stage, ask: Ask, _: int) -> object:
    return stage.crm.get(ask.module, stage.id(ask.arguments[0]))


def _history(stage: Stage, ask: Ask, _: int) -> object:
    found = stage.crm.history(ask.module, stage.id(ask.arguments[0]))
    # Positions are for consumers to know.
    return [evolve(one, position=None) for one in found] if stage.consumes else found


def _past(stage: Stage, ask: Ask, _: int) -> object:
    minute, order = ask.arguments
    moment = stage.moment(int(minute))
    records = stage.crm.find(ask.module, order=order or None, as_of=moment)
    return [records, stage.crm.find(ask.module, columns=["id", *dict(_first(records))], order="id")]


def _first(records: Page) -> Record | Mapping[str, object]:
    return records[0] if len(records) else {}


def _position(stage: Stage, ask: Ask, _: int) -> object:
    return stage.crm.find(ask.module, order="id", as_of=int(ask.arguments[0]))


def _export(stage: Stage, ask: Ask, _: int) -> object:
    return export(stage.crm, ask.module, columns=list(ask.arguments) or None, order="id")


def _update(stage: Stage, ask: Ask, number: int) -> object:
    key, name, value = ask.arguments
    with stage.crm.work(op_id=f"ask{number}") as work:
        return work.update(ask.module, stage.id(key), {name: stage.value(value)})


def _create(stage: Stage, ask: Ask, number: int) -> object:
    with stage.crm.work(op_id=f"ask{number}") as work:
        return work.create(ask.module, stage.values(ask.arguments))


def _upsert(stage: Stage, ask: Ask, number: int) -> object:
    code, *values = ask.arguments
    with stage.crm.work(op_id=f"ask{number}") as work:
        return work.upsert(ask.module, {"code": code}, stage.values(tuple(values)))


def _delete(stage: Stage, ask: Ask, number: int) -> object:
    with stage.crm.work(op_id=f"ask{number}") as work:
        work.delete(ask.module, stage.id(ask.arguments[0]))
        return "deleted"


def _share(stage: Stage, ask: Ask, number: int) -> object:
    with stage.crm.work(op_id=f"ask{number}") as work:
        user = stage.users["peer"]
        return sharing.share(work, ask.module, stage.id(ask.arguments[0]), user=user)


def _claim(stage: Stage, ask: Ask, number: int) -> object:
    with stage.crm.work(op_id=f"ask{number}") as work:
        sharing.claim(work, ask.module, stage.id(ask.arguments[0]))
        return "claimed"


def _undo(stage: Stage, ask: Ask, number: int) -> object:
    named = ask.arguments[0] or f"ask{number - 1}"
    return [stage.crm.undo(named, preview=True), stage.crm.undo(named)]


def _plan(stage: Stage, ask: Ask, number: int) -> object:
    duplicates, *lines = ask.arguments
    data = "\n".join(lines).encode()
    made = importing.plan(
        stage.crm,
        data,
        modules=[ask.module],
        duplicates=duplicates,  # type: ignore[arg-type]
        op_id=f"ask{number}",
    )
    return str(made)


CALLS: Final[Mapping[str, Callable[[Stage, Ask, int], Any]]] = {
    "find": _find,
    "count": _count,
    "columns": _columns,
    "pages": _pages,
    "figures": _figures,
    "get": _get,
    "history": _history,
    "past": _past,
    "position": _position,
    "export": _export,
    "update": _update,
    "create": _create,
    "upsert": _upsert,
    "delete": _delete,
    "share": _share,
    "claim": _claim,
    "undo": _undo,
    "plan": _plan,
    **FARTHER,
}
"""The calls by name."""

READING: Final = frozenset(
    ("find", "count", "columns", "pages", "figures", "get", "history", "past", *FAR_READING)
)
"""Calls that change nothing."""
