"""From the sheets of a file to modules, and from their headers to fields."""

from crmcore.importing.mapping.choosing import choose, fitted, resolve_target
from crmcore.importing.mapping.codec import mapping_from_json, mapping_to_json
from crmcore.importing.mapping.headers import Header, read_header
from crmcore.importing.mapping.headings import Heading, find_heading
from crmcore.importing.mapping.modules import ModuleProposal, propose_module
from crmcore.importing.mapping.proposing import propose_mapping
from crmcore.importing.mapping.values import ColumnMapping, ColumnTarget, Mapping, Reason

__all__ = [
    "ColumnMapping",
    "ColumnTarget",
    "Header",
    "Heading",
    "Mapping",
    "ModuleProposal",
    "Reason",
    "choose",
    "find_heading",
    "fitted",
    "mapping_from_json",
    "mapping_to_json",
    "propose_mapping",
    "propose_module",
    "read_header",
    "resolve_target",
]
