"""The way in: a workspace by URL, engine or backend."""

from __future__ import annotations

from crmcore.clock import Clock, EntropySource
from crmcore.encrypting import Keyring
from crmcore.errors import Invalid
from crmcore.schema import Schema
from crmcore.work.checking import Evolve
from crmcore.work.noting import Guard
from crmcore.work.opening import open_store
from crmcore.work.workspace import Workspace


def open_workspace(
    target: object = "memory://",
    *,
    create: bool = False,
    schema: Schema | None = None,
    zone: str = "Asia/Shanghai",
    owner: str | None = None,
    clock: Clock | None = None,
    entropy: EntropySource | None = None,
    evolve: Evolve = "apply",
    guard: Guard | None = None,
    keys: Keyring | None = None,
) -> Workspace:
    """The workspace in `target`: a URL (`sqlite:///crm.db`, `memory://`), an engine, a backend.

    With `create`, a store that does not exist is made, with `schema`, four ready roles
    and a local owner who may everything; a new store gets `zone` as its time zone.
    With `evolve="check"` tables and indexes are never changed: where they would have to be,
    here or by a change of the schema, `WorkspaceError` (`step_pending`) lists each step.
    A `guard` looks at each bulk read, report and opening before it is handed over; what it
    raises refuses it (see `crmcore.audit.watch`).
    With `keys` the workspace can have encrypted fields; from then on it is opened with them
    alone (`WorkspaceError`: `keys_needed`, `key_missing`, `key_wrong`).
    Raises `WorkspaceError` where there is none, `MissingExtra` where a library is missing.
    """
    if evolve not in ("apply", "check"):
        raise Invalid("bad_argument", name="evolve", wanted='"apply", "check"')
    in_memory = isinstance(target, str) and target.startswith("memory:")
    store, user = open_store(
        target,
        create=create or in_memory,
        schema=schema,
        zone=zone,
        owner=owner,
        clock=clock,
        entropy=entropy,
        evolve=evolve,
        keys=keys,
    )
    store.guard = guard
    return Workspace(store, user)
