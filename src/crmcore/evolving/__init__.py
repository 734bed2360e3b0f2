"""The configuration as files: pulled, changed in an editor, planned, applied, taken back."""

from crmcore.evolving.applying import Applied, apply
from crmcore.evolving.describing import described
from crmcore.evolving.document import Document, document_of
from crmcore.evolving.files import FORMATS, read_files, write_files
from crmcore.evolving.planning import plan, pull
from crmcore.evolving.plans import Consequence, Example, Plan, PlanStep, plan_from_json
from crmcore.evolving.purging import PurgePart, PurgePlan, plan_purge, purge
from crmcore.evolving.showing import plan_text, purge_text

__all__ = [
    "FORMATS",
    "Applied",
    "Consequence",
    "Document",
    "Example",
    "Plan",
    "PlanStep",
    "PurgePart",
    "PurgePlan",
    "apply",
    "described",
    "document_of",
    "plan",
    "plan_from_json",
    "plan_purge",
    "plan_text",
    "pull",
    "purge",
    "purge_text",
    "read_files",
    "write_files",
]
