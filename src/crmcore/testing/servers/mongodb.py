"""A MongoDB server of one's own, from the wheel `SecantusDB`, or the one that a URL names.

It listens on a free port of this machine, and its data vanish with it. It copies the
protocol and the answers of MongoDB, not its speed.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final

from crmcore.errors import MissingExtra, StorageError

URL_VARIABLE: Final = "CRMCORE_MONGODB_URL"
"""Names a server that is running: a URL without a database, of a replica set."""

_PATIENCE: Final = 60.0
_MODULE: Final = "secantus"


class MongodbServer:
    """A running server; the one that `CRMCORE_MONGODB_URL` names, if it is set.

    `standalone` starts one that has no transactions. Raises `StorageError`
    (`server_not_started`) where it is not installed or does not come up, `MissingExtra`
    without PyMongo.
    """

    def __init__(self, *, standalone: bool = False) -> None:
        if find_spec("pymongo") is None:
            raise MissingExtra("missing_extra", package="pymongo", extra="mongodb")
        self._numbers = count(1)
        self._made: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.url = os.environ.get(URL_VARIABLE, "")
        if not self.url or standalone:
            self._start(standalone)

    def database(self) -> str:
        """The URL of one more database, empty."""
        name = f"crm_{os.getpid()}_{next(self._numbers)}"
        self._made.append(name)
        head, mark, options = self.url.partition("?")
        return f"{head.rstrip('/')}/{name}{mark}{options}"

    def stop(self) -> None:
        """End the server, or remove the databases from one that goes on. Idempotent."""
        if self._process is None:
            self._drop()
            return
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> MongodbServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _start(self, standalone: bool) -> None:
        if find_spec("secantus") is None:
            reason = f"no SecantusDB; install it, or name a server in {URL_VARIABLE}"
            raise StorageError("server_not_started", server="MongoDB", reason=reason)
        self._folder = tempfile.TemporaryDirectory(prefix="crm-g-", ignore_cleanup_errors=True)
        folder, port = Path(self._folder.name), _free_port()
        words = [f"--port={port}", f"--storage-path={folder / 'data'}", "--log-level=ERROR"]
        words += ["--enable-test-commands", *(["--standalone"] if standalone else [])]
        with (folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", _MODULE, *words], cwd=folder, stdout=log, stderr=log
            )
        self.url = f"mongodb://127.0.0.1:{port}/"
        try:
            self._await()
        except BaseException:
            self.stop()
            raise

    def _await(self) -> None:
        from pymongo import MongoClient
        from pymongo.errors import PyMongoError

        until = time.monotonic() + _PATIENCE
        while True:
            try:
                with MongoClient[dict[str, object]](
                    self.url, serverSelectionTimeoutMS=500, directConnection=True
                ) as client:
                    client.admin.command("hello")
            except PyMongoError as error:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > until:
                    reason = type(error).__name__
                    raise StorageError(
                        "server_not_started", server="MongoDB", reason=reason
                    ) from None
                time.sleep(0.05)
            else:
                return

    def _drop(self) -> None:
        from pymongo import MongoClient

        if self._made:
            with MongoClient[dict[str, object]](self.url) as client:
                while self._made:
                    client.drop_database(self._made.pop())


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
