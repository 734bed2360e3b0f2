"""What a change of rights means in numbers: users × records × fields, gained and lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import define, field, frozen

from crmcore.access import OPERATIONS, SYSTEM_USER, User
from crmcore.evolving.opening import opened, taken_out
from crmcore.evolving.rights import changed_limits
from crmcore.evolving.weighing import NOTHING, Pair, Weight, may, weigh
from crmcore.query.bind import Binder
from crmcore.query.bound import FALSE, TRUE, BoundNode, both
from crmcore.query.reader import FieldRight, Reader
from crmcore.reviewing.shifts import AccessDiff, FieldShift, LimitShift, PersonShift, Shift
from crmcore.reviewing.sides import Side, configured, people
from crmcore.reviewing.wording import names_of
from crmcore.schema import Field, Module
from crmcore.work import Configuration, Workspace
from crmcore.work.configuring import check_right
from crmcore.work.sealing import seal_waiting
from crmcore.work.session import Session

_Classes = list[tuple[Pair, tuple[str, ...]]]
"""Fields by where somebody has them, before and after."""

_COUNTED: Final = tuple(one for one in OPERATIONS if one not in ("configure", "impersonate"))


def difference(crm: Workspace, old: Side = None, new: Side = None) -> AccessDiff:
    """What users gain and lose between `old` and `new`, counted in the store.

    A side is a `Document` (what would be), a past moment or position, or `None` (now). Present
    records are counted by the present schema on both sides; roles are those in force at that
    moment. Raises `AccessDenied` for who may not configure the workspace, `BeyondHorizon`,
    `SchemaError`.
    """
    seal_waiting(crm._store.backend)
    with crm._store.reading(crm.principal) as session:
        check_right(session)
        before, after = configured(session, old), configured(session, new)
        return _Comparison(session, before, after).made()


@define
class _Person:
    """A user on both sides, with what binds his rights there."""

    user: User
    before: Reader | None
    after: Reader | None
    same: bool
    old: Binder | None
    new: Binder | None


@define
class _Comparison:
    """Two configurations over one store."""

    session: Session
    before: Configuration
    after: Configuration

    def made(self) -> AccessDiff:
        """The difference, module by module."""
        everybody = self._people()
        shifts: list[Shift] = []
        fields: list[FieldShift] = []
        persons: list[PersonShift] = []
        for module in self.session.schema.modules:
            if module.retired or not module.enabled or module.keeping in ("state", "derived"):
                continue
            concerned = self._concerned(everybody, module)
            if concerned:
                found = _ModuleDiff(self.session, module, concerned)
                found.weighed()
                shifts += found.shifts()
                fields += found.field_shifts()
                persons += found.persons()
        names = names_of(self.session.schema)
        return AccessDiff(len(everybody), shifts, fields, persons, names, _limits(everybody))

    def _concerned(
        self, everybody: Iterable[_Person], module: Module
    ) -> list[tuple[_Person, _Unlike]]:
        """Those whose rights on `module` may differ, and in what."""
        known: dict[tuple[int, int], _Unlike] = {}
        found: list[tuple[_Person, _Unlike]] = []
        for one in everybody:
            unlike = _ALL_UNLIKE
            if one.same and one.before is not None and one.after is not None:
                # Who has the same roles has the same scopes, object by object.
                roles = (id(one.before.scopes), id(one.after.scopes))
                if roles not in known:
                    known[roles] = _Unlike.of(one.before, one.after, module)
                unlike = known[roles]
            if unlike.operations or unlike.fields or unlike.exports:
                found.append((one, unlike))
        return found

    def _people(self) -> list[_Person]:
        then, now = (people(self.session, one) for one in (self.before, self.after))
        found: list[_Person] = []
        for key in sorted({*then, *now} - {SYSTEM_USER}):
            old = self._reader(self.before, then.get(key))
            new = self._reader(self.after, now.get(key))
            user = now.get(key) or then[key]
            same = old is not None and new is not None and old.parameters == new.parameters
            binders = [
                None if one is None else side.binder(one)
                for side, one in ((self.before, old), (self.after, new))
            ]
            found.append(_Person(user, old, new, same, *binders))
        return found

    def _reader(self, side: Configuration, user: User | None) -> Reader | None:
        reader = self.session.reader
        return None if user is None else side.reader(user, reader.now, reader.zone)


@frozen
class _Unlike:
    """What differs between two sets of roles for one module: operations, fields, what leaves."""

    operations: frozenset[str] = frozenset()
    fields: bool = False
    exports: bool = False

    @classmethod
    def of(cls, before: Reader, after: Reader, module: Module) -> _Unlike:
        """What differs where `me` means the same on both sides."""
        unlike = {one for one in _COUNTED if _on(before, module, one) != _on(after, module, one)}
        if "read" in unlike:
            # Whatever is done needs reading too.
            unlike = set(_COUNTED)
        fields = [
            {place[1]: one for place, one in side.fields.items() if place[0] == module.name}
            for side in (before, after)
        ]
        kept = [
            {name for place, name in side.kept_in if place == module.name}
            for side in (before, after)
        ]
        known = fields[0] != fields[1]
        exports = known or "export" in unlike or kept[0] != kept[1]
        return cls(frozenset(unlike), known, exports)


_ALL_UNLIKE: Final = _Unlike(frozenset(_COUNTED), True, True)


def _on(reader: Reader, module: Module, operation: str) -> tuple[object, ...]:
    place = (module.name, operation)
    return reader.scopes.get(place), reader.denials.get(place)


@define
class _ModuleDiff:
    """The difference for one module; pairs are collected first and weighed together."""

    session: Session
    module: Module
    concerned: list[tuple[_Person, _Unlike]]
    _operations: dict[tuple[str, str], Pair] = field(factory=dict)
    _fields: dict[tuple[str, str], _Classes] = field(factory=dict)
    _weights: Mapping[Pair, Weight] = field(factory=dict)

    def weighed(self) -> None:
        """Bind both sides for everybody, and count what differs."""
        for one, unlike in self.concerned:
            for operation in sorted(unlike.operations):
                pair = (
                    _may(one.old, self.module, operation),
                    _may(one.new, self.module, operation),
                )
                if pair[0] != pair[1]:
                    self._operations[one.user.id, operation] = pair
            if unlike.fields or "read" in unlike.operations:
                self._fields[one.user.id, "read"] = self._classes(one)
            if unlike.exports:
                self._fields[one.user.id, "export"] = taken_out(one.old, one.new, self.module)
        wanted = [
            pair for (_, operation), pair in self._operations.items() if operation != "create"
        ]
        wanted += [pair for some in self._fields.values() for pair, _ in some]
        self._weights = weigh(self.session, self.module, wanted)

    def _classes(self, one: _Person) -> _Classes:
        """The fields of the module by where somebody may read them, before and after."""
        read = (_may(one.old, self.module, "read"), _may(one.new, self.module, "read"))
        found: dict[Pair, list[str]] = {}
        for item in self.module.live:
            place = (_known(one.old, self.module, item), _known(one.new, self.module, item))
            if place != (FALSE, FALSE):
                found.setdefault(place, []).append(item.name)
        made = [
            ((both(read[0], old), both(read[1], new)), tuple(names))
            for (old, new), names in found.items()
        ]
        return [(pair, names) for pair, names in made if pair[0] != pair[1]]

    def shifts(self) -> Iterable[Shift]:
        """What changes, operation by operation."""
        for operation in _COUNTED:
            pairs = [pair for (_, name), pair in self._operations.items() if name == operation]
            if not pairs:
                continue
            weights = [self._weights.get(pair, NOTHING) for pair in pairs]
            made = Shift(
                self.module.name,
                operation,
                sum(pair[0] == FALSE for pair in pairs),
                sum(pair[1] == FALSE for pair in pairs),
                *_sums(weights),
            )
            yield made

    def field_shifts(self) -> Iterable[FieldShift]:
        """What changes, field by field."""
        found: dict[tuple[str, str], list[Weight]] = {}
        for (_, operation), some in self._fields.items():
            for pair, names in some:
                weight = self._weights.get(pair, NOTHING)
                if weight != NOTHING:
                    for name in names:
                        found.setdefault((name, operation), []).append(weight)
        for operation in ("read", "export"):
            for item in self.module.live:
                if (item.name, operation) in found:
                    sums = _sums(found[item.name, operation])
                    yield FieldShift(self.module.name, item.name, *sums, operation)

    def persons(self) -> Iterable[PersonShift]:
        """What changes, user by user."""
        names = {one.user.id: one.user.name for one, _ in self.concerned}
        for (user, operation), pair in self._operations.items():
            weight = self._weights.get(pair, NOTHING)
            if weight != NOTHING:
                yield PersonShift(
                    user, names[user], self.module.name, operation, weight.gained, weight.lost
                )


def _limits(everybody: Iterable[_Person]) -> Iterable[LimitShift]:
    for one in everybody:
        if one.before is not None and one.after is not None:
            for operation, old, new in changed_limits(one.before, one.after):
                yield LimitShift(one.user.id, one.user.name, operation, old, new)


def _may(binder: Binder | None, module: Module, operation: str) -> BoundNode:
    return FALSE if binder is None else may(binder, module, operation)


def _known(binder: Binder | None, module: Module, one: Field) -> BoundNode:
    if binder is None:
        return FALSE
    right: FieldRight = binder.reader.field_right(module.name, one.name)
    return TRUE if right.level == "write" else opened(binder, module, right, "read")


def _sums(weights: Iterable[Weight]) -> tuple[int, int, int, int]:
    """Who gains and loses, and how much all of them do."""
    found = list(weights)
    return (
        sum(one.gained > 0 for one in found),
        sum(one.lost > 0 for one in found),
        sum(one.gained for one in found),
        sum(one.lost for one in found),
    )
