"""The pipeline of a question: records, and what they link to, each path looked up once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from attrs import define, field

from crmcore.query.bound import TRUE, AllOf, BoundNode, Ref, Related, Step
from crmcore.query.mentions import parts_of
from crmcore.schema import Field, Module
from crmcore_mongo.codec import Document, Path
from crmcore_mongo.forms import VALUE
from crmcore_mongo.layout import Shelf, ShelfOf
from crmcore_mongo.names import ID
from crmcore_mongo.relations import image_stages, valid_current, valid_former

Stages = list[Document]
_COUNTED: Final[Document] = {"$group": {"_id": None, "n": {"$sum": 1}}}


@define(eq=False)
class Context:
    """What the parts of one question share: where things lie, the position it is asked of.

    `condition` makes filters of bound conditions over a frame.
    """

    shelf: ShelfOf
    condition: Callable[[Any, BoundNode], Document]
    as_of: int | None = None

    def today(self) -> Context:
        """The same, about the present."""
        return Context(self.shelf, self.condition)


@define(eq=False)
class Spot:
    """One record within the documents of a pipeline: itself, or at the end of a path."""

    at: str
    shelf: Shelf

    def path(self, one: Field, suffix: str = VALUE) -> str:
        """The path to a part of field `one`."""
        return self.at + self.shelf.name(one, suffix)


@define(eq=False)
class Frame:
    """Records of one module going through `stages`; `at` is where the record stands in documents.

    `past` frames are asked of the moment of the question, with visibility decided today.
    `is_current` frames hold live records, which have the digests of their keys beside them.
    """

    context: Context
    module: Module
    past: bool = False
    is_current: bool = True
    at: str = ""
    stages: Stages = field(factory=list)
    _joined: dict[tuple[str, Step], Spot] = field(factory=dict)
    _related: dict[Related, str] = field(factory=dict)
    _root: Spot = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._root = Spot(self.at, self.context.shelf(self.module))

    def spot(self, steps: Iterable[Step]) -> Spot:
        """What `steps` lead to; its paths are empty where they lead nowhere."""
        found = self._root
        for step in steps:
            known = self._joined.get((found.at, step))
            if known is None:
                known = self._joined[(found.at, step)] = self._join(found, step)
            found = known
        return found

    def path(self, ref: Ref, suffix: str = VALUE) -> str:
        """The path to one part of the value at `ref`."""
        return self.spot(ref.steps).path(ref.field, suffix)

    def read(self, ref: Ref, suffix: str = VALUE) -> Path:
        """The same path, as names."""
        return tuple(self.path(ref, suffix).split("."))

    def match(self, filtered: Document) -> None:
        """Go on with the documents that pass a filter."""
        if filtered:
            self.stages.append({"$match": filtered})

    def related(self, node: Related) -> str:
        """The path to the number of children that `node` speaks of, counted as far as needed."""
        found = self._related.get(node)
        if found is None:
            anchor = self.spot(node.steps)
            found = self._related[node] = f"r{len(self._related)}"
            self.stages += self._children(node, anchor, found)
        return found

    def _join(self, parent: Spot, step: Step) -> Spot:
        name = f"l{len(self._joined)}"
        shelf, link = self.context.shelf(step.target), parent.path(step.link)
        if not self.past:
            visible = self._visible_stages(step.target, step.visible)
            self.stages.append(lookup(shelf.current, link, ID, name, visible))
        else:
            self.stages += self._former_join(shelf, link, name, step)
        self.stages.append({"$unwind": {"path": f"${name}", "preserveNullAndEmptyArrays": True}})
        return Spot(f"{name}.", shelf)

    def _visible_stages(self, module: Module, visible: BoundNode) -> Stages:
        inner = Frame(self.context, module)
        narrow(inner, visible)
        return inner.stages

    def _former_join(self, shelf: Shelf, link: str, name: str, step: Step) -> Stages:
        """As of the past a record lies among the live ones or in history, or nowhere."""
        seen = self._image(step.target, step.visible)
        live = [*self._valid_current(), *seen]
        found = [lookup(shelf.current, link, ID, name, live)]
        if shelf.history is not None:
            gone = [*self._valid_former(), *seen]
            found.append(lookup(shelf.history, link, f"v.{ID}", f"{name}h", gone))
            both = {"$concatArrays": [f"${name}", f"${name}h"]}
            found += [{"$set": {name: both}}, {"$unset": f"{name}h"}]
        return found

    def _children(self, node: Related, anchor: Spot, name: str) -> Stages:
        shelf = self.context.shelf(node.child)
        link, record = shelf.name(node.link), anchor.at + ID
        there = {"$match": {link: {"$ne": None}}}
        # More than what is compared with need not be counted.
        counted: Stages = [{"$limit": max(node.count, 0) + 1}, _COUNTED]
        if not self.past:
            inner = Frame(self.context, node.child, stages=[there])
            narrow(inner, node.visible)
            narrow(inner, node.where)
            found = [lookup(shelf.current, record, link, name, [*inner.stages, *counted])]
            return [*found, {"$set": {name: _number(name)}}]
        inner = Frame(self.context, node.child, past=True, is_current=False)
        inner.stages = self._image(node.child, node.visible)
        narrow(inner, node.where)
        rest = [*inner.stages, *counted]
        live = [there, *self._valid_current(), *rest]
        found = [lookup(shelf.current, record, link, name, live)]
        sums = [_number(name)]
        if shelf.history is not None:
            gone = [{"$match": {f"v.{link}": {"$ne": None}}}, *self._valid_former(), *rest]
            found.append(lookup(shelf.history, record, f"v.{link}", f"{name}h", gone))
            sums.append(_number(f"{name}h"))
        return [*found, {"$set": {name: {"$add": sums}}}, {"$unset": f"{name}h"}]

    def _image(self, module: Module, visible: BoundNode) -> Stages:
        return image_of(self.context, module, visible)

    def _valid_current(self) -> Stages:
        assert self.context.as_of is not None
        return valid_current(self.context.shelf, self.context.as_of)

    def _valid_former(self) -> Stages:
        assert self.context.as_of is not None
        return valid_former(self.context.shelf, self.context.as_of)


def _number(name: str) -> Any:
    """What was counted beside a document: at most one document, with `n`."""
    return {"$sum": {"$map": {"input": f"${name}", "as": "c", "in": "$$c.n"}}}


def lookup(collection: str, local: str, foreign: str, name: str, stages: Stages) -> Document:
    """The stage that puts documents of `collection` beside those that they belong to."""
    words: Document = {"from": collection, "localField": local, "foreignField": foreign}
    if stages:
        words["pipeline"] = stages
    return {"$lookup": {**words, "as": name}}


def image_of(context: Context, module: Module, visible: BoundNode) -> Stages:
    """Keep the records whose current (if removed: last) version fulfils `visible` today."""
    if visible == TRUE:
        return []
    inner = Frame(context.today(), module)
    narrow(inner, visible)
    gone = Frame(context.today(), module, is_current=False)
    narrow(gone, visible)
    return image_stages(context.shelf(module), inner.stages, gone.stages)


def narrow(frame: Frame, node: BoundNode) -> None:
    """Go on with the records that fulfil `node`: first what they tell themselves."""
    plain, linked = halves(node)
    for half in (plain, linked):
        if half:
            frame.match(frame.context.condition(frame, AllOf(tuple(half))))


def halves(node: BoundNode) -> tuple[Sequence[BoundNode], Sequence[BoundNode]]:
    """The terms of `node` about the records themselves, and those about others."""
    if node == TRUE:
        return (), ()
    terms = _terms(node)
    plain = [term for term in terms if is_plain(term)]
    return plain, [term for term in terms if not is_plain(term)]


def _terms(node: BoundNode) -> list[BoundNode]:
    if isinstance(node, AllOf):
        return [found for term in node.terms for found in _terms(term)]
    return [node]


def is_plain(node: BoundNode | Step) -> bool:
    """Whether nothing but the record itself is asked."""
    if isinstance(node, (Step, Related)):
        return False
    return all(is_plain(part) for part in parts_of(node))
