"""Mappings as plain JSON data and back: versioned and strict."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from functools import lru_cache
from typing import Any, Final

from cattrs import BaseValidationError, Converter
from cattrs.gen import make_dict_unstructure_fn

from crmcore.errors import CrmError, Invalid
from crmcore.importing.convert import CellFormat
from crmcore.importing.mapping.values import ColumnMapping, ColumnTarget, Mapping

VERSION: Final = 1


def mapping_to_json(mapping: Mapping) -> dict[str, Any]:
    """`mapping` as plain JSON data; what equals its default is left out, notes always."""
    columns = _converter().unstructure(mapping.columns, unstructure_as=tuple[ColumnMapping, ...])
    return {"version": VERSION, "module": mapping.module, "columns": list(columns)}


def mapping_from_json(data: object) -> Mapping:
    """The mapping of plain JSON data; raises `Invalid` where it is none."""
    if not isinstance(data, Dictionary) or set(data) != {"version", "module", "columns"}:
        raise Invalid("not_a_mapping", reason="version, module, columns")
    if data["version"] != VERSION or not isinstance(data["module"], str):
        raise Invalid("not_a_mapping", reason=f"version {data['version']}")
    try:
        columns = _converter().structure(data["columns"], tuple[ColumnMapping, ...])
    except (BaseValidationError, CrmError, TypeError, ValueError, KeyError, ArithmeticError):
        raise Invalid("not_a_mapping", reason="columns") from None
    places = [column.index for column in columns]
    if sorted(places) != list(range(len(places))):
        raise Invalid("not_a_mapping", reason="index")
    return Mapping(data["module"], columns)


@lru_cache(maxsize=1)
def _converter() -> Converter:
    made = Converter(forbid_extra_keys=True)
    for sort in (str, bool, int):
        made.register_structure_hook(sort, _exactly(sort))
    made.register_structure_hook(float, _share)
    for part in (CellFormat, ColumnTarget, ColumnMapping):
        unstructure = make_dict_unstructure_fn(part, made, _cattrs_omit_if_default=True)
        made.register_unstructure_hook(part, unstructure)
    return made


def _exactly(sort: type) -> Any:
    def structure(data: object, _: Any) -> Any:
        if type(data) is not sort:
            raise TypeError(f"not a {sort.__name__}")
        return data

    return structure


def _share(data: object, _: Any) -> float:
    if type(data) not in (int, float) or not 0 <= data <= 1:  # type: ignore[operator]
        raise TypeError("not a number from 0 to 1")
    return float(data)  # type: ignore[arg-type]
