"""Changes that somebody else must approve: parked as requests, the old value staying live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module
from crmcore.work.linking import check_links
from crmcore.work.normalizing import Values
from crmcore.work.session import Session

APPROVALS: Final = "approvals"
"""The setting that names, by module, the fields whose change needs a second person."""

ASKED: Final = "asked"
APPROVED: Final = "approved"
REJECTED: Final = "rejected"
WITHDRAWN: Final = "withdrawn"


def guarded_fields(session: Session, module: Module) -> frozenset[str]:
    """The fields of `module` that the user of `session` cannot change alone."""
    setting = session.configuration.settings.get(APPROVALS)
    if session.reader.system or not isinstance(setting, Mapping):
        return frozenset()
    named = setting.get(module.name)
    known = {one.name for one in module.stored if one.computed is None}
    names = map(str, named if isinstance(named, (list, tuple)) else ())
    return module.named(names) & known


def parked(
    session: Session, module: Module, pairs: Sequence[tuple[Values, Row]]
) -> list[dict[str, object]]:
    """Requests for what the new values of `pairs` change of guarded fields.

    The former values are put back in the place of the new ones. Raises `Invalid` for links to
    what is not seen by who asks: who approves writes what was asked for.
    """
    guarded = guarded_fields(session, module)
    if guarded:
        rows = [(*former[: len(STAMPS)], *values) for values, former in pairs]
        check_links(session, module, rows, [former for _, former in pairs])
    index = layout_of(module).index
    made: list[dict[str, object]] = []
    for values, former in pairs if guarded else ():
        changes: dict[str, object] = {}
        for name in sorted(guarded):
            place, kind = index[name], module.by_name[name].kind
            new, old = values[place - len(STAMPS)], former[place]
            if new != old:
                changes[name] = [kind.to_json(old), kind.to_json(new)]
                values[place - len(STAMPS)] = old
        if changes:
            made.append(
                {
                    "record": former[0],
                    "module": module.name,
                    "base": str(former[1]),
                    "changes": changes,
                    "user": session.reader.user,
                    "state": ASKED,
                }
            )
    return made
