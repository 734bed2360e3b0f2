"""Empty workbooks to fill in: one sheet for each module, with drop-downs and notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from crmcore.errors import Invalid, Language
from crmcore.kinds import (
    Boolean,
    Choice,
    Date,
    DateTime,
    DecimalKind,
    Email,
    Integer,
    Kind,
    Link,
    LongText,
    MultiChoice,
    MultiLink,
    Percent,
    Phone,
    Text,
    TypedKind,
)
from crmcore.schema import Field, Module, Schema
from crmcore.sheets import Column, SheetOut, Target, write_xlsx
from crmcore.work import Workspace

_TEXT_FORMAT: Final = "@"
_FORMATS: Final[tuple[tuple[type[Kind], str], ...]] = (
    (TypedKind, _TEXT_FORMAT),
    (Text, _TEXT_FORMAT),
    (LongText, _TEXT_FORMAT),
    (Date, "yyyy-mm-dd"),
    (DateTime, "yyyy-mm-dd hh:mm"),
    (Percent, "0.##%"),
    (DecimalKind, "#,##0.00"),
    (Integer, "0"),
)
_EXAMPLES: Final[tuple[tuple[type[Kind], str], ...]] = (
    (Phone, "13800138000"),
    (Email, "zhang.san@example.com"),
    (DateTime, "2024-01-05 14:30"),
    (Date, "2024-01-05"),
    (Percent, "30%"),
    (DecimalKind, "1,234.50"),
    (Integer, "12"),
)
_WORDS: Final = {
    "required": ("required", "必填"),
    "unique": ("no two records share it", "不可重复"),
    "format": ("for example: ", "格式示例："),
    "several": ("several are separated by 、", "多个值用“、”分隔"),
    "link": ("write as it is called there: ", "填写对应记录的："),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
}


def template(
    crm: Workspace,
    modules: str | Iterable[str],
    target: Target,
    *,
    language: Language = "zh",
) -> int:
    """Write an empty workbook for importing into `modules` (names or labels).

    Headers are labels; notes on them say what a field is for, whether it is required and how
    it is written; choices have drop-downs. Returns the number of sheets. Raises
    `SchemaError` for unknown modules, `Invalid` where none is named.
    """
    names = [modules] if isinstance(modules, str) else list(modules)
    if not names:
        raise Invalid("nothing_to_template")
    schema = crm.schema
    sheets = [_sheet(schema, schema.module(name), language) for name in names]
    write_xlsx(target, sheets)
    return len(sheets)


def _sheet(schema: Schema, module: Module, language: Language) -> SheetOut:
    columns = [
        _column(schema, one, language) for one in module.live if one.computed is None and one.stored
    ]
    return SheetOut(module.label.shown(language, module.name), columns)


def _column(schema: Schema, one: Field, language: Language) -> Column:
    kind = one.kind
    options = tuple(_options(kind, language))
    return Column(
        one.label.shown(language, one.name),
        number_format=next((shown for sort, shown in _FORMATS if isinstance(kind, sort)), None),
        note="\n".join(_notes(schema, one, language)),
        options=options,
        allow_other=isinstance(kind, MultiChoice) or not options,
    )


def _options(kind: Kind, language: Language) -> Iterator[str]:
    if isinstance(kind, Choice):
        yield from (option.shown(language) for option in kind.options if not option.retired)
    elif isinstance(kind, Boolean):
        yield from (_said("yes", language), _said("no", language))


def _notes(schema: Schema, one: Field, language: Language) -> Iterator[str]:
    kind = one.kind
    if one.help:
        yield one.help
    if one.required:
        yield _said("required", language)
    if one.unique is not None:
        yield _said("unique", language)
    if isinstance(kind, MultiChoice | MultiLink):
        yield _said("several", language)
    if isinstance(kind, Link):
        target = schema.by_name.get(kind.target)
        if target is not None and target.title_field is not None:
            title = target.title_field
            shown = title.label.shown(language, title.name)
            yield _said("link", language) + f"{target.label.shown(language, target.name)}·{shown}"
    example = next((shown for sort, shown in _EXAMPLES if isinstance(kind, sort)), None)
    if example is not None:
        yield _said("format", language) + example


def _said(word: str, language: Language) -> str:
    return _WORDS[word][language == "zh"]
