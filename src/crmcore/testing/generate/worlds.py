"""Generated histories: records that look alike, changes, conflicts, taken keys, sealing."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from attrs import define, field, frozen

from crmcore.kinds import Link, MultiLink
from crmcore.query import ast
from crmcore.schema import Field, Module
from crmcore.storage.unique import key_hashes
from crmcore.testing.choices import Choices
from crmcore.testing.generate.schemas import make_modules, sample_of
from crmcore.testing.rows import new_row, record_id
from crmcore.testing.script import Act, Assign, Change, Check, Commit, Create, Remove, World

Values = dict[str, Any]
Pools = Mapping[tuple[str, str], tuple[Any, ...]]


@frozen
class Setting:
    """A world, the values that its fields draw from, and the ids that were given to records."""

    world: World
    pools: Pools
    records: Mapping[str, tuple[str, ...]]


def make_setting(choices: Choices, *, most: int = 12) -> Setting:
    """A generated world, with at most `most` records of each module to begin with."""
    modules = make_modules(choices)
    pools = {
        (module.name, one.name): _pool(choices, one) for module in modules for one in module.stored
    }
    story = _Story(choices, {module.name: module for module in modules}, pools)
    numbers = [_number(choices, most) for _ in modules]
    for half in (0, 1):
        # Those of the second half link to the first half of modules that come later.
        for module, number in zip(modules, numbers, strict=True):
            story.found(module, (number + half) // 2)
    for _ in range(choices.between(1, 6)):
        story.go_on()
    records = {module.name: tuple(story.given[module.name]) for module in modules}
    return Setting(World(modules, story.sealed()), pools, records)


def _number(choices: Choices, most: int) -> int:
    """How many records of a module there are to begin with."""
    return choices.between(0, 1) if choices.chance(5) else choices.between(min(4, most), most)


def _pool(choices: Choices, one: Field) -> tuple[Any, ...]:
    """A few values of one field. Neighbors in a sample are alike, so neighbors are taken."""
    values = sample_of(one.kind)
    if not values:
        return ()
    start, count = choices.below(len(values)), choices.between(2, 4)
    if one.kind.family == "number" and choices.chance(35):
        # The largest stand last: sums of them exceed what an engine holds.
        start = len(values) - count
    near = [values[(start + step) % len(values)] for step in range(count)]
    return tuple(dict.fromkeys([*near, choices.pick(values)])) if _hashable(near) else tuple(near)


def _hashable(values: list[Any]) -> bool:
    return not any(isinstance(value, (dict, list)) for value in values)


@define
class _State:
    """What is live: values by module and id, and who holds which key."""

    live: dict[str, dict[str, Values]]
    keys: dict[tuple[str, int, bytes], str] = field(factory=dict)

    def apply(self, module: Module, act: Act) -> bool:
        """Whether a store must take `act`, which is done if so."""
        rows = self.live[module.name]
        assert not isinstance(act, Assign)
        if isinstance(act, Create):
            if act.record in rows:
                return False
            rows[act.record] = dict(act.values)
            return self._claim(module, act.record)
        if act.record not in rows:
            return False
        if isinstance(act, Check):
            return act.version != "lost"
        if act.stale:
            return False
        self._release(module, act.record)
        if isinstance(act, Remove):
            del rows[act.record]
            return True
        rows[act.record] = {**rows[act.record], **act.values}
        return self._claim(module, act.record)

    def _digests(self, module: Module, record: str) -> list[tuple[str, int, bytes]]:
        row = new_row(module, record, 0, self.live[module.name][record])
        found = key_hashes(module, row)
        return [(module.name, key, digest) for key, digest in found if digest is not None]

    def _claim(self, module: Module, record: str) -> bool:
        found = self._digests(module, record)
        return all(self.keys.setdefault(key, record) == record for key in found)

    def _release(self, module: Module, record: str) -> None:
        for key in self._digests(module, record):
            self.keys.pop(key, None)


@define
class _Story:
    """A history while it is being made up."""

    choices: Choices
    modules: Mapping[str, Module]
    pools: Pools
    commits: list[list[Act]] = field(factory=list)
    given: dict[str, list[str]] = field(factory=dict)
    state: _State = field(init=False)
    count: int = 0

    def __attrs_post_init__(self) -> None:
        self.state = _State({name: {} for name in self.modules})
        self.given = {name: [] for name in self.modules}

    def found(self, module: Module, number: int) -> None:
        """A commit that creates records of `module`; such as meet a taken key come without."""
        acts: list[Act] = []
        for _ in range(number):
            act = self._create(module)
            trial = deepcopy(self.state)
            if not trial.apply(module, act):
                act = Create(module.name, act.record, {})
                trial = deepcopy(self.state)
                trial.apply(module, act)
            self.state = trial
            acts.append(act)
        self.commits.append(acts)

    def go_on(self) -> None:
        """A commit of any acts; one that must be refused leaves the state as it is."""
        sort = self.choices.below(20)
        if sort < 14:
            self._mixed()
        elif sort < 17:
            self._assign()
        else:
            self._hand_over()

    def _mixed(self) -> None:
        acts: list[Act] = []
        trial, holds = deepcopy(self.state), True
        for _ in range(self.choices.between(1, 5)):
            module = self.modules[self.choices.pick(tuple(self.modules))]
            act = self._act(module, trial)
            acts.append(act)
            holds = holds and trial.apply(module, act)
        self.commits.append(acts)
        if holds:
            self.state = trial

    def _hand_over(self) -> None:
        """One record gives up a unique value, another takes it: before, after, or in exchange."""
        able = [
            (module, one.name, giver)
            for module in self.modules.values()
            for one in module.stored
            if one.unique and not isinstance(one.kind, Link)
            for giver, values in self.state.live[module.name].items()
            if values.get(one.name) is not None and len(self.state.live[module.name]) > 1
        ]
        if not able:
            self._mixed()
            return
        module, name, giver = self.choices.pick(able)
        rows = self.state.live[module.name]
        taker = self.choices.pick([record for record in rows if record != giver])
        given = None if self.choices.chance(50) else rows[taker].get(name)
        acts = [
            Change(module.name, giver, {name: given}),
            Change(module.name, taker, {name: rows[giver][name]}),
        ]
        if self.choices.chance(40):
            acts.reverse()
        trial = deepcopy(self.state)
        if all(trial.apply(module, act) for act in acts):
            self.state = trial
        self.commits.append([*acts])

    def sealed(self) -> tuple[Commit, ...]:
        """The commits; the first of them are sealed, each of the others waits."""
        end = self.choices.between(0, len(self.commits))
        count = len(self.commits) - end if self.choices.chance(40) else len(self.commits)
        return tuple(
            Commit(acts, number if number <= count else None, not self.choices.chance(25))
            for number, acts in enumerate(self.commits, 1)
        )

    def _create(self, module: Module) -> Create:
        self.count += 1
        record = record_id(self.count)
        self.given[module.name].append(record)
        values = {one.name: self._value(module, one) for one in module.stored}
        filled = {name: value for name, value in values.items() if value is not None}
        return Create(module.name, record, filled)

    def _value(self, module: Module, one: Field) -> Any:
        if self.choices.chance(20):
            return None
        if isinstance(one.kind, Link):
            targets = tuple(self.state.live[one.kind.target])
            if not targets:
                return None
            if isinstance(one.kind, MultiLink):
                return one.kind.normalize(self.choices.several(targets, 1, 3))
            return self.choices.pick(targets)
        return self.choices.pick(self.pools[module.name, one.name])

    def _act(self, module: Module, trial: _State) -> Act:
        """Mostly something that holds; sometimes a lost version, or a record that is gone."""
        choices, name = self.choices, module.name
        live = tuple(trial.live[name])
        known = tuple(self.given[name])
        sort = choices.below(10)
        if sort < 2 or not known:
            if known and choices.chance(10):
                return Create(name, choices.pick(known))
            return self._create(module)
        record = choices.pick(live) if live and not choices.chance(8) else choices.pick(known)
        if sort < 7:
            fields = choices.several(module.stored, 1, 2)
            values = {one.name: self._value(module, one) for one in fields}
            return Change(name, record, values, stale=choices.chance(6))
        if sort < 9 and not _is_linked(self.modules, trial, name, record):
            return Remove(name, record, stale=choices.chance(6))
        if choices.chance(12):
            return Check(name, record, "lost")
        return Check(name, record, "present" if choices.chance(50) else "any")

    def _assign(self) -> None:
        """A rewrite of one field that no key reads."""
        module = self.modules[self.choices.pick(tuple(self.modules))]
        keyed = {name for key in module.unique_keys for name in key.fields}
        able = [one for one in module.stored if one.name not in keyed]
        plain = [one for one in able if not isinstance(one.kind, Link)]
        if not plain:
            return
        one = self.choices.pick(plain)
        value = (
            None
            if self.choices.chance(20)
            else self.choices.pick(self.pools[module.name, one.name])
        )
        where = None
        if self.choices.chance(60):
            empty = ast.Compare("==", ast.Name((one.name,)), ast.Value(None))
            where = empty if self.choices.chance(50) else ast.Not(empty)
        for values in self.state.live[module.name].values():
            if where is None or (values.get(one.name) is None) == isinstance(where, ast.Compare):
                values[one.name] = value
        self.commits.append([Assign(module.name, where, {one.name: value})])


def _is_linked(modules: Mapping[str, Module], state: _State, target: str, record: str) -> bool:
    """Whether something live leads to a record: the door would not just remove it."""
    for name, module in modules.items():
        for one in module.links():
            assert isinstance(one.kind, Link)
            if one.kind.target == target:
                held = (values.get(one.name) for values in state.live[name].values())
                if any(
                    value == record or (isinstance(value, tuple) and record in value)
                    for value in held
                ):
                    return True
    return False
