"""A proxy in front of a server that cuts connections where a network would hurt most."""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

from sqlalchemy import URL, make_url

Cut = Literal["", "before", "meanwhile", "after"]
"""At a COMMIT: before the server sees it, as soon as it was sent, when the answer comes back."""

CHUNK = 65_536


class Wire(Protocol):
    """What a client says, piece by piece."""

    def commits(self, data: bytes) -> bool:
        """Whether a COMMIT is in what the client says with `data`."""
        ...


class PostgresqlWire:
    """Messages of PostgreSQL: statements are simple, or prepared and then named."""

    def __init__(self) -> None:
        self._rest = b""
        self._greeted = False
        self._commits: set[bytes] = set()

    def commits(self, data: bytes) -> bool:
        """See `Wire.commits`."""
        self._rest += data
        found = False
        while True:
            head = 1 if self._greeted else 0
            if len(self._rest) < head + 4:
                return found
            end = head + struct.unpack_from("!i", self._rest, head)[0]
            if len(self._rest) < end:
                return found
            kind, body = self._rest[:head], self._rest[head + 4 : end]
            self._rest, self._greeted = self._rest[end:], True
            found = self._is_commit(kind, body) or found

    def _is_commit(self, kind: bytes, body: bytes) -> bool:
        words = body.split(b"\0")
        if kind == b"P" and words[1] == b"COMMIT":
            self._commits.add(words[0])
        return (kind == b"Q" and words[0] == b"COMMIT") or (
            kind == b"B" and words[1] in self._commits
        )


class MariadbWire:
    """Messages of MariaDB: the driver says all statements in words."""

    def __init__(self) -> None:
        self._rest = b""

    def commits(self, data: bytes) -> bool:
        """See `Wire.commits`."""
        self._rest += data
        found = False
        while len(self._rest) >= 4:
            end = 4 + int.from_bytes(self._rest[:3], "little")
            if len(self._rest) < end:
                break
            found = found or self._rest[4:end] == b"\x03COMMIT"
            self._rest = self._rest[end:]
        return found


class Proxy:
    """Listens on the loopback for whoever wants to reach `url`.

    `at_commit` says how each COMMIT is cut; `answers` after how many bytes from the server
    the next answer is cut off, `None` for never.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self.at_commit: Callable[[], Cut] = lambda: ""
        self.answers: int | None = None
        self.cuts = {"before": 0, "meanwhile": 0, "after": 0, "answer": 0}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._start(self._listen)

    @property
    def url(self) -> str:
        """How a program reaches the server through this proxy."""
        port = self._listener.getsockname()[1]
        found = self._url.set(host="127.0.0.1", port=port)
        found = found.difference_update_query(["host", "port", "unix_socket"])
        if self._url.get_backend_name() == "postgresql":
            # What is encrypted could not be read here.
            found = found.update_query_dict({"sslmode": "disable", "gssencmode": "disable"})
        return found.render_as_string(hide_password=False)

    def close(self) -> None:
        """Cut all connections and listen no more."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(30)
        self._listener.close()

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        self._listener.settimeout(0.05)
        while not self._stopped.is_set():
            try:
                client = self._listener.accept()[0]
            except TimeoutError:
                continue
            try:
                server = self._connected()
            except OSError:
                client.close()
                continue
            self._start(lambda client=client, server=server: self._serve(client, server))  # type: ignore[misc]

    def _connected(self) -> socket.socket:
        query, is_postgresql = self._url.query, self._url.get_backend_name() == "postgresql"
        path = query.get("unix_socket")
        if is_postgresql and str(query.get("host", "")).startswith("/"):
            path = f"{query['host']}/.s.PGSQL.{query.get('port', self._url.port or 5432)}"
        if path is None:
            port = self._url.port or (5432 if is_postgresql else 3306)
            return socket.create_connection((self._url.host or "127.0.0.1", port))
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.connect(str(path))
        return made

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        is_postgresql = self._url.get_backend_name() == "postgresql"
        wire: Wire = PostgresqlWire() if is_postgresql else MariadbWire()
        with client, server, selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ)
            selector.register(server, selectors.EVENT_READ)
            try:
                self._pass_on(selector, client, server, wire)
            except OSError:
                return

    def _pass_on(
        self,
        selector: selectors.BaseSelector,
        client: socket.socket,
        server: socket.socket,
        wire: Wire,
    ) -> None:
        cut: Cut = ""
        while not self._stopped.is_set():
            for key, _ in selector.select(0.05):
                data = key.fileobj.recv(CHUNK)  # type: ignore[union-attr]
                if not data:
                    return None
                if key.fileobj is client:
                    if wire.commits(data):
                        cut = self.at_commit()
                    if cut == "before":
                        return self._note(cut)
                    server.sendall(data)
                    if cut == "meanwhile":
                        return self._note(cut)
                    continue
                if cut == "after":
                    return self._note(cut)
                if self.answers is not None:
                    self.answers -= len(data)
                    if self.answers < 0:
                        self.answers = None
                        client.sendall(data[: len(data) // 2])
                        return self._note("answer")
                client.sendall(data)
        return None

    def _note(self, cut: str) -> None:
        self.cuts[cut] += 1


@contextmanager
def proxy_to(url: str) -> Iterator[Proxy]:
    """A proxy to the server of `url`, until the end of a `with` statement."""
    made = Proxy(make_url(url))
    try:
        yield made
    finally:
        made.close()
