"""Columns without a field and sheets without a module: what could be made of them."""

from crmcore.importing.infer.kinds import Basis, Inferred, infer_kind
from crmcore.importing.infer.proposing import propose_fields, propose_new_module
from crmcore.importing.infer.values import ProposedField, ProposedModule

__all__ = [
    "Basis",
    "Inferred",
    "ProposedField",
    "ProposedModule",
    "infer_kind",
    "propose_fields",
    "propose_new_module",
]
