"""The record that an id leads to today, through whatever it was merged into."""

from __future__ import annotations

from crmcore.errors import NotFound
from crmcore.records import Record
from crmcore.work import Workspace, reading
from crmcore.work.arguments import record_id
from crmcore.work.history import was_seen
from crmcore.work.merged import kept_for


def survivor(crm: Workspace, module: str, record: str) -> Record:
    """The record `record`, or what it was merged into at last.

    Raises `NotFound` where there is none that the user may see, and where he could not see
    what was merged.
    """
    with crm._store.reading(crm.principal) as session:
        definition = session.schema.module(module)
        found = record_id(record, definition.name)
        kept = kept_for(session, definition, found)
        if kept is None or not was_seen(session, definition, found):
            return reading.get(session, definition.name, found)
        try:
            return reading.get(session, definition.name, kept)
        except NotFound:
            # Not by the name of what he may not see.
            raise NotFound("not_found", module=definition.name, record=found) from None
