"""What policy did beside the user of an operation, and how an undo takes that back in its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import define, field, frozen

from crmcore.kinds import Link
from crmcore.records import layout_of
from crmcore.schema import Module
from crmcore.schema.reserved import CHANGE_REQUEST, CONSENT, MERGE, SHARE, TEAM_MEMBER
from crmcore.work.door import Door
from crmcore.work.parking import ASKED, WITHDRAWN
from crmcore.work.removing import remove
from crmcore.work.session import Session
from crmcore.work.undoing import Touched, touched

_FOLLOWING: Final = frozenset({CONSENT.name, SHARE.name, TEAM_MEMBER.name})
"""What policy lets follow a merged record, whoever merges."""


@frozen
class Return:
    """A field of a record that goes back from `now` to `former`; `links_to` names its target."""

    module: Module
    record: str
    field: str
    now: object
    former: object
    links_to: str | None


@define
class Unmerging:
    """The merges of an operation (what is gone → what was kept), and what goes back with them."""

    merged: Mapping[str, str]
    trails: Sequence[tuple[str, int, str, str]]
    """Of each merge: id and version of its record, module and id of what is gone."""
    returns: list[Return] = field(factory=list)

    @classmethod
    def of(cls, policy: Session, sets: Sequence[str]) -> Unmerging:
        """The merges that the change sets `sets` made and that are known still."""
        rows = [
            one.current
            for one in (touched(policy, sets, MERGE) if sets else ())
            if one.before is None and one.current is not None
        ]
        merged = {str(one["record"]): str(one["kept"]) for one in rows}
        trails = [(one.id, one.version, str(one["module"]), str(one["record"])) for one in rows]
        return cls(merged, trails)

    def takes(self, one: Touched) -> bool:
        """Whether all that became of `one` was policy's, and goes back with the merge."""
        if one.module.name == MERGE.name:
            return True
        if one.current is None or one.after is None:
            return False
        if one.module.name == CHANGE_REQUEST.name:
            return self._withdraws(one)
        if one.module.name not in _FOLLOWING or one.before is None:
            return False
        link = one.module.fields[0].name
        gone, now = one.before[link], one.current[link]
        if self.merged.get(str(gone)) != now:
            return False
        self.returns.append(
            Return(one.module, one.record, link, now, gone, str(one.current["module"]))
        )
        return True

    def _withdraws(self, one: Touched) -> bool:
        """What was asked for by the operation, and waits, is asked for no more."""
        if one.before is not None or one.current is None or one.current["state"] != ASKED:
            return False
        module, record = one.module, one.record
        self.returns.append(Return(module, record, "state", ASKED, WITHDRAWN, None))
        return True

    def loosened(self, one: Touched, values: dict[str, object]) -> list[str]:
        """Take links to what was merged into it out of the `values` that `one` gets back."""
        found: list[str] = []
        if one.current is None or one.record not in self.merged.values():
            return found
        for name, former in list(values.items()):
            kind, now = one.module.by_name[name].kind, one.current[name]
            if not isinstance(kind, Link) or kind.target != one.module.name:
                continue
            left = set(_ids(former)) - set(_ids(now))
            if set(_ids(now)) <= set(_ids(former)) and left <= self.merged.keys():
                place = one.module, one.record, name
                self.returns.append(Return(*place, now, former, one.module.name))
                found.append(name)
                del values[name]
        return found

    def carry_out(self, system: Door) -> None:
        """Take back, through the door of policy, what leads to records that are there again."""
        session = system.session
        for one in self.returns:
            row = session.stored_rows(one.module, [one.record]).get(one.record)
            if row is None or row[layout_of(one.module).index[one.field]] != one.now:
                continue  # changed by somebody else meanwhile
            former = one.former
            if one.links_to is not None:
                former = _there(session, one.links_to, former)
            if former is not None:
                change = (one.record, row[1], {one.field: former})
                system.revert(one.module, [change])  # type: ignore[list-item]
        for record, version, module, gone in self.trails:
            if _there(session, module, gone) is not None:
                remove(system, system, MERGE, [(record, version)])


def _ids(value: object) -> tuple[object, ...]:
    if isinstance(value, tuple):
        return value
    return () if value is None else (value,)


def _there(session: Session, module: str, value: object) -> object:
    """`value` (an id, or several) as far as such records are there; `None` for none."""
    found = session.schema.by_name.get(module)
    ids = [str(one) for one in _ids(value)]
    there = {} if found is None else session.stored_rows(found, ids)
    left = tuple(one for one in ids if one in there)
    if isinstance(value, tuple):
        return left or None
    return left[0] if left else None
