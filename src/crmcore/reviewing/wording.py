"""Words and tables of reviews, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from crmcore.errors import Language
from crmcore.explaining.explanation import OPERATION_LABELS
from crmcore.kinds import Boolean, DateTime, Integer, Kind, Labels, LongText
from crmcore.schema import Classification, Schema
from crmcore.tables import Table, TableColumn

Names = Mapping[str, Labels]
"""What people call modules (by name) and fields (`module.field`)."""

Column = tuple[str, str, str]
"""A column of a table: its name, then what people call it in Chinese and in English."""

NUMBERS: Final = frozenset({"opened", "closed", "gaining", "losing", "gained", "lost", "uses"})
_MOMENTS: Final = frozenset({"since", "until", "last_used", "decided_at"})
_KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(NUMBERS, Integer()),
    **dict.fromkeys(_MOMENTS, DateTime()),
    "used": Boolean(),
}

LEVELS: Final[dict[str, tuple[str, str]]] = {
    "hidden": ("隐藏", "hidden"),
    "masked": ("掩码", "masked"),
    "read": ("只读", "read only"),
    "write": ("可编辑", "editable"),
}
"""What people call field rights."""

CLASSIFICATIONS: Final[dict[Classification, tuple[str, str]]] = {
    "public": ("公开", "public"),
    "internal": ("内部", "internal"),
    "personal": ("个人信息", "personal"),
    "sensitive": ("敏感个人信息", "sensitive"),
}
"""What people call classifications of fields."""


def names_of(schema: Schema) -> Names:
    """What people call the modules and fields of `schema`."""
    found = {module.name: module.label for module in schema.modules}
    for module in schema.modules:
        found.update((f"{module.name}.{one.name}", one.label) for one in module.fields)
    return found


def named(names: Names, place: str, language: Language) -> str:
    """What people call a module or field."""
    label = names.get(place)
    name = place.rpartition(".")[2]
    return name if label is None else label.shown(language, name)


def operation_word(operation: str, language: Language) -> str:
    """What people call an operation."""
    return OPERATION_LABELS[operation][0 if language == "zh" else 1]


def level_word(level: str, language: Language) -> str:
    """What people call a level of a field right."""
    return LEVELS[level][0 if language == "zh" else 1]


def classification_word(classification: Classification, language: Language) -> str:
    """What people call a classification of fields."""
    return CLASSIFICATIONS[classification][0 if language == "zh" else 1]


def table_of(
    columns: Sequence[Column], rows: Iterable[Sequence[object]], language: Language
) -> Table:
    """A table of values; the kind of a column follows from its name, else it is text."""
    made = [
        TableColumn(name, Labels(zh, en), _KINDS.get(name, LongText())) for name, zh, en in columns
    ]
    batch = [tuple(row) for row in rows]
    return Table.from_batches(made, [batch], titles={}, language=language, zone="UTC")
