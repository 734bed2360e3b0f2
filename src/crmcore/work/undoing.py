"""Undo: the inverse of an operation, field by field, through the same door.

A field that still holds what the operation wrote gets its former value back; what
somebody edited since is kept; what cannot be brought back is said, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from attrs import frozen

from crmcore.errors import Language, Problem
from crmcore.kinds import Link
from crmcore.query.bound import TRUE, by_ids
from crmcore.query.evaluate import Row
from crmcore.records import Record
from crmcore.records.erased import FORGOTTEN, Erased
from crmcore.schema import Module
from crmcore.work.history import Version, same, versions
from crmcore.work.session import Session, chunks

Inverse = Literal["remove", "restore", "update"]


@frozen
class FieldFate:
    """What became of one field (or of a whole record: `field` is `None`) in an undo.

    `reason` is a code: why it was kept, or is impossible.
    """

    module: str
    record: str
    field: str | None
    reason: str | None = None

    def message(self, language: Language = "en") -> str:
        """The reason as a sentence; empty for what was restored."""
        if self.reason is None:
            return ""
        try:
            return Problem(self.reason).message(language)
        except KeyError:
            return self.reason  # a sentence about values, which are not kept here


@frozen
class Undone:
    """What an undo did: restored, kept because of later edits, impossible and why."""

    operation: str
    restored: tuple[FieldFate, ...]
    kept: tuple[FieldFate, ...]
    impossible: tuple[FieldFate, ...]

    def to_json(self) -> dict[str, object]:
        """The counts, and at most a hundred fates of each sort that needs attention."""
        return {
            "operation": self.operation,
            "restored": len(self.restored),
            "kept": [_fate(one) for one in self.kept[:100]],
            "kept_count": len(self.kept),
            "impossible": [_fate(one) for one in self.impossible[:100]],
            "impossible_count": len(self.impossible),
        }


def _fate(one: FieldFate) -> list[str | None]:
    return [one.module, one.record, one.field, one.reason]


@frozen
class Touched:
    """A record as it was before an operation, as the operation left it, and as it is now."""

    module: Module
    record: str
    before: Record | None
    after: Record | None
    current: Record | None
    last: int
    """Its last version, of which the next one comes."""


def touched(session: Session, sets: Sequence[str], module: Module) -> Iterator[Touched]:
    """The records of `module` that the change sets `sets` wrote, in order of id."""
    own = frozenset(sets)
    ids = {one.record.id for one in versions(session, module, TRUE, TRUE, tuple(sets))}
    for some in chunks(sorted(ids)):
        found = versions(session, module, by_ids(some), TRUE)
        for record, group in groupby(found, key=lambda one: one.record.id):
            yield _touched(module, record, list(group), own)


def _touched(module: Module, record: str, found: list[Version], own: frozenset[str]) -> Touched:
    before: Record | None = None
    after: Record | None = None
    for one in found:
        if str(one.record.row[6]) in own:
            after = one.record
        elif one.ended_by in own:
            before = one.record
        if one.ended_by in own and one.is_removed:
            after = None
    last = found[-1]
    current = None if last.ended_by is not None else last.record
    return Touched(module, record, before, after, current, last.record.version)


def inverse(one: Touched) -> tuple[Inverse | None, dict[str, object], list[FieldFate]]:
    """What brings `one` back, the values for it, and what is kept because of later edits."""
    name, record = one.module.name, one.record
    if one.before is None and one.after is None:
        return None, {}, []
    if one.before is None:
        if one.current is None:
            return None, {}, []
        if one.after is None or one.current.version != one.after.version:
            return None, {}, [FieldFate(name, record, None, "edited_since")]
        return "remove", {}, []
    if one.after is None:
        if one.current is not None:
            return None, {}, [FieldFate(name, record, None, "made_again_since")]
        if _is_forgotten(one.module, one.before):
            return None, {}, [FieldFate(name, record, None, "erased")]
        return "restore", {}, []
    if one.current is None:
        return None, {}, [FieldFate(name, record, None, "removed_since")]
    return _fields(one, one.before, one.after, one.current)


def without_erased(module: Module, former: Record) -> tuple[Row, list[FieldFate]]:
    """The row of a removed record that comes back, empty where values were purged; and where."""
    row = tuple(None if isinstance(value, Erased) else value for value in former.row)
    found = [(one.name, former[one.name]) for one in module.stored]
    fates = [
        FieldFate(module.name, former.id, name, value.how)
        for name, value in found
        if isinstance(value, Erased)
    ]
    return row, fates


def _is_forgotten(module: Module, former: Record) -> bool:
    """Whether nothing is left of a record but what it linked to."""
    values = [former[one.name] for one in module.stored if not isinstance(one.kind, Link)]
    return FORGOTTEN in values and all(one in (None, FORGOTTEN) for one in values)


def _fields(
    one: Touched, before: Record, after: Record, current: Record
) -> tuple[Inverse | None, dict[str, object], list[FieldFate]]:
    values: dict[str, object] = {}
    kept: list[FieldFate] = []
    for field in one.module.stored:
        former, wrote, now = before[field.name], after[field.name], current[field.name]
        if isinstance(former, Erased):
            kept.append(FieldFate(one.module.name, one.record, field.name, former.how))
            continue
        if field.computed is not None or same(former, wrote) or same(now, former):
            continue
        if same(now, wrote):
            values[field.name] = former
        else:
            kept.append(FieldFate(one.module.name, one.record, field.name, "edited_since"))
    return ("update" if values else None), values, kept
