"""What every command has at hand: the language, the screen, and the workspace it is about."""

from __future__ import annotations

import os
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from attrs import define, field

from crmcore.cli.language import Tongue
from crmcore.cli.places import KEYS, file_of, workspace_url
from crmcore.cli.screen import Screen
from crmcore.encrypting import Keyring, read_keys
from crmcore.errors import WorkspaceError
from crmcore.query import ast
from crmcore.query.text import parse_order
from crmcore.schema import Schema
from crmcore.work import Workspace, open_workspace


@define
class Desk:
    """One command at work. Workspaces that it opened are closed when it ends."""

    tongue: Tongue
    screen: Screen
    place: str | None = None
    user: str | None = None
    key_file: str | None = None
    opened: list[Workspace] = field(factory=list)

    def url(self) -> str:
        """The URL of the workspace that is meant; raises `WorkspaceError`."""
        return workspace_url(self.place, os.environ, Path.cwd())

    def keys(self) -> Keyring | None:
        """The keys of encrypted fields, if a file of them is named; raises `Invalid`."""
        named = self.key_file or os.environ.get(KEYS)
        return read_keys(named) if named else None

    def workspace(self) -> Workspace:
        """The workspace that is meant, as the user who is named; it must exist."""
        crm = self.keep(open_existing(self.url(), self.keys()))
        return crm.as_(self.user) if self.user else crm

    def workspace_or_new(self, schema: Schema) -> Workspace:
        """The workspace that is meant, made with `schema` where there is none."""
        crm = self.keep(open_workspace(self.url(), create=True, schema=schema, keys=self.keys()))
        return crm.as_(self.user) if self.user else crm

    def keep(self, crm: Workspace) -> Workspace:
        """Close `crm` when the command ends."""
        self.opened.append(crm)
        return crm

    def close(self) -> None:
        """Close what was opened."""
        while self.opened:
            self.opened.pop().close()

    def bad(self, option: str, english: str, chinese: str) -> WorkspaceError:
        """The refusal of an option."""
        return WorkspaceError("bad_option", option=option, reason=self.tongue(english, chinese))


def open_existing(url: str, keys: Keyring | None = None) -> Workspace:
    """The workspace at `url`; raises `WorkspaceError` (`no_such_store`) where there is none."""
    path = file_of(url)
    if path is not None and not path.is_file():
        raise WorkspaceError("no_such_store", name=str(path))
    return open_workspace(url, keys=keys)


def paths_in(texts: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Dotted paths written with commas between them; raises `QueryError`."""
    return [term.path for text in texts if text.strip() for term in parse_order(text)]


def order_in(texts: tuple[str, ...]) -> list[ast.OrderBy]:
    """The terms of an order; raises `QueryError`."""
    return [term for text in texts if text.strip() for term in parse_order(text)]


def moment(desk: Desk, crm: Workspace, text: str | None) -> datetime | int | None:
    """A past moment: a position, an instant, or a day, which means its end."""
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 9 and not _is_day(text):
        return int(text)
    zone = ZoneInfo(crm.configuration.setting("zone", "UTC"))
    try:
        found = datetime.fromisoformat(text.strip())
        if _is_day(text.strip()):
            found = datetime.combine(found.date(), time()) + timedelta(days=1, milliseconds=-1)
        return found if found.tzinfo is not None else found.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise desk.bad(
            "--as-of",
            "give a day (2025-06-30), a moment (2025-06-30T18:00) or a position (42)",
            "请给出日期（2025-06-30）、时刻（2025-06-30T18:00）或位置号（42）",
        ) from None


def _is_day(text: str) -> bool:
    return len(text) == 10 and text[4:5] == "-"
