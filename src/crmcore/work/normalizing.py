"""Second stage of the door: given values become normal forms, all problems at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import frozen

from crmcore.codegen import compile_function
from crmcore.errors import CrmError, Invalid, Problem, SchemaError
from crmcore.kinds import Link
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Field, Module

Values = list[object]
"""Stored fields of a module, in layout order, without stamps."""


@frozen
class NaturalKey:
    """A link given as the key of its target; looked up before anything is written."""

    link: Field
    key: tuple[tuple[str, object], ...]


def _pending(one: Field, value: Mapping[object, object]) -> NaturalKey:
    for name, found in value.items():
        if isinstance(found, (list, dict, set)):
            raise Invalid("not_a_key_value", field=one.name, name=str(name))
    return NaturalKey(one, tuple(sorted((str(name), found) for name, found in value.items())))


@frozen
class Normalizer:
    """Turns mappings into values of `module`."""

    module: Module
    places: Mapping[str, int]
    run: Callable[[Mapping[str, object], Values, list[Problem]], None]

    def names(self, given: Mapping[str, object]) -> tuple[dict[str, object], list[Problem]]:
        """`given` by field names (labels are accepted), and what cannot be written."""
        found: dict[str, object] = {}
        problems: list[Problem] = []
        for spelling, value in given.items():
            try:
                one = self.module.field(spelling)
            except SchemaError as error:
                problems.extend(error.problems)
                continue
            if one.name not in self.places:
                problems.append(Problem("not_writable", {}, self.module.name, None, one.name))
            elif one.name in found:
                where = (self.module.name, None, one.name)
                problems.append(Problem("given_twice", {"name": spelling}, *where))
            else:
                found[one.name] = value
        return found, problems

    def normalize(self, given: Mapping[str, object], into: Values) -> list[Problem]:
        """Put the normal forms of `given` into `into`; answers the problems."""
        problems: list[Problem] = []
        if not given.keys() <= self.places.keys():
            given, problems = self.names(given)
        self.run(given, into, problems)
        return problems


def normalizer(module: Module) -> Normalizer:
    """The normalizer of `module`, compiled once."""
    found: Normalizer | None = module.__dict__.get("_normalizer")
    if found is None:
        found = module.__dict__["_normalizer"] = _compiled(module)
    return found


def _compiled(module: Module) -> Normalizer:
    layout = layout_of(module)
    writable = [one for one in module.stored if one.computed is None]
    places = {one.name: layout.index[one.name] - len(STAMPS) for one in writable}
    names: dict[str, object] = {"fail": _failure(module), "CrmError": CrmError}
    lines = ["def run(g, o, problems):", " get = g.get"]
    for number, one in enumerate(writable):
        names[f"f{number}"] = one
        names[f"k{number}"] = one.name
        names[f"n{number}"] = _normal(one)
        place = places[one.name]
        lines += [
            f" v = get(k{number})",
            " if v is not None:",
            f"  try: o[{place}] = n{number}(v)",
            f"  except CrmError as e: fail(e, f{number}, problems)",
            f" elif k{number} in g: o[{place}] = None",
        ]
    return Normalizer(module, places, compile_function("run", "\n".join(lines), names))


def _normal(one: Field) -> Callable[[object], object]:
    normalize = one.kind.normalize
    if not isinstance(one.kind, Link):
        return normalize

    def link(value: object) -> object:
        if isinstance(value, Mapping) and not hasattr(value, "id"):
            return _pending(one, value)
        return normalize(value)

    return link


def _failure(module: Module) -> Callable[[CrmError, Field, list[Problem]], None]:
    def fail(error: CrmError, one: Field, problems: list[Problem]) -> None:
        problems.extend(
            Problem(found.code, found.params, module.name, found.record, one.name)
            for found in error.problems
        )

    return fail


def required_places(module: Module) -> tuple[tuple[int, str], ...]:
    """Where required fields lie in values, with their names."""
    found: tuple[tuple[int, str], ...] | None = module.__dict__.get("_required")
    if found is None:
        layout = layout_of(module)
        found = tuple(
            (layout.index[one.name] - len(STAMPS), one.name)
            for one in module.stored
            if one.required and one.computed is None
        )
        module.__dict__["_required"] = found
    return found
