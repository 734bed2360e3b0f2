"""Whether a host's table would do for a module, before the one is read from the other."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any, Final, Protocol

from crmcore.errors import SchemaError, WorkspaceError
from crmcore.schema import Module, Schema, check
from crmcore.storage import Backend
from crmcore.storage.adopted import AdoptedSource
from crmcore.storage.misfits import Misfit
from crmcore.work.adopting import Terms, marked
from crmcore.work.configuring import check_right
from crmcore.work.workspace import Workspace

_GROUP: Final = "crmcore.inspectors"


class Inspector(Protocol):
    """Looks at a host's table; found, as an `Adopter`, by the library that a store can join."""

    def __call__(
        self,
        backend: Backend,
        module: Module,
        table: object,
        terms: Mapping[str, Any],
        others: Mapping[str, AdoptedSource],
    ) -> list[Misfit]:
        """What of `table` does not fit `module` on `terms`; looks at every row."""
        ...


def misfits(crm: Workspace, module: str, table: object, terms: Terms) -> list[Misfit]:
    """Everything that stands against adopting `table` as `module` on `terms`: none, if it fits.

    Reads every row of the table and writes nothing. For who may configure the workspace:
    samples show values whoever may read them. Raises `AccessDenied` (`needs_configure`),
    `SchemaError` (`unknown_module`), `WorkspaceError` (`cannot_adopt`), `StorageError`.
    """
    store = crm._store
    with store.reading(crm.principal) as session:
        check_right(session)
        schema = session.schema
    made = marked(schema, schema.module(module))
    inspect = _inspector(store.backend)
    of_host: Mapping[str, Any] = terms
    found = inspect(store.backend, made.module(module), table, of_host, store.adopted)
    known = {(one.code, one.field) for one in found}
    return [one for one in _of_schema(made) if (one.code, one.field) not in known] + found


def _inspector(backend: Backend) -> Inspector:
    known = {one.name: one for one in entry_points(group=_GROUP)}
    for library in backend.capabilities.joins:
        if library in known:
            found: Inspector = known[library].load()
            return found
    raise WorkspaceError("cannot_adopt", backend=backend.capabilities.name)


def _of_schema(made: Schema) -> list[Misfit]:
    """What a schema cannot promise of a host's rows."""
    try:
        check(made)
    except SchemaError as error:
        return [Misfit(one.code, None, one.field, 0, ((None, one),)) for one in error.problems]
    return []
