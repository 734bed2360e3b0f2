"""Personal data: what there is of a person, handed out, erased, made anonymous."""

from crmcore.privacy.erasing import Action, Erasure, anonymise, erase
from crmcore.privacy.exporting import Export, Part, export

__all__ = [
    "Action",
    "Erasure",
    "Export",
    "Part",
    "anonymise",
    "erase",
    "export",
]
