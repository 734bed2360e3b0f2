"""Lists: a bound query as pipelines that give its records in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import frozen

from crmcore.query.bound import TRUE, AllOf, BoundNode, BoundQuery, both
from crmcore.schema import Module
from crmcore_mongo.codec import Document, Read, Row, decoder
from crmcore_mongo.filters import condition
from crmcore_mongo.forms import read_parts
from crmcore_mongo.frames import Context, Frame, Stages, halves, image_of, narrow
from crmcore_mongo.layout import ShelfOf
from crmcore_mongo.names import ENDED_BY, FORMER, ID
from crmcore_mongo.ordering import sort_stage, sorts, spans
from crmcore_mongo.relations import endings, valid_current, valid_former

_PLAIN: Final = (["$match"], ["$sort"], ["$project"])


@frozen
class ListPlan:
    """The pipelines of a list, one after the other until there are enough records."""

    collection: str
    pipelines: tuple[Stages, ...]
    decode: Callable[[Sequence[Any]], list[Row]]


def plan_list(query: BoundQuery, shelf_of: ShelfOf) -> ListPlan:
    """The pipelines that answer `query`, without its limit."""
    frame = versions(query, shelf_of) if query.versions else asked(query, shelf_of)
    shelf = shelf_of(query.module)
    reads = [
        (Read(ref.kind), [frame.read(ref, part.suffix) for part in read_parts(ref.kind)])
        for ref in query.columns
    ]
    shown = {"$project": {".".join(path): 1 for _, paths in reads for path in paths}}
    if query.versions:
        order: Document = {"$sort": {ID: 1, "version": 1}}
        pipelines = [[*frame.stages, order, shown]]
    else:
        terms = sorts(frame, query)
        order = sort_stage(terms)
        pipelines = [
            [*merged(frame.stages, span), order, shown]
            for span in spans(terms, query.after is not None)
        ]
    return ListPlan(shelf.current, tuple(pipelines), decoder(reads))


def merged(stages: Stages, span: Document) -> Stages:
    """`stages`, then what restricts them further, as one filter where they end with one."""
    if not span:
        return stages
    if len(stages) == 1 and list(stages[0]) == ["$match"]:
        return [{"$match": {"$and": [stages[0]["$match"], span]}}]
    return [*stages, {"$match": span}]


def limited(stages: Stages, limit: int | None) -> Stages:
    """A pipeline of a list that ends after `limit` records."""
    if limit is None:
        return stages
    return [*stages[:-1], {"$limit": limit}, stages[-1]]


def as_find(stages: Stages) -> dict[str, Any] | None:
    """What `find` is told for a pipeline that only filters, sorts and shows; else `None`."""
    kinds = [list(stage) for stage in stages]
    if any(kind not in _PLAIN for kind in kinds) or kinds[-2:] != [["$sort"], ["$project"]]:
        return None
    filters = [stage["$match"] for stage in stages[:-2]]
    if len(filters) > 1 or len(kinds) != len(filters) + 2:
        return None
    return {
        "filter": filters[0] if filters else {},
        "sort": list(stages[-2]["$sort"].items()),
        "projection": stages[-1]["$project"],
    }


def asked(query: Any, shelf_of: ShelfOf) -> Frame:
    """The records that a list or summary speaks of, at the moment that it is about."""
    if query.as_of is None:
        frame = Frame(Context(shelf_of, condition), query.module)
        narrow(frame, both(query.where, query.scope))
        return frame
    context = Context(shelf_of, condition, query.as_of)
    live = valid_current(shelf_of, query.as_of)
    gone = valid_former(shelf_of, query.as_of)
    return _united(context, query, live, gone, past=True)


def versions(query: BoundQuery, shelf_of: ShelfOf) -> Frame:
    """All versions of a module, the former ones with their endings."""
    live: Stages = []
    gone: Stages = [endings()]
    if query.touched_by is not None:
        sets = {"$in": list(query.touched_by)}
        live.append({"$match": {"change_set": sets}})
        touched = {"$or": [{f"{FORMER}.change_set": sets}, {ENDED_BY: sets}]}
        gone.insert(0, {"$match": touched})
    return _united(Context(shelf_of, condition), query, live, gone, past=False)


def _united(context: Context, query: Any, live: Stages, gone: Stages, *, past: bool) -> Frame:
    """Live records and former versions as one; what they tell themselves is asked first."""
    module, shelf = query.module, context.shelf(query.module)
    plain, linked = halves(query.where)
    frame = Frame(context, module, past=past, is_current=False)
    frame.match(_alone(context, module, plain, ""))
    frame.stages += live
    if shelf.history is not None:
        former = Frame(context, module, is_current=False)
        former.match(_alone(context, module, plain, f"{FORMER}."))
        stages = [*former.stages, *gone]
        frame.stages.append({"$unionWith": {"coll": shelf.history, "pipeline": stages}})
    if linked:
        frame.match(condition(frame, AllOf(tuple(linked))))
    if query.scope != TRUE:
        frame.stages += image_of(context, module, query.scope)
    return frame


def _alone(context: Context, module: Module, terms: Sequence[BoundNode], at: str) -> Document:
    return condition(Frame(context, module, is_current=False, at=at), AllOf(tuple(terms)))
