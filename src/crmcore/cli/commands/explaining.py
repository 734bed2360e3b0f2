"""`why`."""

from __future__ import annotations

from crmcore import explaining
from crmcore.cli.command import argument, command, option
from crmcore.cli.desk import Desk, moment
from crmcore.cli.exits import OK, REFUSED
from crmcore.cli.lessons import explaining as lessons
from crmcore.cli.naming import record_named
from crmcore.explaining.explanation import Explanation, operation_named


@command(
    "why",
    lessons.WHY,
    argument("who"),
    argument("operation"),
    argument("module"),
    argument("record"),
    option("--field"),
    option("--purpose", metavar="NAME"),
    option("--as-of", metavar="MOMENT"),
)
def why(
    desk: Desk,
    who: str,
    operation: str,
    module: str,
    record: str,
    field: str | None,
    purpose: str | None,
    as_of: str | None,
) -> int:
    """Explain a right; the exit code tells whether it is there."""
    crm = desk.workspace()
    definition = crm.schema.module(module)
    found = explaining.why(
        crm,
        who,
        operation_named(operation),
        definition.name,
        record_named(desk, crm, definition, record),
        field,
        purpose=purpose,
        as_of=moment(desk, crm, as_of),
    )
    desk.screen.data(_plain(desk, found))
    for line in found.lines(desk.tongue.language):
        desk.screen.line(line)
    return OK if found.allowed else REFUSED


def _plain(desk: Desk, found: Explanation) -> dict[str, object]:
    return {
        "allowed": found.allowed,
        "reasons": [
            {"role": one.role, "scope": one.scope, "conditions": [a.text for a in one.atoms]}
            for one in found.reasons
        ],
        "obstacles": [{"code": one.code, "name": one.name} for one in found.obstacles],
        "remedies": [
            {"code": one.code, "name": one.name, "exposes": one.exposes} for one in found.remedies
        ],
        "lines": list(found.lines(desk.tongue.language)),
    }
