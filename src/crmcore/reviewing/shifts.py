"""The difference between two states of rights as a value: users × records × fields."""

from __future__ import annotations

from typing import Final

from attrs import asdict, field, frozen

from crmcore.errors import Language
from crmcore.reviewing.wording import Names, named, operation_word, table_of
from crmcore.tables import Table


@frozen
class Shift:
    """What changes for one operation on one module, over all users.

    `opened` users had no right at all and get one, `closed` ones lose all of it; `gaining`
    and `losing` ones gain or lose present records, `gained` and `lost` of these together.
    """

    module: str
    operation: str
    opened: int = 0
    closed: int = 0
    gaining: int = 0
    losing: int = 0
    gained: int = 0
    lost: int = 0


@frozen
class FieldShift:
    """What changes for one field: users, and records whose value they gain or lose.

    `operation` is `read`, or `export` of a field that stays within unless a grant names it.
    """

    module: str
    field: str
    gaining: int = 0
    losing: int = 0
    gained: int = 0
    lost: int = 0
    operation: str = "read"


@frozen
class PersonShift:
    """The records that one user gains and loses for one operation on one module."""

    user: str
    name: str
    module: str
    operation: str
    gained: int
    lost: int


@frozen
class LimitShift:
    """How many records at once one user may export, import or change: `None` for any number."""

    user: str
    name: str
    operation: str
    before: int | None
    after: int | None


@frozen
class AccessDiff:
    """The difference between two states of rights, over the records that there are now.

    `users` were looked at. Of `create`, which is about records to come, only who may and may
    no longer is told.
    """

    users: int
    shifts: tuple[Shift, ...] = field(converter=tuple[Shift, ...])
    fields: tuple[FieldShift, ...] = field(converter=tuple[FieldShift, ...])
    people: tuple[PersonShift, ...] = field(converter=tuple[PersonShift, ...])
    names: Names = field(factory=dict, eq=False, repr=False)
    limits: tuple[LimitShift, ...] = field(default=(), converter=tuple[LimitShift, ...])

    @property
    def is_empty(self) -> bool:
        """Whether nobody gains or loses anything."""
        return not (self.shifts or self.fields or self.limits)

    def table(self, language: Language = "zh") -> Table:
        """A row per module and operation."""
        rows = [
            (
                self._module(one.module, language),
                operation_word(one.operation, language),
                *_numbers(one),
            )
            for one in self.shifts
        ]
        return table_of(_SHIFTS, rows, language)

    def field_table(self, language: Language = "zh") -> Table:
        """A row per field that somebody may read or export now, or may no longer."""
        rows = [
            (
                self._module(one.module, language),
                named(self.names, f"{one.module}.{one.field}", language),
                operation_word(one.operation, language),
                *(one.gaining, one.losing, one.gained, one.lost),
            )
            for one in self.fields
        ]
        return table_of(_FIELDS, rows, language)

    def person_table(self, language: Language = "zh") -> Table:
        """A row per user, module and operation."""
        rows = [
            (
                one.name,
                self._module(one.module, language),
                operation_word(one.operation, language),
                *(one.gained, one.lost),
            )
            for one in self.people
        ]
        return table_of(_PEOPLE, rows, language)

    def limit_table(self, language: Language = "zh") -> Table:
        """A row per user and operation of which he may do more or fewer records at once."""
        rows = [
            (
                one.name,
                operation_word(one.operation, language),
                *("∞" if limit is None else f"{limit:,}" for limit in (one.before, one.after)),
            )
            for one in self.limits
        ]
        return table_of(_LIMITS, rows, language)

    def _module(self, name: str, language: Language) -> str:
        return named(self.names, name, language)

    def to_json(self) -> dict[str, object]:
        """All of it as plain data."""
        return {
            "users": self.users,
            "shifts": [asdict(one) for one in self.shifts],
            "fields": [asdict(one) for one in self.fields],
            "people": [asdict(one) for one in self.people],
            "limits": [asdict(one) for one in self.limits],
        }


def _numbers(one: Shift) -> tuple[int, ...]:
    return (one.opened, one.closed, one.gaining, one.losing, one.gained, one.lost)


_MODULE: Final = ("module", "模块", "Module")
_OPERATION: Final = ("operation", "操作", "Operation")
_GAINED: Final = (
    ("gained", "增加的记录数", "Records gained"),
    ("lost", "减少的记录数", "Records lost"),
)
_USERS: Final = (
    ("gaining", "增加权限的人数", "Users who gain"),
    ("losing", "减少权限的人数", "Users who lose"),
)
_SHIFTS: Final = (
    _MODULE,
    _OPERATION,
    ("opened", "新获权的人数", "Users who now may"),
    ("closed", "完全失权的人数", "Users who no longer may"),
    *_USERS,
    *_GAINED,
)
_FIELDS: Final = (_MODULE, ("field", "字段", "Field"), _OPERATION, *_USERS, *_GAINED)
_PEOPLE: Final = (("user", "用户", "User"), _MODULE, _OPERATION, *_GAINED)
_LIMITS: Final = (
    ("user", "用户", "User"),
    _OPERATION,
    ("before", "原上限", "At most, so far"),
    ("after", "新上限", "At most, from now on"),
)
