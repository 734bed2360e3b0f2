"""Calls beside lists, figures and plain writes: what leaves, waits, is explained and watched."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crmcore import (
    approving,
    audit,
    editing,
    explaining,
    importing,
    merging,
    privacy,
    reviewing,
    sharing,
)
from crmcore.errors import CrmError
from crmcore.exporting import export
from crmcore.query import ast
from crmcore.testing.secrecy.ask import Ask
from crmcore.testing.secrecy.pair import PURPOSE

if TYPE_CHECKING:
    from crmcore.testing.secrecy.staging import Stage


def _extract(stage: Stage, ask: Ask, _: int) -> object:
    from pyarrow import parquet

    with tempfile.TemporaryDirectory(prefix="crmcore-") as folder:
        place = Path(folder, "out")
        written = stage.crm.extract(place, modules=list(ask.arguments) or None)
        found: list[str] = []
        for one in written:
            table = parquet.read_table(one.path)
            facts = dict(table.schema.metadata or {})
            if stage.consumes:
                # Positions are for consumers to know.
                del facts[b"crmcore.position"]
            found.append(f"{one.path.relative_to(place)} {one.rows} {sorted(facts.items())}")
            found += sorted(map(repr, table.to_pylist()))
        return found


def _changes(stage: Stage, _ask: Ask, _: int) -> object:
    """Of a consumer positions are his to know, and that visible records were changed."""
    return [
        f"{one.moment} {one.user} {entry.kind} {entry.module} {entry.record}"
        for one in stage.crm.changes()
        for entry in one.entries
        if entry.kind != "updated"
    ]


def _past_get(stage: Stage, ask: Ask, _: int) -> object:
    key, minute = ask.arguments
    return stage.crm.get(ask.module, stage.id(key), as_of=stage.moment(int(minute)))


def _past_where(stage: Stage, ask: Ask, _: int) -> object:
    minute, where = ask.arguments
    return stage.crm.find(ask.module, where, as_of=stage.moment(int(minute)))


def _past_export(stage: Stage, ask: Ask, _: int) -> object:
    return export(stage.crm, ask.module, order="id", as_of=stage.moment(int(ask.arguments[0])))


def _past_figures(stage: Stage, ask: Ask, _: int) -> object:
    minute, path, measure = ask.arguments
    function, _sign, over = measure.partition(":")
    by = (ast.GroupBy(tuple(path.split("."))),) if path else ()
    measures = (ast.Measure(function, tuple(over.split(".")) if over else ()),)
    summary = ast.Summary(ask.module, by, measures, total=bool(by))
    return stage.crm.summarize(summary, as_of=stage.moment(int(minute)))


def _load(stage: Stage, ask: Ask, number: int) -> object:
    """An import in earnest, and how it ended, undone where it went through."""
    duplicates, errors, *lines = ask.arguments
    made = importing.plan(
        stage.crm,
        "\n".join(map(stage.named, lines)).encode(),
        modules=[ask.module],
        duplicates=duplicates,  # type: ignore[arg-type]
        errors=errors,  # type: ignore[arg-type]
        op_id=f"ask{number}",
    )
    try:
        done = importing.load(stage.crm, made)
    except importing.ImportHalted as halted:
        rows = [one.to_dict() for one in halted.rows]
        return [str(made), str(halted), repr(rows), repr(halted.written)]
    return [str(made), repr(done)]


def _bulk(stage: Stage, ask: Ask, number: int) -> object:
    where, name, value = ask.arguments
    change = {name: stage.value(value)}
    seen = editing.preview(stage.crm, ask.module, stage.named(where), change)
    told: list[object] = [seen.sample, f"{seen.count} {seen.changing} {seen.problems}"]
    try:
        done = editing.update(
            stage.crm, ask.module, stage.named(where), change, op_id=f"ask{number}"
        )
    except CrmError as error:
        return [*told, f"{type(error).__name__} {error.to_dict()}"]
    return [*told, repr(done)]


def _why(stage: Stage, ask: Ask, _: int) -> object:
    who, operation, key, *field = ask.arguments
    found = explaining.why(
        stage.crm, who, operation, ask.module, stage.id(key), *field, view="amount != 7"
    )
    return [repr(found), *found.lines("en"), *found.lines("zh")]


def _can(stage: Stage, ask: Ask, _: int) -> object:
    who, operation, key = ask.arguments
    return explaining.can(stage.crm, who, operation, ask.module, stage.id(key))


def _who_can(stage: Stage, ask: Ask, _: int) -> object:
    operation, key = ask.arguments
    return list(map(repr, explaining.who_can(stage.crm, ask.module, stage.id(key), operation)))


def _what_can(stage: Stage, ask: Ask, _: int) -> object:
    return explaining.what_can(stage.crm, ask.arguments[0])


def _waiting(stage: Stage, _ask: Ask, _: int) -> object:
    return list(map(repr, approving.waiting(stage.crm)))


def _park(stage: Stage, ask: Ask, number: int) -> object:
    """Ask for a change that somebody else must approve, and look at what waits then."""
    key, name, value = ask.arguments
    with stage.crm.work(op_id=f"ask{number}") as work:
        record = work.update(ask.module, stage.id(key), {name: stage.value(value)})
    return [record, *work.parked, *map(repr, approving.waiting(stage.crm))]


def _decide(stage: Stage, ask: Ask, number: int) -> object:
    """Decide every request there is, each by itself; those one may not decide are refused."""
    how = getattr(approving, ask.arguments[0])
    told: list[str] = []
    for one in stage.owner.find("crm_change_request", "state == 'asked'", order="id"):
        try:
            with stage.crm.work(op_id=f"ask{number} {one.id}") as work:
                how(work, one.id)
            told.append(f"{one.id} decided")
        except CrmError as error:
            # Of a request that he does not see he is told what he is told of none.
            if error.code != "not_found":
                told.append(f"{one.id} {error} {error.to_dict()}")
    return told


def _consents(stage: Stage, ask: Ask, number: int) -> object:
    record = stage.id(ask.arguments[0])
    return list(map(repr, privacy.consents(stage.crm, ask.module, record)))


def _consent(stage: Stage, ask: Ask, number: int) -> object:
    privacy.consent(stage.crm, ask.module, stage.id(ask.arguments[0]), PURPOSE)
    # The id of what is noted outside of an operation of the caller's is random.
    return "noted"


def _team(stage: Stage, ask: Ask, number: int) -> object:
    call, key = ask.arguments
    with stage.crm.work(op_id=f"ask{number}") as work:
        how = getattr(sharing, call)
        if call == "release":
            return how(work, ask.module, stage.id(key))
        return how(work, ask.module, stage.id(key), stage.users["peer"])


def _merge(stage: Stage, ask: Ask, number: int) -> object:
    keep, other = (stage.id(key) for key in ask.arguments)
    looked = merging.preview(stage.crm, ask.module, keep, [other]).to_json()
    with stage.crm.work(op_id=f"ask{number}") as work:
        # What waits for approval has the id of its own operation.
        return {**looked, **merging.merge(work, ask.module, keep, [other]).to_json(), "parked": 0}


def _survivor(stage: Stage, ask: Ask, _: int) -> object:
    return merging.survivor(stage.crm, ask.module, stage.id(ask.arguments[0]))


def _office(stage: Stage, ask: Ask, _: int) -> object:
    """What is for those who configure the workspace, asked by somebody who may not."""
    return repr(OFFICE[ask.arguments[0]](stage))


OFFICE: Final[Mapping[str, Callable[[Stage], Any]]] = {
    "audit.acts": lambda stage: audit.acts(stage.crm),
    "audit.head": lambda stage: audit.head(stage.crm),
    "audit.verdicts": lambda stage: audit.verdicts(stage.crm),
    "audit.verify": lambda stage: audit.verify(stage.crm),
    "digest": lambda stage: stage.crm.digest(),
    "privacy.erasures": lambda stage: privacy.erasures(stage.crm),
    "privacy.export": lambda stage: privacy.export(stage.crm, "account", stage.id("a0")),
    "privacy.restrict": lambda stage: privacy.restrict(stage.crm, "account", stage.id("a1")),
    "reviewing.campaigns": lambda stage: reviewing.campaigns(stage.crm),
    "reviewing.check": lambda stage: reviewing.check(stage.crm, ["secrecy !read account.amount"]),
    "reviewing.conflicts": lambda stage: reviewing.conflicts(stage.crm),
    "reviewing.difference": lambda stage: reviewing.difference(stage.crm),
    "reviewing.expiring": lambda stage: reviewing.expiring(stage.crm),
    "reviewing.matrix": lambda stage: reviewing.matrix(stage.crm),
    "reviewing.unused": lambda stage: reviewing.unused(stage.crm),
}
"""What those who configure may ask, by name."""

FARTHER: Final[Mapping[str, Callable[[Stage, Ask, int], Any]]] = {
    "extract": _extract,
    "changes": _changes,
    "past_get": _past_get,
    "past_where": _past_where,
    "past_export": _past_export,
    "past_figures": _past_figures,
    "load": _load,
    "bulk": _bulk,
    "why": _why,
    "can": _can,
    "who_can": _who_can,
    "what_can": _what_can,
    "waiting": _waiting,
    "park": _park,
    "decide": _decide,
    "consents": _consents,
    "consent": _consent,
    "team": _team,
    "merge": _merge,
    "survivor": _survivor,
    "office": _office,
}
"""The calls by name."""

FAR_READING: Final = frozenset(
    ("extract", "changes", "past_get", "past_where", "past_export", "past_figures")
)
"""Calls that change nothing and tell what there is."""
