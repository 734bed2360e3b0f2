"""A server that speaks MySQL's protocol, from the wheel `pylibseekdb`, or one that a URL names.

Each process starts one of its own, which listens to a socket and ends with it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from crmcore.errors import MissingExtra, StorageError
from crmcore.testing.servers.mariadb import MariadbDatabases

URL_VARIABLE: Final = "CRMCORE_MYSQL_URL"
"""Names a server that is running: a URL of a user who may create databases."""

HOW: Final = f"install pylibseekdb and pymysql, or set {URL_VARIABLE}"
"""How to enable what needs a server."""

COLLATION: Final = "utf8mb4_bin"


def is_available() -> bool:
    """Whether a server can be had here: one that is named, or the wheel and the driver."""
    if find_spec("pymysql") is None:
        return False
    return bool(os.environ.get(URL_VARIABLE)) or find_spec("pylibseekdb") is not None


@contextmanager
def seekdb_server() -> Iterator[MariadbDatabases]:
    """A running server: the one that `CRMCORE_MYSQL_URL` names, or one of the wheel.

    Raises `StorageError` (`server_not_started`) and `MissingExtra` (extra `testing`).
    """
    given = os.environ.get(URL_VARIABLE)
    if given:
        yield MariadbDatabases(given, COLLATION)
        return
    for package in ("pymysql", "pylibseekdb"):
        if find_spec(package) is None:
            raise MissingExtra("missing_extra", package=package, extra="testing")
    with tempfile.TemporaryDirectory(prefix="crm-s-", ignore_cleanup_errors=True) as folder:
        instance = _opened(folder)
        try:
            socket = instance.connection_options()["unix_socket"]
            url = f"mysql+pymysql://root@/?unix_socket={socket}"
            yield MariadbDatabases(url, COLLATION)
        finally:
            instance.close()


def _opened(folder: str) -> Any:
    made: Any = import_module("pylibseekdb")
    try:
        return made.open(folder)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise StorageError("server_not_started", server="seekdb", reason=reason) from None
