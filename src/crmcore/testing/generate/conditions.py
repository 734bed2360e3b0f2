"""Generated conditions: every operator on every kind, along links, over children, negated."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from crmcore.kinds import (
    Boolean,
    Choice,
    Json,
    Kind,
    Link,
    LongText,
    Money,
    MultiChoice,
    MultiLink,
    Text,
    typed_form,
)
from crmcore.query import ast
from crmcore.schema import Field, Module, Schema
from crmcore.testing.choices import Choices
from crmcore.testing.generate.schemas import sample_of
from crmcore.testing.generate.worlds import Setting
from crmcore.testing.rows import record_id

EQUALITY: Final[tuple[ast.Comparator, ...]] = ("==", "!=")
ORDER: Final[tuple[ast.Comparator, ...]] = ("==", "!=", "<", "<=", ">", ">=")
SEARCHES: Final = ("contains", "starts_with", "ends_with", "like")
MAX_HOPS: Final = 2
_SMALL: Final[tuple[int | Decimal, ...]] = (
    Decimal("0.001"),
    Decimal("-0.001"),
    Decimal("0.5"),
    1,
    -1,
)
_FAR: Final[tuple[int | Decimal, ...]] = (10**18, -(10**18), 2**63, -(2**63) - 1, Decimal(10) ** 30)


def constant(value: Any) -> ast.Node:
    """A normal form as it is written in a condition."""
    if isinstance(value, Money):
        parts = (ast.Value(value.amount), ast.Value(value.currency))
        return ast.Call("money", parts)
    if isinstance(value, tuple):
        return ast.Items(constant(item) for item in value)
    return ast.Value(str(value) if isinstance(value, str) else value)


@frozen
class Conditions:
    """Makes conditions over the modules of a setting."""

    choices: Choices
    setting: Setting

    @property
    def schema(self) -> Schema:
        """The schema asked of."""
        return self.setting.world.schema

    def make(self, module: Module, depth: int = 3, hops: int = MAX_HOPS) -> ast.Node:
        """A condition over `module`, nested at most `depth` deep."""
        choices = self.choices
        sort = choices.below(10) if depth else 0
        if sort < 5:
            return self.leaf(module, hops)
        if sort < 6:
            return ast.Not(self.make(module, depth - 1, hops))
        if sort < 8:
            terms = [self.make(module, depth - 1, hops) for _ in range(choices.between(2, 3))]
            return ast.Logic("or" if choices.chance(50) else "and", terms)
        found = self._relation(module, depth, hops) if hops else None
        return self.leaf(module, hops) if found is None else found

    def leaf(self, module: Module, hops: int = MAX_HOPS) -> ast.Node:
        """One comparison, or one search."""
        choices = self.choices
        if choices.chance(4):
            return self._about_the_asker(module)
        path, owner, one = self.place(module, hops)
        name = ast.Name(path)
        if choices.chance(10) or isinstance(one.kind, Json):
            return ast.Compare(choices.pick(EQUALITY), name, ast.Value(None))
        if choices.chance(8):
            other = self._other(module, one)
            if other is not None:
                signs = ORDER if _is_ordered(one.kind) else EQUALITY
                return ast.Compare(choices.pick(signs), name, other)
        return self._of_kind(name, owner, one)

    def place(self, module: Module, hops: int = MAX_HOPS) -> tuple[tuple[str, ...], Module, Field]:
        """A path, the module where it ends, and the field there."""
        one = self.choices.pick(module.stored)
        path: tuple[str, ...] = (one.name,)
        while (
            hops
            and isinstance(one.kind, Link)
            and not isinstance(one.kind, MultiLink)
            and self.choices.chance(65)
        ):
            module, hops = self.schema.module(one.kind.target), hops - 1
            one = self.choices.pick(module.stored)
            path = (*path, one.name)
        return path, module, one

    def _about_the_asker(self, module: Module) -> ast.Node:
        texts = [one.name for one in module.stored if isinstance(one.kind, Text)]
        terms: list[ast.Node] = [
            ast.Compare("==", ast.Name(("created_by",)), ast.Name(("me",))),
            ast.Compare("<", ast.Name(("updated_at",)), ast.Name(("now",))),
            ast.Compare("==", ast.Name(("created_by", "name")), ast.Value("Anna")),
        ]
        if texts:
            department = ast.Name(("me", "department"))
            name = ast.Name((self.choices.pick(texts),))
            terms.append(ast.Compare(self.choices.pick(EQUALITY), name, department))
        return self.choices.pick(terms)

    def _other(self, module: Module, one: Field) -> ast.Node | None:
        """Another field of the same kind, here or behind a link."""
        places: list[tuple[str, ...]] = []
        places += [(other.name,) for other in module.stored if other.kind == one.kind]
        for link in module.stored:
            if isinstance(link.kind, Link) and not isinstance(link.kind, MultiLink):
                behind = self.schema.module(link.kind.target).stored
                places += [(link.name, other.name) for other in behind if other.kind == one.kind]
        return ast.Name(self.choices.pick(places)) if places else None

    def _of_kind(self, name: ast.Name, owner: Module, one: Field) -> ast.Node:
        kind, choices = one.kind, self.choices
        if isinstance(kind, (MultiChoice, MultiLink)):
            return self._of_set(name, owner, one)
        if isinstance(kind, Boolean) and choices.chance(40):
            return name
        if kind.shape == "typed" and choices.chance(50):
            typed = ast.Value(typed_form(self.value(owner, one)))
            return ast.Compare(choices.pick(EQUALITY), name, typed)
        if choices.chance(15):
            items = [constant(self.value(owner, one)) for _ in range(choices.between(0, 3))]
            return ast.Compare("in", name, ast.Items(items))
        if isinstance(kind, (Text, LongText)) and kind.sorted and choices.chance(40):
            return ast.Call(choices.pick(SEARCHES), (name, ast.Value(self._fragment(owner, one))))
        signs = ORDER if _is_ordered(kind) and choices.chance(65) else EQUALITY
        found: ast.Node = constant(self.value(owner, one))
        if kind.family == "number" and choices.chance(25):
            found = self._off_scale(found)
        if choices.chance(10):
            return ast.Compare(choices.pick(signs), found, name)
        return ast.Compare(choices.pick(signs), name, found)

    def _of_set(self, name: ast.Name, owner: Module, one: Field) -> ast.Node:
        choices = self.choices
        members = self.value(owner, one) or ()
        some = ast.Items(constant(item) for item in choices.several(members, 0, 2))
        sort = choices.below(4)
        if sort == 0 and members:
            return ast.Compare("in", constant(choices.pick(members)), name)
        if sort == 1:
            return ast.Call("contains_any", (name, some))
        if sort == 2:
            return ast.Call("contains_all", (name, some))
        return ast.Compare(choices.pick(EQUALITY), name, constant(tuple(members)))

    def value(self, owner: Module, one: Field) -> Any:
        """A value that some record may have in the field `one`, or one near it."""
        choices, kind = self.choices, one.kind
        if isinstance(kind, Link):
            known = self.setting.records.get(kind.target, ()) or (record_id(99),)
            if isinstance(kind, MultiLink):
                return kind.normalize(choices.several(known, 1, 2))
            if choices.chance(25) and (kind.target, "name") in self.setting.pools:
                return choices.pick(self.setting.pools[kind.target, "name"])
            return choices.pick(known)
        pool = self.setting.pools.get((owner.name, one.name), ())
        if pool and not choices.chance(15):
            return choices.pick(pool)
        return choices.pick(sample_of(kind))

    def _fragment(self, owner: Module, one: Field) -> str:
        text = str(self.value(owner, one))
        if self.choices.chance(40):
            return text
        start = self.choices.below(len(text))
        return text[start : start + self.choices.between(1, 3)]

    def _off_scale(self, found: ast.Node) -> ast.Node:
        """A number between two values, or beyond all of them."""
        if self.choices.chance(20):
            return ast.Value(self.choices.pick(_FAR))
        return ast.Arithmetic("+", found, ast.Value(self.choices.pick(_SMALL)))

    def _relation(self, module: Module, depth: int, hops: int) -> ast.Node | None:
        start: tuple[str, ...] = ()
        links = [one for one in module.stored if type(one.kind) is Link]
        if links and self.choices.chance(15):
            link = self.choices.pick(links)
            assert isinstance(link.kind, Link)
            start, module = (link.name,), self.schema.module(link.kind.target)
        pairs = [pair for pair in self.schema.children(module.name) if type(pair[1].kind) is Link]
        if not pairs:
            return None
        child, link = self.choices.pick(pairs)
        name = ast.Name((*start, child.name, link.name))
        where = self.make(child, min(depth - 1, 1), hops - 1)
        sort = self.choices.below(4)
        if sort == 0:
            return ast.Call("exists", (name, where) if self.choices.chance(75) else (name,))
        if sort == 1:
            return ast.Call("all", (name, where))
        count = ast.Call("count", (name, where) if self.choices.chance(50) else (name,))
        return ast.Compare(self.choices.pick(ORDER), count, ast.Value(self.choices.between(0, 3)))


def _is_ordered(kind: Kind) -> bool:
    if isinstance(kind, (Text, LongText)):
        return kind.sorted
    return kind.ordered and not isinstance(kind, (Choice, Link, Boolean))


def sortable(kind: Kind) -> bool:
    """Whether lists can be sorted by values of `kind` (links: by the title)."""
    return kind.sorted if isinstance(kind, (Text, LongText)) else kind.ordered
