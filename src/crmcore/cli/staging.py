"""The files of the demo: made anew each time, and only its own earlier ones are replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final

from crmcore.access import System
from crmcore.cli.demo import Truth, write_demo_workbook
from crmcore.errors import CrmError, Invalid
from crmcore.work import UnitOfWork, Workspace, open_workspace
from crmcore.work.operations import operation_named

BOOK: Final = "crmcore-demo.xlsx"
STORE: Final = "crmcore-demo.db"
REJECTS: Final = "crmcore-demo-rejects.xlsx"
_MARK: Final = "crmcore-demo-"
_ADDED: Final = ("", "-wal", "-shm", "-journal")


def prepare_stage(folder: Path, customers: int, seed: int, force: bool) -> Truth:
    """Write the book anew and remove the earlier store; tells what is in the book.

    Raises `Invalid` (`not_our_demo`) where a file stands in the way that the demo did not
    make, or that somebody changed since.
    """
    known = _remembered(folder / STORE)
    draft = folder / f".{BOOK}.part"
    try:
        truth = write_demo_workbook(draft, customers=customers, seed=seed)
        known.setdefault(BOOK, set()).add(_digest(draft))
        if not force:
            _refuse_foreign(folder, known)
        for ending in _ADDED:
            (folder / f"{STORE}{ending}").unlink(missing_ok=True)
        (folder / REJECTS).unlink(missing_ok=True)
        draft.replace(folder / BOOK)
    finally:
        draft.unlink(missing_ok=True)
    return truth


def _refuse_foreign(folder: Path, known: dict[str, set[str]]) -> None:
    if (folder / STORE).exists() and STORE not in known:
        raise Invalid("not_our_demo", name=STORE)
    for name in (BOOK, REJECTS):
        path = folder / name
        if path.exists() and _digest(path) not in known.get(name, set()):
            raise Invalid("not_our_demo", name=name)


def remember_files(crm: Workspace, folder: Path, names: Iterable[str]) -> None:
    """Note in the store of the demo what its files look like, so that a change is noticed."""
    for name in names:
        path = folder / name
        if path.exists():
            crm.run(partial(_note, digest=_digest(path)), op_id=_MARK + name, kind="demo")


def _note(work: UnitOfWork, *, digest: str) -> dict[str, str]:
    return {"made_by": work.user, "sha256": digest}


def _remembered(store: Path) -> dict[str, set[str]]:
    """Digests of the files that the demo in `store` made; empty where it is no demo."""
    if not store.is_file():
        return {}
    try:
        crm = open_workspace(f"sqlite:///{store}")
    except CrmError:
        return {}
    try:
        found: dict[str, set[str]] = {}
        with crm._store.reading(System("demo")) as session:
            for name in (BOOK, REJECTS):
                one = operation_named(session, _MARK + name)
                if one is not None and isinstance(one.result, dict):
                    found[name] = {str(one.result.get("sha256"))}
                    found[STORE] = set()
        return found
    finally:
        crm.close()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
