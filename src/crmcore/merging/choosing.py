"""Which values the kept record takes: what it lacks, and what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import define, field

from crmcore.errors import AccessDenied, Invalid
from crmcore.kinds import Link
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import Field, Module
from crmcore.work.permitting import OWNER, FieldGate
from crmcore.work.screening import Difference, fields_told
from crmcore.work.session import Session


@define
class Chosen:
    """What the kept record is to hold: `values`, each from the record that `taken` names.

    `withheld` are fields that it lacks and another has, and that are not the user's to write.
    `loose` are its links to what is merged into it, without that.
    """

    values: dict[str, object] = field(factory=dict)
    taken: dict[str, str] = field(factory=dict)
    withheld: list[str] = field(factory=list)
    loose: dict[str, object] = field(factory=dict)


@define
class Choosing:
    """The record `kept` and the `others`, as rows, before the user of a session."""

    session: Session
    module: Module
    kept: Row
    others: Sequence[Row]
    _told: dict[str, Callable[[Difference], Difference]] = field(factory=dict)

    def chosen(self, take: Mapping[str, str]) -> Chosen:
        """The choice, where `take` names for fields the record whose value is wanted.

        Raises `SchemaError`, `Invalid` (`merge_source`) and `AccessDenied`.
        """
        found = Chosen()
        wanted = self._wanted(take)
        for one in self.module.stored:
            if one.computed is not None:
                continue
            own = self._own(one)
            if own != self._value(one, self.kept):
                found.loose[one.name] = own
            if one.name in wanted:
                self._take(found, one, wanted[one.name], own)
            elif own is None and one.name != OWNER:
                self._fill(found, one)
        return found

    def _wanted(self, take: Mapping[str, str]) -> dict[str, Row]:
        shown = self.session.binder.shown(self.module)
        rows = {str(row[0]): row for row in (self.kept, *self.others)}
        found: dict[str, Row] = {}
        for spelling, record in take.items():
            name = shown.field(spelling).name
            if self.module.by_name[name].computed is not None:
                raise Invalid("not_writable", module=self.module.name, field=name)
            if record not in rows:
                raise Invalid("merge_source", module=self.module.name, field=name, source=record)
            found[name] = rows[record]
        return found

    def _take(self, found: Chosen, one: Field, source: Row, own: object) -> None:
        """Raises `AccessDenied` for values that he does not see; the door looks at the rest."""
        if source is self.kept:
            return
        if not self._is_seen(one, source):
            raise AccessDenied(
                "merge_unseen_value", module=self.module.name, field=one.name, source=source[0]
            )
        value = self._theirs(one, source)
        if value != own:
            found.values[one.name], found.taken[one.name] = value, str(source[0])

    def _fill(self, found: Chosen, one: Field) -> None:
        """The first value that there is, in the order of the others."""
        for source in self.others:
            value = self._theirs(one, source)
            if value is None or not self._is_seen(one, source):
                continue
            if self._is_writable(one):
                found.values[one.name], found.taken[one.name] = value, str(source[0])
            elif self._is_seen(one, self.kept):
                found.withheld.append(one.name)
            return

    def _own(self, one: Field) -> object:
        """The value of the kept record, without links to the others."""
        return _without(one, self.module, self._value(one, self.kept), self._ids(self.others))

    def _theirs(self, one: Field, source: Row) -> object:
        """The value of another record, without links to those that become one with it."""
        group = self._ids((self.kept, *self.others))
        return _without(one, self.module, self._value(one, source), group)

    def _ids(self, rows: Sequence[Row]) -> frozenset[object]:
        return frozenset(row[0] for row in rows)

    def _value(self, one: Field, row: Row) -> object:
        found = row[layout_of(self.module).index[one.name]]
        return None if found == () else found

    def _is_seen(self, one: Field, row: Row) -> bool:
        record, value = str(row[0]), self._value(one, row)
        if record not in self._told:
            self._told[record] = fields_told(self.session, self.module, record)
        told = self._told[record]({one.name: (None, value)})
        return one.name in told and told[one.name][1] == value

    def _is_writable(self, one: Field) -> bool:
        gate = FieldGate.of(self.session, self.module)
        return gate is None or not gate.problems({one.name}, self.kept)


def _without(one: Field, module: Module, value: object, ids: frozenset[object]) -> object:
    """`value` without links to records of `module` that are among `ids`."""
    if not isinstance(one.kind, Link) or one.kind.target != module.name:
        return value
    if isinstance(value, tuple):
        return tuple(each for each in value if each not in ids) or None
    return None if value in ids else value
