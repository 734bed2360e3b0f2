"""Personal data: what there is of a person, erased, made anonymous, handed out."""

from crmcore.privacy.erasing import Action, Erasure, anonymise, erase

__all__ = [
    "Action",
    "Erasure",
    "anonymise",
    "erase",
]
