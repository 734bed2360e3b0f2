"""The section of modules: what it asks for, matched with what is there by name or label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from attrs import define, evolve, field

from crmcore.errors import CrmError, Problem, SchemaError
from crmcore.evolving.describing import module_data
from crmcore.evolving.fields import FieldReader, copied, merged_label
from crmcore.evolving.partial import filled_module
from crmcore.evolving.wanted import Merge, Wanted, kept_in_place
from crmcore.kinds import Labels
from crmcore.rules import ComputedRule
from crmcore.schema import Field, Key, Module, Schema
from crmcore.schema.codec import module_from_json
from crmcore.schema.names import RESERVED_PREFIX, generated_name, is_name
from crmcore.work import Configuration
from crmcore.work.recasting import OnFailure

_KEY: Final = frozenset({"fields", "folded"})


@define
class ModuleReader:
    """Reads the definitions of modules; problems are collected, so that all are told at once."""

    present: Configuration
    partial: bool = False
    computed: list[ComputedRule] = field(factory=list)
    policies: dict[tuple[str, str], OnFailure] = field(factory=dict)
    merges: list[Merge] = field(factory=list)
    problems: list[Problem] = field(factory=list)
    _names: dict[str, str] = field(factory=dict)
    _renamed: set[str] = field(factory=set)

    def read(self, section: Mapping[str, object]) -> Wanted:
        """What `section` asks for; raises `SchemaError` with everything that is wrong."""
        schema = self.present.schema
        people = [one for one in schema.modules if not one.name.startswith(RESERVED_PREFIX)]
        made = dict[str, Module]()
        self._names = self._named(section)
        named = set(self._names.values())
        for key in section:
            module = self._one(key, section[key])
            if module is not None and made.setdefault(module.name, module) is not module:
                self._tell("name_repeated", module.name, what="module", name=module.name)
        kept = [one for one in people if one.name not in made]
        for one in kept:
            known = one.retired or self.partial or one.name in named
            if not (known or one.name in self._renamed):
                self._tell("module_left_out", one.name, name=one.name)
            self.computed.extend(rule for rule in self.present.computed if rule.module == one.name)
        if self.problems:
            raise SchemaError(self.problems)
        new = [made[name] for name in made if name not in schema.by_name]
        modules = [*(made.get(one.name, one) for one in people), *new]
        rules = self._in_order()
        return Wanted(Schema(modules), rules, self.policies, tuple(self.merges))

    def _in_order(self) -> tuple[ComputedRule, ...]:
        """Known rules in the order they have: a formula may read one before it."""
        places = {(one.module, one.field): place for place, one in enumerate(self.present.computed)}
        last = len(places)
        order = sorted(
            enumerate(self.computed),
            key=lambda pair: (places.get((pair[1].module, pair[1].field), last), pair[0]),
        )
        return tuple(one for _, one in order)

    def _tell(self, code: str, module: str, place: str | None = None, /, **params: object) -> None:
        self.problems.append(Problem(code, params, module, None, place))

    def _one(self, key: str, data: object) -> Module | None:
        """The module that `data` defines under `key`, a name or a label."""
        name = self._names[key]
        if name.startswith(RESERVED_PREFIX):
            self.problems.append(Problem("name_reserved", {"name": name}, name))
            return None
        old = self.present.schema.by_name.get(name)
        try:
            return self._module(name, key, copied(data, name), old)
        except CrmError as error:
            for one in error.problems:
                where = (one.module or name, one.record, one.field)
                self.problems.append(Problem(one.code, one.params, *where))
            return None

    def _named(self, section: Iterable[str]) -> dict[str, str]:
        """The names of modules by what the document calls them: names, or labels."""
        found = {key: key if is_name(key) else self._known_name(key) for key in section}
        taken = [*self.present.schema.by_name, *filter(None, found.values())]
        for key, name in found.items():
            if name is None:
                found[key] = generated_name("module", taken)
                taken.append(found[key] or "")
        return {key: name or "" for key, name in found.items()}

    def _known_name(self, label: str) -> str | None:
        try:
            return self.present.schema.module(label).name
        except SchemaError as error:
            if error.code == "module_ambiguous":
                raise
            return None

    def _target(self, name: str) -> str:
        """The name of a linked module, that a field may call by its label."""
        if is_name(name):
            return name
        return self._names.get(name) or self._known_name(name) or name

    def _module(self, name: str, key: str, data: dict[str, Any], old: Module | None) -> Module:
        former = data.pop("renamed_from", name)
        if former != name:
            self._renamed.add(str(former))
            raise SchemaError("module_renamed", module=str(former), name=key)
        fields = copied(data.pop("fields", {}), name)
        present = self._present(old)
        if present:
            data = filled_module(data, present, _new_names(fields))
        elif not is_name(key):
            data.setdefault("label", key)
        retired = data.pop("retire", False)
        reader = FieldReader(name, old, self._target, present.get("fields"))
        keys = [_key(one, name) for one in _items(data.pop("keys", ()), name)]
        plain = [reader.data(place, fields[place]) for place in fields]
        reader.check_names()
        made = module_from_json({**data, "name": name, "fields": plain, "retired": retired})
        wanted = [reader.matched(one) for one in made.fields]
        self.problems.extend(reader.problems)
        self.computed.extend(reader.computed)
        self.policies.update({(name, one): how for one, how in reader.policies.items()})
        # What is hidden with its module is not rewritten.
        self.merges.extend(() if made.retired else reader.merges)
        kept = self._kept(old, wanted)
        before = old.fields if old is not None else ()
        whole = kept_in_place(wanted, before, kept, lambda one: one.number)
        label = merged_label(old.label if old is not None else Labels(), made.label)
        return evolve(made, fields=whole, keys=keys, label=label)

    def _present(self, old: Module | None) -> dict[str, Any]:
        """What stays of a module where a partial document names it; else nothing."""
        if old is None or not self.partial:
            return {}
        rules = {(one.module, one.field): one for one in self.present.computed}
        return module_data(old, rules)

    def _kept(self, old: Module | None, wanted: list[Field]) -> list[Field]:
        """Fields that the document does not speak of; those in use must not go unnoticed."""
        if old is None:
            return []
        numbers = {one.number for one in wanted}
        kept = [one for one in old.fields if one.number not in numbers]
        for one in kept:
            if not one.retired and not self.partial:
                self._tell("vanished", old.name, one.name, name=one.name)
            self.computed.extend(
                rule
                for rule in self.present.computed
                if (rule.module, rule.field) == (old.name, one.name)
            )
        return kept


def _new_names(given: Mapping[str, object]) -> dict[str, str]:
    """New names of fields by former ones."""
    return {
        str(data["renamed_from"]): name
        for name, data in given.items()
        if isinstance(data, Mapping) and "renamed_from" in data
    }


def _items(data: object, module: str) -> Iterator[object]:
    if not isinstance(data, list | tuple):
        raise SchemaError("not_a_schema", module=module, reason="keys: [[…]]")
    yield from data


def _key(data: object, module: str) -> Key:
    folded = False
    if isinstance(data, Mapping) and set(data) <= _KEY:
        folded, data = data.get("folded", False) is True, data.get("fields")
    if isinstance(data, str):
        data = [data]
    if not isinstance(data, list | tuple) or not all(isinstance(one, str) for one in data):
        raise SchemaError("not_a_schema", module=module, reason="keys: [[…]]")
    return Key(tuple(str(one) for one in data), folded)
