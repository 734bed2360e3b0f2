"""Restores and moves in processes that are killed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path

from crmcore import open_workspace
from crmcore.archive import loading, move, restore
from crmcore.storage import Backend


def restores(archive: str, url: str, told: str) -> None:
    """Restore `archive`, a few rows at a time; the file `told` says that it begins to write."""
    _slowly(told)
    restore(archive, url)


def moves(source: str, url: str, told: str) -> None:
    """Move a workspace, a few rows at a time."""
    crm = open_workspace(source)
    _slowly(told)
    move(crm, url)


def _slowly(told: str) -> None:
    loading.ROWS = 5
    begun = loading.Target.begun

    def begin(backend: Backend, origin: loading.Origin) -> loading.Target:
        Path(told).touch()
        return begun(backend, origin)

    loading.Target.begun = begin  # type: ignore[method-assign, assignment]


def started(
    function: Callable[..., None], *arguments: object
) -> multiprocessing.process.BaseProcess:
    """A process that runs `function`, forked from one that has loaded everything."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    context.set_forkserver_preload([__name__, "crmcore_sql.backend", "crmcore_mongo.backend"])
    made = context.Process(target=function, args=arguments, daemon=True)  # type: ignore[attr-defined]
    made.start()
    found: multiprocessing.process.BaseProcess = made
    return found
