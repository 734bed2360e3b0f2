"""Personal data: what there is of a person, handed out, erased, made anonymous, kept for a time."""

from crmcore.privacy import retention
from crmcore.privacy.asked import Action, Erasure, PastErasure
from crmcore.privacy.consenting import Consent, consent, consents, for_purpose, withdraw
from crmcore.privacy.erasing import anonymise, erase
from crmcore.privacy.exporting import Export, Part, export
from crmcore.privacy.replaying import erasures, erasures_from_json, erasures_to_json, replay
from crmcore.privacy.restricting import correct, release, restrict

__all__ = [
    "Action",
    "Consent",
    "Erasure",
    "Export",
    "Part",
    "PastErasure",
    "anonymise",
    "consent",
    "consents",
    "correct",
    "erase",
    "erasures",
    "erasures_from_json",
    "erasures_to_json",
    "export",
    "for_purpose",
    "release",
    "replay",
    "restrict",
    "retention",
    "withdraw",
]
