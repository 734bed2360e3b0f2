"""Plans as plain JSON data and back, so that a dry run of today can be carried out tomorrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from crmcore.errors import CrmError, Invalid, Problem
from crmcore.importing.convert import CellFormat, ColumnProfile
from crmcore.importing.infer import ProposedField, ProposedModule
from crmcore.importing.mapping import ColumnTarget, mapping_from_json, mapping_to_json
from crmcore.importing.outcomes import Counts, RowProblem
from crmcore.importing.plans import Options, Plan, SheetPlan, StepPlan
from crmcore.importing.sources import SourceInfo
from crmcore.schema import Module
from crmcore.schema.codec import module_from_json, module_to_json

VERSION: Final = 1


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """`plan` as plain JSON data; its open source is not among it."""
    return {
        "version": VERSION,
        "source": plan.source,
        "path": plan.path,
        "digest": plan.digest,
        "info": _plain(plan.info, _INFO),
        "op_id": plan.op_id,
        "began": plan.began.isoformat(),
        "schema": plan.schema,
        "options": _plain(plan.options, _OPTIONS),
        "sheets": [_sheet_to(one) for one in plan.sheets],
        "steps": [_plain(one, _STEP) for one in plan.steps],
        "problems": [_problem_to(one) for one in plan.problems],
        "problem_counts": dict(plan.problem_counts),
        "answers": [[name, list(map(list, one.items()))] for name, one in plan.answers.items()],
        "people": dict(plan.people),
        "rehearsed": plan.rehearsed,
    }


def plan_from_json(data: object) -> Plan:
    """The plan of plain JSON data; raises `Invalid` where it is none."""
    if not isinstance(data, Mapping) or data.get("version") != VERSION:
        raise Invalid("not_a_plan", reason="version")
    try:
        return _plan(data)
    except CrmError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise Invalid("not_a_plan", reason=type(error).__name__) from None


def _plan(data: Mapping[str, Any]) -> Plan:
    return Plan(
        _text(data["source"]),
        data["path"],
        _text(data["digest"]),
        SourceInfo(**data["info"]),
        _text(data["op_id"]),
        datetime.fromisoformat(data["began"]),
        _text(data["schema"]),
        Options(**data["options"]),
        [_sheet_from(one) for one in data["sheets"]],
        [StepPlan(**one) for one in data["steps"]],
        [_problem_from(one) for one in data["problems"]],
        dict(data["problem_counts"]),
        {name: dict(pairs) for name, pairs in data["answers"]},
        dict(data["people"]),
        bool(data["rehearsed"]),
    )


_INFO: Final = ("name", "format", "encoding", "encoding_from", "delimiter", "dates_from")
_OPTIONS: Final = ("duplicates", "errors", "zone")
_STEP: Final = ("number", "sheet", "first", "last", "actions", "content")
_FORMAT: Final = ("date_order", "years_from", "serials", "zone", "cut_time", "decimal_mark")
_REST: Final = ("fractions", "unit")


def _plain(value: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _sheet_to(one: SheetPlan) -> dict[str, Any]:
    return {
        "sheet": one.sheet,
        "module": one.module,
        "below": one.below,
        "mapping": mapping_to_json(one.mapping),
        "notes": [_reason_to(note) for note in one.mapping.notes],
        "rows": one.rows,
        "counts": one.counts.to_dict(),
        "proposals": _fields_to(one.proposals),
        "new_module": None if one.new_module is None else _module_to(one.new_module),
        "profiles": [[index, _profile_to(found)] for index, found in one.profiles.items()],
        "titles_differ": one.titles_differ,
    }


def _sheet_from(data: Mapping[str, Any]) -> SheetPlan:
    new = data["new_module"]
    return SheetPlan(
        _text(data["sheet"]),
        data["module"],
        int(data["below"]),
        mapping_from_json(data["mapping"]),
        int(data["rows"]),
        Counts(**data["counts"]),
        _fields_from(data["proposals"]),
        None if new is None else _module_from(new),
        {index: ColumnProfile(**found) for index, found in data["profiles"]},
        bool(data["titles_differ"]),
    )


def _profile_to(one: ColumnProfile) -> dict[str, Any]:
    return {
        "cells": one.cells,
        "forms": dict(one.forms),
        "signs": dict(one.signs),
        "currencies": dict(one.currencies),
    }


def _fields_to(fields: Sequence[ProposedField]) -> dict[str, Any]:
    # Fields are written as those of a module, whose codec knows every kind.
    holder = Module("proposed", [one.field for one in fields])
    return {
        "module": module_to_json(holder),
        "columns": [
            {
                "index": one.index,
                "header": one.header,
                "basis": one.basis,
                "lookup": one.target.lookup,
                "format": _plain(one.format, _FORMAT + _REST),
                "empty_words": list(one.format.empty_words),
                "examples": list(one.examples),
                "filled": one.filled,
            }
            for one in fields
        ],
    }


def _fields_from(data: Mapping[str, Any]) -> tuple[ProposedField, ...]:
    module = module_from_json(data["module"])
    return tuple(
        ProposedField(
            one["index"],
            one["header"],
            field,
            one["basis"],
            ColumnTarget(field.name, one["lookup"]),
            CellFormat(**one["format"], empty_words=one["empty_words"]),
            tuple(one["examples"]),
            one["filled"],
        )
        for field, one in zip(module.fields, data["columns"], strict=True)
    )


def _module_to(one: ProposedModule) -> dict[str, Any]:
    return {
        "sheet": one.sheet,
        "module": module_to_json(one.module),
        "fields": _fields_to(one.fields),
    }


def _module_from(data: Mapping[str, Any]) -> ProposedModule:
    fields = _fields_from(data["fields"])
    return ProposedModule(_text(data["sheet"]), module_from_json(data["module"]), fields)


def _reason_to(one: Problem) -> list[Any]:
    words = {name: v if isinstance(v, str | int) else str(v) for name, v in one.params.items()}
    return [one.code, words, one.module, one.field]


def _problem_to(one: RowProblem) -> list[Any]:
    place = [one.sheet, one.row, one.column, one.header, one.cell, one.asks]
    return [*place, _reason_to(one.problem)]


def _problem_from(data: Sequence[Any]) -> RowProblem:
    sheet, row, column, header, cell, asks, (code, words, module, field) = data
    problem = Problem(code, words, module, None, field)
    return RowProblem(sheet, row, problem, column, header, cell, asks)
