"""Fields and options in a document: what is renamed, retired, merged, computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from attrs import define, evolve, field, fields

from crmcore.errors import Problem, SchemaError
from crmcore.evolving.partial import COMPUTED, filled_field
from crmcore.evolving.renaming import (
    circle_of,
    rename_problems,
    renamed_in_circle,
    renamed_twice,
)
from crmcore.evolving.wanted import Merge, kept_in_place
from crmcore.kinds import Choice, Labels, Option
from crmcore.kinds.choice import options
from crmcore.rules import ComputedRule, Formula, LinkedField, RollUp
from crmcore.schema import Field, Module
from crmcore.schema.codec import KINDS
from crmcore.schema.names import generated_name, is_name
from crmcore.work.recasting import OnFailure

_POLICIES: Final = get_args(OnFailure)


def copied(data: object, name: str) -> dict[str, Any]:
    """A mapping of names as a plain dict of its own; raises `SchemaError`."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise SchemaError("not_a_section", name=name)
    return {str(key): value for key, value in data.items()}


def merged_label(old: Labels, new: Labels) -> Labels:
    """`new`, with every spelling that was ever understood: a file need not repeat them."""
    is_same = (new.zh, new.en) == (old.zh, old.en)
    known = old if is_same else old.renamed(Labels(new.zh, new.en))
    return Labels(known.zh, known.en, (*known.synonyms, *new.synonyms))


@define
class FieldReader:
    """Reads the fields of one module, matched with those of `old` by name.

    `target` gives the names of linked modules. `present` are the fields of `old` as files
    hold them, where the document is partial.
    """

    module: str
    old: Module | None
    target: Callable[[str], str]
    present: Mapping[str, Any] | None = None
    computed: list[ComputedRule] = field(factory=list)
    policies: dict[str, OnFailure] = field(factory=dict)
    merges: list[Merge] = field(factory=list)
    problems: list[Problem] = field(factory=list)
    _former: dict[str, str] = field(factory=dict)
    _directions: dict[str, dict[str, str]] = field(factory=dict)
    _names: list[str] = field(factory=list)

    def data(self, key: str, given: object) -> dict[str, Any]:
        """The definition under `key` (a name or a label) as the codec of schemas reads it."""
        data = copied(given, key)
        name = self._name(key, data)
        where = {"module": self.module, "field": name}
        self._names.append(name)
        former = data.pop("renamed_from", None)
        if former is not None:
            self._former[name] = str(former)
        if self.present is not None:
            known = self.present.get(name, self.present.get(str(former)))
            data = data if known is None else filled_field(data, known)
        policy = data.pop("on_failure", None)
        if policy is not None:
            if policy not in _POLICIES:
                raise SchemaError("unknown_policy", **where, name=policy, known="refuse, empty")
            self.policies[name] = policy
        self._compute(name, data)
        if "retire" in data:
            data["retired"] = data.pop("retire")
        if "default" in data and not isinstance(data["default"], Mapping):
            data["default"] = {"value": data["default"]}
        return {**self._kind(name, data), "name": name}

    def _name(self, key: str, data: dict[str, Any]) -> str:
        if is_name(key):
            return key
        if self.old is not None:
            try:
                name = self.old.field(key).name
            except SchemaError:
                pass
            else:
                if self.present is None:
                    data.setdefault("label", key)
                return name
        data.setdefault("label", key)
        known = [one.name for one in self.old.fields] if self.old is not None else []
        return generated_name("field", [*known, *self._names])

    def _compute(self, name: str, data: dict[str, Any]) -> None:
        found = [one for one in COMPUTED if one in data]
        if len(found) > 1:
            self._tell("computed_twice", name, name=", ".join(found))
        for how in found:
            given = data.pop(how)
            try:
                if how == "formula":
                    self.computed.append(Formula(self.module, name, _text(given)))
                elif how == "path":
                    self.computed.append(LinkedField(self.module, name, _text(given)))
                else:
                    parts = {key: _text(value) for key, value in copied(given, how).items()}
                    self.computed.append(RollUp(self.module, name, **parts))  # type: ignore[arg-type]
            except TypeError:
                self._tell("bad_computed", name, name=how)

    def _kind(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """`data` with what belongs to the kind put together."""
        tag = data.pop("kind", None)
        kind = KINDS.get(tag) if isinstance(tag, str) else None
        if kind is None:
            known = ", ".join(KINDS)
            where = {"module": self.module, "field": name}
            raise SchemaError("unknown_kind", **where, name=str(tag), known=known)
        own = {one.name for one in fields(kind) if one.init}
        parts = {key: data.pop(key) for key in list(data) if key in own}
        if isinstance(parts.get("target"), str):
            parts["target"] = self.target(parts["target"])
        if "options" in parts:
            parts["options"] = [self._option(name, one) for one in parts["options"] or ()]
        return {**data, "kind": {"kind": tag, **parts}}

    def _option(self, name: str, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        data = copied(given, name)
        code = str(data.get("code"))
        if "retire" in data:
            data["retired"] = data.pop("retire")
        if "merge_into" in data:
            self._direct(name, code, str(data.pop("merge_into")))
            data["retired"] = True
        if "renamed_from" in data:
            self._direct(name, str(data.pop("renamed_from")), code)
        return data

    def _direct(self, name: str, old: str, new: str) -> None:
        """Note that records that hold the option `old` are to hold `new`."""
        other = self._directions.setdefault(name, {}).setdefault(old, new)
        if other != new:
            self.problems.append(renamed_twice(self.module, name, old, (other, new)))

    def _tell(self, code: str, place: str, /, **params: object) -> None:
        self.problems.append(Problem(code, params, self.module, None, place))

    def matched(self, one: Field) -> Field:
        """`one` with the number, the spellings and the options of the field that it is."""
        old = self._known(one)
        if old is None:
            self._merge(one, 0, ())
            return one
        label = merged_label(old.label, one.label)
        if old.name != one.name and old.name not in label.all():
            label = evolve(label, synonyms=(*label.synonyms, old.name))
        kind = one.kind
        if isinstance(kind, Choice) and isinstance(old.kind, Choice):
            kind = evolve(kind, options=self._options(one.name, old.kind.options, kind.options))
            self._merge(evolve(one, kind=kind), old.number, old.kind.options)
        return evolve(one, label=label, kind=kind, number=old.number)

    def check_names(self) -> None:
        """Tell of names that were given in a way that cannot be carried out."""
        known = self._by_name()
        # What was renamed before may go on saying so.
        asked = {
            name: former
            for name, former in self._former.items()
            if former != name and not (name in known and former in known[name].label.all())
        }
        self.problems.extend(rename_problems(self.module, asked, known))
        for name, former in asked.items():
            if name in known or self.old is None:
                continue
            if former not in known:
                self._tell("unknown_former", name, name=former)
            elif former in self._names and former not in asked:
                self._tell("renamed_and_kept", name, name=former)

    def _by_name(self) -> dict[str, Field]:
        return {found.name: found for found in self.old.fields} if self.old is not None else {}

    def _known(self, one: Field) -> Field | None:
        """The present field that `one` is: of its name, or of the name that it had."""
        known = self._by_name()
        return known.get(one.name) or known.get(self._former.get(one.name, ""))

    def _options(
        self, name: str, old: tuple[Option, ...], new: tuple[Option, ...]
    ) -> tuple[Option, ...]:
        before = {one.code: one for one in old}
        made = [
            evolve(one, label=merged_label(before[one.code].label, one.label))
            if one.code in before
            else one
            for one in new
        ]
        codes = {one.code for one in made}
        merged = self._directions.get(name, {})
        kept: list[Option] = []
        for one in old:
            if one.code in codes:
                continue
            if not (one.retired or self.present is not None or one.code in merged):
                self._tell("vanished", name, name=one.code)
            kept.append(evolve(one, retired=one.retired or one.code in merged))
        stays = {one.code: one for one in kept}
        whole = kept_in_place(made, old, kept, lambda one: one.code)
        return options(stays.get(one.code, one) for one in whole)

    def _merge(self, one: Field, number: int, old: tuple[Option, ...]) -> None:
        """Note which options are to be replaced in records, as far as there may be any."""
        if not isinstance(one.kind, Choice) or one.retired:
            return
        codes = {option.code: option for option in one.kind.options}
        directions = self._directions.get(one.name, {})
        circle = next(filter(None, (circle_of(directions, code) for code in directions)), [])
        if len(circle) > 1:
            self.problems.append(renamed_in_circle(self.module, one.name, circle))
            return
        for code, target in directions.items():
            found, former = codes.get(target), codes.get(code)
            if found is None or found.retired or target == code:
                self._tell("bad_merge", one.name, name=code, target=target)
            elif former is not None and not former.retired:
                self._tell("renamed_and_kept", one.name, name=code)
            elif code in {option.code for option in old}:
                self.merges.append(Merge(self.module, one.name, number, code, target))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
