"""Which workspace a command is about: an option, the environment, or a `crm.toml` upwards."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from crmcore.errors import WorkspaceError

VARIABLE: Final = "CRMCORE_WORKSPACE"
KEYS: Final = "CRMCORE_KEYS"
"""Names the file of the keys of encrypted fields; no secret is ever in it."""
FILE: Final = "crm.toml"
_SQLITE: Final = "sqlite:///"


def workspace_url(given: str | None, environ: Mapping[str, str], folder: Path) -> str:
    """The URL of the workspace that is meant; `folder` is where the person stands.

    Raises `WorkspaceError`: `no_workspace` where none is named, `bad_crm_toml`.
    """
    named = given or environ.get(VARIABLE)
    if named:
        return as_url(named, Path())
    for place in (folder, *folder.parents):
        found = place / FILE
        if found.is_file():
            return as_url(_named_in(found), place)
    raise WorkspaceError("no_workspace", variable=VARIABLE, file=FILE)


def as_url(named: str, folder: Path) -> str:
    """`named` if it is a URL, else the URL of the SQLite file at that path."""
    if "://" in named:
        return named
    path = folder / Path(named).expanduser()
    return _SQLITE + _escaped(path)


def file_of(url: str) -> Path | None:
    """The file that a `sqlite:///` URL names, if it is one."""
    if not url.startswith(_SQLITE):
        return None
    text = url.removeprefix(_SQLITE).partition("?")[0]
    return Path(text) if text and text != ":memory:" else None


def _escaped(path: Path) -> str:
    text = str(path)
    # What begins a query would otherwise cut the path of the URL short.
    if "?" in text:
        raise WorkspaceError("bad_store_path", name=path.name)
    return text


def _named_in(file: Path) -> str:
    try:
        found = tomllib.loads(file.read_text("utf-8")).get("workspace")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        found = None
    if not isinstance(found, str) or not found:
        raise WorkspaceError("bad_crm_toml", file=f"{file.parent.name}/{file.name}")
    return found
