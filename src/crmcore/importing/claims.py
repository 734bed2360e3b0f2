"""Unique keys of records as they are about to be written: taken ones refuse the row alone."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from crmcore.errors import Problem
from crmcore.importing.finding import KeyFinder, KeyValue
from crmcore.query.evaluate import Row
from crmcore.schema import STAMPS
from crmcore.work.intake import Intake
from crmcore.work.session import Session

Images = Sequence[tuple[Intake, Row, Row | None]]


@define
class Claims:
    """Finds out who would take a key that another record has, beyond what the rows say.

    A key is complete only in the image that is stored: defaults, formulas, and what a record
    held before belong to it.
    """

    finder: KeyFinder
    in_creating: bool
    in_updating: bool

    @classmethod
    def of(cls, finder: KeyFinder) -> Claims:
        """The claims of a module; nothing is looked up where rows say all of every key."""
        module = finder.module
        keys = [[module.by_name[name] for name in key.fields] for key in module.unique_keys]
        computed = any(one.computed is not None for fields in keys for one in fields)
        defaults = any(one.default is not None for fields in keys for one in fields)
        compound = any(len(fields) > 1 for fields in keys)
        return cls(finder, computed or defaults, computed or compound)

    def check(self, session: Session, images: Images) -> None:
        """Give those of `images` a problem that have a key of another record."""
        made = [self._keys(row) for _, row, _ in images]
        former = [set() if row is None else self._keys(row) for _, _, row in images]
        wanted = {key for new, old in zip(made, former, strict=True) for key in new | old}
        found = self.finder.find(session, wanted) if wanted else {}
        holders = {key: one.record for key, one in found.items()}
        for (intake, row, _), new, old in zip(images, made, former, strict=True):
            record = str(row[0])
            taken = sorted(key[0] for key in new if holders.get(key, record) != record)
            if taken:
                names = self.finder.fields(taken[0])
                params = {"fields": "+".join(names)}
                blamed = next((name for name in names if name in intake.given), names[0])
                intake.problems.append(Problem("value_taken", params, None, None, blamed))
                continue
            for key in old - new:
                holders.pop(key, None)
            holders.update(dict.fromkeys(new, record))

    def _keys(self, row: Row) -> set[KeyValue]:
        return set(self.finder.keys_of(row[len(STAMPS) :]))
