"""What is proposed for columns and sheets that no field and no module awaits."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen

from crmcore.importing.convert import CellFormat
from crmcore.importing.infer.kinds import Basis
from crmcore.importing.mapping import ColumnTarget
from crmcore.importing.mapping.values import PLAIN_FORMAT
from crmcore.schema import Field, Module


@frozen
class ProposedField:
    """A field for column `index` (from 0) under `header`, which no field of the module means.

    `field` has a generated name, the header as its label, and the kind that `basis` tells.
    `examples` are texts of the column, `filled` counts its cells with a value. `target` and
    `format` are what the mapping of the column becomes once the field is accepted.
    """

    index: int
    header: str
    field: Field
    basis: Basis
    target: ColumnTarget
    format: CellFormat = PLAIN_FORMAT
    examples: tuple[str, ...] = ()
    filled: int = 0


def _fields(items: Iterable[ProposedField]) -> tuple[ProposedField, ...]:
    return tuple(items)


@frozen
class ProposedModule:
    """A module for the sheet `sheet`, whose records no module is made for.

    `module` has all proposed fields and a title; `fields` tell where they come from.
    """

    sheet: str
    module: Module
    fields: tuple[ProposedField, ...] = field(default=(), converter=_fields)
