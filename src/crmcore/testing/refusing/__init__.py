"""Refusal changes nothing: every command, for every reason for which it can be refused.

A new verb stands in `working` (or beside what it is like), with its traits: a test holds the
catalogue against the public names of all packages.
"""

from crmcore.testing.refusing.cells import COMMANDS, why_not
from crmcore.testing.refusing.law import Trial, impossible, staged
from crmcore.testing.refusing.proof import REFUSAL, refusal
from crmcore.testing.refusing.reasons import REASONS

__all__ = [
    "COMMANDS",
    "REASONS",
    "REFUSAL",
    "Trial",
    "impossible",
    "refusal",
    "staged",
    "why_not",
]
