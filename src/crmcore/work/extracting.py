"""`extract`: what one may see, as Parquet files for analysis, with its history."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from attrs import define, evolve, frozen

from crmcore.errors import NotFound, SourceError, WorkspaceError
from crmcore.errors.files import checked_name, file_access
from crmcore.kinds import Boolean, DateTime, Integer, Labels, Link, MultiLink
from crmcore.query.bound import FALSE, TRUE, BoundQuery, Ref, stamp_ref
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import ENDINGS, Module
from crmcore.schema.reserved import CHANGE_SET
from crmcore.tables import TableColumn
from crmcore.tables.parquet import load_parquet, write_parquet
from crmcore.work.counting import counted_anew, withheld
from crmcore.work.leaving import may_leave
from crmcore.work.noting import Note
from crmcore.work.permitting import allowed, knows_positions
from crmcore.work.reading import table_column
from crmcore.work.screening import masks_of, screened
from crmcore.work.sealing import head_of, seal_waiting
from crmcore.work.session import Session
from crmcore.work.store import Principal, Store

TITLES: Final = 6
"""Of so many links a module's file also names the title."""

HISTORY: Final = "history"
"""The folder of the files of the past, within that of an extract."""

_STAMPS: Final = ("created_at", "created_by", "updated_at", "updated_by")
_ENDS: Final = tuple(
    TableColumn(name, label, kind)
    for name, label, kind in (
        ("_version", Labels("版本", "Version"), Integer()),
        ("_valid_from", Labels("生效时间", "Valid from"), DateTime()),
        ("_valid_to", Labels("失效时间", "Valid to"), DateTime()),
        ("_changed_by", Labels("修改人", "Changed by"), Link("crm_user")),
        ("_is_current", Labels("当前", "Is current"), Boolean()),
        ("_is_removed", Labels("已删除", "Is removed"), Boolean()),
    )
)
"""What is said of a version, in names that no field can have."""

_WIDTH: Final = len(_ENDS)
"""The last columns of a version; the places of some of them from the end:"""
_UNTIL, _BY, _HOW = 4, 3, 2


@frozen
class Extracted:
    """A file that was written: its path, its module, and how many rows it has."""

    path: Path
    module: str
    rows: int


def extract(
    store: Store,
    principal: Principal,
    folder: str | Path,
    modules: Sequence[str] | None,
    history: bool,
) -> tuple[Extracted, ...]:
    """See `Workspace.extract`."""
    load_parquet()
    place = Path(checked_name(folder))
    with file_access(folder), _new_folder(place) as part:
        seal_waiting(store.backend)
        with store.reading(principal) as session:
            written = [
                one
                for module in _chosen(session, modules)
                for one in _files(session, module, part, history)
            ]
        if not written:
            raise NotFound("nothing_to_extract")
        os.replace(part, place)
    notes = [Note("export", one.module, count=one.rows, reason="extract") for one in written]
    store.note(principal, notes)
    return tuple(evolve(one, path=place / one.path.relative_to(part)) for one in written)


@contextmanager
def _new_folder(place: Path) -> Iterator[Path]:
    """A folder that is to become `place`; after a refusal nothing of it is left."""
    if place.exists() and not place.is_dir():
        raise SourceError("folder_is_file", name=str(place))
    if place.exists() and any(place.iterdir()):
        raise SourceError("folder_exists", name=str(place))
    if place.resolve() == Path.cwd():
        raise SourceError("folder_is_here", name=str(place))
    missing = [one for one in place.parents if not one.exists()]
    made: list[Path] = []
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        made.append(Path(tempfile.mkdtemp(prefix=f".{place.name}", dir=place.parent)))
        yield made[0]
    except BaseException:
        for part in made:
            shutil.rmtree(part, ignore_errors=True)
        for one in missing:
            with suppress(OSError):
                one.rmdir()
        raise


def _chosen(session: Session, modules: Sequence[str] | None) -> Iterator[Module]:
    if modules is None:
        found = list(session.configuration.modules())
    else:
        found = [session.schema.module(name) for name in modules]
        if theirs := next((one for one in found if one.keeping == "adopted"), None):
            raise WorkspaceError("table_of_host", module=theirs.name)
    for module in found:
        # Records of an adopted module lie in a table of the host's already.
        is_ours = module.keeping == "history" and session.binder.visible(module) != FALSE
        is_named = modules is not None
        if is_ours and (is_named or session.binder.visible(module, "export") != FALSE):
            yield module


def _files(session: Session, module: Module, folder: Path, history: bool) -> Iterator[Extracted]:
    facts = {
        "crmcore.module": module.name,
        "crmcore.moment": session.reader.now.isoformat(),
        "crmcore.zone": session.reader.zone,
    }
    if knows_positions(session):
        facts["crmcore.position"] = str(head_of(session.transaction).position)
    for language, label in (("zh", module.label.zh), ("en", module.label.en)):
        if label:
            facts[f"crmcore.label.{language}"] = label
    present = _Present(session, module)
    file = folder / f"{module.name}.parquet"
    rows = write_parquet(file, present.columns, present.batches(), facts)
    yield Extracted(file, module.name, rows)
    if history:
        past = _Past(session, module)
        # Beside the others the past of x would be the file of a module that is called x_history.
        (folder / HISTORY).mkdir(exist_ok=True)
        file = folder / HISTORY / f"{module.name}.parquet"
        rows = write_parquet(file, past.columns, past.batches(), facts)
        yield Extracted(file, module.name, rows)


class _Present:
    """The records of a module that the reader sees, as they are now."""

    def __init__(self, session: Session, module: Module) -> None:
        self.session, self.module = session, module
        binder = session.binder
        paths: list[tuple[str, ...]] = [
            (name,) for name in ("id", *(one.name for one in binder.shown(module).live))
        ]
        paths += [(name,) for name in _STAMPS]
        paths += _titles(session, module)
        paths = [path for path in paths if may_leave(session, module, path)]
        self.refs = tuple(binder.column(module, path) for path in paths)
        masks = masks_of(session, module, self.refs)
        self.columns = tuple(
            evolve(table_column(path, ref, is_masked=place in masks), name=".".join(path))
            for place, (path, ref) in enumerate(zip(paths, self.refs, strict=True))
        )

    def batches(self) -> Iterator[list[Row]]:
        """The rows, some at a time."""
        session, module = self.session, self.module
        hidden = withheld(session, module, self.refs)
        scope = allowed(session, module, "read", "export")
        query = BoundQuery(module, self.refs, TRUE, scope)
        for batch in session.transaction.select(query):
            counted = counted_anew(session, batch, hidden, 0)
            yield list(screened(session, module, counted, self.refs))


def _titles(session: Session, module: Module) -> list[tuple[str, ...]]:
    """The paths to the titles of linked records."""
    found: list[tuple[str, ...]] = []
    for one in module.links():
        kind = one.kind
        if isinstance(kind, Link) and not isinstance(kind, MultiLink):
            target = session.schema.by_name.get(kind.target)
            shown = None if target is None else session.binder.shown(target)
            is_shown = one.name in session.binder.shown(module).by_name
            if shown is not None and shown.title is not None and is_shown:
                found.append((one.name, shown.title))
    return found[:TITLES]


class _Past:
    """All versions of a module's records that the reader sees today (if removed: saw last).

    Where he may not know all fields, what changed others alone is no version to him.
    """

    def __init__(self, session: Session, module: Module) -> None:
        self.session, self.module = session, module
        binder = session.binder
        known = binder.shown(module)
        self.is_partial = known is not module
        # What stood in a roll-up is not what it counted then; of the past nothing is masked.
        self.fields = [
            one
            for one in module.stored
            if one.computed != "roll_up"
            and one.name in known.by_name
            and binder.withheld(module, one) is None
            and may_leave(session, module, (one.name,))
        ]
        shown = [TableColumn(one.name, one.label, one.kind) for one in self.fields]
        record = stamp_ref("id")
        self.columns = (TableColumn("id", record.field.label, record.kind), *shown, *_ENDS)

    def batches(self) -> Iterator[list[Row]]:
        """The versions by id and version, some at a time."""
        merged = _Merged()
        for rows in self._versions():
            yield merged.added(rows) if self.is_partial else rows
        yield merged.rest()

    def _versions(self) -> Iterator[list[Row]]:
        names = ("id", "version", "updated_by", "change_set")
        refs = [stamp_ref(name) for name in names]
        refs += [Ref((), one) for one in (*ENDINGS, *self.fields)]
        scope = allowed(self.session, self.module, "read", "export")
        query = BoundQuery(self.module, tuple(refs), TRUE, scope, versions=True)
        for batch in self.session.transaction.select(query):
            ends = {str(found) for row in batch for found in (row[3], row[4]) if found}
            moments = self._moments(ends)
            yield [_version(row, moments) for row in batch]

    def _moments(self, change_sets: set[str]) -> dict[str, object]:
        """When each of `change_sets` took effect."""
        rows = self.session.stored_rows(CHANGE_SET, sorted(change_sets))
        place = layout_of(CHANGE_SET).index["moment"]
        return {one: row[place] for one, row in rows.items()}


def _version(row: Row, moments: dict[str, object]) -> Row:
    record, version, user, began, ended, removed, *values = row
    until = None if ended is None else moments.get(str(ended))
    current = ended is None
    return (record, *values, version, moments.get(str(began)), until, user, current, removed == 1)


@define
class _Merged:
    """Versions of which those that show the same one after the other are one, numbered anew."""

    last: Row | None = None
    number: int = 1

    def added(self, rows: Sequence[Row]) -> list[Row]:
        """What is certain after `rows`, which follow those before."""
        found: list[Row] = []
        for row in rows:
            last = self.last
            if last is not None and last[:-_WIDTH] == row[:-_WIDTH] and not last[-1]:
                # From when and by whom of the first, until when and how of the last.
                self.last = (*last[:-_UNTIL], *row[-_UNTIL:-_BY], last[-_BY], *row[-_HOW:])
                continue
            found.extend(self.rest())
            is_next = last is not None and last[0] == row[0]
            self.number = self.number + 1 if is_next else 1
            self.last = (*row[:-_WIDTH], self.number, *row[1 - _WIDTH :])
        return found

    def rest(self) -> list[Row]:
        """The last one, if there is one."""
        found = [] if self.last is None else [self.last]
        self.last = None
        return found
