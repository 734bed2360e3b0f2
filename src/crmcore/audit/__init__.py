"""Audit: what was remembered, whether it was tampered with, and who behaves unlike himself."""

from crmcore.archive.tombstones import ErasedVersions
from crmcore.audit.behavior import LIMITS, Act, Finding, Limit, Verdict, judge
from crmcore.audit.heads import AuditHead, head
from crmcore.audit.verifying import Verification, verify
from crmcore.audit.watching import Watch, acts, verdicts, watch

__all__ = [
    "LIMITS",
    "Act",
    "AuditHead",
    "ErasedVersions",
    "Finding",
    "Limit",
    "Verdict",
    "Verification",
    "Watch",
    "acts",
    "head",
    "judge",
    "verdicts",
    "verify",
    "watch",
]
