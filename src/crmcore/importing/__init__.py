"""Importing: a messy file becomes records, through the same door as everything else.

made = plan(crm, "客户.xlsx")      # the dry run: nothing is written
print(made)                        # every count, every problem, with sheet and cell
load(crm, made)                    # one operation that can be resumed and undone
"""

from crmcore.importing.adopting import adopt
from crmcore.importing.codec import plan_from_json, plan_to_json
from crmcore.importing.entries import Question
from crmcore.importing.loading import ImportHalted, Loaded, load
from crmcore.importing.plans import Plan
from crmcore.importing.quick import import_file
from crmcore.importing.rehearsing import plan
from crmcore.importing.rejects import save_rejects
from crmcore.importing.templates import template

__all__ = [
    "ImportHalted",
    "Loaded",
    "Plan",
    "Question",
    "adopt",
    "import_file",
    "load",
    "plan",
    "plan_from_json",
    "plan_to_json",
    "save_rejects",
    "template",
]
