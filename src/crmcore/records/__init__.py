"""Records: frozen versions of things."""

from crmcore.records.identity import derived_id, new_id
from crmcore.records.record import Layout, Record, layout_of

__all__ = ["Layout", "Record", "derived_id", "layout_of", "new_id"]
