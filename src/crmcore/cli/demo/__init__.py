"""The book that `crmcore demo` imports, and everything that is wrong with it."""

from crmcore.cli.demo.truth import MESSES, PROBLEMS, Planted, Truth
from crmcore.cli.demo.workbook import FEWEST_CUSTOMERS, TODAY, write_demo_workbook

__all__ = [
    "FEWEST_CUSTOMERS",
    "MESSES",
    "PROBLEMS",
    "TODAY",
    "Planted",
    "Truth",
    "write_demo_workbook",
]
