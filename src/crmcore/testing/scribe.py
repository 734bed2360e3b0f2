"""Acts as writes: full rows, stamped, each naming the version that it replaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from attrs import frozen

from crmcore.query.bind import Binder
from crmcore.query.bound import BoundQuery, full_columns
from crmcore.schema import Module, Schema
from crmcore.schema.reserved import CHANGE_SET
from crmcore.storage import Delete, Expect, Insert, Replace, Rewrite, Row, Write
from crmcore.testing.asking import SYSTEM
from crmcore.testing.rows import USER_ID, change_set_id, moment, new_row, next_row, salt
from crmcore.testing.script import Act, Assign, Change, Check, Create, Remove

_LOST: Final = 1_000_000
"""A version that no record has."""

Rows = dict[str, Row]


@frozen
class Scribe:
    """Writes down commits for a schema; `stored` reads the live rows of a module, by id."""

    schema: Schema
    stored: Callable[[Module], Rows]

    def change_set(self, number: int, position: int | None) -> Insert:
        """The change set of commit `number`, sealed at `position` if that is given."""
        values = {"position": position, "moment": moment(number)}
        return Insert(CHANGE_SET, [new_row(CHANGE_SET, change_set_id(number), number, values)])

    def writes(self, number: int, acts: Iterable[Act], *, whole: bool = True) -> list[Write]:
        """`acts` as the writes of commit `number`; `whole`: neighbors of one sort as one."""
        present: dict[str, Rows] = {}
        writes: list[Write] = []
        for act in acts:
            module = self.schema.by_name[act.module]
            if module.name not in present:
                present[module.name] = dict(self.stored(module))
            write = self._write(number, module, act, present[module.name])
            if whole and writes and _extends(writes[-1], write):
                write = _joined(writes.pop(), write)
            writes.append(write)
        return writes

    def _write(self, number: int, module: Module, act: Act, rows: Rows) -> Write:
        if isinstance(act, Assign):
            return self._rewrite(number, module, act)
        if isinstance(act, Create):
            row = new_row(module, act.record, number, act.values)
            rows.setdefault(act.record, row)
            return Insert(module, [row])
        former = rows.get(act.record)
        known = 1 if former is None else former[1]
        assert isinstance(known, int)
        if isinstance(act, Check):
            wanted = {"any": None, "present": [known], "lost": [_LOST]}[act.version]
            return Expect(module, [act.record], wanted)
        version = _LOST if act.stale else known
        if isinstance(act, Remove):
            rows.pop(act.record, None)
            return Delete(module, [act.record], [version], change_set_id(number))
        row = changed_row(module, former, number, act)
        rows[act.record] = row
        return Replace(module, [row], [version])

    def _rewrite(self, number: int, module: Module, act: Assign) -> Rewrite:
        where = Binder(self.schema, SYSTEM.reader).condition(module, act.where)
        query = BoundQuery(module, full_columns(module), where)
        stamps = change_set_id(number), moment(number), USER_ID, salt(number)
        return Rewrite(query, act.values, *stamps)


def changed_row(module: Module, former: Row | None, number: int, act: Change) -> Row:
    """The row of the next version; of a record that is gone, one that never was."""
    if former is None:
        former = new_row(module, act.record, number, {})
    values: Mapping[str, object] = act.values
    return next_row(module, former, number, values)


def _extends(first: Write, second: Write) -> bool:
    """Whether both are writes of one sort on one module, which may be made at once."""
    if isinstance(first, Rewrite) or isinstance(second, Rewrite):
        return False
    alike = type(first) is type(second) and first.module.name == second.module.name
    return alike and not isinstance(first, Expect)


def _joined(first: Write, second: Write) -> Write:
    if isinstance(first, Insert) and isinstance(second, Insert):
        return Insert(first.module, [*first.rows, *second.rows])
    if isinstance(first, Replace) and isinstance(second, Replace):
        rows, versions = [*first.rows, *second.rows], [*first.versions, *second.versions]
        return Replace(first.module, rows, versions)
    assert isinstance(first, Delete)
    assert isinstance(second, Delete)
    ids, versions = [*first.ids, *second.ids], [*first.versions, *second.versions]
    return Delete(first.module, ids, versions, first.change_set)
