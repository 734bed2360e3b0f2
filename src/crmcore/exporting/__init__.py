"""Taking records out: a right of its own, limited in number, and remembered."""

from __future__ import annotations

from attrs import evolve

from crmcore.schema import Module
from crmcore.tables import Table
from crmcore.work import Workspace, note
from crmcore.work.asof import Moment, asking
from crmcore.work.leaving import may_leave
from crmcore.work.permitting import check_limit
from crmcore.work.reading import Columns, OrderLike, Where, find_table, question
from crmcore.work.session import Session

__all__ = ["export"]


def export(
    crm: Workspace,
    module: str,
    where: Where = None,
    *,
    columns: Columns | None = None,
    order: OrderLike = None,
    as_of: Moment = None,
) -> Table:
    """The records that the user may take out, as a table that knows how to write itself.

    Without `columns`, all fields that he is shown; of those that are personal or sensitive the
    ones that a grant of his names to be exported. Needs the right `export` beside `read`;
    what was taken out is noted. Raises `AccessDenied`, `QueryError`, `SchemaError`, and
    `CapacityExceeded` (`row_limit`) where there are more than his roles let him take.
    """
    with asking(crm._store, crm.principal, as_of) as (session, position):
        asked = evolve(
            question(session, module, where, order, None, None, position), purpose="export"
        )
        wanted = columns if columns is not None else _shown(session, asked.module)
        table = find_table(session, asked, wanted, session.reader.zone)
        check_limit(session, "export", len(table))
    names = [column.name for column in table.columns]
    note(crm, "export", module=asked.module.name, fields=names, count=len(table))
    return table


def _shown(session: Session, module: Module) -> list[tuple[str, ...]]:
    paths = [(one.name,) for one in session.binder.shown(module).live]
    return [path for path in paths if may_leave(session, module, path)]
