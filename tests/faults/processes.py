"""Work done in other processes, which are told nothing and may be killed."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

from crmcore import UnitOfWork, Workspace, open_workspace
from crmcore.errors import CrmError, StorageError

CONTEXT = multiprocessing.get_context("spawn")


def process(
    function: Callable[..., None], *arguments: object
) -> multiprocessing.process.BaseProcess:
    """A started process that runs `function`."""
    made = CONTEXT.Process(target=function, args=arguments, daemon=True)
    made.start()
    return made


def increments(url: str, record: str, count: int, name: str) -> None:
    """Add 1 to the hits of `record`, `count` times, each an operation of its own."""
    crm = open_workspace(url)
    for number in range(count):
        patiently(crm, lambda work: _add_one(work, record), f"{name}-{number}")


def _add_one(work: UnitOfWork, record: str) -> int:
    found = work.get("account", record)
    hits = (found["hits"] or 0) + 1  # type: ignore[operator]
    work.update("account", found, {"hits": hits})
    return hits


def patiently(crm: Workspace, function: Callable[[UnitOfWork], object], op_id: str) -> None:
    """Run an operation until it is answered."""
    while True:
        try:
            crm.run(function, op_id=op_id)
            return
        except StorageError:
            continue


def makes_children(url: str, parents: list[str], start: Barrier) -> None:
    """Create a deal under each of `parents`, as far as they are there."""
    crm = open_workspace(url)
    start.wait()
    for parent in parents:
        _one(crm, lambda work, parent=parent: work.create("deal", {"account": parent}))  # type: ignore[misc]


def removes(url: str, parents: list[str], start: Barrier) -> None:
    """Remove each of `parents`, as far as nothing hangs on it."""
    crm = open_workspace(url)
    start.wait()
    for parent in parents:
        _one(crm, lambda work, parent=parent: work.delete("account", parent))  # type: ignore[misc]


def _one(crm: Workspace, function: Callable[[UnitOfWork], object]) -> None:
    """Do something in a unit of its own until it is done or refused."""
    while True:
        try:
            with crm.work() as work:
                function(work)
            return
        except StorageError:
            continue
        except CrmError:
            return


def commits_for_ever(url: str, told: str, name: str) -> None:
    """Create pairs of records until killed; the file `told` says which were acknowledged."""
    crm = open_workspace(url)
    with Path(told).open("a") as out:
        number = 0
        while True:
            op_id = f"{name}-{number}"

            def pair(work: UnitOfWork, op_id: str = op_id) -> str:
                account = work.create("account", {"name": op_id})
                work.create("deal", {"title": op_id, "account": account.id})
                return account.id

            crm.run(pair, op_id=op_id)
            out.write(op_id + "\n")
            out.flush()
            os.fsync(out.fileno())
            number += 1
