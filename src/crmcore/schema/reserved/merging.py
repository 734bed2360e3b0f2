"""What was merged into what: the way from an id that is gone to the record that took its place."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import Labels
from crmcore.schema.field import Field
from crmcore.schema.module import Module
from crmcore.schema.reserved.parts import CODE

MERGE: Final = Module(
    "crm_merge",
    [
        Field(
            "record", CODE, Labels("被合并记录", "Merged"), required=True, indexed=True, number=1
        ),
        Field("module", CODE, Labels("模块", "Module"), required=True, number=2),
        Field("kept", CODE, Labels("保留记录", "Kept"), required=True, indexed=True, number=3),
    ],
    label=Labels("合并", "Merge"),
    number=70,
)
"""One record that was merged: an undo of the merge removes it."""
