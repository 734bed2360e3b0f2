"""Generated questions: lists in pages, summaries in buckets, past moments, readers with scopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from attrs import frozen

from crmcore.kinds import (
    AnyMoney,
    Date,
    DateTime,
    Json,
    Kind,
    Link,
    LongText,
    MultiLink,
    Text,
)
from crmcore.query import ast
from crmcore.schema import Field, Module
from crmcore.testing.asking import SYSTEM, Ask, Asker, Figures, Listing, Past
from crmcore.testing.choices import Choices
from crmcore.testing.generate.conditions import Conditions, sortable
from crmcore.testing.generate.worlds import Setting
from crmcore.testing.rows import change_set_id

ZONES: Final = (
    "UTC",
    "Asia/Shanghai",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "Asia/Tehran",
)
"""Zones with daylight saving, half hours, skipped days, and rules that came and went."""

Able = Callable[[Kind], bool]
_UNITS: Final = ("day", "week", "month", "quarter", "year", "fiscal_year", "weekday", "hour")


def make_ask(choices: Choices, setting: Setting) -> Ask:
    """One question about the world of `setting`; few of them must be refused."""
    maker = _Questions(choices, setting, Conditions(choices, setting))
    module = choices.pick(setting.world.modules)
    sort = choices.below(20)
    if sort < 12:
        return maker.listing(module)
    return maker.figures(module) if sort < 19 else maker.past(module)


@frozen
class _Questions:
    choices: Choices
    setting: Setting
    conditions: Conditions

    def listing(self, module: Module) -> Listing:
        choices = self.choices
        order = [self._order(module) for _ in range(choices.below(3))]
        columns = [self._column(module) for _ in range(choices.between(0, 3))]
        query = ast.Query(
            module.name,
            self._where(module),
            (("id",), *columns),
            tuple(term for term in order if term is not None),
            choices.between(1, 8) if choices.chance(25) else None,
        )
        page = choices.between(1, 4) if choices.chance(35) else None
        asker = self._asker()
        return Listing(query, asker, self._moment(asker), page)

    def figures(self, module: Module) -> Figures:
        choices = self.choices
        groups = [self._group(module) for _ in range(choices.pick((0, 1, 1, 2)))]
        measures = [ast.Measure("count")]
        measures += [self._measure(module) for _ in range(choices.between(0, 3))]
        by = tuple(group for group in groups if group is not None)
        summary = ast.Summary(module.name, by, tuple(measures), self._where(module))
        asker = self._asker()
        return Figures(summary, asker, self._moment(asker))

    def past(self, module: Module) -> Past:
        choices = self.choices
        sets = None
        if choices.chance(40):
            last = len(self.setting.world.commits)
            sets = tuple(change_set_id(choices.between(1, max(1, last))) for _ in range(2))
        where = self.conditions.leaf(module, 0) if choices.chance(75) else None
        return Past(module.name, where, self._asker(), sets)

    def _where(self, module: Module) -> ast.Node | None:
        choices = self.choices
        if not choices.chance(94):
            return None
        if choices.chance(2):
            return self._mistaken(module)
        return self.conditions.make(module, choices.between(0, 3))

    def _mistaken(self, module: Module) -> ast.Node:
        """What must be refused, for every store alike."""
        one = self.choices.pick(module.stored)
        return self.choices.pick(
            (
                ast.Compare("==", ast.Name(("nothing_called_so",)), ast.Value(1)),
                ast.Compare("<", ast.Name((one.name,)), ast.Value(None)),
                ast.Compare("==", ast.Name((one.name,)), ast.Call("money", (ast.Value("x"),))),
                ast.Call("exists", (ast.Name(("nobody",)),)),
                ast.Value(1),
            )
        )

    def _asker(self) -> Asker:
        choices = self.choices
        if choices.chance(55):
            return SYSTEM
        scopes: dict[str, ast.Node] = {}
        for module in self.setting.world.modules:
            sort = choices.below(10)
            if sort < 5:
                scopes[module.name] = self._scope(module)
            elif sort < 9:
                scopes[module.name] = ast.Value(True)
        scopes["crm_user"] = ast.Value(choices.chance(70))
        texts = [
            text
            for (_, name), pool in self.setting.pools.items()
            if name == "name"
            for text in pool
        ]
        return Asker(scopes, choices.pick(texts) if texts and choices.chance(60) else None)

    def _scope(self, module: Module) -> ast.Node:
        """A condition; mostly one that lets something through."""
        found = self.conditions.make(module, 1, 1)
        if self.choices.chance(50):
            return found
        return ast.Logic("or", [found, self.conditions.leaf(module, 0)])

    def _moment(self, asker: Asker) -> int | None:
        """A past moment; more often where rights of today meet data of then."""
        last = len(self.setting.world.commits)
        percent = 25 if asker.scopes is None else 55
        first = 0 if self.choices.chance(10) else 1
        return self.choices.between(first, last + 1) if self.choices.chance(percent) else None

    def _column(self, module: Module) -> tuple[str, ...]:
        return self.conditions.place(module, 1)[0]

    def _order(self, module: Module) -> ast.OrderBy | None:
        path, one = self._able(module, sortable)
        return None if path is None or one is None else ast.OrderBy(path, self.choices.chance(50))

    def _able(
        self, module: Module, able: Able, rather: Able | None = None
    ) -> tuple[tuple[str, ...] | None, Field | None]:
        """A path to a field that is `able`; mostly to one that is `rather` so."""
        wanted = [one for one in module.stored if rather is not None and rather(one.kind)]
        if wanted and self.choices.chance(70):
            one = self.choices.pick(wanted)
            return (one.name,), one
        for _ in range(4):
            path, _, one = self.conditions.place(module, 1)
            if able(one.kind):
                return path, one
        return None, None

    def _group(self, module: Module) -> ast.GroupBy | None:
        path, one = self._able(module, _groupable, lambda kind: isinstance(kind, (Date, DateTime)))
        if path is None or one is None:
            return None
        if not isinstance(one.kind, (Date, DateTime)) or not self.choices.chance(75):
            return ast.GroupBy(path)
        units = _UNITS if isinstance(one.kind, DateTime) else _UNITS[:-1]
        zone = self._zone(one) if isinstance(one.kind, DateTime) else None
        starts = self.choices.between(1, 12)
        return ast.GroupBy(path, ast.Bucket(self.choices.pick(units), zone, starts))

    def _zone(self, one: Field) -> str:
        """A zone; mostly one whose clocks change between values of the field `one`."""
        pools = [pool for (_, name), pool in self.setting.pools.items() if name == one.name]
        moments = [value for pool in pools for value in pool if isinstance(value, datetime)]
        changing = [zone for zone in ZONES if _changes(zone, moments)]
        return self.choices.pick(changing if changing and self.choices.chance(75) else ZONES)

    def _measure(self, module: Module) -> ast.Measure:
        choices = self.choices
        where = self.conditions.make(module, 1, 1) if choices.chance(30) else None
        path, one = self._able(module, _groupable, lambda kind: kind.family == "number")
        if path is None or one is None:
            return ast.Measure("count", (), where)
        functions = ["count"]
        if not isinstance(one.kind, (Json, MultiLink)):
            functions.append("count_distinct")
        if one.kind.family in ("number", "duration") or isinstance(one.kind, AnyMoney):
            functions += ["sum", "sum", "sum"]
        if _has_extremes(one.kind):
            functions += ["min", "max"]
        return ast.Measure(choices.pick(functions), path, where)


def _changes(zone: str, moments: Sequence[datetime]) -> bool:
    offsets = {moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in moments}
    return len(offsets) > 1


def _groupable(kind: Kind) -> bool:
    return not isinstance(kind, (Json, MultiLink))


def _has_extremes(kind: Kind) -> bool:
    if isinstance(kind, (Text, LongText)):
        return kind.sorted
    return kind.ordered and not isinstance(kind, Link) and kind.shape != "typed"
