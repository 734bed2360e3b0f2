"""Which module a sheet holds: by its name, and by its headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from attrs import frozen

from crmcore.importing.convert.cleaning import clean_line
from crmcore.importing.mapping.headers import key_of, read_header
from crmcore.importing.mapping.proposing import propose_mapping
from crmcore.importing.mapping.vocabulary import module_keys
from crmcore.importing.mapping.words import SHEET_SUFFIXES
from crmcore.schema import Module, Schema
from crmcore.schema.names import RESERVED_PREFIX

LOWEST: Final = 0.5
"""Below this confidence no module is proposed."""

_CLOSE: Final = 0.04
_GENERIC: Final = re.compile(
    r"(?:sheet|worksheet|工作表|表格|data|table|csv|q)?\d*|[年月日季度上下半\d]+"
)
_SUFFIXES: Final = sorted(map(key_of, SHEET_SUFFIXES), key=len, reverse=True)


_BEHIND: Final = sorted(SHEET_SUFFIXES, key=len, reverse=True)


@frozen
class ModuleProposal:
    """The module that a sheet holds, or `None`; how surely, and by what.

    `others` are the other modules that it might be, the likeliest first, with their
    confidences.
    """

    module: str | None
    confidence: float
    reason: Literal["name", "headers", "both", "none"]
    others: tuple[tuple[str, float], ...] = ()


def propose_module(sheet: str, headers: Sequence[str], schema: Schema) -> ModuleProposal:
    """The module of `schema` whose records stand in the sheet called `sheet` with `headers`.

    A sheet whose name says something that no module is called needs headers that name the
    module; otherwise none is proposed, so that a module can be made of it.
    """
    modules = [
        one
        for one in schema.modules
        if one.enabled and not one.retired and not one.name.startswith(RESERVED_PREFIX)
    ]
    named = {module.name: _name_score(sheet, module) for module in modules}
    generic = _GENERIC.fullmatch(_core(sheet)) is not None
    scores: dict[str, float] = {}
    for module in modules:
        by_headers = _header_score(headers, module, schema)
        by_name = named[module.name]
        strange = not generic and not any(named.values())
        if by_name:
            scores[module.name] = 0.55 * by_name + 0.45 * by_headers
        else:
            scores[module.name] = by_headers * (0.5 if strange or any(named.values()) else 0.75)
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    others = tuple((name, round(score, 3)) for name, score in ranked if score >= 0.2)
    if not ranked or ranked[0][1] < LOWEST:
        return ModuleProposal(None, 0.0, "none", others)
    best, score = ranked[0]
    if len(ranked) > 1 and score - ranked[1][1] < _CLOSE:
        return ModuleProposal(None, 0.0, "none", others)
    by_headers = _header_score(headers, schema.by_name[best], schema)
    reason: Literal["name", "headers", "both"] = "headers"
    if named[best]:
        reason = "both" if by_headers >= 0.3 else "name"
    return ModuleProposal(best, round(min(score, 1.0), 3), reason, others[1:])


def sheet_label(sheet: str) -> str:
    """The name of a sheet as people would call what it holds: 设备台账2024 becomes 设备."""
    label = clean_line(re.sub(r"\d{4}年?|副本|[(（]\d+[)）]", "", sheet))
    changed = True
    while changed:
        changed = False
        for suffix in _BEHIND:
            shorter = label[: -len(suffix)].rstrip(" -_.")
            if label.lower().endswith(suffix) and len(shorter) > 1:
                label, changed = shorter, True
                break
    return label.strip(" -_.") or clean_line(sheet) or "Sheet"


def _core(sheet: str) -> str:
    """The key of the name of a sheet without words such as 信息表, and without numbers."""
    key = re.sub(r"\d+年?|copy|副本", "", key_of(sheet))
    changed = True
    while changed:
        changed = False
        for suffix in _SUFFIXES:
            if key.endswith(suffix) and len(key) > len(suffix):
                key, changed = key[: -len(suffix)], True
                break
    return key


def _name_score(sheet: str, module: Module) -> float:
    """How surely the name of a sheet means `module`; the end of a name counts most."""
    core, words = _core(sheet), module_keys(module)
    if core in words or key_of(sheet) in words:
        return 1.0
    longest = max((len(word) for word in words if core.endswith(word)), default=0)
    if longest:
        return 0.8 + min(longest, 10) / 100
    longest = max((len(word) for word in words if core.startswith(word)), default=0)
    if longest:
        return 0.6 + min(longest, 10) / 100
    return 0.0


def _header_score(headers: Sequence[str], module: Module, schema: Schema) -> float:
    """How well `headers` are explained by `module`."""
    keys = [read_header(header).key for header in headers]
    named = sum(bool(key) for key in keys)
    if not named:
        return 0.0
    mapping = propose_mapping(headers, module, schema)
    share = sum(column.confidence for column in mapping.mapped) / named
    title = mapping.column_of(module.title) if module.title else None
    if title is None:
        return 0.6 * share
    words = module_keys(module)
    own = any(
        keys[column.index].startswith(tuple(words))
        for column in mapping.mapped
        if column.target is not None and column.target.lookup is None
    )
    return min(1.2, share + 0.1 * title.confidence + (0.3 if own else 0.0))
