"""The access matrix: operations (功能权限), records (数据权限) and fields (字段权限)."""

from __future__ import annotations

from typing import Final, Literal

from attrs import asdict, field, frozen

from crmcore.access import OPERATIONS
from crmcore.errors import Language
from crmcore.explaining.explanation import scope_label
from crmcore.reviewing.wording import (
    Names,
    classification_word,
    level_word,
    named,
    operation_word,
    table_of,
)
from crmcore.schema import Classification
from crmcore.sheets import Column, SheetOut, Target, write_xlsx
from crmcore.tables import Table

Extent = Literal["all", "some", "none"]
Sort = Literal["role", "user"]

_EXTENTS: Final[dict[Extent, tuple[str, str]]] = {
    "all": ("全部", "all"),
    "some": ("部分", "some"),
    "none": ("–", "–"),
}
_ROLE_AND_USER: Final[dict[Sort, tuple[str, str]]] = {
    "role": ("角色", "role"),
    "user": ("用户", "user"),
}


@frozen
class Way:
    """One alternative of a grant: the word for its scope (`own`, `via:account`), and what it
    demands besides, as an expression; neither for everything."""

    scope: str | None = None
    where: str | None = None

    def message(self, language: Language = "zh") -> str:
        """The alternative in words, such as 负责人."""
        told = [] if self.scope is None else [scope_label(self.scope, language)]
        told += [] if self.where is None else [self.where]
        return (" 且 " if language == "zh" else " and ").join(told)


@frozen
class OperationRight:
    """How far somebody may do `operation` on `module`.

    `ways` are the alternatives that grants leave, `denials` the names of rules that take
    away, `roles` those that grant.
    """

    sort: Sort
    subject: str
    module: str
    operation: str
    extent: Extent
    ways: tuple[Way, ...] = ()
    denials: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@frozen
class FieldLevel:
    """How far somebody may know a field of what he may read: hidden, masked, read or write.

    `varies` where it differs from record to record, `level` then being the least. `declared`
    marks a computed field that is open although what it is computed of is not; `exported`
    is false of personal data that stays although records of the module may be exported.
    """

    sort: Sort
    subject: str
    module: str
    field: str
    level: str
    mask: str | None = None
    varies: bool = False
    denials: tuple[str, ...] = ()
    declared: bool = False
    classification: Classification = "internal"
    exported: bool = True


@frozen
class Matrix:
    """Rights of roles (each alone) and of users (with all roles that are in force)."""

    operations: tuple[OperationRight, ...] = field(converter=tuple[OperationRight, ...])
    fields: tuple[FieldLevel, ...] = field(converter=tuple[FieldLevel, ...])
    names: Names = field(factory=dict, eq=False, repr=False)

    def functions(self, language: Language = "zh") -> Table:
        """功能权限: a row per subject and module, a column per operation: all, some or none."""
        rows: dict[tuple[Sort, str, str], dict[str, Extent]] = {}
        for one in self.operations:
            place = (one.sort, one.subject, one.module)
            rows.setdefault(place, {})[one.operation] = one.extent
        columns = (*_SUBJECT, *((one, *_both(one)) for one in OPERATIONS))
        at = 0 if language == "zh" else 1
        return table_of(
            columns,
            (
                (
                    *self._subject(sort, subject, module, language),
                    *(_EXTENTS[found.get(one, "none")][at] for one in OPERATIONS),
                )
                for (sort, subject, module), found in rows.items()
            ),
            language,
        )

    def records(self, language: Language = "zh") -> Table:
        """数据权限: a row per subject, module and operation, with its scope in words."""
        rows = (
            (
                *self._subject(one.sort, one.subject, one.module, language),
                operation_word(one.operation, language),
                scope_words(one, language),
                "; ".join(one.denials),
            )
            for one in self.operations
        )
        return table_of((*_SUBJECT, *_SCOPE), rows, language)

    def field_levels(self, language: Language = "zh") -> Table:
        """字段权限: a row per subject and field that is not wholly open, or stays."""
        rows = (
            (
                *self._subject(one.sort, one.subject, one.module, language),
                named(self.names, f"{one.module}.{one.field}", language),
                _level_words(one, language),
                "; ".join(one.denials),
                classification_word(one.classification, language),
            )
            for one in self.fields
        )
        return table_of((*_SUBJECT, *_FIELD), rows, language)

    def to_xlsx(self, target: Target, language: Language = "zh") -> None:
        """Writes a workbook with a sheet for each of the three tables."""
        at = 0 if language == "zh" else 1
        tables = (self.functions, self.records, self.field_levels)
        sheets = []
        for titles, draw in zip(_SHEETS, tables, strict=True):
            table = draw(language)
            columns = [Column(one.shown(language)) for one in table.columns]
            rows = [
                [None if value is None else str(value) for value in row] for row in table.rows()
            ]
            sheets.append(SheetOut(titles[at], columns, rows))
        write_xlsx(target, sheets)

    def to_json(self) -> dict[str, object]:
        """All of it as plain data."""
        return {
            "operations": [asdict(one) for one in self.operations],
            "fields": [asdict(one) for one in self.fields],
        }

    def _subject(
        self, sort: Sort, subject: str, module: str, language: Language
    ) -> tuple[str, str, str]:
        word = _ROLE_AND_USER[sort][0 if language == "zh" else 1]
        place = "*" if module == "*" else named(self.names, module, language)
        return word, named(self.names, f"{sort}:{subject}", language), place


def scope_words(one: OperationRight, language: Language = "zh") -> str:
    """The scope of a right in words, such as 负责人、共享."""
    told = list(dict.fromkeys(way.message(language) for way in one.ways))
    if one.extent != "some" or "" in told:
        return _EXTENTS[one.extent][0 if language == "zh" else 1]
    return ("、" if language == "zh" else ", ").join(told)


def _both(operation: str) -> tuple[str, str]:
    return operation_word(operation, "zh"), operation_word(operation, "en")


def _level_words(one: FieldLevel, language: Language) -> str:
    zh = language == "zh"
    word = level_word(one.level, language)
    if one.mask is not None:
        word += f"（{one.mask}）" if zh else f" ({one.mask})"
    if one.varies:
        word += "起，视记录而定" if zh else " or more, by record"
    if not one.exported:
        word += "，不可导出" if zh else ", not exported"
    if one.declared:
        word += "，计算字段另行声明" if zh else ", declared for what is computed"
    return word


_SHEETS: Final = (("功能权限", "Operations"), ("数据权限", "Records"), ("字段权限", "Fields"))
_SUBJECT: Final = (
    ("sort", "类别", "Sort"),
    ("subject", "角色或用户", "Role or user"),
    ("module", "模块", "Module"),
)
_SCOPE: Final = (
    ("operation", "操作", "Operation"),
    ("scope", "数据范围", "Scope"),
    ("denials", "禁止规则", "Denied by"),
)
_FIELD: Final = (
    ("field", "字段", "Field"),
    ("level", "字段权限", "Right"),
    ("denials", "禁止规则", "Denied by"),
    ("classification", "数据分级", "Classification"),
)
