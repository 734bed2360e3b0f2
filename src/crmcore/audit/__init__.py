"""Audit: what was remembered, whether it was tampered with, and who behaves unlike himself."""

from crmcore.audit.heads import AuditHead, head
from crmcore.audit.verifying import Verification, verify

__all__ = ["AuditHead", "Verification", "head", "verify"]
